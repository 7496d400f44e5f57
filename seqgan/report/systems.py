"""Who the systems of a table are: what the names of its rows mean."""

import re
from collections.abc import Mapping, Sequence

from seqgan.report.markup import Html, element
from seqgan.report.run_folder import Record, Row, section_of

CONTINUED = "continued"
PLAY = ("critic", "discriminator", "adversarial")
"""Phases that the continued model stands beside."""
LEARNED = {
    "pretrained": "the model before play (the adversarial phase)",
    CONTINUED: "the pretrained model, learned on as before, without a critic",
    "adversarial": "the model after play",
}
TRANSFERS = {
    "real text": "test sentences that have the target style by themselves, nobody's transfer",
    "copy": "the source as it is",
    "delete": "the source without the words that speak for its style",
    "append": "the source, and behind it the phrase that speaks most for the target style",
    "mask and infill": "the source with the words that speak for its style replaced by others of "
    "the target style that fit their neighbors",
    "human": "what people made of the source",
    **LEARNED,
}
SUMMARIES = {
    "human": "short texts that people wrote",
    "lead": "the document's first words",
    "lead without stop words": "its first words that are no stop words",
    "titleness": "its words that are most typical of short texts, in its order",
    "random words": "words of it drawn at random, in its order",
    "extractive": "the stretch of one clause that is most like the whole document",
    **LEARNED,
}
RANKED, BEST = "ranked", re.compile(r"best of (\d+)")


def systems_list(rows: Sequence[Row], meanings: Mapping[str, str], record: Record) -> Html:
    """Return what the names of these rows mean, a line each; empty markup for unknown ones."""
    systems = list(dict.fromkeys(row.system for row in rows))
    names = dict.fromkeys(system.partition(", ")[0] for system in systems)
    lines = {name: meanings[name] for name in names if name in meanings}
    if CONTINUED in lines:
        lines[CONTINUED] += _time(section_of(record, "seconds"))
    for suffix in dict.fromkeys(system.partition(", ")[2] for system in systems):
        if words := _answers(suffix, record):
            lines[f"“{suffix}”"] = words
    if not lines:
        return Html("")
    items = [element("li", element("b", name), f": {words}") for name, words in lines.items()]
    kept = "best_played" in section_of(record, "kept")
    note = (
        "Models are kept as they were where they answered validation sentences best, which may be "
        "where they began."
    )
    return element(
        "details",
        element("summary", "What the systems are"),
        element("ul", *items),
        element("p", note, class_="soft") if kept else Html(""),
        open="",
    )


def _answers(suffix: str, record: Record) -> str:
    """Return how a system with this behind its name answers; "" for another suffix."""
    if found := BEST.fullmatch(suffix):
        return (
            f"what it answers with --num-candidates {found[1]}: the best of all, {found[1]} at "
            "each of several strengths"
        )
    if suffix != RANKED:
        return ""
    told = "what “seqgan transfer --source” answers, as strong as each sentence needs"
    count = section_of(section_of(record, "evaluation"), "answers").get("candidates")
    best = "; without it, the likeliest words one by one, all sentences at one strength"
    return told + (f", the best of {count}" if isinstance(count, int) else "") + best


def _time(seconds: Record) -> str:
    """Return how long a model was continued, beside play.

    >>> _time({"continued": 1278.2, "critic": 57, "adversarial": 1331.4}), _time({"continued": 3})
    (', for 1,278 seconds (play: 1,388)', '')
    """
    known = {name: value for name, value in seconds.items() if isinstance(value, int | float)}
    if CONTINUED not in known or PLAY[-1] not in known:
        return ""
    play = sum(known.get(phase, 0.0) for phase in PLAY)
    return f", for {known[CONTINUED]:,.0f} seconds (play: {play:,.0f})"
