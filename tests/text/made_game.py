"""A dialogue game small enough to enumerate.

Legend: B prompts, S prompt length, T reply length.
"""

from typing import Any

import torch
from markov_generator import (
    EOS,
    PAD,
    VOCAB,
    MarkovGenerator,
    table_score,
)
from torch import Tensor

from seqgan.objectives.baselines import no_baseline
from seqgan.text.batches import TextBatch
from seqgan.text.games import (
    PolicyGradientGame,
)
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.prefix_scorers import CausalScorer
from seqgan.text.rewards import SequenceReward

LONGEST = 3
SOURCE_1S = torch.tensor([[3, 4]])
BATCH = TextBatch(
    torch.tensor([[3, 4], [4, 3], [3, PAD]]),
    torch.tensor([[3, 4, EOS], [4, EOS, PAD], [EOS, PAD, PAD]]),
)


def rng(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def whole_score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
    return table_score(tokens_BT)


def make_game(
    generator: MarkovGenerator | RecurrentGenerator, **options: Any
) -> PolicyGradientGame:
    """Return a game around the generator; by default its reward is the made score."""
    defaults: dict[str, Any] = {
        "discriminator": CausalScorer(VOCAB, pad=PAD, dim=8).double(),
        "reward": SequenceReward(whole_score, pad=PAD),
        "baseline": no_baseline,
        "max_length": LONGEST,
    }
    return PolicyGradientGame(generator, **{**defaults, **options})


def value_network() -> CausalScorer:
    torch.manual_seed(9)
    return CausalScorer(VOCAB, pad=PAD, dim=8).double().eval()
