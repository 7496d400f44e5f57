"""A person's text as a trained model reads it: known characters, parts of a length it knows."""

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import cache

from seqgan.text.tokenizer import Tokenizer
from seqgan.text.words import CJK, WORD, normalize_spaces

PLAIN = str.maketrans("‘’´`“”„–—−", "''''\"\"\"---")
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])\s*")
CLAUSE_END = re.compile(r"(?<=[,:])\s+|(?<=[，：、])\s*")
GLUED = re.compile(rf"[{CJK}\u3000-\u303f\uff00-\uffef]")

SHOWN = 5  # unknown characters that a remark names
LONGEST_WORD = 1000
"""Characters of a word between spaces (each Chinese one is a word); no language has longer ones."""

Knows = Callable[[str], bool]
Size = Callable[[str], int]


class Reader:
    """Reads texts for a vocabulary, and says what is wrong with them.

    Args:
        tokenizer: the vocabulary.
        marks: ids that are no words: spelled out in a text they are passed over.
        longest: subwords of a sentence that the model learned from.
    """

    def __init__(self, tokenizer: Tokenizer, *, marks: Collection[int], longest: int) -> None:
        self.tokenizer, self.marks, self.longest = tokenizer, marks, longest
        self.knows = cache(lambda sign: sign in tokenizer.decode(tokenizer.encode(sign)))

    def plain(self, text: str) -> str:
        """Return the text in known characters, as far as there are any for it."""
        return plain(text, self.knows)

    def words_alone(self, text: str) -> str:
        """Return that without marks that are unknown: a word beside them can be read."""
        signs = (sign if sign.isalnum() or self.knows(sign) else " " for sign in self.plain(text))
        return normalize_spaces("".join(signs))

    def unknown(self, text: str) -> list[str]:
        """Return the characters that are lost, alone and within their words, in order."""
        kept = set(self.tokenizer.decode(self.ids(text)))
        return [sign for sign in unknown_characters(text, self.knows) if sign not in kept]

    def foreign(self, text: str) -> str:
        """Return why a text cannot be read, "" if it can.

        It is in another script, or no text at all: one word without an end.
        """
        text = self.plain(text)
        if (longest := longest_word(text)) > LONGEST_WORD:
            return f"it has a word of {longest:,} characters, which no language has; leave it out"
        letters = [sign for sign in text if sign.isalnum()]
        unknown = [sign for sign in self.unknown(text) if sign.isalnum()]
        if not in_another_script(letters, unknown):
            return ""
        return (
            f"{len(unknown)} of its {len(letters)} letters ({some(unknown)}) are unknown to this "
            "run, which learned from another script; leave it out"
        )

    def lost(self, text: str) -> list[str]:
        """Return a remark on the characters that are lost, none where all are known."""
        unknown = self.unknown(self.plain(text))
        return [f"unknown to this run and likely to be lost: {some(unknown)}"] if unknown else []

    def parts(self, text: str) -> list[str]:
        """Return a text in parts that are no longer than what the model learned from."""
        return parts_of(text, size=lambda part: len(self.ids(part)), limit=self.longest)

    def ids(self, text: str) -> list[int]:
        """Return the words of a text."""
        return [token for token in self.tokenizer.encode(text) if token not in self.marks]


def longest_word(text: str) -> int:
    """Return the characters of the longest word.

    >>> longest_word("so cold 你好吗"), longest_word("")
    (4, 0)
    """
    return max((len(word[0]) for word in WORD.finditer(text)), default=0)


def plain(text: str, knows: Knows) -> str:
    """Return the text with each unknown character in the nearest way of writing that is known.

    Tried are the lower case, plain quotes and dashes, and Unicode's compatible form, so that a
    vocabulary of lower-case words reads what a person types.

    >>> plain("It’s Ｃold", set("itscold' ").__contains__)
    "it's cold"
    """
    return "".join(_nearest(character, knows) for character in normalize_spaces(text))


def _nearest(character: str, knows: Knows) -> str:
    compatible = unicodedata.normalize("NFKC", character)
    ways = (character, character.translate(PLAIN), compatible)
    tried = (*ways, compatible.lower())
    return next((way for way in tried if way and all(map(knows, way))), character)


def unknown_characters(text: str, knows: Knows) -> list[str]:
    """Return the characters of the text, spaces apart, that the vocabulary lacks, in order.

    >>> unknown_characters("né á", set("n").__contains__)
    ['é', 'á']
    """
    return [character for character in text if not character.isspace() and not knows(character)]


def in_another_script(letters: list[str], unknown: list[str]) -> bool:
    """Return whether more than half of the letters are unknown; a text without any is in none.

    >>> in_another_script(list("данет"), list("данет")), in_another_script(list("déjà"), list("éà"))
    (True, False)
    """
    return 2 * len(unknown) > len(letters)


def some(characters: list[str]) -> str:
    """Return the first different characters, for a message.

    >>> some(list("abcabdef")), some(["é"])
    ('a b c d e ...', 'é')
    """
    different = list(dict.fromkeys(characters))
    return " ".join(different[:SHOWN]) + (" ..." if len(different) > SHOWN else "")


def parts_of(text: str, *, size: Size, limit: int) -> list[str]:
    """Return the text whole, or where it is longer than `limit` in sentences, clauses or words.

    `size` counts what the limit is in. A single word beyond the limit stays whole.

    >>> parts_of("it was cold. the waiter was rude, very rude!", size=len, limit=21)
    ['it was cold.', 'the waiter was rude,', 'very rude!']
    >>> parts_of("one two three", size=len, limit=7), parts_of("", size=len, limit=7)
    (['one two', 'three'], [])
    """
    parts = [text] if text else []
    for end in (SENTENCE_END, CLAUSE_END):
        parts = [
            piece
            for part in parts
            for piece in ([part] if size(part) <= limit else end.split(part))
            if piece
        ]
    return [piece for part in parts for piece in _packed(part, size=size, limit=limit)]


def _packed(text: str, *, size: Size, limit: int) -> list[str]:
    """Return the text in stretches of as many words as the limit allows."""
    if size(text) <= limit:
        return [text]
    stretches, begin, end = [], 0, 0
    for word in WORD.finditer(text):
        if end > begin and size(text[begin : word.end()]) > limit:
            stretches.append(text[begin:end].strip())
            begin = word.start()
        end = word.end()
    return [*stretches, text[begin:].strip()]


def joined(parts: list[str]) -> str:
    """Return the parts as one text: a space between them, none beside Chinese or its marks.

    >>> joined(["cold.", "", "rude!"]), joined(["很冷。", "OK", "不好"])
    ('cold. rude!', '很冷。OK不好')
    """
    text = ""
    for part in filter(None, parts):
        apart = text and not GLUED.match(text[-1]) and not GLUED.match(part)
        text += f" {part}" if apart else part
    return text
