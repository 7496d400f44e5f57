"""The folder of a finished style transfer with untrained networks: made in a moment."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor

from seqgan.core.run import RunOptions
from seqgan.text.evaluation.fluency import FluencyScorer
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.tokenizer import SubwordTokenizer
from seqgan.text.transfer.corpus import StyleOptions
from seqgan.text.transfer.guidance import Family
from seqgan.text.transfer.judges import neural_classifier
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.saved import FLUENCY_FOLDER, STYLE_FOLDER, Styling, save_system

STYLES = ("negative", "positive")
WORDS = {"negative": ("cold", "rude", "slow"), "positive": ("warm", "kind", "quick")}
THINGS = ("the food was", "our waiter is", "i found the room", "they were")
RECIPE = "made_transfer"
MODULE = f"seqgan.recipes.{RECIPE}"


class MadeConfig(StyleOptions, RunOptions):
    """Options of a recipe that exists in the tests alone."""


def sentences(style: str) -> list[str]:
    """Return all sentences of a style."""
    return [
        f"{thing} {word} {end}"
        for thing, word, end in itertools.product(THINGS, WORDS[style], (".", "today ."))
    ]


class WordStyles:
    """Finds a text as positive as the share of its polar words that are."""

    def probabilities(self, texts: Sequence[str]) -> Tensor:
        """Return the probability of each style, shape (N, 2)."""
        counts = [
            [1 + sum(word in text for word in WORDS[style]) for style in STYLES] for text in texts
        ]
        return torch.tensor(counts, dtype=torch.float32).softmax(-1)


class LengthFluency:
    """Finds a nat in every character."""

    def nll(self, texts: Sequence[str]) -> list[tuple[float, int]]:
        """Return nats and words of each text."""
        return [(float(len(text)), len(text.split()) + 1) for text in texts]


def made_tokenizer() -> SubwordTokenizer:
    """Return a vocabulary of both styles; it knows no capital letters."""
    texts = [text for style in STYLES for text in sentences(style)]
    return SubwordTokenizer.train([*texts, "jpxz'-"] * 3, vocab_size=70, exact=False)


def made_styling(tokenizer: SubwordTokenizer, *, family: Family = "cycle") -> Styling:
    """Return a styling whose marks are the vocabulary's last pieces."""
    size = tokenizer.vocab_size
    return Styling(STYLES, family, (size - 2, size - 1), size - 3, 24)


def made_generator(tokenizer: SubwordTokenizer, *, seed: int = 3) -> RecurrentGenerator:
    """Return an untrained generator with lively weights."""
    torch.manual_seed(seed)
    ids = {"pad": tokenizer.pad, "bos": tokenizer.bos, "eos": tokenizer.eos}
    model = RecurrentGenerator(tokenizer.vocab_size, **ids, dim=16).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return model


def write_transfer_run(run: Path, *, systems: Sequence[str] = ("adversarial", "continued")) -> Path:
    """Return a run's folder with these systems, and no judges."""
    run.mkdir(parents=True)
    tokenizer = made_tokenizer()
    for place, system in enumerate(systems):
        styling, generator = made_styling(tokenizer), made_generator(tokenizer, seed=place)
        styled = StyleGenerator([generator], styling.tags, told_source=False)
        save_system(styled, tokenizer, styling, run / system)
    (run / "config.json").write_text(json.dumps({"recipe": RECIPE, "config": {}}), encoding="utf-8")
    return run


def made_recipe() -> ModuleType:
    """Return the recipe's module, to stand under its name among the loaded ones."""
    module = ModuleType(MODULE)
    module.Config = MadeConfig  # type: ignore[attr-defined]
    return module


def write_judges(run: Path) -> Path:
    """Give the run judges that have seen its sentences a few times; return it."""
    texts = [sentences(style) for style in STYLES]
    neural_classifier(texts, seed=0, max_updates=20).save(run / STYLE_FOLDER)
    fluency = FluencyScorer.train([text for each in texts for text in each], seed=0, max_updates=20)
    fluency.save(run / FLUENCY_FOLDER)
    return run
