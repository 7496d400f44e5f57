"""The end of a style transfer: systems kept, judged beside baselines, reported, judged again."""

import shlex
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqgan.core.averaging import KeepBest
from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.report.page import write_report
from seqgan.report.record import earlier_facts, training_facts, write_results
from seqgan.text.evaluation.fluency import FluencyScorer
from seqgan.text.setup import refuse_other_data
from seqgan.text.transfer.cast import FLATTERY
from seqgan.text.transfer.corpus import StyledTexts, load_styles
from seqgan.text.transfer.evaluation import TransferSettings
from seqgan.text.transfer.judges import NETWORKS, NeuralClassifier, neural_classifier
from seqgan.text.transfer.judging import CONTINUED, PACKAGES, PLAYED, SYSTEMS, Judging, judge
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.options import TransferOptions
from seqgan.text.transfer.ranking import Scorers
from seqgan.text.transfer.saved import (
    FLUENCY_FOLDER,
    STYLE_FOLDER,
    load_scorers,
    load_system,
    save_system,
)
from seqgan.text.transfer.setup import Material
from seqgan.text.transfer.start import take_scorers
from seqgan.text.transfer.vocabulary import StyleVocabulary
from seqgan.text.vocabularies import common_vocabulary

QUICK_UPDATES = 100  # of the run's own scorers with --quick


def systems_of(config: TransferOptions) -> tuple[str, ...]:
    """Return the systems of a run; with --plain nothing is learned before play."""
    return (PLAYED,) if config.plain else SYSTEMS


@dataclass(frozen=True)
class OwnScorers(Scorers):
    """What the run tells styles and fluent sentences by; learned from the transfer model's half."""

    style: NeuralClassifier
    fluency: FluencyScorer


def own_scorers(texts: StyledTexts, run: Run, *, start: Path | None = None) -> OwnScorers:
    """Return the run's own scorers, trained and saved by the main process once.

    Those of the run that it starts from are as good: they learned from the same texts.
    """
    style, fluency = run.folder / STYLE_FOLDER, run.folder / FLUENCY_FOLDER
    most = {"max_updates": QUICK_UPDATES} if run.options.quick else {}
    with run.accelerator.main_process_first():
        if run.main:
            take_scorers(run, start)
        if run.main and not style.is_dir():
            run.say("learning to tell the styles apart ...")
            neural_classifier(texts.train, seed=run.seed, kinds=NETWORKS, **most).save(style)
        if run.main and not fluency.is_dir():
            run.say("learning what is fluent ...")
            every = [text for sentences in texts.train for text in sentences]
            FluencyScorer.train(every, seed=run.seed, **most).save(fluency)
        return OwnScorers(NeuralClassifier.load(style), FluencyScorer.load(fluency))


def report(
    folder: Path,
    config: TransferOptions,
    judging: Judging,
    facts: Mapping[str, Any],
    say: Any,
    *,
    start: Path | None = None,
) -> Path:
    """Judge, write results.json and the page; returns the page's path.

    `start` is the run that this one starts from, whose rows may be taken.
    """
    began = time.perf_counter()
    settings = TransferSettings(num_sentences=config.test_sentences, seed=config.seed)
    judged = settings.quick() if config.quick else settings
    findings = judge(judging, folder, judged, say=say, start=start)
    texts = judging.texts
    corpus = config.corpus if config.corpus_path is None else config.corpus_path.name
    counts = {part: sum(map(len, getattr(texts, part))) for part in ("train", "judges", "test")}
    write_results(
        folder,
        recipe="style_transfer",
        config=config,
        data={
            "corpus": corpus,
            "checksum": texts.checksum,
            "remarks": list(texts.remarks),
            **counts,
        },
        packages=PACKAGES,
        facts=facts,
        findings=findings,
        evaluation_seconds=time.perf_counter() - began,
    )
    return write_report(folder)


def finish_transfer(
    run: Run,
    config: TransferOptions,
    trainer: Trainer,
    material: Material,
    systems: Mapping[str, StyleGenerator],
) -> None:
    """Keep the models, judge every system, and say what to type next."""
    if not run.main:
        return
    vocabulary, styling = material.vocabulary, material.styling
    for name, generator in systems.items():
        save_system(generator, vocabulary.tokenizer, styling, run.folder / name)
    judging = Judging(
        material.texts,
        systems,
        vocabulary,
        styling,
        load_scorers(run.folder, num_styles=len(vocabulary.styles)),
        config.best_of,
    )
    facts = training_facts(run, trainer)
    warn_unmoved(
        run, facts["kept"], {PLAYED, *([CONTINUED] if config.lasting("continued") else [])}
    )
    page = report(run.folder, config, judging, facts, run.say, start=config.start_from)
    run.say(f"report: {page}")
    wanted = f"--to {shlex.quote(vocabulary.styles[-1])}"
    if (best := favorite(trainer.stateful)) != PLAYED:
        run.say(f"of validation sentences {best} made the most")
        wanted += f" --system {best}"
    run.say(f"your own sentences: seqgan transfer {shlex.quote(str(run.folder))} {wanted}")


def favorite(kept: Mapping[str, object]) -> str:
    """Return the system whose answers to validation sentences were the best: the played one in
    doubt, and where no more than `FLATTERY` is against it.

    (The one before play is never as far ahead of the played one, which begins as it.)

    >>> favorite({"game": None})
    'adversarial'
    """
    models = {PLAYED: ("best_played", FLATTERY), CONTINUED: ("best_continued", 0.0)}
    scores = {
        system: each.score - handicap
        for system, (name, handicap) in models.items()
        if isinstance(each := kept.get(name), KeepBest)
    }
    return min(scores, key=lambda system: scores[system], default=PLAYED)


def warn_unmoved(run: Run, kept: Mapping[str, int], learned: Collection[str]) -> None:
    """Warn of what `learned` and was taken back by early stopping to where it began: it is the
    model before play.
    """
    for name, model in (("best_continued", CONTINUED), ("best_played", PLAYED)):
        if model in learned and "best" in kept and kept.get(name) == kept["best"]:
            run.warn(
                f"no look at the validation part spoke for what the {model} model learned: it is "
                f"the model that it began as"
            )


def judge_again(config: TransferOptions, folder: Path, *, offline: bool, say: Any) -> Path:
    """Judge the systems of a finished run once more; returns the report's path.

    Raises `UserError` for a run without systems or on other data.
    """
    texts = load_styles(config, offline=offline)
    refuse_other_data(folder, texts.checksum)
    names = systems_of(config)
    loaded = {name: load_system(folder, name, device="cpu") for name in names}
    tokenizer = common_vocabulary(folder, [each for _, each, _ in loaded.values()])
    styling = loaded[PLAYED][2]
    vocabulary = StyleVocabulary(tokenizer, styling.styles, styling.family == "common")
    systems = {name: generator for name, (generator, _, _) in loaded.items()}
    judging = Judging(
        texts,
        systems,
        vocabulary,
        styling,
        load_scorers(folder, num_styles=len(styling.styles)),
        config.best_of,
    )
    return report(folder, config, judging, earlier_facts(folder), say)
