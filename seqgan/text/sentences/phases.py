"""A game of sentences from its first update to its last: the phases, and the systems they leave."""

from collections.abc import Callable, Mapping

from torch import Tensor

from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Hook, Trainer
from seqgan.text.batches import EncodedPairs, ProcessShare
from seqgan.text.density_ratio import DensityRatio
from seqgan.text.generators.product import ProductOfExperts, experts
from seqgan.text.generators.store import Scorer
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.resampling import Choice
from seqgan.text.sentences.game import Cast, language_of
from seqgan.text.sentences.options import SentenceGameOptions
from seqgan.text.sentences.writing import PRODUCT, Writing
from seqgan.text.validation import nll_figures


def phases_of(options: SentenceGameOptions, cast: Cast, models: LikelihoodModels) -> Phases:
    """Return likelihood, continued likelihood, the judge alone, play, the judge alone again.

    What chooses among candidates must have learned against the very generator that writes them:
    against likelihood before play, and after play against the average that is judged.
    """
    warm = options.discriminator_updates
    learned = options.likelihood_updates if options.start_from is None else 0

    def begin_continued() -> None:
        models.branch(cast.players["likelihood"], cast.players["continued"])

    def begin_judge() -> None:
        if options.continued_updates == 0:
            begin_continued()
        models.begin_play()
        cast.begin()

    def begin_play() -> None:
        if warm == 0:
            begin_judge()
        if cast.before_play is not None:
            cast.before_play.update()

    def begin_resampling() -> None:
        cast.averages.source.load_state_dict(cast.averages.module.state_dict())

    return Phases(
        [
            Phase("likelihood", learned, cast.learning),
            Phase("continued", options.continued_updates, only("continued"), begin_continued),
            Phase("discriminator", warm, cast.warming, begin_judge),
            Phase("adversarial", options.adversarial_updates, cast.play, begin_play),
            Phase("resampling", options.closing_updates, cast.warming, begin_resampling),
        ]
    )


def writings(
    options: SentenceGameOptions, cast: Cast, models: LikelihoodModels, *, length: int
) -> Mapping[str, Writing]:
    """Return the systems that are compared, by name: those that had an update of their own."""
    reference, average = models.reference.eval(), cast.averages.module.eval()
    played = Writing("adversarial", average)
    if options.gradient in ("gumbel", "straight-through"):
        played = Writing("adversarial", average.generator)
    elif options.gradient in ("soft", "vectors"):
        played = Writing("adversarial", None, average)
    plain = Writing("MLE", reference)
    every = [plain]
    if options.continued_updates:
        every.append(Writing("continued MLE", models.continued.eval()))
    if cast.second is not None:
        product = ProductOfExperts([reference, *experts(cast.second.module)])
        every.append(Writing(PRODUCT, product.eval()))
    if options.adversarial_updates:
        every.append(played)
    if options.num_candidates and options.adversarial_updates:
        judge = cast.discriminator
        assert not isinstance(judge, DensityRatio)
        every.append(choosing(options, played, judge, length=length))
    if options.num_candidates and options.discriminator_updates:
        judge = cast.discriminator
        if options.adversarial_updates:
            assert cast.before_play is not None
            judge = cast.before_play.module
        assert not isinstance(judge, DensityRatio)
        every.insert(1, choosing(options, plain, judge, length=length))
    return {writing.name: writing for writing in every}


def choosing(
    options: SentenceGameOptions, writing: Writing, discriminator: Scorer, *, length: int
) -> Writing:
    """Return the system with a discriminator that chooses among its candidates."""
    assert writing.generator is not None
    choice = Choice(
        discriminator,
        candidates=options.num_candidates,
        temperature=options.candidate_temperature,
        length=length,
        pad=writing.generator.pad,
        reading="sentences" if options.gradient == "policy" else "relaxed",
    )
    return Writing(f"{writing.name}, resampled", writing.generator, choice=choice)


def writing_now(
    phases: Phases, systems: Mapping[str, Writing], models: LikelihoodModels, update: int
) -> tuple[str, Writing]:
    """Return the phase that an update ended, and the system that learns in it."""
    name = phases.at(update - 1)[0].name
    if name == "likelihood":
        return name, Writing("", models.generator)
    learning = "continued MLE" if name == "continued" else "adversarial"
    return name, systems.get(learning, systems["MLE"])


def judge_figures(cast: Cast, phase: str, tokens_NT: Tensor) -> dict[str, float]:
    """Return what a look tells of a judge that is a language model; of others nothing.

    While its models learn by likelihood their NLL; later how much its ratio counts.
    """
    judge = cast.discriminator
    if not isinstance(judge, DensityRatio):
        return {}
    if phase != "likelihood":
        return {f"{phase}/slope": judge.slope.item(), f"{phase}/offset": judge.offset.item()}
    figures: dict[str, float] = {}
    for name, model in language_of(judge).items():
        figures |= nll_figures(name, model, tokens_NT)
    return figures


def play_phases(
    run: Run,
    options: SentenceGameOptions,
    cast: Cast,
    models: LikelihoodModels,
    phases: Phases,
    train: EncodedPairs,
    look: Callable[[int], Mapping[str, float]],
) -> Trainer:
    """Let the cast play all phases, every likelihood model left at its best; return the trainer.

    `look` may tell how likely the judge's own language models are, too (`judge_figures`).
    """

    def keep_best(update: int, figures: Mapping[str, float]) -> None:
        models.keep_best(update, figures)
        cast.keep_best(update, figures)

    trainer = Trainer(
        run,
        cast.game,
        players=list(cast.players.values()),
        phases=phases,
        batches=ProcessShare.of(run, train, batch_size=options.batch_size),
        accumulation=options.accumulation,
        hooks=[Hook(options.evaluate_every, look)],
        stateful={**cast.stateful, **models.stateful},
        on_figures=keep_best,
    )
    trainer.resume()
    trainer.fit()
    models.best_continued.restore()
    return trainer
