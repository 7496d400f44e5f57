"""How the sentences that a model learned from are spaced and ended: put on a person's, taken off.

Corpora of sentences are often cut into words, "it was n't cold .", which nobody types. A model that
never saw "wasn't cold" without its full stop goes on writing behind where it should end.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MARKS, ENDS = ".,!?;:", ".!?。！？…"
GLUED_MARK = re.compile(rf"(?<=[^\s{MARKS}])([{MARKS}]+)(?=\s|$)")
APART_MARK = re.compile(rf"\s+([{MARKS}]+)(?=\s|$)")
CLITIC = r"(n't|'(?:s|re|ve|ll|d|m))(?![\w'])"
GLUED_CLITIC = re.compile(rf"(?<=\w){CLITIC}", re.IGNORECASE)
APART_CLITIC = re.compile(rf"\s+{CLITIC}", re.IGNORECASE)
LONE_I, SMALL_I = re.compile(r"\bI\b"), re.compile(r"\bi\b")
RUN_OF_MARKS = re.compile(r"([!?])[!?]+")
ALL_BUT = 0.98
"""Share of sentences from which on a habit is one."""


@dataclass(frozen=True)
class Habits:
    """Habits of sentences.

    Attributes: marks_apart (a space stands before marks of punctuation), clitics_apart ("do n't"),
    single_marks ("!", never "!!"), ending (the mark most of them end with, where nearly all end
    with one; "" where they need none).
    """

    marks_apart: bool = False
    clitics_apart: bool = False
    single_marks: bool = False
    ending: str = ""

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Habits":
        """Return the habits of sentences.

        >>> Habits.of(["it 's cold .", "do n't go !", "it was cold ."])
        Habits(marks_apart=True, clitics_apart=True, single_marks=True, ending='.')
        >>> Habits.of(["It's cold!!", "so what"])
        Habits(marks_apart=False, clitics_apart=False, single_marks=False, ending='')
        """
        ends = Counter(text[-1:] for text in texts if text[-1:] in tuple(ENDS))
        ended = ends.total() >= ALL_BUT * len(texts) > 0
        runs = sum(RUN_OF_MARKS.search(text.replace(" ", "")) is not None for text in texts)
        return cls(
            marks_apart=_mostly(APART_MARK, GLUED_MARK, texts),
            clitics_apart=_mostly(APART_CLITIC, GLUED_CLITIC, texts),
            single_marks=runs <= (1 - ALL_BUT) * len(texts),
            ending=ends.most_common(1)[0][0] if ended else "",
        )

    @classmethod
    def from_json(cls, saved: Mapping[str, object]) -> "Habits":
        """Return what `dataclasses.asdict` made of habits; what is missing is no habit."""
        return cls(
            marks_apart=bool(saved.get("marks_apart")),
            clitics_apart=bool(saved.get("clitics_apart")),
            single_marks=bool(saved.get("single_marks")),
            ending=str(saved.get("ending", "")),
        )

    def put_on(self, text: str) -> str:
        """Return a person's sentence as the model's are.

        >>> Habits(True, True, True, ".").put_on("We didn't like it, at all!!")
        "We did n't like it , at all !"
        >>> Habits(True, ending=".").put_on("it was cold"), Habits(ending="。").put_on("很冷")
        ('it was cold .', '很冷。')
        """
        if self.single_marks:
            text = RUN_OF_MARKS.sub(r"\1", text)
        if self.clitics_apart:
            text = GLUED_CLITIC.sub(r" \1", text)
        if self.marks_apart:
            text = GLUED_MARK.sub(r" \1", text)
        if self.ending and text and text[-1] not in ENDS:
            text += f" {self.ending}" if self.marks_apart else self.ending
        return text

    def take_off(self, text: str, asked: str) -> str:
        """Return a sentence of the model's as the person writes who typed `asked`.

        Who put spaces where the model's sentences have them keeps these.

        >>> habits = Habits(True, True, True, ".")
        >>> habits.take_off("it was n't warm , sir .", "It was cold")
        "It wasn't warm, sir"
        >>> habits.take_off("so i 'm glad .", "So I'm sad."), habits.take_off("i do .", "I DON'T.")
        ("So I'm glad.", 'I do.')
        >>> habits.take_off("it was n't warm .", "it was n't cold .")
        "it was n't warm ."
        """
        if self.ending and asked and asked[-1] not in ENDS:
            text = text.removesuffix(self.ending).rstrip()
        own_spaces = APART_MARK.search(asked) or APART_CLITIC.search(asked)
        if self.marks_apart and not own_spaces:
            text = APART_MARK.sub(r"\1", text)
        if self.clitics_apart and not own_spaces:
            text = APART_CLITIC.sub(r"\1", text)
        if LONE_I.search(asked):
            text = SMALL_I.sub("I", text)
        if text[:1].islower() and asked[:1].isupper() and not asked[1:2].isupper():
            text = text[0].upper() + text[1:]
        return text


def _mostly(apart: re.Pattern[str], glued: re.Pattern[str], texts: Sequence[str]) -> bool:
    counts = [sum(len(form.findall(text)) for text in texts) for form in (apart, glued)]
    return counts[0] > counts[1]


NONE = Habits()
"""Sentences are taken as they are typed."""
