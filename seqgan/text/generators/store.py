"""Models and their tokenizers as folders, in the `save_pretrained` layout."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from torch import nn

from seqgan.errors import UserError
from seqgan.nn.saving import load_weights, read_config
from seqgan.text.encoder_scorer import EncoderScorer
from seqgan.text.generators.base import Generator
from seqgan.text.generators.emitting import EmittingGenerator
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.generators.loading import load_pretrained
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.generators.pretrained_tokenizer import PretrainedTokenizer
from seqgan.text.generators.product import ProductOfExperts
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.numbers import NUMBERS_FILE, NumberTokenizer
from seqgan.text.prefix_scorers import CausalScorer, ProjectionScorer
from seqgan.text.reply_scorers import ConvScorer, TransformerScorer
from seqgan.text.sentence_scorer import SentenceScorer
from seqgan.text.tokenizer import SubwordTokenizer, Tokenizer

Scorer = (
    ProjectionScorer
    | CausalScorer
    | ConvScorer
    | TransformerScorer
    | SentenceScorer
    | EncoderScorer
)
Own = (
    RecurrentGenerator
    | TransformerGenerator
    | RecurrentLanguageModel
    | EmittingGenerator
    | PointerGenerator
    | ProductOfExperts
)
Built = TypeVar("Built", bound=nn.Module)

GENERATORS: tuple[type[Own], ...] = (
    RecurrentGenerator,
    TransformerGenerator,
    RecurrentLanguageModel,
    EmittingGenerator,
    PointerGenerator,
    ProductOfExperts,
)
SCORERS: tuple[type[Scorer], ...] = (
    ProjectionScorer,
    CausalScorer,
    ConvScorer,
    TransformerScorer,
    SentenceScorer,
    EncoderScorer,
)


def save_generator(generator: Generator, tokenizer: Tokenizer, folder: Path) -> None:
    """Write the model and its tokenizer into the folder, whole or not at all.

    An earlier model in the folder is replaced.

    Raises:
        UserError: if the folder holds something else or cannot be written.
    """
    with replacing(folder) as fresh:
        generator.save_pretrained(fresh)
        tokenizer.save_pretrained(fresh)


def load_generator(
    folder: Path, *, device: torch.device | str = "cpu", offline: bool = False
) -> tuple[Generator, Tokenizer]:
    """Return the model and the tokenizer of a folder, in evaluation mode.

    A folder without a model of this package is left to `transformers`; so is a name that is no
    folder (then `offline` forbids asking the hub).

    Raises:
        UserError: if there is no model, or one that is damaged or a pickle.
    """
    if folder.is_dir() and "architecture" in (config := read_config(folder)):
        generator = build(GENERATORS, config, folder)
        load_weights(generator, folder)
        tokenizer: Tokenizer
        if (folder / "tokenizer_config.json").exists():
            tokenizer = PretrainedTokenizer.load(str(folder), offline=True)
        elif (folder / NUMBERS_FILE).exists():
            tokenizer = NumberTokenizer.load(folder)
        else:
            tokenizer = SubwordTokenizer.load(folder)
        if tokenizer.vocab_size != generator.vocab_size:
            raise UserError(
                f"{folder}: the model knows {generator.vocab_size} tokens, its tokenizer "
                f"{tokenizer.vocab_size}; the files do not belong together"
            )
        return generator.to(device).eval(), tokenizer
    return load_pretrained(str(folder), device=device, offline=offline)


def save_scorer(scorer: Scorer, folder: Path) -> None:
    """Write a discriminator into the folder, whole or not at all.

    Raises:
        UserError: if the folder holds something else or cannot be written.
    """
    with replacing(folder) as fresh:
        scorer.save_pretrained(fresh)


def load_scorer(folder: Path, *, device: torch.device | str = "cpu") -> Scorer:
    """Return the discriminator of a folder, in evaluation mode.

    Raises:
        UserError: if there is none, or one that is damaged or a pickle.
    """
    scorer = build(SCORERS, read_config(folder), folder)
    load_weights(scorer, folder)
    return scorer.to(device).eval()


def build(kinds: tuple[type[Built], ...], config: dict[str, object], folder: Path) -> Built:
    """Return an untrained module of the kind and with the arguments the configuration names."""
    by_name = {kind.__name__: kind for kind in kinds}
    name, arguments = config.get("architecture"), config.get("arguments")
    if name not in by_name or not isinstance(arguments, dict):
        raise UserError(
            f"{folder / 'config.json'} names the architecture {name!r}; "
            f"allowed here: {', '.join(by_name)}"
        )
    try:
        return by_name[str(name)](**arguments)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{folder / 'config.json'} has unusable arguments: {error}") from None


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside `folder` that takes its place when the block ends well."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "config.json").exists():
        raise UserError(f"{folder} holds files that are not a model: name another folder")
    fresh = folder.with_name(f".{folder.name}.new")
    stale = folder.with_name(f".{folder.name}.old")
    try:
        for leftover in (fresh, stale):
            shutil.rmtree(leftover, ignore_errors=True)
        fresh.mkdir(parents=True)
        yield fresh
        if folder.exists():
            os.replace(folder, stale)
        os.replace(fresh, folder)
        shutil.rmtree(stale, ignore_errors=True)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{folder} cannot be written: {error}") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
