"""Scores of completions that share what lies in a prefix equal those of each one read whole.

Legend: B batch, S source length, T reply length, G prefixes, N rollouts, M longest.
"""

from collections.abc import Callable

import pytest
import torch
from lively_models import lively
from tiny_generators import BOS, EOS, PAD, VOCAB
from torch import Tensor, nn

from seqgan.text.completion_scores import scores_by_reading_on
from seqgan.text.density_ratio import DensityRatio
from seqgan.text.generators.base import State
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.prefix_scorers import CausalScorer, ProjectionScorer
from seqgan.text.reply_scorers import ConvScorer
from seqgan.text.rewards import LastPrefix, RolloutReward, ScaledScore, completion_scorer

SOURCE_BS = torch.tensor([[3, 4, 5, 3], [5, 4, PAD, PAD], [4, PAD, PAD, PAD], [3, 3, 3, PAD]])
TOKENS_BT = torch.tensor(
    [[4, 4, 5, 3, 5], [5, EOS, PAD, PAD, PAD], [EOS, PAD, PAD, PAD, PAD], [3, 5, 3, EOS, PAD]]
)


def causal() -> nn.Module:
    return CausalScorer(VOCAB, pad=PAD, dim=8)


def projection() -> nn.Module:
    scorer = ProjectionScorer(VOCAB, pad=PAD, dim=8)
    nn.init.normal_(scorer.weight.weight)
    return scorer


def conv() -> nn.Module:
    return ConvScorer(VOCAB, pad=PAD, dim=8, num_filters=4, widths=(1, 2, 3, 7))


def plain_conv() -> nn.Module:
    return ConvScorer(VOCAB, pad=PAD, dim=8, num_filters=4, widths=(2,), highway=False)


def made_writer() -> RecurrentGenerator:
    return RecurrentGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8)


def language() -> nn.Module:
    model, writer = (
        RecurrentLanguageModel(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, hidden=6, num_layers=2)
        for _ in range(2)
    )
    return DensityRatio(model, writer.double())


def conditional_language() -> nn.Module:
    """Models of two kinds, with memories and caches."""
    writer = TransformerGenerator(
        VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, num_layers=2, num_heads=2
    )
    return DensityRatio(made_writer(), writer.double())


PREFIX = [causal, projection, language, conditional_language]


@pytest.fixture(params=[*PREFIX, conv, plain_conv], ids=lambda build: build.__name__)
def scorer(request: pytest.FixtureRequest) -> nn.Module:
    build: Callable[[], nn.Module] = request.param
    return lively(build, seed=1)


def completed(*, num_rollouts: int, longest: int) -> Tensor:
    """Return made completions of every prefix, at least a token longer, that end anywhere."""
    rng = torch.Generator().manual_seed(2)
    batch, length = TOKENS_BT.shape
    size = (length - 1, num_rollouts, batch, longest)
    out_GNBM = torch.randint(3, VOCAB, size, generator=rng)
    end_GNB = torch.randint(2, longest + 1, size[:3], generator=rng)
    for g in range(length - 1):
        out_GNBM[g, :, :, : g + 1] = TOKENS_BT[:, : g + 1]
        end_GNB[g].clamp_(min=g + 2)
    return out_GNBM.where(torch.arange(longest) < end_GNB.unsqueeze(-1), PAD)


@torch.no_grad()
@pytest.mark.parametrize("longest", [5, 8])
def test_scores_are_those_of_each_completion_read_whole(scorer: nn.Module, longest: int) -> None:
    """Replies that end early or are a single `eos`, completions that end anywhere."""
    completed_GNBM = completed(num_rollouts=3, longest=longest)
    got_GNB = scorer.score_completions(SOURCE_BS, TOKENS_BT, completed_GNBM)  # type: ignore[operator]
    plain = completion_scorer(lambda *given: scorer(*given), pad=PAD)
    expected_GNB = plain(SOURCE_BS, TOKENS_BT, completed_GNBM)
    torch.testing.assert_close(got_GNB, expected_GNB, rtol=1e-9, atol=1e-9)
    open_GB = (TOKENS_BT != PAD)[:, 1:].t()
    assert bool((got_GNB.transpose(1, 2)[~open_GB] == 0).all())
    assert len(got_GNB.transpose(1, 2)[open_GB].unique()) > int(open_GB.sum())


@torch.no_grad()
def test_scores_are_without_dropout_and_the_mode_stays(scorer: nn.Module) -> None:
    """The writer's too, which is no part of a density ratio."""
    parts = list(scorer.modules())
    if isinstance(scorer, DensityRatio):
        parts += list(scorer._writer.generator.modules())
    for part in parts:
        part.training = False
        if isinstance(part, nn.Dropout):
            part.p = 0.5
    completed_GNBM = completed(num_rollouts=2, longest=6)
    ask = scorer.score_completions
    expected_GNB = ask(SOURCE_BS, TOKENS_BT, completed_GNBM)  # type: ignore[operator]
    for part in parts:
        part.training = True
    got_GNB = ask(SOURCE_BS, TOKENS_BT, completed_GNBM)  # type: ignore[operator]
    assert torch.equal(got_GNB, expected_GNB)
    assert all(part.training for part in parts)


@torch.no_grad()
def test_nothing_open_is_nothing_read(scorer: nn.Module) -> None:
    ended_BT = TOKENS_BT.where(torch.arange(5) < 1, PAD)
    completed_GNBM = completed(num_rollouts=2, longest=6)
    got_GNB = scorer.score_completions(SOURCE_BS, ended_BT, completed_GNBM)  # type: ignore[operator]
    assert torch.equal(got_GNB, torch.zeros_like(got_GNB))


class CountingScorer:
    """Scores what was read as a number to base 10, and counts how it was read."""

    pad = PAD

    def __init__(self) -> None:
        self.token_steps = self.serial_steps = 0

    def begin(self, source_BS: Tensor) -> tuple[State, State]:
        return {"sum": torch.zeros(len(source_BS))}, {"source": source_BS[:, 0]}

    def read_on(self, state: State, token_B: Tensor) -> State:
        self.token_steps += len(token_B)
        self.serial_steps += 1
        return {"sum": 10 * state["sum"] + token_B}

    def judge(self, source: State, state: State) -> Tensor:
        return state["sum"] + source["source"] / 10


def test_no_token_of_a_prefix_is_read_twice() -> None:
    """Each reply but for its last token once, and of each completion what follows its prefix."""
    scorer, completed_GNBM = CountingScorer(), completed(num_rollouts=3, longest=6)
    got_GNB = scores_by_reading_on(scorer, SOURCE_BS, TOKENS_BT, completed_GNBM)
    tokens = 0
    for b, length in enumerate((TOKENS_BT != PAD).sum(1).tolist()):
        tokens += length - 1
        for g in range(length - 1):
            for n in range(3):
                read = completed_GNBM[g, n, b][completed_GNBM[g, n, b] != PAD].tolist()
                tokens += len(read) - (g + 1)
                number = float("".join(map(str, read))) + float(SOURCE_BS[b, 0]) / 10
                assert float(got_GNB[g, n, b]) == pytest.approx(number)
    assert scorer.token_steps == tokens
    assert scorer.serial_steps <= 6


def test_the_cost_that_is_stated() -> None:
    scorer, tokens_BT = CountingScorer(), torch.full((64, 20), 3)
    completed_GNBM = tokens_BT.expand(19, 16, 64, 20)
    scores_by_reading_on(scorer, tokens_BT[:, :1], tokens_BT, completed_GNBM)
    assert (scorer.token_steps, scorer.serial_steps) == (195_776, 20)


@torch.no_grad()
@pytest.mark.parametrize("build", PREFIX, ids=lambda build: build.__name__)
def test_a_rollout_reward_takes_that_way(
    build: Callable[[], nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scorer of prefixes, scaled and asked for the last one, is not asked to read again."""
    scorer = lively(build, seed=1)
    generator = lively(made_writer, seed=3)
    asked: list[Tensor] = []
    score = LastPrefix(ScaledScore(scorer, scale=torch.sigmoid, pad=PAD), pad=PAD)
    reward = RolloutReward(generator, score, num_rollouts=4, max_length=7)
    expected = RolloutReward(
        generator,
        LastPrefix(lambda *given: scorer(*given).sigmoid(), pad=PAD),
        num_rollouts=4,
        max_length=7,
    )
    expected_BT = expected(SOURCE_BS, TOKENS_BT, torch.Generator().manual_seed(0))
    plain = scorer.forward

    def watched(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        asked.append(tokens_BT)
        scores: Tensor = plain(source_BS, tokens_BT)
        return scores

    monkeypatch.setattr(scorer, "forward", watched)
    got_BT = reward(SOURCE_BS, TOKENS_BT, torch.Generator().manual_seed(0))
    torch.testing.assert_close(got_BT, expected_BT, rtol=1e-6, atol=1e-6)
    assert [tokens.shape for tokens in asked] == [TOKENS_BT.shape]  # the replies themselves
