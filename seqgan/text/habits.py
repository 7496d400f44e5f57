"""How the sentences that a model learned from are spaced and ended: put on a person's, taken off.

Corpora of sentences are often cut into words, "it was n't cold .", which nobody types. A model that
never saw "wasn't cold" without its full stop goes on writing behind where it should end.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ENDS = ".!?。！？…"
GLUED_MARK = re.compile(r"(?<=[^\s.,!?;:])([,;:]+(?=\s|$)|[.!?]+$)")
APART_MARK = re.compile(r"\s+([.,!?;:]+)(?=\s|$)")
CLITIC = r"(n't|'(?:s|re|ve|ll|d|m))(?![\w'])"
GLUED_CLITIC = re.compile(rf"(?<=\w){CLITIC}", re.IGNORECASE)
APART_CLITIC = re.compile(rf"\s+{CLITIC}", re.IGNORECASE)
RUN_OF_MARKS = re.compile(r"([!?！？])(?:\s*[!?！？])+")
LONE_I, SMALL_I = re.compile(r"(?<![\w'.])I(?![\w.])"), re.compile(r"(?<![\w'.])i(?![\w.])")
SENTENCE_START = re.compile(r"([.!?]\s+)([^\W\d_])")
BETWEEN_SENTENCES = re.compile(r"(?<=[!?])\s+(?=[^\s.!?])|(?<=\w\w\w\.)(?<!Mrs\.)\s+(?=[A-Z])")
ALL_BUT = 0.98
"""Share of sentences from which on a habit is one."""


@dataclass(frozen=True)
class Habits:
    """Habits of sentences.

    Attributes: marks_apart (a space stands before marks of punctuation), clitics_apart ("do n't"),
    single_marks ("!", never "!!"), small_letters (no capitals), ending (the mark that most of every
    style end with, where nearly all end with one; "" where they need none).
    """

    marks_apart: bool = False
    clitics_apart: bool = False
    single_marks: bool = False
    small_letters: bool = False
    ending: str = ""

    @classmethod
    def of(cls, styles: Sequence[Sequence[str]]) -> "Habits":
        """Return the habits of the sentences of each style.

        >>> found = Habits.of([["it 's cold .", "do n't go !"], ["it was cold ."]])
        >>> found == Habits(True, True, True, True, ending=".")
        True
        >>> Habits.of([["It's cold!!"], ["So what?"]]) == NONE
        True
        """
        texts = [text for style in styles for text in style]
        endings = {_ending(style) for style in styles}
        return cls(
            marks_apart=_mostly(APART_MARK, GLUED_MARK, texts),
            clitics_apart=_mostly(APART_CLITIC, GLUED_CLITIC, texts),
            single_marks=_hardly(RUN_OF_MARKS.search(text) is not None for text in texts),
            small_letters=_hardly(text != text.lower() for text in texts),
            ending=endings.pop() if len(endings) == 1 else "",
        )

    @classmethod
    def from_json(cls, saved: Mapping[str, object]) -> "Habits":
        """Return what `dataclasses.asdict` made of habits; what is missing is no habit."""
        return cls(
            marks_apart=bool(saved.get("marks_apart")),
            clitics_apart=bool(saved.get("clitics_apart")),
            single_marks=bool(saved.get("single_marks")),
            small_letters=bool(saved.get("small_letters")),
            ending=str(saved.get("ending") or ""),
        )

    def sentences(self, text: str) -> list[str]:
        """Return the sentences of a text, which a model of sentences that end is asked one by one.

        >>> Habits(ending=".").sentences("I met Dr. Who. He was rude! why? no idea")
        ['I met Dr. Who.', 'He was rude!', 'why?', 'no idea']
        >>> NONE.sentences("It was cold. So what?")
        ['It was cold. So what?']
        """
        return BETWEEN_SENTENCES.split(text) if self.ending else [text]

    def put_on(self, text: str) -> str:
        """Return a person's sentence as the model's are; letters stay.

        >>> Habits(True, True, True, True, ".").put_on("We didn't like it, Mr. Li, at all!!")
        "We did n't like it , Mr. Li , at all !"
        >>> Habits(True, ending=".").put_on("it was cold"), Habits(ending="。").put_on("很冷")
        ('it was cold .', '很冷。')
        """
        if self.single_marks:
            text = RUN_OF_MARKS.sub(r"\1", text)
        if self.clitics_apart:
            text = GLUED_CLITIC.sub(r" \1", text)
        if self.marks_apart:
            text = GLUED_MARK.sub(r" \1", text)
        if self._lacks_ending(text):
            text += f" {self.ending}" if self.marks_apart else self.ending
        return text

    def take_off(self, text: str, asked: str) -> str:
        """Return a sentence of the model's as the person writes who typed `asked`.

        Who puts spaces where the model's sentences have them keeps these.

        >>> habits = Habits(True, True, True, True, ".")
        >>> habits.take_off("it was n't warm , sir .", "It was cold")
        "It wasn't warm, sir"
        >>> habits.take_off("so i 'm glad .", "So I'm sad."), habits.take_off("i do .", "I DON'T.")
        ("So I'm glad.", 'I do.')
        >>> habits.take_off("it was n't warm .", "it was n't cold .")
        "it was n't warm ."
        """
        if self._lacks_ending(asked):
            text = text.removesuffix(self.ending).rstrip() or text
        if self.marks_apart and not _mostly(APART_MARK, GLUED_MARK, [asked]):
            text = APART_MARK.sub(r"\1", text)
        if self.clitics_apart and not APART_CLITIC.search(asked):
            text = APART_CLITIC.sub(r"\1", text)
        return self._with_capitals(text, asked) if self.small_letters else text

    def _lacks_ending(self, text: str) -> bool:
        return bool(self.ending) and text[-1:].isalnum()

    def _with_capitals(self, text: str, asked: str) -> str:
        """Return the text with capitals where sentences begin, and for I, as `asked` has them."""
        if LONE_I.search(asked):
            text = SMALL_I.sub("I", text)
        if any(match[2].isupper() for match in SENTENCE_START.finditer(asked)):
            text = SENTENCE_START.sub(lambda match: match[1] + match[2].upper(), text)
        first = asked[:1].isupper() and not asked[1:2].isupper()
        return text[:1].upper() + text[1:] if first else text


NONE = Habits()
"""Sentences are taken as they are typed."""


def _ending(texts: Sequence[str]) -> str:
    """Return the commonest end of texts nearly all of which end with a mark, else ""."""
    ends = Counter(text[-1:] for text in texts if text[-1:] in tuple(ENDS))
    return ends.most_common(1)[0][0] if ends.total() >= ALL_BUT * len(texts) > 0 else ""


def _mostly(apart: re.Pattern[str], glued: re.Pattern[str], texts: Sequence[str]) -> bool:
    counts = [sum(len(form.findall(text)) for text in texts) for form in (apart, glued)]
    return counts[0] > counts[1]


def _hardly(found: Iterable[bool]) -> bool:
    """Return whether next to none are found."""
    every = list(found)
    return sum(every) <= (1 - ALL_BUT) * len(every)
