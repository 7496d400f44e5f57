"""Text to ids and back: the protocol all models speak, and a subword vocabulary of one's own."""

import io
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import sentencepiece as spm

from seqgan.errors import UserError
from seqgan.text.words import normalize_spaces

TURN = "<turn>"  # stands between the turns of a prompt
MODEL_FILE = "tokenizer.model"
CHECKSUM_FILE = "tokenizer.sha256"  # a model cut off between two pieces loads without complaint
SMALL_ALPHABET = 500  # characters; English has 100, Chinese thousands
SPACE = "\u2581"  # how sentencepiece writes the space before a word
SETTINGS: dict[str, Any] = {
    "model_type": "unigram",
    "normalization_rule_name": "identity",
    "user_defined_symbols": [TURN],
    "pad_id": 0,
    "bos_id": 1,
    "eos_id": 2,
    "unk_id": 3,
    "num_threads": 1,  # with more, the result depends on their order
    "max_sentence_length": 1 << 20,  # bytes; longer lines would be passed over
    "minloglevel": 2,
}


class Tokenizer(Protocol):
    """What a model needs of a vocabulary."""

    @property
    def pad(self) -> int:
        """The id that fills a row after its end."""
        ...

    @property
    def bos(self) -> int:
        """The id that a decoder starts from; never inside a response."""
        ...

    @property
    def eos(self) -> int:
        """The id that ends a response."""
        ...

    @property
    def vocab_size(self) -> int:
        """The number of ids."""
        ...

    def encode(self, text: str) -> list[int]:
        """Return the ids of the text, without bos and eos."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text up to the first eos, pad and bos left out."""
        ...

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return one readable piece an id."""
        ...

    def mark(self, name: str) -> int:
        """Return the id of a mark; `ValueError` if the vocabulary has no such mark."""
        ...

    def save_pretrained(self, folder: Path) -> None:
        """Write the vocabulary's files into the folder."""
        ...


class SubwordTokenizer:
    """A unigram subword vocabulary (arXiv:1804.10959) by sentencepiece.

    The text is not normalized, so decoding gives back what was encoded wherever every character
    is known and spaces are single.
    """

    def __init__(self, model: bytes) -> None:
        self.model = model
        self.processor = spm.SentencePieceProcessor(model_proto=model)
        self.pad: int = self.processor.pad_id()
        self.bos: int = self.processor.bos_id()
        self.eos: int = self.processor.eos_id()
        self.unk: int = self.processor.unk_id()
        self.vocab_size: int = self.processor.get_piece_size()

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        *,
        vocab_size: int,
        exact: bool = True,
        marks: Sequence[str] = (),
    ) -> "SubwordTokenizer":
        """Return the vocabulary of the texts, the same for the same texts in the same order.

        Every character of a small alphabet is known. Of a large one, as in Chinese, the rarest are
        left out that make up 0.05 % of the text. Unless `exact`, texts that allow fewer pieces
        give a smaller vocabulary. `marks` are names of ids of their own (`mark`), which no text
        is encoded to and which decode to nothing.

        Raises:
            UserError: there is no text, or the texts do not allow this size; the message says
                which do.
        """
        lines = [line for line in (normalize_spaces(text) for text in texts) if line]
        if not lines:
            raise UserError("no text to learn a vocabulary from: every line is empty")
        small = len(set().union(*lines)) <= SMALL_ALPHABET
        model = io.BytesIO()
        try:
            spm.SentencePieceTrainer.train(
                sentence_iterator=iter(lines),
                model_writer=model,
                vocab_size=vocab_size,
                hard_vocab_limit=exact,
                character_coverage=1.0 if small else 0.9995,
                control_symbols=list(marks),
                **SETTINGS,
            )
        except RuntimeError as error:
            raise UserError(explain_size(str(error), vocab_size)) from error
        return cls(model.getvalue())

    @classmethod
    def load(cls, folder: Path) -> "SubwordTokenizer":
        """Return the vocabulary that `save_pretrained` wrote.

        Raises:
            UserError: the file is missing or is no sentencepiece model.
        """
        path = Path(folder) / MODEL_FILE
        damaged = f"{path} is no whole sentencepiece model (damaged?): copy it again from the run"
        try:
            model = path.read_bytes()
            recorded = path.with_name(CHECKSUM_FILE)
            if recorded.exists() and recorded.read_text().strip() != sha256(model).hexdigest():
                raise UserError(damaged)
            if not model:  # sentencepiece takes it for a model without pieces
                raise UserError(damaged)
            tokenizer = cls(model)
        except FileNotFoundError:
            raise UserError(f"{path} is missing: {folder} holds no saved vocabulary") from None
        except (RuntimeError, OSError, UnicodeDecodeError) as error:
            raise UserError(damaged) from error
        if min(tokenizer.pad, tokenizer.bos, tokenizer.eos, tokenizer.unk) < 0:
            raise UserError(f"{path} lacks <pad>, <s>, </s> or <unk>: it was not trained by seqgan")
        return tokenizer

    def mark(self, name: str) -> int:
        """Return the id of one of the `marks`; `ValueError` if the vocabulary has no such mark."""
        place: int = self.processor.piece_to_id(name)
        if not self.processor.is_control(place):
            raise ValueError(f"the vocabulary has no mark {name!r}")
        return place

    def encode(self, text: str) -> list[int]:
        """Return the ids of the text, without bos and eos; unknown characters become `unk`."""
        ids: list[int] = self.processor.encode(normalize_spaces(text))
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text up to the first eos, pad and bos left out."""
        kept: list[int] = []
        for token in ids:
            if token == self.eos:
                break
            if token not in (self.pad, self.bos):
                kept.append(int(token))
        text: str = self.processor.decode(kept)
        return text.strip()

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return one readable piece an id; a piece that starts a word starts with a space."""
        names = (self.processor.id_to_piece(int(token)) for token in ids)
        return [name.replace(SPACE, " ") for name in names]

    def save_pretrained(self, folder: Path) -> None:
        """Write the model and its checksum into the folder, which is made if need be."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MODEL_FILE).write_bytes(self.model)
        (folder / CHECKSUM_FILE).write_text(sha256(self.model).hexdigest() + "\n")


def explain_size(message: str, vocab_size: int) -> str:
    """Return one line that says which vocabulary sizes the data allow.

    `message` is sentencepiece's; the smallest and the largest size stand in it.
    """
    if largest := re.search(r"value <= (\d+)", message):
        return (
            f"a vocabulary of {vocab_size} is larger than the data allow:"
            f" the largest that works is {largest[1]} (--vocab-size {largest[1]})"
        )
    if smallest := re.search(r"smaller than required_chars\. \d+ vs (\d+)", message):
        return (
            f"a vocabulary of {vocab_size} does not hold the characters of the data:"
            f" the smallest that works is {smallest[1]} (--vocab-size {smallest[1]})"
        )
    reason = " ".join(message.split())
    return f"sentencepiece could not learn a vocabulary of {vocab_size}: {reason}"
