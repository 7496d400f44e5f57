"""Words without a spelling: a vocabulary whose words are their own numbers."""

import json
from collections.abc import Sequence
from pathlib import Path

from seqgan.errors import UserError

NUMBERS_FILE = "numbers.json"


class NumberTokenizer:
    """A vocabulary of `vocab_size` numbers; sentences start behind the word `bos`.

    >>> words = NumberTokenizer(30, pad=30, bos=0, eos=31)
    >>> words.decode(words.encode("7 0 29") + [30])
    '7 0 29'
    """

    def __init__(self, vocab_size: int, *, pad: int, bos: int, eos: int) -> None:
        self.vocab_size, self.pad, self.bos, self.eos = vocab_size, pad, bos, eos

    @classmethod
    def load(cls, folder: Path) -> "NumberTokenizer":
        """Return the vocabulary of a folder; raises `UserError` if it is damaged."""
        path = folder / NUMBERS_FILE
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            ids = {name: int(about[name]) for name in ("pad", "bos", "eos")}
            return cls(int(about["vocab_size"]), **ids)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is damaged: {error!r}; copy it again") from None

    def encode(self, text: str) -> list[int]:
        """Return the numbers of the text; raises ValueError for what is none of the vocabulary."""
        ids = [int(word) for word in text.split()]
        if unknown := [word for word in ids if not 0 <= word < self.vocab_size]:
            raise ValueError(f"{unknown[0]} is no word: they are 0 to {self.vocab_size - 1}")
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the numbers up to the first eos, pad left out; bos is a word like others."""
        ends = ids.index(self.eos) if self.eos in ids else len(ids)
        return " ".join(str(word) for word in ids[:ends] if word != self.pad)

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return one number an id."""
        return [str(word) for word in ids]

    def mark(self, name: str) -> int:
        """Raise ValueError: there are no marks among numbers."""
        raise ValueError(f"numbers have no mark {name!r}")

    def save_pretrained(self, folder: Path) -> None:
        """Write the vocabulary's file into the folder."""
        about = {name: getattr(self, name) for name in ("vocab_size", "pad", "bos", "eos")}
        (folder / NUMBERS_FILE).write_text(json.dumps(about) + "\n", encoding="utf-8")
