"""A system of a summarizer as a folder of its run, and the reconstructor that the run keeps."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from seqgan.core.run import write_whole
from seqgan.errors import UserError
from seqgan.text.generators.base import Generator
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.generators.store import load_generator, replacing
from seqgan.text.kept_systems import folder_of
from seqgan.text.summary.vocabulary import BudgetVocabulary
from seqgan.text.tokenizer import Tokenizer

SUMMARIZING_FILE = "summarize.json"
RECONSTRUCTOR_FOLDER = "reconstructor"
FIRST_RECONSTRUCTOR_FOLDER = "pretrained-reconstructor"
"""Where the reconstructor lies as it was before play."""


@dataclass(frozen=True)
class Summarizing:
    """How a generator is told what to summarize.

    Attributes: budgets (the id of each word budget, from 1 word on), max_source (ids of a
    document), document_words (of the longest document that was learned from), max_length (ids of a
    summary with its end), usual_words (the mean of people's), recovered (ids of a document that
    are recovered), chinese (whether words are characters), words (people's, see
    `BudgetVocabulary`), language (see `language_of`).
    """

    budgets: tuple[int, ...]
    max_source: int
    document_words: int
    max_length: int
    usual_words: int
    recovered: int
    chinese: bool
    words: tuple[str, ...] = ()
    language: str = ""

    @property
    def most_words(self) -> int:
        """The largest word budget."""
        return len(self.budgets)

    @property
    def sizes(self) -> tuple[int, ...]:
        """All that must be above 0."""
        return (
            *(self.max_source, self.document_words, self.max_length),
            *(self.usual_words, self.recovered),
        )

    def save(self, folder: Path) -> None:
        """Write `summarize.json` beside the generator."""
        content = json.dumps(asdict(self), ensure_ascii=False)
        write_whole(folder / SUMMARIZING_FILE, content + "\n")

    @classmethod
    def load(cls, folder: Path) -> "Summarizing":
        """Return what `save` wrote; raises `UserError` if it is missing or broken."""
        path = folder / SUMMARIZING_FILE
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            summarizing = cls(
                budgets=tuple(map(int, saved["budgets"])),
                max_source=int(saved["max_source"]),
                document_words=int(saved["document_words"]),
                max_length=int(saved["max_length"]),
                usual_words=int(saved["usual_words"]),
                recovered=int(saved["recovered"]),
                chinese=bool(saved["chinese"]),
                words=tuple(map(str, saved.get("words", ()))),  # runs of before have none
                language=str(saved.get("language", "")),  # nor this
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} cannot be read: {error!r}; copy it again") from None
        if not summarizing.budgets or min(summarizing.sizes) < 1:
            raise UserError(f"{path} is damaged: a budget or more, sizes above 0; copy it again")
        return summarizing


def save_system(
    generator: Generator, tokenizer: Tokenizer, summarizing: Summarizing, folder: Path
) -> None:
    """Write a system into a folder of the run, whole or not at all.

    Raises:
        UserError: if the folder holds something else or cannot be written.
    """
    with replacing(folder) as fresh:
        generator.save_pretrained(fresh)
        tokenizer.save_pretrained(fresh)
        summarizing.save(fresh)


def load_system(
    run: Path, system: str, *, device: torch.device | str
) -> tuple[Generator, Tokenizer, Summarizing]:
    """Return a system of a run, in evaluation mode.

    Raises `UserError` if the run has none of that name, or a damaged one.
    """
    folder = folder_of(run, system, SUMMARIZING_FILE)
    summarizing = Summarizing.load(folder)
    generator, tokenizer = load_generator(folder, device=device, offline=True)
    vocabulary = BudgetVocabulary(tokenizer, summarizing.most_words)
    try:
        fits = vocabulary.marks == summarizing.budgets
    except ValueError:
        fits = False
    if not fits:
        raise UserError(f"{folder / SUMMARIZING_FILE} does not belong to the model: copy both")
    return generator, tokenizer, summarizing


def load_reconstructor(
    run: Path, *, device: torch.device | str, folder: str = RECONSTRUCTOR_FOLDER
) -> PointerGenerator:
    """Return what recovers documents; raises `UserError` if it is missing or damaged."""
    if not (run / folder).is_dir():
        raise UserError(f"{run} has no {folder}/: train it again, or finish it with --resume {run}")
    generator, _ = load_generator(run / folder, device=device, offline=True)
    if not isinstance(generator, PointerGenerator):
        raise UserError(f"{run / folder} holds no reconstructor: copy it again")
    return generator
