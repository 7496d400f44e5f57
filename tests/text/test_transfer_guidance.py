"""The dial against enumeration: what it mixes, at both ends, between them and beyond."""

import math

import pytest
import torch
from lively_models import lively
from markov_generator import BOS, EOS, PAD, VOCAB, MarkovGenerator, all_responses
from torch import Tensor

from seqgan.errors import UserError
from seqgan.text.decoding import beam_search, sample
from seqgan.text.generators.base import Generator, concat, select, shift_right
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.transfer.guidance import PLAUSIBLE, Family, GuidedGenerator, guided

ROWS_BS = torch.tensor([[3, 4, 3, 4], [4, 3, 4, 4]])
LONGEST = 3


def next_logp(generator: Generator, tag: int, tokens_RT: Tensor) -> Tensor:
    """Return log p of every next token where the source begins with the tag, (R, T, V)."""
    source_RS = torch.full((len(tokens_RT), 1), tag)
    return generator.logits(source_RS, tokens_RT).log_softmax(-1)


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0, 2.5])
@pytest.mark.parametrize("family", ["cycle", "common"])
def test_every_distribution_is_the_formula_of_the_two(strength: float, family: Family) -> None:
    markov = MarkovGenerator(seed=1)
    tokens_RT = all_responses(longest=LONGEST)
    source_R2 = torch.tensor([[3, 4]]).expand(len(tokens_RT), -1)
    got_RTV = GuidedGenerator(markov, family=family, strength=strength).logits(source_R2, tokens_RT)
    aim_RTV, hold_RTV = (next_logp(markov, tag, tokens_RT) for tag in (3, 4))
    weight_RTV = (hold_RTV + strength * (aim_RTV - hold_RTV)).exp()
    if strength > 1:
        weight_RTV *= aim_RTV.exp() >= PLAUSIBLE * aim_RTV.exp().amax(-1, keepdim=True)
    exact_RTV = weight_RTV / weight_RTV.sum(-1, keepdim=True)
    torch.testing.assert_close(got_RTV.softmax(-1), exact_RTV, atol=1e-9, rtol=0)


def test_beyond_1_a_word_absurd_to_both_does_not_win_by_its_ratio() -> None:
    source_V = torch.tensor([0.6, 0.4 - 1e-9, 1e-9], dtype=torch.float64).log()
    target_V = torch.tensor([0.8, 0.2 - 1e-5, 1e-5], dtype=torch.float64).log()
    assert (source_V + 3 * (target_V - source_V)).argmax() == 2
    assert guided(source_V, target_V, 3.0).argmax() == 0
    assert guided(source_V, target_V, 3.0).exp()[0] > guided(source_V, target_V, 1.0).exp()[0]


def test_impossible_words_stay_impossible_and_nothing_is_nan() -> None:
    source_V, target_V = torch.tensor([[0.5, 0.5, 0.0], [0.2, 0.8, 0.0]]).log()
    for strength in (0.0, 0.5, 1.0, 5.0):
        prob_V = guided(source_V, target_V, strength).exp()
        assert prob_V[2] == 0
        assert math.isclose(float(prob_V.sum()), 1.0, rel_tol=1e-5)


def build(kind: str) -> Generator:
    ids = {"pad": PAD, "bos": BOS, "eos": EOS}
    if kind == "recurrent":
        return lively(lambda: RecurrentGenerator(9, **ids, dim=8), seed=0)
    return lively(lambda: TransformerGenerator(9, **ids, dim=8, num_heads=2), seed=0)


@pytest.mark.parametrize("kind", ["recurrent", "transformer"])
@pytest.mark.parametrize("strength", [0.0, 1.0, 1.7])
@pytest.mark.parametrize("family", ["cycle", "common"])
def test_step_by_step_is_teacher_forcing(kind: str, strength: float, family: Family) -> None:
    guide = GuidedGenerator(build(kind), family=family, strength=strength, banned=[7])
    source_BS = torch.tensor([[7, 8, 5, 6], [8, 7, 4, PAD]])
    tokens_BT = torch.tensor([[5, 6, EOS], [4, EOS, PAD]])
    whole_BTV = guide.logits(source_BS, tokens_BT)
    state, inputs_BT = guide.start(source_BS), shift_right(tokens_BT, bos=BOS)
    for t in range(3):
        logits_BV, after = guide.step(state, inputs_BT[:, t])
        vectors_BV, _ = guide.step_vectors(state, guide.word_vectors()[inputs_BT[:, t]])
        torch.testing.assert_close(logits_BV.softmax(-1), whole_BTV[:, t].softmax(-1))
        torch.testing.assert_close(vectors_BV, logits_BV)
        state = after
    assert whole_BTV.softmax(-1)[..., 7].max() == 0


def test_every_row_may_have_a_strength_of_its_own() -> None:
    """In steps, of which rows leave, and whole, rows are those of a dial that all share."""
    strengths = (0.0, 0.4, 1.0, 2.5)
    generator, source_B4 = build("recurrent"), torch.tensor([[7, 8, 5, 6]] * 4)
    tokens_BT = torch.tensor([[5, 6, EOS]] * 4)
    guide = GuidedGenerator(generator, family="common", strength=torch.tensor(strengths))
    whole_BTV = guide.logits(source_B4, tokens_BT)
    _, state = guide.step(guide.start(source_B4), torch.full((4,), BOS))
    last_BV, _ = guide.step(select(state, torch.tensor([3])), tokens_BT[:1, 0])
    for row, strength in enumerate(strengths):
        alone = GuidedGenerator(generator, family="common", strength=strength)
        expected_TV = alone.logits(source_B4[:1], tokens_BT[:1])[0].log_softmax(-1)
        torch.testing.assert_close(whole_BTV[row].softmax(-1), expected_TV.exp())
    torch.testing.assert_close(last_BV[0].softmax(-1), expected_TV[1].exp())


def test_states_are_selected_and_joined_like_any_other() -> None:
    guide = GuidedGenerator(build("recurrent"), family="cycle", strength=2.0)
    source_BS = torch.tensor([[7, 8, 5, 6], [8, 7, 4, 5]])
    state, previous_B = guide.start(source_BS), torch.tensor([BOS, BOS])
    logits_BV, _ = guide.step(state, previous_B)
    swapped = concat([select(state, torch.tensor([1])), select(state, torch.tensor([0]))])
    torch.testing.assert_close(guide.step(swapped, previous_B)[0], logits_BV.flip(0))


def test_the_ends_of_the_dial_ask_the_generator_once() -> None:
    for strength, asked in ((0.0, 2), (1.0, 2), (0.5, 4)):
        markov = MarkovGenerator()
        guide = GuidedGenerator(markov, family="cycle", strength=strength)
        guide.step(guide.start(ROWS_BS), torch.tensor([BOS, BOS]))
        assert markov.rows == asked


def test_beam_search_finds_the_likeliest_guided_response() -> None:
    """A beam as wide as there are prefixes loses none of them."""
    guide = GuidedGenerator(MarkovGenerator(seed=4), family="cycle", strength=1.8)
    tokens_RT = all_responses(longest=LONGEST)
    for tags in ([3, 4], [4, 3]):
        source_1S = torch.tensor([[*tags, 3]])
        logp_RTV = guide.logits(source_1S.expand(len(tokens_RT), -1), tokens_RT).log_softmax(-1)
        logp_R = logp_RTV.gather(-1, tokens_RT.unsqueeze(-1)).squeeze(-1)
        logp_R = logp_R.masked_fill(tokens_RT == PAD, 0).sum(1)
        found_1T = beam_search(
            guide, source_1S, max_length=LONGEST, beam_size=8, length_penalty=0.0
        )
        best = [token for token in tokens_RT[logp_R.argmax()].tolist() if token != PAD]
        assert found_1T[0].tolist() == best


def test_samples_follow_the_guided_distribution() -> None:
    guide = GuidedGenerator(MarkovGenerator(seed=2), family="cycle", strength=0.5, banned=[4])
    count = 4000
    source_NS = torch.tensor([[3, 4]]).expand(count, -1)
    rng = torch.Generator().manual_seed(0)
    drawn_NT = sample(guide, source_NS, max_length=1, rng=rng)
    logits_11V = guide.logits(source_NS[:1], torch.tensor([[EOS]]))
    exact_V = logits_11V[0, 0].softmax(-1)
    share_V = torch.bincount(drawn_NT[:, 0], minlength=VOCAB) / count
    assert (share_V - exact_V).abs().max() < 4 * 0.5 / math.sqrt(count)
    assert share_V[4] == 0


@pytest.mark.parametrize("strength", [-0.1, 5.1, math.nan])
def test_a_strength_off_the_dial_is_refused(strength: float) -> None:
    with pytest.raises(UserError, match="it must lie between 0"):
        GuidedGenerator(MarkovGenerator(), family="cycle", strength=strength)
