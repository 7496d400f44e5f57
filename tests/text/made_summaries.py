"""Made descriptions of tools and the short texts that people would write for them."""

import random

from seqgan.text.summary.corpus import SummaryPair, SummaryTexts

THINGS = ["maps", "letters", "pictures", "tables", "songs", "dreams", "recipes", "ledgers"]
KINDS = ["old", "small", "broken", "secret", "foreign", "long", "plain", "striped"]
DEEDS = ["reader", "printer", "sorter", "painter", "keeper", "finder"]
ENDS = ["for the desk", "with care", "at night", "by hand"]


def pair(rng: random.Random) -> SummaryPair:
    """Return a document of four clauses and its short text of five words."""
    kind, thing, deed, end = (rng.choice(part) for part in (KINDS, THINGS, DEEDS, ENDS))
    other = rng.choice(THINGS)
    document = (
        f"This is the {deed} that can be used for all of the {kind} {thing}. It is not meant "
        f"for {other}, and it was written by a person who likes to work {end}."
    )
    return SummaryPair(document, f"{kind} {thing} {deed} {end}")


def summary_texts(*, paired: bool = True) -> SummaryTexts:
    """Return texts in parts; unpaired ones have documents and short texts apart."""
    rng, found = random.Random(7), dict[str, SummaryPair]()
    while len(found) < 700:
        each = pair(rng)
        found.setdefault(each.short, each)
    pairs = list(found.values())
    judges, test, rest = pairs[:300], pairs[300:350], pairs[350:]
    human = [each.short for each in test]
    if not paired:
        judges = [SummaryPair(each.document, "") for each in judges[:150]] + [
            SummaryPair("", each.short) for each in judges[150:]
        ]
        test = [SummaryPair(each.document, "") for each in test]
    return SummaryTexts(
        documents=[each.document for each in rest[:170]],
        shorts=[each.short for each in rest[170:]],
        aligned=rest if paired else [],
        judges=judges,
        validation=[],
        test=test,
        human=human,
        chinese=False,
        checksum="made",
        usual_words=5,
    )
