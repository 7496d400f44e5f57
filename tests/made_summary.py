"""The folder of a finished summarizer with untrained networks: made in a moment."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import torch

from seqgan.core.run import RunOptions
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.generators.store import save_generator
from seqgan.text.summary.corpus import SummaryCorpusOptions
from seqgan.text.summary.saved import RECONSTRUCTOR_FOLDER, Summarizing, save_system
from seqgan.text.summary.vocabulary import BudgetVocabulary, marks_of
from seqgan.text.tokenizer import SubwordTokenizer

RECIPE = "made_summary"
MODULE = f"seqgan.recipes.{RECIPE}"
MOST_WORDS, USUAL_WORDS, DOCUMENT_WORDS = 6, 4, 16

DOCUMENTS = [
    "This tool prints old maps. It reads many formats, and it is small.",
    "A library that sorts long letters for the desk.",
    "The keeper of songs plays them at night, with care.",
    "It finds broken tables and mends them.",
]
SHORTS = ["printer of old maps", "sorter of long letters", "player of songs", "table mender"]
CHINESE = ["这个工具打印旧地图，也读很多格式。", "整理长信的小程序库。", "晚上播放歌曲。"]
CHINESE_SHORTS = ["打印地图的工具", "整理信件", "播放歌曲"]


class MadeConfig(SummaryCorpusOptions, RunOptions):
    """Options of a recipe that exists in the tests alone."""


def made_recipe() -> ModuleType:
    """Return the recipe's module, to stand under its name among the loaded ones."""
    module = ModuleType(MODULE)
    module.Config = MadeConfig  # type: ignore[attr-defined]
    return module


def made_tokenizer(*, chinese: bool = False) -> SubwordTokenizer:
    """Return a vocabulary of the texts with the marks of budgets."""
    texts = [*CHINESE, *CHINESE_SHORTS] if chinese else [*DOCUMENTS, *SHORTS]
    marks = marks_of(MOST_WORDS)
    return SubwordTokenizer.train(texts * 3, vocab_size=100, exact=False, marks=marks)


def made_summarizing(tokenizer: SubwordTokenizer, *, chinese: bool = False) -> Summarizing:
    """Return the sizes of a run."""
    return Summarizing(
        budgets=BudgetVocabulary(tokenizer, MOST_WORDS).marks,
        max_source=3 * DOCUMENT_WORDS,
        document_words=DOCUMENT_WORDS,
        max_length=14,
        usual_words=USUAL_WORDS,
        recovered=20,
        chinese=chinese,
        language="zh" if chinese else "en",
    )


def made_generator(tokenizer: SubwordTokenizer, *, seed: int = 3) -> PointerGenerator:
    """Return an untrained generator with lively weights, which copies more than it writes."""
    torch.manual_seed(seed)
    model = PointerGenerator(
        tokenizer.vocab_size,
        pad=tokenizer.pad,
        bos=tokenizer.bos,
        eos=tokenizer.eos,
        dim=16,
        marks=BudgetVocabulary(tokenizer, MOST_WORDS).marks,
    ).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
        model.gate.bias.sub_(1.0)
    return model


def write_summary_run(
    run: Path, *, systems: Sequence[str] = ("adversarial", "continued"), chinese: bool = False
) -> Path:
    """Return a run's folder with these systems and a reconstructor."""
    run.mkdir(parents=True)
    tokenizer = made_tokenizer(chinese=chinese)
    summarizing = made_summarizing(tokenizer, chinese=chinese)
    for place, system in enumerate(systems):
        save_system(made_generator(tokenizer, seed=place), tokenizer, summarizing, run / system)
    save_generator(made_generator(tokenizer, seed=9), tokenizer, run / RECONSTRUCTOR_FOLDER)
    (run / "config.json").write_text(json.dumps({"recipe": RECIPE, "config": {}}), encoding="utf-8")
    return run
