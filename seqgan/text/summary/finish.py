"""The end of a summarizer: systems kept, judged beside baselines, reported, judged again."""

import operator
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.report.page import write_report
from seqgan.report.record import earlier_facts, rows_of_start, training_facts, write_results
from seqgan.text.candidates import BEAM_SIZE
from seqgan.text.generators.base import Generator
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.generators.store import save_generator
from seqgan.text.language import language_of
from seqgan.text.setup import refuse_other_data
from seqgan.text.summary.baselines import Summarize, summary_baselines
from seqgan.text.summary.corpus import SummaryPair, SummaryTexts, load_summary_texts, taught
from seqgan.text.summary.evaluation import SWEPT, SummaryJudge, SummarySettings
from seqgan.text.summary.examples import write_examples
from seqgan.text.summary.options import REWARDS, SummaryOptions
from seqgan.text.summary.rewards import SummaryReward
from seqgan.text.summary.saved import (
    FIRST_RECONSTRUCTOR_FOLDER,
    RECONSTRUCTOR_FOLDER,
    Summarizing,
    load_reconstructor,
    load_system,
    save_system,
)
from seqgan.text.summary.setup import (
    Material,
    reconstructed,
    reconstructed_ids,
    summary_ids,
)
from seqgan.text.summary.vocabulary import BudgetVocabulary
from seqgan.text.summary.worth import MOST_DOCUMENTS, keep_worth, measured, rewards_of, worth_of
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.vocabularies import common_vocabulary
from seqgan.text.words import count_words, first_words

PACKAGES = ("seqgan", "torch", "sentencepiece", "rouge-score", "scikit-learn")
PLAYED = "adversarial"
SYSTEMS = ("pretrained", "continued", PLAYED)
GUARDED = (
    *("reconstruction_nats", "reconstruction_plain", "reconstruction_gain", "survives"),
    *("cut_as_usual", "retokenizing"),
)
"""What a run's own reconstructor says of summaries."""


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
            first_words(decode(row), words) for row in self.written(generator, documents, words)
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

    def cutting(
        self, generator: Generator, documents: Sequence[str], words: int
    ) -> dict[str, float]:
        """Return the share of summaries that are of the pieces which the vocabulary cuts them in.

        And by how many nats a token the document is worse recovered when they are cut so: what was
        judged are texts. Where the share is 1 no secret can lie in the cutting.
        """
        encode, decode = self.vocabulary.tokenizer.encode, self.vocabulary.tokenizer.decode
        ids = self.written(generator, documents, words)
        anew = [encode(decode(row)) for row in ids]
        sources = list(map(encode, documents))
        before, after = (
            reconstructed_ids(
                self.reconstructor, sources, each, recovered=self.summarizing.recovered
            )
            for each in (ids, anew)
        )
        return {
            "cut_as_usual": sum(map(operator.eq, ids, anew)) / len(ids),
            "retokenizing": statistics.fmean(map(operator.sub, before, after)),
        }

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
    judging: Judging,
    folder: Path,
    *,
    quick: bool,
    seed: int,
    say: Callable[[str], None],
    learned: Sequence[SummaryPair] = (),
    start: Path | None = None,
) -> dict[str, Any]:
    """Return the findings: a row for people's texts, each baseline and each system.

    `learned` are the pairs that were learned from. What did not play is what it was in the run
    `start` that this one starts from; where that was judged alike its rows are taken, but for what
    the reconstructor says, which is not the same after another play. The page shows no texts of it.
    """
    settings = SummarySettings(seed=seed)
    panel = SummaryJudge(
        judging.texts,
        settings.quick() if quick else settings,
        reconstruct=judging.reconstruct,
        learned=learned,
        say=say,
    )
    notes, usual, real = panel.notes(), panel.usual_words, panel.real_row()
    earlier = rows_of_start(
        start,
        played=PLAYED,
        packages=PACKAGES,
        evaluation=notes["evaluation"],
        checksum=judging.texts.checksum,
        real=unguarded(real),
    )
    known = {(row["system"], row["words"]): unguarded(row) for row in earlier}
    systems = dict(judging.asked())
    sets = [
        panel.written(name, summarize)
        for name, summarize in tqdm(systems.items(), desc="summarizing", unit="system")
        if (name, usual) not in known
    ]
    fresh = [name for name in SWEPT if (name, usual) not in known]
    swept = [each for name in fresh for each in panel.swept(name, systems[name])]
    some = panel.documents[: panel.settings.num_reconstructed]
    for each in tqdm([*sets, *swept], desc="judging", unit="row"):
        row = panel.row(each)
        if each.system in judging.systems and each.words == usual:
            row["metrics"] |= judging.cutting(judging.systems[each.system], some, usual)
        known[each.system, each.words] = row
    places = [(name, usual) for name in systems]
    places += [(name, words) for name in SWEPT for words in panel.budgets]
    write_examples(folder, panel, sets, seed=seed)
    return {
        "rows": [real, *(known[place] for place in places)],
        "warnings": panel.warnings,
        "rewards": rewards_of(folder, REWARDS),
        "worth": worth_of(folder),
        **notes,
    }


def unguarded(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row without what a reconstructor said of it."""
    kept = {
        part: {name: value for name, value in row[part].items() if name not in GUARDED}
        for part in ("metrics", "intervals")
    }
    return {**row, **kept}


def report(
    folder: Path,
    config: SummaryOptions,
    judging: Judging,
    facts: Mapping[str, Any],
    say: Callable[[str], None],
    *,
    start: Path | None = None,
) -> Path:
    """Judge, write results.json and the page; returns the page's path.

    `start` is the run that this one starts from, whose rows may be taken.
    """
    began, texts = time.perf_counter(), judging.texts
    findings = judge(
        judging,
        folder,
        quick=config.quick,
        seed=config.seed,
        say=say,
        learned=taught(texts, config.pairs),
        start=start,
    )
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
            "remarks": texts.remarks,
            **{part: len(getattr(texts, part)) for part in parts},
        },
        packages=PACKAGES,
        facts=facts,
        findings=findings,
        evaluation_seconds=time.perf_counter() - began,
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
    reward: SummaryReward | None,
) -> None:
    """Keep the models, judge every system, and say what to type next.

    `reward` is what play rewarded summaries by, None where gradients passed their words.
    """
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
        words=vocabulary.words,
        language=language_of(texts.documents),
    )
    for name, generator in systems.items():
        save_system(generator, vocabulary.tokenizer, summarizing, run.folder / name)
    save_generator(reconstructor, vocabulary.tokenizer, run.folder / RECONSTRUCTOR_FOLDER)
    judging = Judging(texts, systems, reconstructor, vocabulary, summarizing)
    if reward is not None:
        most = 20 if config.quick else MOST_DOCUMENTS
        found = measured(systems["pretrained"], reward, material, most=most, seed=run.seed)
        keep_worth(found, run.folder)
    facts = training_facts(run, trainer)
    page = report(run.folder, config, judging, facts, run.say, start=config.start_from)
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
        BudgetVocabulary(tokenizer, summarizing.most_words, summarizing.words),
        summarizing,
    )
    return report(folder, config, judging, earlier_facts(folder), say)
