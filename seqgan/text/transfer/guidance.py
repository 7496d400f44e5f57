"""The dial of a style transfer: how far a sentence goes from its own style to another one.

Legend: B batch, S source length (two tags, then words), T response length, V vocabulary.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from seqgan.errors import UserError
from seqgan.ops.masks import at_least_float32
from seqgan.text.generators.base import IMPOSSIBLE, Generator, State

Family = Literal["cycle", "common"]
STRONGEST = 5.0
STRENGTH = "strength"
"""Where a state holds the strengths of its rows."""
PLAUSIBLE = 0.1
"""Above strength 1, words below this share of the likeliest one's probability are left out."""


def aimed(rows_BS: Tensor, family: Family) -> Tensor:
    """Return what the generator reads to write in the target style, from rows of both tags.

    A row is the target's tag, the source's tag, then the words. The family `cycle` is told the
    target alone, `common` both.

    >>> aimed(torch.tensor([[8, 9, 4, 5]]), "cycle")
    tensor([[8, 4, 5]])
    >>> aimed(torch.tensor([[8, 9, 4, 5]]), "common")
    tensor([[8, 9, 4, 5]])
    """
    if family == "common":
        return rows_BS
    return torch.cat([rows_BS[:, :1], rows_BS[:, 2:]], dim=1)


def held(rows_BS: Tensor, family: Family) -> Tensor:
    """Return what the generator reads to say the same in the style that the words have.

    >>> held(torch.tensor([[8, 9, 4, 5]]), "cycle")
    tensor([[9, 4, 5]])
    >>> held(torch.tensor([[8, 9, 4, 5]]), "common")
    tensor([[9, 9, 4, 5]])
    """
    return aimed(torch.cat([rows_BS[:, 1:2], rows_BS[:, 1:]], dim=1), family)


def guided(source_BV: Tensor, target_BV: Tensor, strength: float | Tensor) -> Tensor:
    """Return log p_source + strength (log p_target - log p_source), renormalized, (..., V).

    `strength` may be a tensor of one number a row, (..., 1).

    Classifier-free guidance (arXiv:2207.12598, eq. 6) with the source's style in the place of no
    condition: 0 gives the one distribution, 1 the other, between them lie their weighted geometric
    means. Above 1 a word that both find absurd could win by the ratio of two tiny probabilities:
    only those count that the target finds plausible (arXiv:2210.15097, eq. 2).

    >>> guided(torch.tensor([0.5, 0.5]).log(), torch.tensor([0.8, 0.2]).log(), 0.5).exp()
    tensor([0.6667, 0.3333])
    """
    source_BV, target_BV = (
        at_least_float32(logits_BV).log_softmax(-1).clamp(min=IMPOSSIBLE)
        for logits_BV in (source_BV, target_BV)
    )
    strength = torch.as_tensor(strength).to(source_BV)
    mixed_BV = source_BV + strength * (target_BV - source_BV)
    floor_B1 = target_BV.amax(-1, keepdim=True) + math.log(PLAUSIBLE)
    odd_BV = (target_BV < floor_B1) & (strength > 1)
    return mixed_BV.masked_fill(odd_BV, IMPOSSIBLE).log_softmax(-1)


def refuse_strength(strength: float) -> None:
    """Raise `UserError` unless the strength is a number from 0 to 5."""
    if not 0 <= strength <= STRONGEST:
        raise UserError(
            f"--strength is {strength:g}: it must lie between 0 (its own style) and {STRONGEST:g}; "
            "1 is what the model learned"
        )


class GuidedGenerator(Generator):
    """A generator whose next word lies between two of its own answers, or beyond one of them.

    Its sources are rows of both tags (see `aimed`). Its state holds two states of the generator,
    or one where every strength is 0, or every one 1.

    Args:
        generator: what writes; it is shared, not copied.
        family: how it is told the styles.
        strength: 0 speaks in the words' own style, 1 asks for the target's as in training,
            above exaggerates it. A tensor (B,) has one for each row of the sources.
        banned: ids that are never written, such as tags.
    """

    ban_V: Tensor
    strength_R1: Tensor

    def __init__(
        self,
        generator: Generator,
        *,
        family: Family,
        strength: float | Tensor = 1.0,
        banned: Sequence[int] = (),
    ) -> None:
        super().__init__()
        strength_R1 = torch.as_tensor(strength, dtype=torch.float64).reshape(-1, 1)
        weakest, strongest = float(strength_R1.min()), float(strength_R1.max())
        refuse_strength(weakest)
        refuse_strength(strongest)
        self.generator, self.family = generator, family
        self.pad, self.bos, self.eos = generator.pad, generator.bos, generator.eos
        self.vocab_size = generator.vocab_size
        ban_V = torch.zeros(self.vocab_size)
        ban_V[list(banned)] = IMPOSSIBLE
        device = next((weight.device for weight in generator.parameters()), None)
        self.register_buffer("ban_V", ban_V.to(device=device))
        self.register_buffer("strength_R1", strength_R1.to(device=device), persistent=False)
        ways = {"source.": held, "target.": aimed}
        unneeded = {0.0: "target.", 1.0: "source."}.get(weakest if weakest == strongest else -1)
        self.ways = {name: way for name, way in ways.items() if name != unneeded}

    def start(self, source_BS: Tensor) -> State:
        """Return the states of the answers that are mixed."""
        state = {
            name + key: part
            for name, way in self.ways.items()
            for key, part in self.generator.start(way(source_BS, self.family)).items()
        }
        return {**state, STRENGTH: self.strength_R1.expand(len(source_BS), 1)}

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's guided logits (B, V) and the new state."""
        return self._stepped(state, lambda own: self.generator.step(own, previous_B))

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """Do as `step`, reading vectors in place of tokens."""
        return self._stepped(state, lambda own: self.generator.step_vectors(own, previous_BD))

    def word_vectors(self) -> Tensor:
        """Return the generator's word vectors, shape (V, D)."""
        return self.generator.word_vectors()

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced guided logits (B, T, V)."""
        return self._mixed(
            [
                self.generator.logits(way(source_BS, self.family), tokens_BT)
                for way in self.ways.values()
            ],
            self.strength_R1.unsqueeze(1),
        )

    def save_pretrained(self, folder: Path) -> None:
        """Write the generator; strength is a choice of use and is not kept."""
        self.generator.save_pretrained(folder)

    def _stepped(
        self, state: State, step: Callable[[State], tuple[Tensor, State]]
    ) -> tuple[Tensor, State]:
        logits, following = [], State({STRENGTH: state[STRENGTH]})
        for name in self.ways:
            own = {key[len(name) :]: part for key, part in state.items() if key.startswith(name)}
            logits_BV, own = step(own)
            logits.append(logits_BV)
            following |= {name + key: part for key, part in own.items()}
        return self._mixed(logits, state[STRENGTH]), following

    def _mixed(self, logits: list[Tensor], strength_R1: Tensor) -> Tensor:
        """Return the mixture of one or two logits, without what must not be written."""
        first_BV, *second = [logits_BV + self.ban_V for logits_BV in logits]
        return guided(first_BV, second[0], strength_R1) if second else first_BV
