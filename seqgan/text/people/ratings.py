"""What people are asked about a run's replies, and what they said: two files in its folder.

`ratings/sheet.jsonl`, written once: a line about the sheet, then a prompt a line with the replies
drawn to it, who drew them and with what probability. `ratings/ratings.jsonl` only grows: a line an
answer, on the disk before the next question is shown. What was asked already is read from there.
"""

import hashlib
import json
import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from seqgan.errors import UserError
from seqgan.text.words import normalize_spaces

FOLDER, SHEET_FILE, RATINGS_FILE = "ratings", "sheet.jsonl", "ratings.jsonl"
SCALE = (1, 5)
TIE, FIRST, SECOND = 0, 1, 2
LONGEST_NAME = 40


@dataclass(frozen=True)
class Drawn:
    """A reply, the system that drew it, and the log-probability it gave each token (in nats)."""

    system: str
    text: str
    tokens: list[int]
    logp: list[float]


@dataclass(frozen=True)
class Question:
    """A prompt as text and as ids, and the replies drawn to it."""

    prompt: str
    source: list[int]
    replies: list[Drawn]

    def same_text(self, reply: int) -> int:
        """Return the first reply that says the same: it is asked about for both."""
        texts = [drawn.text for drawn in self.replies]
        return texts.index(texts[reply])


@dataclass(frozen=True)
class Sheet:
    """All questions of a run; `vocabulary` is the checksum of the tokenizer the ids belong to."""

    vocabulary: str
    seed: int
    questions: list[Question]

    @cached_property
    def name(self) -> str:
        """A checksum of everything on it, which every answer carries."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:16]

    def save(self, path: Path) -> None:
        """Write the sheet unless there is one already; of two that come at once the first stays."""
        head = {"sheet": self.name, "vocabulary": self.vocabulary, "seed": self.seed}
        lines = [head, *map(asdict, self.questions)]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_text(text, encoding="utf-8")
            os.link(aside, path)
        except FileExistsError:
            pass
        except OSError as error:
            raise UserError(f"cannot write {path}: {error}; make room and try again") from error
        finally:
            aside.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> "Sheet":
        """Return a saved sheet; raises `UserError` if it is missing, damaged or was changed."""
        try:
            head, *lines = map(json.loads, path.read_bytes().decode("utf-8").strip().split("\n"))
            questions = [
                Question(x["prompt"], x["source"], [Drawn(**reply) for reply in x["replies"]])
                for x in lines
            ]
            sheet, name = cls(head["vocabulary"], head["seed"], questions), head["sheet"]
        except FileNotFoundError:
            raise UserError(f"there is no {path}: ask people first, with seqgan rate RUN") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is no sheet of questions ({error!r})") from None
        if name != sheet.name:
            raise UserError(f"{path} was changed since it was made: answers no longer belong to it")
        return sheet


@dataclass(frozen=True)
class Item:
    """What a rater is shown: one reply to rate, or two, in this order, to choose from."""

    question: int
    replies: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """What a rater said: 1 to 5; or 1 (the first), 2 (the second), 0 (equal); None: no opinion."""

    rater: str
    item: Item
    value: int | None


def refuse_value(value: object, item: Item, where: str = "") -> None:
    """Raise `UserError` unless the value answers the item."""
    low, high = (TIE, SECOND) if len(item.replies) == 2 else SCALE
    if value is None or (type(value) is int and low <= value <= high):
        return
    kinds = "1 (the first), 2 (the second) or 0 (equal)" if low == TIE else f"{low} to {high}"
    raise UserError(f"{where}the answer is {value!r}: it must be {kinds}")


def rater_name(text: str) -> str:
    """Return a rater's name with single spaces; raises `UserError` for none or an endless one.

    >>> rater_name(" Ann  B ")
    'Ann B'
    """
    name = normalize_spaces(text)
    if not name or len(name) > LONGEST_NAME:
        raise UserError(f"a rater's name has 1 to {LONGEST_NAME} characters, not {len(name)}")
    return name


def items_of(sheet: Sheet, rater: str, *, pairs: bool) -> list[Item]:
    """Return what to ask a rater, in order: the prompts as everyone, their replies shuffled.

    Replies that say the same are asked about once. Pairs form a chain through a prompt's replies:
    the fewest comparisons that connect them all.
    """
    order = list(range(len(sheet.questions)))
    random.Random(sheet.seed).shuffle(order)
    shuffle = random.Random(f"{sheet.seed}/{rater}").shuffle
    items = []
    for place in order:
        question = sheet.questions[place]
        replies = sorted({question.same_text(reply) for reply in range(len(question.replies))})
        shuffle(replies)
        if pairs:
            items += [Item(place, pair) for pair in pairwise(replies)]
        else:
            items += [Item(place, (reply,)) for reply in replies]
    return items


def latest(answers: Iterable[Answer]) -> list[Answer]:
    """Return each rater's last word on each item, whichever way round a pair was shown."""
    last: dict[Any, Answer] = {}
    for answer in answers:
        key = (answer.rater, answer.item.question, tuple(sorted(answer.item.replies)))
        last.pop(key, None)
        last[key] = answer
    return list(last.values())


class RatingFile:
    """The answers to a sheet on disk. Several raters may write at once: a line is one append."""

    def __init__(self, folder: Path, sheet: Sheet) -> None:
        self.path, self.sheet = folder / RATINGS_FILE, sheet

    def append(self, answer: Answer) -> None:
        """Put an answer on the disk; raises `UserError` if it is out of range or the disk full.

        A line that a killed program left open is closed first.
        """
        refuse_value(answer.value, answer.item)
        record = {
            "sheet": self.sheet.name,
            "rater": answer.rater,
            "question": answer.item.question,
            "replies": list(answer.item.replies),
            "value": answer.value,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        try:
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                size = os.fstat(file).st_size
                if size and os.pread(file, 1, size - 1) != b"\n":
                    line = b"\n" + line
                if os.write(file, line) < len(line):
                    raise OSError("no space left on the disk")
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise UserError(f"{self.path} was not written: {error}; make room and go on") from error

    def read(self) -> tuple[list[Answer], list[str]]:
        """Return all answers in order, and a sentence for each line that had to be left out.

        Raises `UserError` for answers to another sheet and for values out of range.
        """
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return [], []
        except OSError as error:
            raise UserError(f"{self.path} cannot be read: {error}") from None
        answers, remarks = [], []
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                answers.append(self._answer(json.loads(line.decode("utf-8")), number))
            except (ValueError, KeyError, TypeError):
                cut = "was cut off" if number == len(lines) else "is broken"
                remarks.append(f"{self.path}: line {number} {cut} and is left out")
        return answers, remarks

    def _answer(self, record: dict[str, Any], number: int) -> Answer:
        where = f"{self.path}, line {number}: "
        if record["sheet"] != self.sheet.name:
            raise UserError(f"{where}it answers another sheet of questions, of another run")
        item = Item(record["question"], tuple(record["replies"]))
        known = range(len(self.sheet.questions))
        if not is_place(item.question, known) or len(item.replies) not in (1, 2):
            raise UserError(f"{where}there is no such question on the sheet")
        drawn = range(len(self.sheet.questions[item.question].replies))
        if not all(is_place(reply, drawn) for reply in item.replies):
            raise UserError(f"{where}there is no such reply on the sheet")
        refuse_value(record["value"], item, where)
        return Answer(rater_name(record["rater"]), item, record["value"])


def is_place(found: object, places: range) -> bool:
    """Return whether what a file says is one of the places.

    >>> is_place(1, range(2)), is_place(1.0, range(2)), is_place(2, range(2))
    (True, False, False)
    """
    return type(found) is int and found in places


class Desk:
    """One rater's way through a sheet. It remembers nothing itself: the file does."""

    def __init__(self, file: RatingFile, rater: str, *, pairs: bool = False) -> None:
        self.file, self.rater = file, rater_name(rater)
        self.pairs = pairs
        self.items = items_of(file.sheet, self.rater, pairs=pairs)

    def given(self) -> list[Answer]:
        """Return this rater's answers to the items here, in the order they came."""
        by_rater = [answer for answer in self.file.read()[0] if answer.rater == self.rater]
        asked = {_key(item) for item in self.items}
        return [answer for answer in latest(by_rater) if _key(answer.item) in asked]

    def left(self) -> list[Item]:
        """Return the items this rater has not answered, in order."""
        done = {_key(answer.item) for answer in self.given()}
        return [item for item in self.items if _key(item) not in done]

    def last(self) -> Item | None:
        """Return the item answered last, to put that answer right."""
        given = self.given()
        return given[-1].item if given else None

    def answer(self, item: Item, value: int | None) -> None:
        """Keep an answer (None: no opinion); a later one to the same item counts in its place."""
        if item not in self.items:
            raise UserError(f"{item} is not on {self.rater}'s sheet")
        self.file.append(Answer(self.rater, item, value))

    def texts(self, item: Item) -> tuple[str, list[str]]:
        """Return the prompt and the replies of an item, and nothing of who wrote them."""
        question = self.file.sheet.questions[item.question]
        return question.prompt, [question.replies[reply].text for reply in item.replies]


def _key(item: Item) -> tuple[int, Sequence[int]]:
    return item.question, tuple(sorted(item.replies))
