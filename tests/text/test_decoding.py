"""Decoding against exhaustive enumeration of small models."""

import itertools
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqgan.ops.masks import pad_after_eos
from seqgan.text.decoding import (
    beam_hypotheses,
    beam_search,
    continue_from,
    greedy,
    prepare,
    sample,
    trim,
)
from seqgan.text.generators.base import IMPOSSIBLE, Generator, State, shift_right
from seqgan.text.generators.recurrent import RecurrentGenerator

PAD, BOS, EOS, VOCAB = 0, 1, 2, 6
WORDS = (3, 4, 5)


@pytest.fixture
def generator() -> RecurrentGenerator:
    """An untrained model with lively weights."""
    torch.manual_seed(0)
    model = RecurrentGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.5)
    return model


@pytest.fixture
def source_BS() -> Tensor:
    return torch.tensor([[3, 4, 5], [5, 4, PAD], [4, PAD, PAD], [PAD, PAD, PAD]])


class CountingGenerator(Generator):
    """Ends row b after b tokens; counts the rows it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.pad, self.bos, self.eos, self.vocab_size = PAD, BOS, EOS, VOCAB
        self.num_rows: list[int] = []

    def start(self, source_BS: Tensor) -> State:
        return {"left": torch.arange(len(source_BS))}

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        self.num_rows.append(len(previous_B))
        token_B = torch.where(state["left"] == 0, EOS, 3)
        logits_BV = torch.nn.functional.one_hot(token_B, VOCAB).float().log()
        return logits_BV, {"left": state["left"] - 1}

    def word_vectors(self) -> Tensor:
        raise NotImplementedError

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        raise NotImplementedError

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        raise NotImplementedError

    def save_pretrained(self, folder: Path) -> None:
        raise NotImplementedError


class TableGenerator(Generator):
    """Draws token t from a given row: the probabilities of `eos`, 3, 4 and 5."""

    def __init__(self, table: list[list[float]]) -> None:
        super().__init__()
        self.pad, self.bos, self.eos, self.vocab_size = PAD, BOS, EOS, VOCAB
        self.table_TV = torch.nn.functional.pad(torch.tensor(table), (2, 0)).log()

    def start(self, source_BS: Tensor) -> State:
        return {"num_read": torch.zeros(len(source_BS), dtype=torch.long)}

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        return self.table_TV[state["num_read"]], {"num_read": state["num_read"] + 1}

    def word_vectors(self) -> Tensor:
        raise NotImplementedError

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        raise NotImplementedError

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return self.table_TV[: tokens_BT.shape[1]].expand(len(tokens_BT), -1, -1)

    def save_pretrained(self, folder: Path) -> None:
        raise NotImplementedError


def responses(longest: int) -> list[list[int]]:
    """Return every response of at most this many tokens; the longest may lack `eos`."""
    ended = [
        [*words, EOS]
        for length in range(longest)
        for words in itertools.product(WORDS, repeat=length)
    ]
    return ended + [list(words) for words in itertools.product(WORDS, repeat=longest)]


def ranked_by_enumeration(
    generator: Generator, source_1S: Tensor, *, longest: int, length_penalty: float
) -> list[list[int]]:
    """Return all responses, best first."""

    def score(response: list[int]) -> float:
        logp_1TV = generator.logits(source_1S, torch.tensor([response])).log_softmax(-1)
        logp = float(logp_1TV[0, range(len(response)), response].sum())
        return logp / float(((5 + len(response)) / 6) ** length_penalty)

    return sorted(responses(longest), key=score, reverse=True)


def naive_sample(
    generator: Generator, source_1S: Tensor, uniform_T: Tensor, *, temperature: float
) -> list[int]:
    """Return one row drawn from scratch at every token, by the definition of the draw."""
    tokens: list[int] = []
    for uniform in uniform_T.tolist():
        tokens_1T = torch.tensor([[*tokens, PAD]])
        prob_V = (generator.logits(source_1S, tokens_1T)[0, -1] / temperature).softmax(-1)
        tokens.append(int((prob_V.cumsum(0) <= uniform).sum()))
        if tokens[-1] == EOS:
            break
    return tokens + [PAD] * (len(uniform_T) - len(tokens))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@torch.no_grad()
def test_the_packed_loop_equals_the_definition(
    generator: Generator, source_BS: Tensor, temperature: float
) -> None:
    source_BS = source_BS.repeat(5, 1)
    uniform_BT = torch.rand(20, 6, generator=torch.Generator().manual_seed(0))
    bos_B = torch.full((20,), BOS)
    got_BT = continue_from(
        generator, generator.start(source_BS), bos_B, uniform_BT, temperature=temperature
    )
    expected = [
        naive_sample(generator, source_BS[b : b + 1], uniform_BT[b], temperature=temperature)
        for b in range(20)
    ]
    assert got_BT.tolist() == expected
    assert torch.equal(got_BT, pad_after_eos(got_BT, eos=EOS, pad=PAD))
    assert len(set(map(tuple, expected))) > 8


def test_finished_rows_cost_nothing_and_results_stay_in_their_rows() -> None:
    generator, num = CountingGenerator(), 32
    tokens_BT = greedy(generator, torch.full((num, 1), 3), max_length=100)
    assert [(row != PAD).sum().item() for row in tokens_BT] == list(range(1, num + 1))
    assert tokens_BT.shape == (num, num)
    exact = num * (num + 1) // 2
    assert sum(generator.num_rows) <= exact * 8 / 7 + num
    assert len(generator.num_rows) == num


def test_limits_cut_each_row_by_itself(generator: Generator) -> None:
    source_BS = torch.tensor([[3, 4, 5]]).expand(60, -1)
    uniform_BT = torch.rand(60, 5, generator=torch.Generator().manual_seed(3))
    bos_B, state = torch.full((60,), BOS), generator.start(source_BS)
    whole_BT = continue_from(generator, state, bos_B, uniform_BT)
    limit_B = torch.tensor([0, 1, 3, 4, 5, 9]).repeat(10)
    cut_BT = continue_from(generator, state, bos_B, uniform_BT, limit_B=limit_B)
    expected_BT = whole_BT.masked_fill(torch.arange(5) >= limit_B.unsqueeze(1), PAD)
    assert torch.equal(cut_BT, expected_BT)
    assert not torch.equal(cut_BT, whole_BT)
    none_BT = continue_from(generator, state, bos_B, uniform_BT, limit_B=torch.zeros(60).long())
    assert torch.equal(none_BT, torch.full((60, 5), PAD))
    assert continue_from(generator, state, bos_B, uniform_BT[:, :0]).shape == (60, 0)


def test_rng_alone_decides_and_advances_equally_whatever_is_drawn(
    generator: Generator, source_BS: Tensor
) -> None:
    rngs = [torch.Generator().manual_seed(7) for _ in range(3)]
    first_BT, second_BT = (sample(generator, source_BS, max_length=9, rng=r) for r in rngs[:2])
    assert torch.equal(first_BT, second_BT)
    sample(generator, source_BS, max_length=9, rng=rngs[2], top_k=1)
    assert torch.equal(rngs[0].get_state(), rngs[2].get_state())


@torch.no_grad()
def test_greedy_takes_the_likeliest_token_each_time(
    generator: Generator, source_BS: Tensor
) -> None:
    tokens_BT = greedy(generator, source_BS, max_length=5)
    likeliest_BT = generator.logits(source_BS, tokens_BT).argmax(-1)
    assert torch.equal(likeliest_BT.where(tokens_BT != PAD, PAD), tokens_BT)
    rng = torch.Generator().manual_seed(0)
    for options in ({"temperature": 0.0}, {"top_k": 1}, {"top_p": 1e-6}):
        drawn_BT = sample(generator, source_BS, max_length=5, rng=rng, **options)
        assert torch.equal(drawn_BT, tokens_BT)


def test_a_response_cut_at_the_longest_length_has_no_eos(generator: Generator) -> None:
    rng = torch.Generator().manual_seed(0)
    tokens_BT = sample(generator, torch.full((200, 2), 3), max_length=2, rng=rng)
    cut_B = (tokens_BT != EOS).all(1)
    assert 0 < int(cut_B.sum()) < 200
    assert bool((tokens_BT[cut_B] != PAD).all())


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 5.0])
@torch.no_grad()
def test_a_beam_that_holds_everything_finds_the_best_responses(
    generator: Generator, source_BS: Tensor, length_penalty: float
) -> None:
    """27 beams hold all that can be alive; those that end are counted, so 45 leave five empty."""
    random_BS = torch.randint(3, 6, (30, 3), generator=torch.Generator().manual_seed(0))
    source_BS = torch.cat([source_BS, random_BS])
    options = {"max_length": 3, "beam_size": 45, "length_penalty": length_penalty}
    got_BKT = beam_hypotheses(generator, source_BS, **options)
    assert torch.equal(beam_search(generator, source_BS, **options), got_BKT[:, 0])
    for b in range(len(source_BS)):
        best = ranked_by_enumeration(
            generator, source_BS[b : b + 1], longest=3, length_penalty=length_penalty
        )
        found = [[token for token in each if token != PAD] for each in got_BKT[b].tolist()]
        assert found[:10] == best[:10]
        assert found[len(best) :] == [[]] * (45 - len(best))


def test_the_length_penalty_by_hand() -> None:
    """[eos] has probability 0.3 and [3, eos] 0.7 * 0.36: equal scores at one exponent."""
    generator = TableGenerator([[0.3, 0.7, 0, 0], [0.36, 0.22, 0.21, 0.21], [1, 0, 0, 0]])
    equal = math.log(math.log(0.7 * 0.36) / math.log(0.3)) / math.log(7 / 6)
    for length_penalty, expected in ((equal - 0.01, [EOS, PAD]), (equal + 0.01, [3, EOS])):
        got_BT = beam_search(
            generator,
            torch.full((2, 1), 3),
            max_length=3,
            beam_size=8,
            length_penalty=length_penalty,
        )
        assert torch.nn.functional.pad(got_BT, (0, 1))[:, :2].tolist() == [expected] * 2


def test_no_hypothesis_has_what_is_forbidden() -> None:
    """Where less than the beam holds is allowed the rest is empty, not forbidden."""
    generator = TableGenerator([[0.5, 0.5, 0, 0], [1, 0, 0, 0]])
    generator.table_TV = generator.table_TV.clamp(min=IMPOSSIBLE)
    got_BKT = beam_hypotheses(generator, torch.full((2, 1), 3), max_length=2, beam_size=4)
    assert got_BKT.tolist() == [[[3, EOS], [EOS, PAD], [PAD, PAD], [PAD, PAD]]] * 2


@torch.no_grad()
def test_a_beam_of_one_is_greedy_and_rows_do_not_disturb_each_other(
    generator: Generator, source_BS: Tensor
) -> None:
    for size in (1, 2, 3):
        together_BT = beam_search(generator, source_BS, max_length=6, beam_size=size)
        for b in range(len(source_BS)):
            alone_1T = beam_search(generator, source_BS[b : b + 1], max_length=6, beam_size=size)
            assert torch.equal(trim(together_BT[b : b + 1], pad=PAD), alone_1T)
    one_BT = beam_search(generator, source_BS, max_length=6, beam_size=1)
    assert torch.equal(one_BT, greedy(generator, source_BS, max_length=6))


@torch.no_grad()
def test_wider_beams_find_likelier_responses_on_average(generator: Generator) -> None:
    source_BS = torch.randint(3, 6, (40, 3), generator=torch.Generator().manual_seed(0))

    def mean_logp(tokens_BT: Tensor) -> float:
        logp_BTV = generator.logits(source_BS, tokens_BT).log_softmax(-1)
        logp_BT = logp_BTV.gather(-1, tokens_BT.unsqueeze(-1)).squeeze(-1)
        return float(logp_BT.masked_fill(tokens_BT == PAD, 0).sum(1).mean())

    narrow, wide = (
        mean_logp(
            beam_search(generator, source_BS, max_length=4, beam_size=size, length_penalty=0.0)
        )
        for size in (1, 81)
    )
    assert wide > narrow


def test_beam_search_stops_where_nothing_is_alive_and_allows_no_tokens() -> None:
    generator = CountingGenerator()
    tokens_BT = beam_search(generator, torch.full((3, 1), 3), max_length=50, beam_size=2)
    assert tokens_BT.tolist() == [[EOS, 0, 0], [3, EOS, 0], [3, 3, EOS]]
    assert len(generator.num_rows) == 3
    assert beam_search(generator, torch.full((3, 1), 3), max_length=0, beam_size=2).shape == (3, 0)


def test_prepare_applies_temperature_before_the_nucleus() -> None:
    logits_BV = torch.tensor([[0.0, 1.0, 2.0]], dtype=torch.float64)
    assert prepare(logits_BV, top_p=0.9).isfinite().tolist() == [[False, True, True]]
    assert prepare(logits_BV, temperature=0.1, top_p=0.9).isfinite().tolist() == [
        [False, False, True]
    ]
    assert prepare(logits_BV, temperature=0.0).softmax(-1).tolist() == [[0.0, 0.0, 1.0]]


@pytest.mark.parametrize(
    "options",
    [
        *({"temperature": value} for value in (-1.0, math.nan, math.inf, 101.0)),
        {"top_k": -1},
        *({"top_p": value} for value in (0.0, 1.5, math.nan)),
    ],
)
def test_impossible_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        prepare(torch.zeros(1, 3), **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="beam_size 0"):
        beam_search(CountingGenerator(), torch.full((1, 1), 3), max_length=2, beam_size=0)


def test_shift_right_of_nothing_is_nothing() -> None:
    assert shift_right(torch.zeros(2, 0, dtype=torch.long), bos=BOS).shape == (2, 0)
