"""What a user may choose about a summarizer: rewards, ways to learn, networks, budgets."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seqgan.core.run import RunOptions
from seqgan.errors import UserError, refuse_below
from seqgan.games.adversary import NO_PRETRAINING, AdversaryOptions, Objectives
from seqgan.games.idle_options import Use, refuse_idle
from seqgan.text.summary.corpus import SummaryCorpusOptions
from seqgan.text.summary.game import Weights
from seqgan.text.summary.rewards import RewardWeights

LEAST = {
    "threads": 0,
    "seed": 0,
    "generator_dim": 2,
    "discriminator_dim": 2,
    "batch_size": 2,
    "accumulation": 1,
    "pairs": -1,
    "samples": 1,
    "recovered_words": 1,
    "reconstructed": 1,
    "evaluate_every": 1,
    "validation_documents": 2,
    "extraction_updates": 1,
    "translation_updates": 0,
    "continued_updates": 0,
    "discriminator_updates": 0,
    "adversarial_updates": 1,
}
REWARDS = ("realness", "reconstruction", "coverage", "repetition", "length")
RELAXED = ("straight-through", "gumbel")
USES: tuple[Use["SummaryOptions"], ...] = (
    Use(
        ("coverage", "repetition", "length", "self_critical", "samples", "kl_weight"),
        "--gradient policy",
        lambda of: of.gradient == "policy",
    ),
    Use(
        (
            *("objective", "penalty", "penalty_every", "gamma", "slope_weight", "clip"),
            *("alternative", "final_lr", "betas", "first_temperature", "last_temperature"),
        ),
        "--gradient straight-through or gumbel",
        lambda of: of.gradient in RELAXED,
    ),
    Use(("pairs_weight",), "--pairs", lambda of: of.pairs != 0),
    Use(
        (
            *("extraction_updates", "translation_updates", "continued_updates"),
            *("extraction_weight", "language_weight"),
        ),
        "learning before play, which --start-from spares",
        lambda of: of.start_from is None or of.resume is not None,  # a resumed one is sized
    ),
    NO_PRETRAINING,
)
WEIGHTS = (
    *("extraction_weight", "language_weight", "denoising_weight", "back_weight", "pairs_weight"),
    *REWARDS,
    "kl_weight",
)


@dataclass(kw_only=True, frozen=True)
class SummaryOptions(SummaryCorpusOptions, AdversaryOptions, RunOptions):
    """How a summarizer learns, and for how long."""

    gradient: Literal["policy", "straight-through", "gumbel"] = "policy"
    """policy: rewards of sampled summaries; straight-through and gumbel: the discriminator and the
    reconstructor read relaxed words, through which their gradients pass."""
    generator: str = "pointer"
    """pointer (recurrent, and can copy what it reads), recurrent, transformer, or the folder or hub
    name of an encoder-decoder of `transformers`."""
    generator_dim: int = 256
    """Width of our own generators and of the reconstructor."""
    discriminator_dim: int = 128
    """Width of the discriminator."""
    dropout: float = 0.2
    """Share dropped in generator and reconstructor while they learn."""
    pairs: int = 0
    """Documents with their own short texts that are learned from too (semi-supervised); -1: all."""
    extraction_weight: float = 1.0
    """Weight of the document's words most typical of short texts as its summary (--extraction-
    updates only)."""
    language_weight: float = 1.0
    """Weight of people's short texts given nothing: a language model (--extraction-updates
    only)."""
    denoising_weight: float = 0.0
    """Weight of finding a short text whose words were mixed into a document."""
    back_weight: float = 1.0
    """Weight of short texts given what the reconstructor makes of them."""
    pairs_weight: float = 1.0
    """Weight of the pairs of --pairs."""
    realness: float = 1.0
    """Reward: the discriminator's opinion."""
    reconstruction: float = 1.0
    """Reward: log p(document | summary), a token, of the reconstructor."""
    coverage: float = 0.0
    """Reward: rare words of the document that are said (--gradient policy)."""
    repetition: float = 0.5
    """Reward: minus rare words (in a tenth of the documents at most) said again (--gradient
    policy)."""
    length: float = 0.5
    """Reward: minus the share of the word budget that is missed (--gradient policy)."""
    self_critical: bool = False
    """Subtract from rewards those of the likeliest summary in place of the other samples'. It earns
    more than nearly every sample, so that nearly all are discouraged."""
    samples: int = 4
    """Summaries drawn of each document when the generator moves (--gradient policy)."""
    kl_weight: float = 0.5
    """Weight of the divergence from the generator before play, a token (--gradient policy)."""
    teacher_every: int = 1
    """In play: likelihood on back-translations at every m-th move of the generator; 0: never."""
    recovered_words: int = 35
    """So many first words of a document are to be recovered."""
    reconstructed: int = 32
    """Documents of a micro-batch over all processes from which the reconstructor learns."""
    batch_size: int = 64
    """Documents, and as many short texts, in a micro-batch over all processes."""
    accumulation: int = 1
    """Micro-batches in an update."""
    start_from: Path | None = None
    """A finished run of this recipe, on the same data, that is played on from where it stood before
    its play, with the copy that went on without; optimizers begin anew."""
    extraction_updates: int = 1200
    """Updates of extraction, language and the reconstructor (and denoising, pairs)."""
    translation_updates: int = 1200
    """Updates of back-translation (and denoising, pairs) with the reconstructor. Many more are a
    loss: the two agree on ways of their own."""
    continued_updates: int = 1200
    """Updates more of that for a copy that shows whether they alone are a gain; they take about the
    time of discriminator and play."""
    discriminator_updates: int = 300
    """Updates of the discriminator alone, before play."""
    adversarial_updates: int = 300
    """Updates of play: the discriminator's moves."""
    learning_rate: float = 1e-3
    """Adam's rate before play; it falls over back-translation to a tenth."""
    continued_lr: float = 1e-4
    """Adam's rate for the copy and for the teacher in play."""
    objective: Objectives = "relativistic"
    """What generator and critic minimize (--gradient straight-through, gumbel; policy takes
    logistic scores of prefixes)."""
    critic_steps: int = 2
    """Moves of the discriminator for each of the generator's."""
    generator_lr: float = 1e-4
    """Adam's rate for the generator in play."""
    critic_lr: float = 1e-3
    """Adam's rate for the discriminator."""
    averaging: float = 0.98
    """Decay of the moving average of the weights of the generator in play, and of the copy, which
    is what is judged."""
    first_temperature: float = 1.0
    """Temperature of relaxed words at the start of play, falling to the last."""
    last_temperature: float = 0.5
    """Temperature at the end of play."""
    evaluate_every: int = 250
    """Updates between two looks at the validation part."""
    validation_documents: int = 400
    """Documents that a look summarizes."""

    def lasting(self, phase: Literal["extraction", "translation", "continued"]) -> int:
        """Return the updates of a phase before play: none with --start-from."""
        return 0 if self.start_from is not None else int(getattr(self, f"{phase}_updates"))

    @property
    def rewards(self) -> RewardWeights:
        """How much each reward counts."""
        return RewardWeights(
            realness=self.realness,
            reconstruction=self.reconstruction,
            coverage=self.coverage,
            repetition=self.repetition,
            length=self.length,
        )

    def weights(self, phase: Literal["extraction", "translation"]) -> Weights:
        """Return what the generator learns from words in a phase; play has that of translation."""
        first = phase == "extraction"
        return Weights(
            extraction=self.extraction_weight if first else 0.0,
            language=self.language_weight if first else 0.0,
            denoising=self.denoising_weight,
            back=0.0 if first else self.back_weight,
            pairs=self.pairs_weight if self.pairs else 0.0,
        )

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range and choices without meaning together."""
        super().refuse_nonsense()
        refuse_idle(self, USES)
        refuse_below(self, LEAST)
        if self.max_updates is not None and self.max_updates < 1:
            raise UserError(f"--max-updates is {self.max_updates}: it must be 1 or more")
        if not 0 <= self.dropout < 1:
            raise UserError(f"--dropout is {self.dropout}: it must lie in [0, 1)")
        for name in (*WEIGHTS, "teacher_every"):
            if (value := getattr(self, name)) < 0:
                raise UserError(f"--{name.replace('_', '-')} is {value}: it must be 0 or more")
        for name in ("first_temperature", "last_temperature", "learning_rate", "continued_lr"):
            if not getattr(self, name) > 0:
                raise UserError(f"--{name.replace('_', '-')} must be above 0")
        for name in ("generator_dim", "discriminator_dim"):
            if getattr(self, name) % 2:
                raise UserError(f"--{name.replace('_', '-')} must be even")
        self._refuse_nothing()

    def _refuse_nothing(self) -> None:
        for phase in ("extraction", "translation"):
            updates = self.lasting(phase)
            # The copy goes on with back-translation, and so does the teacher in play.
            later = self.lasting("continued") + self.adversarial_updates * self.teacher_every
            asked = updates if phase == "extraction" else updates + later
            if asked and not any(dataclasses.astuple(self.weights(phase))):
                raise UserError(
                    f"--{phase}-updates {updates} with all weights 0 has nothing to learn from: "
                    f"give --{'extraction' if phase == 'extraction' else 'back'}-weight a value"
                )
        usable = ("realness", "reconstruction") if self.gradient != "policy" else REWARDS
        if not any(getattr(self, name) for name in usable):
            raise UserError(
                f"--gradient {self.gradient} with {', '.join(usable)} all 0 has nothing to play "
                "for: give one of them a weight"
            )
        if self.gradient == "policy" and not self.self_critical and self.samples < 2:
            raise UserError(
                "samples are compared: --samples must be 2 or more, or give --self-critical"
            )
