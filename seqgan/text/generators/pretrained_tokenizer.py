"""The tokenizer of a pretrained model, as the rest of the package sees tokenizers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from seqgan.errors import UserError

PAD, EOS = "<pad>", "<eos>"


class PretrainedTokenizer:
    """Any tokenizer of `transformers` as a `Tokenizer`.

    Missing special tokens are added (the model must then be resized to `vocab_size`): `<eos>`, and
    `<pad>` also where the padding token has another meaning. Without `bos` of its own it is `eos`.

    Args:
        tokenizer: a `transformers` tokenizer; gets the missing tokens.
        bos: what decoding starts from, if the model says so (encoder-decoders).
        marks: names of ids of their own, added where they are missing.
    """

    def __init__(
        self, tokenizer: Any, *, bos: int | None = None, marks: Sequence[str] = ()
    ) -> None:
        self.tokenizer = tokenizer
        tokenizer.add_tokens(list(marks), special_tokens=True)
        if tokenizer.eos_token_id is None:
            tokenizer.add_special_tokens({"eos_token": tokenizer.sep_token or EOS})
        taken = {tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.unk_token_id, None}
        if tokenizer.pad_token_id in taken:
            tokenizer.add_special_tokens({"pad_token": PAD})
        own_bos = (
            tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
        )
        self.pad: int = tokenizer.pad_token_id
        self.eos: int = tokenizer.eos_token_id
        self.bos: int = own_bos if bos is None else bos
        self.vocab_size: int = len(tokenizer)
        self._pieces: dict[int, str] = {}
        self.never_text = {self.pad, self.bos, self.eos, *map(self.mark, marks)}

    @classmethod
    def load(
        cls, name: str, *, bos: int | None = None, offline: bool = False, marks: Sequence[str] = ()
    ) -> "PretrainedTokenizer":
        """Return the tokenizer of a local folder or a model of the hub.

        Raises:
            UserError: if there is none.
        """
        try:
            tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=offline)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise UserError(f"no tokenizer could be read from {name}: {one_line(error)}") from None
        return cls(tokenizer, bos=bos, marks=marks)

    def frame(self) -> tuple[list[int], list[int]]:
        """Return the ids the tokenizer puts before and after a text of its own accord."""
        marked = self.tokenizer("a", add_special_tokens=True)["input_ids"]
        plain = self.tokenizer("a", add_special_tokens=False)["input_ids"]
        places = range(len(marked) - len(plain) + 1)
        start = next((i for i in places if marked[i : i + len(plain)] == plain), 0)
        return marked[:start], marked[start + len(plain) :]

    def encode(self, text: str) -> list[int]:
        """Return the ids of the text, without special tokens around it or spelled out in it."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return [i for i in ids if i not in self.never_text]

    def mark(self, name: str) -> int:
        """Return the id of a mark; `ValueError` if the vocabulary has no such mark."""
        place: int | None = self.tokenizer.get_added_vocab().get(name)
        if place is None:
            raise ValueError(f"the vocabulary has no mark {name!r}")
        return place

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text up to the first `eos`; special tokens are left out."""
        kept = [int(i) for i in ids]
        if self.eos in kept:
            kept = kept[: kept.index(self.eos)]
        text: str = self.tokenizer.decode(kept, skip_special_tokens=True)
        return text.strip()

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return one readable piece an id; a piece that starts a word starts with a space."""
        return [self._piece(int(i)) for i in ids]

    def _piece(self, place: int) -> str:
        """Return what the id adds to a text that ends with it: alone its space may be lost."""
        if place not in self._pieces:
            alone: str = self.tokenizer.decode([place])
            twice: str = self.tokenizer.decode([place, place])
            special = place in self.never_text or place in self.tokenizer.all_special_ids
            self._pieces[place] = alone if special else twice[len(alone) :]
        return self._pieces[place]

    def save_pretrained(self, folder: Path) -> None:
        """Write the tokenizer's files into the folder."""
        self.tokenizer.save_pretrained(folder)


def one_line(error: Exception, *, longest: int = 300) -> str:
    """Return the error's message on one line, cut.

    >>> one_line(ValueError("first\\n  second"))
    'first second'
    """
    return " ".join(str(error).split())[:longest]
