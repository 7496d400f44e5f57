"""What a user may choose about a style transfer: family, switches, networks, budgets."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

from seqgan.core.run import RunOptions
from seqgan.errors import UserError, refuse_below
from seqgan.games.adversary import AdversaryOptions, Objectives
from seqgan.games.idle_options import refuse_idle
from seqgan.text.candidates import MOST_CANDIDATES
from seqgan.text.setup import OWN_GENERATORS
from seqgan.text.transfer.corpus import StyleOptions
from seqgan.text.transfer.noise_options import NoiseOptions
from seqgan.text.transfer.phase_options import EPOCHS, SHORTEST_PHASE, PhaseOptions
from seqgan.text.transfer.terms import Weights
from seqgan.text.transfer.uses import TRANSFER_USES, WRITTEN

LEAST = {
    "threads": 0,
    "seed": 0,
    "generator_dim": 2,
    "batch_size": 2,
    "accumulation": 1,
    "evaluate_every": 1,
    "validation_sentences": 2,
    "test_sentences": 2,
    "max_epochs": 0,
    "denoising_updates": 0,
    "translation_updates": 1,
    "choosing_updates": 0,
    "continued_updates": 0,
    "critic_updates": 0,
    "drawn_ways": 0,
    "earning_ways": 2,
    "adversarial_updates": 1,
    "best_of": 0,
}
Gradient = Literal["soft", "gumbel", "straight-through", "vectors", "choice", "policy"]
WEIGHTS = ("denoising", "back", "chosen", "adversarial", "cycle", "code", "semantic")


@dataclass(kw_only=True, frozen=True)
class TransferOptions(StyleOptions, NoiseOptions, PhaseOptions, AdversaryOptions, RunOptions):
    """How styles are learned, and for how long."""

    family: Literal["cycle", "common"] = "cycle"
    """cycle: the wanted style is told with the words, and they come back through the other style.
    common: the encoder is never told, a code critic keeps styles out of its codes, and the decoder
    gives the words a style."""
    plain: bool = False
    """CycleGAN's own terms alone, adversarial and cycle (here the likelihood of the words that come
    back), from the first update (arXiv:1703.10593): nothing is denoised, translated back or chosen
    before. With --gradient vectors a CycleGAN on embeddings."""
    separate: bool = False
    """A generator for each style (cycle), or an encoder and a decoder for each (common), in place
    of shared ones that are told the style."""
    gradient: Gradient | None = None
    """What reaches the critic and the way back: distributions over words (soft), relaxed samples
    (gumbel, straight-through), or vectors that the generator emits, whose words are the nearest
    ones. choice and policy: words as they are written; the critic's score counts where the best of
    several ways is chosen alone (choice), or in what drawn ways earn too, which they learn by
    (policy). By default policy, and soft with --plain and --family common."""
    generator: str | None = None
    """pointer (recurrent, and can copy what it reads), recurrent, transformer, or the folder or hub
    name of an encoder-decoder of `transformers`. By default pointer, and recurrent with --family
    common, whose codes a pointer would copy past, and with --gradient vectors."""
    generator_dim: int = 256
    """Width of our own generators."""
    dropout: float = 0.2
    """Share dropped in the generator while it learns."""
    denoising_weight: float = 1.0
    """Weight of restoring noised sentences."""
    back_weight: float = 1.0
    """Weight of coming back from words written in another style."""
    chosen_weight: float = 1.0
    """Weight of the best of several ways to write a sentence, chosen by the run's own judges of
    style, content and fluency."""
    drawn_ways: int = 8
    """Ways to write a sentence that are drawn, beside those of the likeliest words, to choose the
    best from."""
    earning_ways: int = 4
    """Ways to write a sentence that play draws and learns by, with --gradient policy."""
    adversarial_weight: float = 1.0
    """Weight of the critic's opinion in play (0: play without a critic, as many moves)."""
    choice_share: float = 0.1
    """Share of that weight with which the critic is heard where the best of several ways is chosen,
    with --gradient policy."""
    cycle_weight: float = 0.5
    """Weight of coming back with the gradient through the words, in play."""
    code_weight: float | None = None
    """Weight of keeping styles out of codes: 0.1 for --family common; cycle has no such codes."""
    semantic_weight: float | None = None
    """Weight of equal codes before and after, in play: 1 for --family common, 0 for cycle."""
    batch_size: int = 64
    """Sentences in a micro-batch, over all processes and styles, which share it evenly; what they
    cannot share is left out."""
    accumulation: int = 1
    """Micro-batches in an update."""
    start_from: Path | None = None
    """A finished run of this recipe, on the same data, that is played on from where it stood before
    its play, with the copy that went on without; optimizers begin anew."""
    best_of: int = 0
    """Judge answers of the played system that are chosen among so many candidates too (`seqgan
    transfer --num-candidates`)."""
    evaluate_every: int = 200
    """Updates between two looks at the validation part."""
    validation_sentences: int = 400
    """Sentences of each style that a look transfers."""
    test_sentences: int = 2000
    """Sentences of each style, at most, that every system is judged by at the end."""
    objective: Objectives = "relativistic"
    """What generator and critic minimize."""
    critic_steps: int = 2
    """Moves of the critic for each of the generator's."""
    generator_lr: float = 5e-4
    """Adam's rate for the generator in play."""
    critic_lr: float = 1e-3
    """Adam's rate for the critics."""
    averaging: float = 0.98
    """Decay of the moving average of the generator's weights in play, which is what is judged."""
    first_temperature: float = 1.0
    """Temperature of the words that the critic reads at the start of play, falling to the last."""
    last_temperature: float = 0.5
    """Temperature at the end of play."""

    @property
    def num_looked_at(self) -> int:
        """Sentences of each style in a look at the validation part, of which --quick sees few."""
        return min(40, self.validation_sentences) if self.quick else self.validation_sentences

    @property
    def path(self) -> Gradient:
        """The gradient that is meant."""
        sloped = self.plain or self.family == "common"
        return self.gradient or ("soft" if sloped else "policy")

    @property
    def code(self) -> float:
        """The weight of keeping styles out of codes that is meant."""
        usual = 0.1 if self.family == "common" else 0.0
        return usual if self.code_weight is None else self.code_weight

    def paced(self, sentences: int) -> Self:
        """Return the options with no phase beyond its share of `max_epochs` of so many sentences.

        (A plain CycleGAN learns all it knows in play, which stays as it is.)
        """
        if self.plain or not self.max_epochs:
            return self
        epoch = sentences / (self.batch_size * self.accumulation)
        most = {
            f"{phase}_updates": max(round(share * self.max_epochs * epoch), SHORTEST_PHASE)
            for phase, share in EPOCHS.items()
        }
        return replace(self, **{name: min(getattr(self, name), most[name]) for name in most})

    def lasting(self, phase: Literal["denoising", "translation", "choosing", "continued"]) -> int:
        """Return the updates of a phase before play: none of --plain, or where it has no weight.

        With --start-from none either: they were the start's.
        """
        idle = {"denoising": not self.denoising_weight, "choosing": not self.chooses}
        spared = self.plain or self.start_from is not None or idle.get(phase)
        return 0 if spared else int(getattr(self, f"{phase}_updates"))

    @property
    def network(self) -> str:
        """Which generator writes."""
        recurrent = self.family == "common" or self.path == "vectors"
        return self.generator or ("recurrent" if recurrent else "pointer")

    @property
    def last_phase(self) -> Literal["translation", "choosing"]:
        """What goes before play, and on in the copy that does not play."""
        return "choosing" if self.chooses else "translation"

    @property
    def chooses(self) -> bool:
        """Whether the generator learns from the best of several ways to write a sentence."""
        learns = self.choosing_updates > 0 or self.start_from is not None
        return not self.plain and self.chosen_weight > 0 and learns

    def weights(self, phase: Literal["denoising", "translation", "choosing", "play"]) -> Weights:
        """Return what the generator minimizes in a phase; play keeps what goes before it."""
        usual = 1.0 if self.family == "common" else 0.0
        semantic = usual if self.semantic_weight is None else self.semantic_weight
        plays, slope = phase == "play", self.path not in WRITTEN
        share = {"choice": 1.0, "policy": self.choice_share}.get(self.path, 0.0)
        likely = "" if self.plain else self.last_phase if plays else phase
        return Weights(
            denoising=self.denoising_weight if likely in ("denoising", "translation") else 0.0,
            back_translation=self.back_weight if likely == "translation" else 0.0,
            chosen=self.chosen_weight if likely == "choosing" else 0.0,
            adversarial=self.adversarial_weight if plays and slope else 0.0,
            policy=1.0 if plays and self.path == "policy" else 0.0,
            opinion=self.adversarial_weight if plays and self.path == "policy" else 0.0,
            heard=share * self.adversarial_weight if plays else 0.0,
            cycle=self.cycle_weight if plays and slope else 0.0,
            code=self.code,
            semantic=semantic if plays and slope else 0.0,
        )

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range and choices without meaning together."""
        super().refuse_nonsense()
        self.refuse_noise()
        refuse_idle(self, TRANSFER_USES)
        refuse_below(self, LEAST)
        if self.max_updates is not None and self.max_updates < 1:
            raise UserError(f"--max-updates is {self.max_updates}: it must be 1 or more")
        if not 0 <= self.dropout < 1:
            raise UserError(f"--dropout is {self.dropout}: it must lie in [0, 1)")
        if not 0 <= self.choice_share <= 1:
            raise UserError(f"--choice-share is {self.choice_share}: it must lie in [0, 1]")
        if self.best_of == 1 or self.best_of > MOST_CANDIDATES:
            raise UserError(
                f"--best-of is {self.best_of}: 0, or from 2 to {MOST_CANDIDATES} candidates"
            )
        for name in WEIGHTS:
            if (value := getattr(self, f"{name}_weight")) is not None and value < 0:
                raise UserError(f"--{name}-weight is {value}: it must be 0 or more")
        for name in ("first_temperature", "last_temperature", "learning_rate", "continued_lr"):
            if not getattr(self, name) > 0:
                raise UserError(f"--{name.replace('_', '-')} must be above 0")
        if self.family == "cycle" and self.code_weight:
            raise UserError(
                f"--code-weight {self.code_weight}: codes of --family cycle are told the wanted "
                "style and cannot be free of it; use --family common"
            )
        if self.start_from is not None and self.code:
            raise UserError(
                "--start-from takes no code critic, which runs do not keep: give --code-weight 0"
            )
        if self.plain and self.family == "common":
            raise UserError(
                "--plain is CycleGAN, whose generators are told the style: leave --family at cycle"
            )
        if self.path == "choice" and not self.chooses:
            raise UserError(
                "--gradient choice is heard where the best of several ways is chosen: give "
                "--chosen-weight and --choosing-updates, without --plain"
            )
        if self.path == "policy" and self.plain:
            raise UserError(
                "--gradient policy learns by more than the critic says: leave out --plain"
            )
        if self.plain and not (self.adversarial_weight and self.cycle_weight):
            raise UserError(
                "--plain has the adversarial and the cycle loss and no other: give both a weight"
            )
        first = not self.plain and self.start_from is None
        if first and not self.denoising_weight and not self.back_weight:
            raise UserError(
                "--denoising-weight 0 with --back-weight 0 leaves nothing to learn before play: "
                "give one of them a weight"
            )
        if self.path == "vectors" and (self.network != "recurrent" or self.separate):
            raise UserError(
                "--gradient vectors needs one generator that emits vectors in the space of its "
                "words: --generator recurrent without --separate"
            )
        if self.separate and self.network not in OWN_GENERATORS:
            raise UserError(
                f"--separate makes a generator for each style, which is for our own: "
                f"--generator {' or '.join(OWN_GENERATORS)}, not {self.network}"
            )
