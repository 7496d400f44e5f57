"""How the sentences that a model learned from are spaced and ended: put on a person's, taken off.

Corpora of sentences are often cut into words, "it was n't cold .", which nobody types. A model that
never saw "wasn't cold" without its full stop goes on writing behind where it should end.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

ENDS, SHARP = ".!?。！？…", "!?！？"
GLUED_MARK = re.compile(r"(?<=[^\s.,!?;:])([,;:]+(?=\s|$)|[.!?]+$)|(?<=[^\W\d_])([,;])(?=\w)")
APART_MARK = re.compile(r"\s+([.,!?;:]+)(?=\s|$)")
CLITIC = r"(n't|'(?:s|re|ve|ll|d|m))(?![\w'])"
GLUED_CLITIC = re.compile(rf"(?<=\w){CLITIC}", re.IGNORECASE)
APART_CLITIC = re.compile(rf"\s+{CLITIC}", re.IGNORECASE)
LEFT_OVER = re.compile(r"(?<![\w'])(ca|wo|sha)(?!\s*n't)(?![\w'])")
MEANT = {"ca": "can", "wo": "will", "sha": "shall"}
"""What is left of "can't" where a model leaves out its "n't"."""
PLACEHOLDER = re.compile(r"(?<!\S)[_<\[]num(?:ber)?[_>\]](?!\S)")
NUMBER = re.compile(r"(\$)?(?<![\w.])\d+(?:[.,:]\d+)*(?!\w)(%)?")
SMILEY = r"[:;=][-'^]?[()\[\]|/\\*DPp]+"
LAST_SMILEYS, FIRST_SMILEYS = re.compile(rf"(?:\s+{SMILEY})+$"), re.compile(rf"^(?:{SMILEY}\s+)+")
CLOSED = re.compile(r"""[\w)\]"'%$°’”」』）】]""")
RUN_OF_MARKS = re.compile(r"([!?！？])(?:\s*[!?！？])+")
LONE_I, SMALL_I = re.compile(r"(?<![\w'.])I(?![\w.])"), re.compile(r"(?<![\w'.])i(?![\w.])")
SENTENCE_START = re.compile(r"([.!?]\s+)([^\W\d_])")
INNER_CAPITAL = re.compile(r"(?<=[\w,;:'])\s+([^\W\d_][\w'-]*)")
WORD = re.compile(r"[^\W\d_][\w'-]*")
BETWEEN_SENTENCES = re.compile(r"(?<=[!?])\s+(?=[^\s.!?])|(?<=\w\w\w\.)(?<!Mrs\.)\s+(?=[A-Z])")
ALL_BUT = 0.98
"""Share of sentences from which on a habit is one."""


@dataclass(frozen=True)
class Habits:
    """Habits of sentences.

    Attributes: marks_apart (a space stands before marks of punctuation), clitics_apart ("do n't"),
    single_marks ("!", never "!!"), small_letters (no capitals), ending (the mark that most of every
    style end with, where nearly all end with one; "" where they need none), number (what stands for
    numbers, "_num_"; "" where they are written).
    """

    marks_apart: bool = False
    clitics_apart: bool = False
    single_marks: bool = False
    small_letters: bool = False
    ending: str = ""
    number: str = ""

    @classmethod
    def of(cls, styles: Sequence[Sequence[str]]) -> "Habits":
        """Return the habits of the sentences of each style.

        >>> found = Habits.of([["it 's cold .", "do n't go !"], ["it was cold ."]])
        >>> found == Habits(True, True, True, True, ending=".")
        True
        >>> Habits.of([["_num_ people waited _num_ minutes", "a _num_"], ["open at 8:00"]]).number
        '_num_'
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
            number=_placeholder(texts),
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
            number=str(saved.get("number") or ""),
        )

    def sentences(self, text: str) -> list[str]:
        """Return the sentences of a text, which a model of sentences that end is asked one by one.

        Without smileys around them, which have no sentence of their own.

        >>> Habits(ending=".").sentences("I met Dr. Who. He was rude! why? no idea")
        ['I met Dr. Who.', 'He was rude!', 'why?', 'no idea']
        >>> NONE.sentences("It was cold. So what?")
        ['It was cold. So what?']
        >>> Habits(ending=".").sentences("It was great! :-) So cold! --")
        ['It was great!', 'So cold! --']
        """
        if not self.ending:
            return [text]
        sentences: list[str] = []
        for part in BETWEEN_SENTENCES.split(text):
            said = FIRST_SMILEYS.sub("", LAST_SMILEYS.sub("", f" {part}").strip())
            if sentences and not (has_word(said) and has_word(sentences[-1])):
                sentences[-1] = f"{sentences[-1]} {said}".strip()
            else:
                sentences.append(said)
        return sentences

    def put_on(self, text: str) -> str:
        """Return a person's sentence as the model's are; letters stay.

        >>> Habits(True, True, True, True, ".").put_on("We didn't like it, Mr. Li, at all!!")
        "We did n't like it , Mr. Li , at all !"
        >>> Habits(True, ending=".").put_on("it was cold... :("), Habits(ending="。").put_on("很冷")
        ('it was cold .', '很冷。')
        >>> Habits(number="_num_").put_on("45 minutes for $3.50, at 5pm")
        '_num_ minutes for $ _num_, at 5pm'
        """
        if self.number:
            text = NUMBER.sub(self._unnumbered, text)
        if self.single_marks:
            text = RUN_OF_MARKS.sub(r"\1", text)
        if self.clitics_apart:
            text = GLUED_CLITIC.sub(r" \1", text)
        if self.ending:
            text = self._ended(text)
        if self.marks_apart:
            text = GLUED_MARK.sub(lambda match: f" {match[1] or f'{match[2]} '}", text)
        return text

    def take_off(self, text: str, asked: str) -> str:
        """Return a sentence of the model's as the person writes who typed `asked`.

        Who puts spaces where the model's sentences have them keeps these.

        >>> habits = Habits(True, True, True, True, ".", "_num_")
        >>> habits.take_off("it was n't warm , sir .", "It was cold")
        "It wasn't warm, sir"
        >>> habits.take_off("so i 'm glad .", "So I'm sad."), habits.take_off("i do .", "I DON'T.")
        ("So I'm glad.", 'I DO.')
        >>> habits.take_off("it was n't warm .", "it was n't cold .")
        "it was n't warm ."
        >>> habits.take_off("i ca recommend the _num_ in paris !", "Can't like the 45 in Paris!!")
        'I can recommend the 45 in Paris!!'
        """
        if self.number:
            text = self._numbered(text, asked)
        if self.ending:
            text = self._ended_as(text, asked)
        if self.marks_apart and not _mostly(APART_MARK, GLUED_MARK, [asked]):
            text = APART_MARK.sub(r"\1", text)
        if self.clitics_apart:
            known = asked.split()
            text = LEFT_OVER.sub(lambda m: m[1] if m[1] in known else MEANT[m[1]], text)
            if not APART_CLITIC.search(asked):
                text = APART_CLITIC.sub(r"\1", text)
        return self._with_capitals(text, asked) if self.small_letters else text

    def tellable(self, written: Sequence[str], read: str, asked: str) -> list[str]:
        """Return the sentences of the model's without numbers that `asked`, `read` so, cannot tell.

        All of them where each has such a number, and where `asked` is written as the model's are.

        >>> habits = Habits(ending=".", number="_num_")
        >>> habits.tellable(["_num_ stars.", "no stars."], "one star.", "one star")
        ['no stars.']
        >>> habits.tellable(["_num_ stars.", "no stars."], "one star.", "one star.")
        ['_num_ stars.', 'no stars.']
        """
        if not self.number or asked == self.put_on(asked):
            return list(written)
        most = read.count(self.number)
        return [text for text in written if text.count(self.number) <= most] or list(written)

    def _unnumbered(self, found: re.Match[str]) -> str:
        return f"{'$ ' if found[1] else ''}{self.number}{' %' if found[2] else ''}"

    def _numbered(self, text: str, asked: str) -> str:
        """Return the text with the numbers of `asked`, each where the words beside it stand.

        One without such words gets the next that is left, or the last one.
        """
        numbers = [match[0].strip("$%") for match in NUMBER.finditer(asked)]
        if not numbers:
            return text
        signs = re.compile(rf"{re.escape(self.number)}|\w+|[^\w\s]")
        read, written = (signs.findall(each.lower()) for each in (self.put_on(asked), text))
        said = dict(zip(_places(read, self.number), numbers, strict=False))
        blocks = SequenceMatcher(None, read, written, autojunk=False).get_matching_blocks()
        beside = {b + step: a + step for a, b, size in blocks for step in range(size)}
        found = [said.get(beside.get(place, -1)) for place in _places(written, self.number)]
        left = (Counter(numbers) - Counter(filter(None, found))).elements()
        told = iter([number or next(left, numbers[-1]) for number in found])
        text = re.sub(re.escape(self.number), lambda _: next(told, numbers[-1]), text)
        text = text if "$ " in asked else text.replace("$ ", "$")
        return text if " %" in asked else text.replace(" %", "%")

    def _ended(self, text: str) -> str:
        """Return the text with the mark that it ends with, or with the usual one."""
        said, tail = _tail(text)
        if not said or tail.strip() in (self.ending, *SHARP):
            return said + tail
        marks = [mark for mark in tail if mark in SHARP]
        whole = "".join(marks) if len(marks) == len(tail.strip()) else "".join(marks[:1])
        return f"{said}{' ' if self.marks_apart else ''}{whole or self.ending}"

    def _ended_as(self, text: str, asked: str) -> str:
        """Return the text without an ending that `asked` does not have, or with that one."""
        marks = "".join(mark for mark in _tail(asked)[1] if mark in ENDS)
        read = self._ended(RUN_OF_MARKS.sub(r"\1", asked))[-1:]
        if not text.endswith(read) or marks == read:
            return text
        if not marks:
            return text.removesuffix(self.ending).rstrip() or text
        return text.removesuffix(read) + marks

    def _with_capitals(self, text: str, asked: str) -> str:
        """Return the text with capitals where `asked` has them: names, I, where sentences begin."""
        if asked.isupper() and sum(map(str.isalpha, asked)) > 1:
            return text.upper()
        if LONE_I.search(asked):
            text = SMALL_I.sub("I", text)
        if any(match[2].isupper() for match in SENTENCE_START.finditer(asked)):
            text = SENTENCE_START.sub(lambda match: match[1] + match[2].upper(), text)
        inner = [word for word in INNER_CAPITAL.findall(asked) if word not in ("I", word.lower())]
        inner += [word for word in WORD.findall(asked) if word[1:] != word[1:].lower()]
        names = {word.lower(): word for word in inner}
        text = WORD.sub(lambda match: names.get(match[0], match[0]), text)
        first = asked[:1].isupper() and not asked[1:2].isupper()
        return text[:1].upper() + text[1:] if first else text


NONE = Habits()
"""Sentences are taken as they are typed."""


def _ending(texts: Sequence[str]) -> str:
    """Return the commonest end of texts nearly all of which end with a mark, else ""."""
    ends = Counter(text[-1:] for text in texts if text[-1:] in tuple(ENDS))
    return ends.most_common(1)[0][0] if ends.total() >= ALL_BUT * len(texts) > 0 else ""


def has_word(text: str) -> bool:
    """Return whether the text is more than marks and smileys."""
    return any(map(str.isalnum, text))


def _tail(text: str) -> tuple[str, str]:
    """Return a text up to its last word or bracket, and the marks behind; smileys are no marks.

    >>> _tail("so cold ... :("), _tail("cold (so)")
    (('so cold', ' ...'), ('cold (so)', ''))
    """
    text = LAST_SMILEYS.sub("", text)
    end = next((end for end in range(len(text), 0, -1) if CLOSED.match(text[end - 1])), 0)
    return text[:end], text[end:]


def _placeholder(texts: Sequence[str]) -> str:
    """Return what stands for numbers if more texts have that than have digits, else ""."""
    found = Counter(match[0] for text in texts if (match := PLACEHOLDER.search(text)))
    written = sum(any(map(str.isdigit, text)) for text in texts)
    return found.most_common(1)[0][0] if found.total() > written else ""


def _places(words: Sequence[str], wanted: str) -> list[int]:
    return [place for place, word in enumerate(words) if word == wanted]


def _mostly(apart: re.Pattern[str], glued: re.Pattern[str], texts: Sequence[str]) -> bool:
    counts = [sum(len(form.findall(text)) for text in texts) for form in (apart, glued)]
    return counts[0] > counts[1]


def _hardly(found: Iterable[bool]) -> bool:
    """Return whether next to none are found."""
    every = list(found)
    return sum(every) <= (1 - ALL_BUT) * len(every)
