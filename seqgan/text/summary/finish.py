"""The end of a summarizer: systems kept, judged beside baselines, reported, judged again."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.report.page import write_report
from seqgan.report.record import earlier_facts, training_facts, write_results
from seqgan.text.candidates import BEAM_SIZE
from seqgan.text.generators.base import Generator
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.generators.store import save_generator
from seqgan.text.setup import refuse_other_data
from seqgan.text.summary.baselines import Summarize, summary_baselines
from seqgan.text.summary.corpus import SummaryTexts, load_summary_texts
from seqgan.text.summary.evaluation import SWEPT, SummaryJudge, SummarySettings
from seqgan.text.summary.examples import write_examples
from seqgan.text.summary.options import REWARDS, SummaryOptions
from seqgan.text.summary.saved import (
    FIRST_RECONSTRUCTOR_FOLDER,
    RECONSTRUCTOR_FOLDER,
    Summarizing,
    load_reconstructor,
    load_system,
    save_system,
)
from seqgan.text.summary.setup import Material, reconstructed, summary_ids
from seqgan.text.summary.vocabulary import BudgetVocabulary
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.vocabularies import common_vocabulary
from seqgan.text.words import count_words

PACKAGES = ("seqgan", "torch", "sentencepiece", "rouge-score", "scikit-learn")
PLAYED = "adversarial"
SYSTEMS = ("pretrained", "continued", PLAYED)


@dataclass(frozen=True)
class Judging:
    """Everything that judging needs of a run, in memory or loaded again."""

    texts: SummaryTexts
    systems: Mapping[str, Generator]
    reconstructor: PointerGenerator
    vocabulary: BudgetVocabulary
    summarizing: Summarizing

    def summarize(self, generator: Generator) -> Summarize:
        """Return a system as a function of documents and a word budget."""
        decode = self.vocabulary.tokenizer.decode
        return lambda documents, words: [
            decode(row) for row in self.written(generator, documents, words)
        ]

    def written(
        self, generator: Generator, documents: Sequence[str], words: int
    ) -> list[list[int]]:
        """Return the ids of what a system writes of each document, without their end."""
        return summary_ids(
            generator,
            self.vocabulary,
            documents,
            words,
            max_source=self.summarizing.max_source,
            max_length=self.summarizing.max_length,
            beam_size=BEAM_SIZE,
        )

    def cut_as_usual(self, generator: Generator, documents: Sequence[str], words: int) -> float:
        """Return the share of summaries that are of the pieces which the vocabulary cuts them in.

        They are written once more: what was judged are texts. Where the share is 1 no secret can
        lie in the cutting: the reconstructor is asked about words cut anew.
        """
        tokenizer, ids = self.vocabulary.tokenizer, self.written(generator, documents, words)
        return sum(tokenizer.encode(tokenizer.decode(row)) == row for row in ids) / len(ids)

    def reconstruct(self, documents: Sequence[str], summaries: Sequence[str]) -> list[float]:
        """Return the log-likelihood of each document given its summary, nats a token."""
        return reconstructed(
            self.reconstructor,
            self.vocabulary.tokenizer,
            documents,
            summaries,
            recovered=self.summarizing.recovered,
        )

    def asked(self) -> Iterator[tuple[str, Summarize]]:
        """Give every system by name, baselines first."""
        yield from summary_baselines(self.texts).items()
        for name, generator in self.systems.items():
            yield name, self.summarize(generator)


def judge(
    judging: Judging, folder: Path, *, quick: bool, seed: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Return the findings: a row for people's texts, each baseline and each system."""
    settings = SummarySettings(seed=seed)
    panel = SummaryJudge(
        judging.texts,
        settings.quick() if quick else settings,
        reconstruct=judging.reconstruct,
        say=say,
    )
    systems = dict(judging.asked())
    sets = [
        panel.written(name, summarize)
        for name, summarize in tqdm(systems.items(), desc="summarizing", unit="system")
    ]
    swept = [each for name in SWEPT for each in panel.swept(name, systems[name])]
    rows = [panel.real_row()]
    rows += [panel.row(each) for each in tqdm([*sets, *swept], desc="judging", unit="row")]
    some = panel.documents[: panel.settings.num_reconstructed]
    for row in rows:
        if row["system"] in judging.systems and row["words"] == panel.usual_words:
            generator = judging.systems[row["system"]]
            share = judging.cut_as_usual(generator, some, panel.usual_words)
            row["metrics"]["cut_as_usual"] = share
    write_examples(folder, panel, sets, seed=seed)
    return {
        "rows": rows,
        "warnings": panel.warnings,
        "rewards": rewards_of(folder),
        **panel.notes(),
    }


def rewards_of(folder: Path) -> list[dict[str, float]]:
    """Return the rewards of the generator's moves as the run logged them, oldest first."""
    path, found = folder / "metrics.jsonl", []
    if not path.exists():
        return []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        told = {name: record["figures"].get(f"generator/{name}") for name in REWARDS}
        known = {name: value for name, value in told.items() if value is not None}
        if known:
            found.append({"update": record["update"], **known})
    return found


def report(
    folder: Path,
    config: SummaryOptions,
    judging: Judging,
    facts: Mapping[str, Any],
    say: Callable[[str], None],
) -> Path:
    """Judge, write results.json and the page; returns the page's path."""
    start = time.perf_counter()
    findings = judge(judging, folder, quick=config.quick, seed=config.seed, say=say)
    texts = judging.texts
    own = config.corpus_path or config.documents
    corpus = config.corpus if own is None else own.name
    parts = ("documents", "shorts", "judges", "test")
    write_results(
        folder,
        recipe="summarize",
        config=config,
        data={
            "corpus": corpus,
            "checksum": texts.checksum,
            **{part: len(getattr(texts, part)) for part in parts},
        },
        packages=PACKAGES,
        facts=facts,
        findings=findings,
        evaluation_seconds=time.perf_counter() - start,
    )
    return write_report(folder)


def keep_first(run: Run, reconstructor: PointerGenerator, tokenizer: Tokenizer) -> None:
    """Keep the reconstructor as it is before play, for runs that start from this one."""
    if run.main:
        save_generator(reconstructor, tokenizer, run.folder / FIRST_RECONSTRUCTOR_FOLDER)


def finish_summaries(
    run: Run,
    config: SummaryOptions,
    trainer: Trainer,
    material: Material,
    reconstructor: PointerGenerator,
    systems: Mapping[str, Generator],
) -> None:
    """Keep the models, judge every system, and say what to type next."""
    if not run.main:
        return
    vocabulary, texts = material.vocabulary, material.texts
    summarizing = Summarizing(
        budgets=vocabulary.marks,
        max_source=material.max_source,
        document_words=max(map(count_words, texts.documents)),
        max_length=material.max_length,
        usual_words=texts.usual_words,
        recovered=material.recovered,
        chinese=texts.chinese,
    )
    for name, generator in systems.items():
        save_system(generator, vocabulary.tokenizer, summarizing, run.folder / name)
    save_generator(reconstructor, vocabulary.tokenizer, run.folder / RECONSTRUCTOR_FOLDER)
    judging = Judging(texts, systems, reconstructor, vocabulary, summarizing)
    page = report(run.folder, config, judging, training_facts(run, trainer), run.say)
    run.say(f"report: {page}")
    run.say(f"your own documents: seqgan summarize {run.folder} FILE --words {texts.usual_words}")


def judge_again(
    config: SummaryOptions, folder: Path, *, offline: bool, say: Callable[[str], None]
) -> Path:
    """Judge the systems of a finished run once more; returns the report's path.

    Raises `UserError` for a run without systems or on other data.
    """
    texts = load_summary_texts(config, offline=offline)
    refuse_other_data(folder, texts.checksum)
    loaded = {name: load_system(folder, name, device="cpu") for name in SYSTEMS}
    tokenizer = common_vocabulary(folder, [each for _, each, _ in loaded.values()])
    summarizing = loaded[PLAYED][2]
    judging = Judging(
        texts,
        {name: generator for name, (generator, _, _) in loaded.items()},
        load_reconstructor(folder, device="cpu"),
        BudgetVocabulary(tokenizer, summarizing.most_words),
        summarizing,
    )
    return report(folder, config, judging, earlier_facts(folder), say)
