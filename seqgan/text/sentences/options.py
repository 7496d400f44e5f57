"""What a user may choose about sentences from nothing: networks, gradient path, budgets."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seqgan.core.run import RunOptions
from seqgan.errors import UserError
from seqgan.games.adversary import NO_PRETRAINING, AdversaryOptions, Objectives
from seqgan.games.idle_options import Use, refuse_idle
from seqgan.games.objectives import ObjectiveName, make_penalties
from seqgan.text.encoders import encoder_folder
from seqgan.text.options import PolicyOptions
from seqgan.text.resampling import LOG_ODDS, LOG_RATIOS
from seqgan.text.sentences.network_options import SentenceNetworkOptions
from seqgan.text.sentences.writing import MOST_CANDIDATES

LEAST = {
    "threads": 0,
    "seed": 0,
    "generator_dim": 1,
    "discriminator_dim": 1,
    "discriminator_models": 1,
    "teacher_every": 0,
    "batch_size": 1,
    "accumulation": 1,
    "evaluate_every": 1,
    "noise_dim": 1,
    "weight_decay": 0,
    "likelihood_updates": 1,
    "continued_updates": 0,
    "discriminator_updates": 0,
    "adversarial_updates": 0,
    "resampling_updates": 0,
}
POSITIVE = (
    *("first_temperature", "last_temperature", "likelihood_lr", "continued_lr"),
    "discriminator_encoder_lr",
)
USUAL_CANDIDATES = 8
WHOLE = ("sentence", "encoder")
"""Discriminators of whole sentences."""
SHARED = ("teacher_every", "mismatch_weight")
"""Options of the policy gradient that other paths have too, or refuse in words of their own."""
Gradient = Literal["policy", "gumbel", "straight-through", "soft", "vectors"]


@dataclass(kw_only=True, frozen=True)
class SentenceGameOptions(SentenceNetworkOptions, PolicyOptions, AdversaryOptions, RunOptions):
    """How a generator of sentences and its judge are built, and how long they play."""

    gradient: Gradient = "policy"
    """How the judge's opinion reaches the generator: policy (scores as rewards); gumbel and
    straight-through (relaxed samples); soft (the critic reads distributions); vectors (the
    generator emits word vectors)."""
    batch_size: int = 64
    """Sentences in a micro-batch, over all processes."""
    accumulation: int = 1
    """Micro-batches in an update."""
    start_from: Path | None = None
    """A finished run of the same recipe and data, whose likelihood models are taken in place of
    learning them; the copy that goes on by likelihood starts with a fresh optimizer then."""
    likelihood_updates: int = 3000
    """Updates of maximum likelihood (without --start-from)."""
    likelihood_lr: float = 4e-3
    """Adam's rate for it, falling linearly to --likelihood-final-lr of it."""
    likelihood_final_lr: float = 0.05
    """Share of the rate that is left at the end of likelihood."""
    weight_decay: float = 0.0
    """AdamW's decay of the generator's weights wherever it learns by likelihood, times the rate."""
    early_stop: bool = True
    """Go on from the weights of the best likelihood on the validation part, each at its best
    temperature, not from the last; of the models of --discriminator language, too."""
    teacher_every: int = 1
    """In play: likelihood on real sentences at every m-th update (0: never), so at the moves of the
    discriminator alone too."""
    continued_updates: int = 4000
    """Updates more of likelihood, for a copy that shows whether these alone are a gain: about as
    long as the discriminator alone and the play take."""
    continued_lr: float = 1e-4
    """Adam's rate for the copy, and for teacher forcing during play."""
    discriminator_updates: int = 300
    """Updates of the discriminator alone, before play."""
    adversarial_updates: int = 1000
    """Updates of play: the discriminator's moves."""
    resampling_updates: int = 100
    """Updates of the discriminator alone after play, against the averaged generator that is judged:
    its score then is of what writes (--candidates)."""
    candidates: int | None = None
    """Candidates for each sentence of the resampled systems, chosen by weights exp(score) of the
    discriminator; judged at 2, 4, 8 ... up to so many. 0: no such systems. By default 8 with
    --discriminator sentence or encoder where the score is a log-ratio of real and written
    sentences; a causal one tells whole sentences apart so late that it chooses next to nothing."""
    candidate_temperature: float = 1.0
    """Divides the scores, once these are log-ratios on the validation part: above 1 more is left to
    chance."""
    evaluate_every: int = 250
    """Updates between two looks at the validation part."""
    objective: Objectives = "usual"
    """What generator and critic minimize where gradients pass between them, and the discriminator
    of --gradient policy; usual: relativistic, or with policy the logistic loss (non-saturating)."""
    critic_steps: int = 5
    """Moves of the critic or discriminator for each of the generator's."""
    generator_lr: float = 1e-4
    """Adam's rate for the generator in play."""
    critic_lr: float = 1e-3
    """Adam's rate for the critic or discriminator."""
    averaging: float = 0.95
    """Decay of the moving average of the generator's weights over its moves in play, which is what
    is judged (0: the last weights)."""
    mismatch_weight: float = 0.0
    """Without prompts there is nothing to mismatch: leave it at 0."""

    @property
    def usual_objective(self) -> ObjectiveName:
        """What `usual` stands for."""
        return "non-saturating" if self.gradient == "policy" else "relativistic"

    @property
    def num_candidates(self) -> int:
        """The candidates that are meant."""
        if self.candidates is not None:
            return self.candidates
        able = self.discriminator in WHOLE and not self.why_no_ratio()
        return USUAL_CANDIDATES if able else 0

    @property
    def closing_updates(self) -> int:
        """The updates of the discriminator after play: none where nothing chooses by it."""
        return self.resampling_updates if self.num_candidates and self.adversarial_updates else 0

    def why_no_ratio(self) -> str:
        """Return why scores are no log-ratio of real and written sentences; "" where they are."""
        if self.discriminator == "language":
            return (
                "--discriminator language scores by the probabilities of the generator as it is, "
                "and is not kept: take causal or sentence"
            )
        if self.gradient in ("gumbel", "soft", "vectors"):
            return (
                f"with --gradient {self.gradient} the critic reads no sentences but what is not "
                "quite words, and tells it from real ones by that: take policy or straight-through"
            )
        if self.named_objective not in LOG_RATIOS:
            return (
                f"the best critic of --objective {self.named_objective} is no log-ratio of real "
                f"and written sentences: take one of {', '.join(LOG_RATIOS)}"
            )
        return ""

    def refuse_resampling(self) -> None:
        """Raise `UserError` for candidates that no score can weigh."""
        if self.num_candidates not in (0, *range(2, MOST_CANDIDATES + 1)):
            raise UserError(
                f"--candidates is {self.candidates}: it must be 0 (off) or lie between 2 and "
                f"{MOST_CANDIDATES}"
            )
        if self.num_candidates and (why := self.why_no_ratio()):
            raise UserError(f"--candidates {self.candidates}: {why}; or --candidates 0")
        if not self.candidate_temperature > 0:
            raise UserError(
                f"--candidate-temperature is {self.candidate_temperature}: it must be above 0"
            )

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range and choices without meaning together."""
        refuse_idle(self, SENTENCE_USES)
        self.refuse_resampling()
        super().refuse_nonsense()
        if self.gradient == "policy":
            self.refuse_policy(self.discriminator)
            self.refuse_critic()
            if self.discriminator == "encoder":
                encoder_folder(self.discriminator_encoder, option="--discriminator-encoder")
        elif self.discriminator != "sentence":
            raise UserError(
                f"--gradient {self.gradient} needs a critic that reads relaxed words: "
                "--discriminator sentence"
            )
        if self.gradient in ("soft", "vectors") and self.generator != "recurrent":
            raise UserError(
                f"--gradient {self.gradient} writes from noise, which --generator "
                f"{self.generator} does not take: use recurrent"
            )
        if self.mismatch_weight:
            raise UserError(
                f"--mismatch-weight is {self.mismatch_weight}: without prompts nothing can be "
                "mismatched; leave it at 0"
            )
        if self.discriminator == "causal" and self.discriminator_dim % 2:
            raise UserError(f"--discriminator-dim is {self.discriminator_dim}: it must be even")
        if self.generator == "transformer" and self.generator_dim % 8:
            raise UserError(f"--generator-dim is {self.generator_dim}: a multiple of 8 is needed")
        if self.max_updates is not None and self.max_updates < 1:
            raise UserError(f"--max-updates is {self.max_updates}: 1 is the least")
        if self.adversarial_updates + self.discriminator_updates < 1:
            raise UserError(
                "--adversarial-updates 0 with --discriminator-updates 0 leaves nothing to play: "
                "give one of them 1 or more"
            )
        for name, least in LEAST.items():
            if (value := getattr(self, name)) < least:
                raise UserError(f"--{name.replace('_', '-')} is {value}: {least} is the least")
        for name in POSITIVE:
            if not getattr(self, name) > 0:
                raise UserError(f"--{name.replace('_', '-')} must be above 0")
        if not 0 < self.likelihood_final_lr <= 1:
            raise UserError(
                f"--likelihood-final-lr is {self.likelihood_final_lr}: it must lie in (0, 1]"
            )
        if not 0 < self.dropout_until <= 1:
            raise UserError(f"--dropout-until is {self.dropout_until}: it must lie in (0, 1]")
        for name in ("dropout", "smoothing", "discriminator_dropout"):
            if (value := getattr(self, name)) is not None and not 0 <= value < 1:
                raise UserError(f"--{name.replace('_', '-')} is {value}: it must lie in [0, 1)")

    def refuse_critic(self) -> None:
        """Raise `UserError` for objectives and penalties that words and rewards cannot take."""
        named, penalty = self.named_objective, self.slope_penalty
        if self.discriminator == "language":
            if named not in LOG_ODDS:
                raise UserError(
                    f"--discriminator language gives log-odds, which no critic of --objective "
                    f"{named} gives: take one of {', '.join(LOG_ODDS)}"
                )
            if penalty != "none":
                raise UserError(
                    f"--penalty {penalty} bounds a network's slope or weights, and --discriminator "
                    "language must stay a language model: take --penalty none"
                )
        if self.discriminator == "encoder" and penalty != "none":
            raise UserError(
                f"--penalty {penalty} bounds a network's slope or weights, and --discriminator "
                "encoder lives by those that it was given: take --penalty none"
            )
        if self.discriminator == "causal" and make_penalties(penalty, weight=1.0):
            raise UserError(
                f"--penalty {penalty} holds a slope in the words' vectors, and --discriminator "
                "causal reads words alone: take --discriminator sentence with --reward sequence "
                "or rollout, or --penalty spectral, clip or none"
            )
        if self.reward_scale == "probability" and named not in LOG_ODDS:
            raise UserError(
                f"--reward-scale probability takes scores for log-odds, which those of --objective "
                f"{named} are not: give --reward-scale logit, the score itself"
            )


def on(*paths: Gradient) -> Callable[[SentenceGameOptions], bool]:
    """Return whether options choose one of these gradient paths."""
    return lambda of: of.gradient in paths


SENTENCE_USES: tuple[Use[SentenceGameOptions], ...] = (
    Use(
        (
            *(
                field.name
                for field in dataclasses.fields(PolicyOptions)
                if field.name not in SHARED
            ),
            "discriminator_dropout",
        ),
        "--gradient policy",
        on("policy"),
    ),
    Use(
        ("discriminator_dim",),
        "--discriminator causal or sentence",
        lambda of: of.discriminator in ("causal", "sentence"),
    ),
    Use(
        ("discriminator_dropout",),
        "--discriminator causal, sentence or language",
        lambda of: of.discriminator != "encoder",
    ),
    Use(
        ("critic_lr",),
        "--discriminator causal, sentence or language, or --baseline value",
        lambda of: of.discriminator != "encoder" or of.baseline == "value",
    ),
    Use(
        ("discriminator_encoder", "discriminator_encoder_lr"),
        "--discriminator encoder",
        lambda of: of.discriminator == "encoder",
    ),
    Use(
        ("final_lr", "betas", "penalty_every", "alternative"),
        "--gradient gumbel, straight-through, soft or vectors",
        on("gumbel", "straight-through", "soft", "vectors"),
    ),
    Use(
        ("smoothing",),
        "--gradient gumbel, straight-through or soft",
        on("gumbel", "straight-through", "soft"),
    ),
    Use(
        ("first_temperature", "last_temperature"),
        "--gradient gumbel or straight-through",
        on("gumbel", "straight-through"),
    ),
    Use(
        ("discriminator_models",),
        "--discriminator language",
        lambda of: of.discriminator == "language",
    ),
    Use(
        ("likelihood_updates", "likelihood_lr", "likelihood_final_lr"),
        "learning by likelihood, which --start-from spares",
        lambda of: of.start_from is None or of.resume is not None,  # a resumed one is sized
    ),
    Use(("dropout_until",), "--dropout above 0", lambda of: of.dropout > 0),
    Use(("noise_dim",), "--gradient soft or vectors", on("soft", "vectors")),
    Use(("candidate_temperature",), "--candidates 2 or more", lambda of: of.num_candidates > 0),
    NO_PRETRAINING,
)
