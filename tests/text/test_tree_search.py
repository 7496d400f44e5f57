"""Tree search finds what enumeration finds, for as much as it says it costs.

Legend: B batch, S source length, T text length, K children, R texts.
"""

from collections.abc import Callable

import pytest
import torch
from lively_models import lively
from markov_generator import (
    EOS,
    PAD,
    VOCAB,
    MarkovGenerator,
    all_responses,
    expected_score,
    table_score,
)
from torch import Tensor

from seqgan.text.decoding import greedy
from seqgan.text.generators.base import Generator
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.rewards import LastPrefix, RolloutReward, TokenReward
from seqgan.text.search.reward import TreeReward
from seqgan.text.search.tree_search import TreeSearch, mcts_decode
from seqgan.text.search.trees import NONE, Trees, puct

LONGEST, SHORT = 4, 3
SOURCE_BS = torch.tensor([[3, 4], [4, 3], [3, PAD]])
TOKENS_BT = torch.tensor([[3, 4, 4, 3], [4, 3, EOS, PAD], [EOS, PAD, PAD, PAD]])


def rng(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
    """Score a text by its tokens and their places, and by the prompt."""
    padded_BT = torch.nn.functional.pad(tokens_BT, (0, LONGEST - tokens_BT.shape[1]))
    return table_score(padded_BT) + 0.2 * source_BS[:, 0]


class Asked:
    """A scorer that remembers how often, and about how many texts, it was asked."""

    def __init__(self, score: Callable[[Tensor, Tensor], Tensor]) -> None:
        self.score, self.calls, self.texts = score, 0, 0

    def __call__(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        self.calls, self.texts = self.calls + 1, self.texts + len(tokens_BT)
        return self.score(source_BS, tokens_BT)


def test_the_bound_is_the_formula_worked_by_hand() -> None:
    """0.5 + 2 * 0.25 * 4 / 4, 0.2 + 2 * 0.5 * 4 / 2, 0 + 2 * 0.25 * 4 / 1, sixteen visits above."""
    value_RK = torch.tensor([[0.5, 0.2, 0.0]])
    prior_RK = torch.tensor([[0.25, 0.5, 0.25]])
    visits_RK, parent_R = torch.tensor([[3, 1, 0]]), torch.tensor([16])
    got_RK = puct(value_RK, prior_RK, visits_RK, parent_R, exploration=2.0)
    torch.testing.assert_close(got_RK, torch.tensor([[1.0, 2.2, 2.0]]))
    got_RK = puct(value_RK, prior_RK, visits_RK, parent_R, exploration=0.0)
    assert torch.equal(got_RK, value_RK)
    never_RK = puct(0 * value_RK, prior_RK, 0 * visits_RK, 0 * parent_R, exploration=1.0)
    assert torch.equal(never_RK, prior_RK)


def test_values_are_stretched_and_the_unvisited_count_as_their_parent() -> None:
    """Values 10 and 30 were seen: 30 counts 1, 10 counts 0, what is unknown their mean, a half."""
    trees = Trees(torch.zeros(1, 3, dtype=torch.long), num_nodes=4, num_children=4, pad=PAD)
    row = torch.tensor([0])
    # Four tokens, the last without probability.
    trees.expand(row, row, torch.log(torch.tensor([[0.5, 0.3, 0.2, 0.0]])), {"x": row})
    for value in (10.0, 30.0):
        leaf = trees.select(row, exploration=100.0)
        node = trees.add(leaf, torch.tensor([True]))
        trees.back_up(row, node, torch.tensor([value]), fresh=True)
    bound_K = trees.bounds(row, row, exploration=0.0)[0]
    assert bound_K.tolist() == [0.0, 1.0, 0.5, -torch.inf]
    assert trees.visits_BN[0].tolist() == [2, 1, 1, 0]
    assert trees.mean(row, row).tolist() == [20.0]
    assert trees.parent_BN[0].tolist() == [NONE, 0, 0, NONE]


def table_of(seed: int) -> tuple[Tensor, Callable[[Tensor, Tensor], Tensor]]:
    """Return the best text and a scorer: made numbers for whole texts, 0.7 for any other prefix.

    The best stands well above the second: a mean over visits tells small differences late.
    """
    texts_RT = all_responses(longest=SHORT)
    worth_R = torch.rand(len(texts_RT), generator=rng(seed), dtype=torch.float64)
    best = int(worth_R.argmax())
    worth_R[best] += 0.5
    place_T = 5 ** torch.arange(SHORT)
    number_R = (texts_RT * place_T).sum(1)

    def score(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        number_B = (tokens_BT * place_T[: tokens_BT.shape[1]]).sum(1)
        same_BR = number_B.unsqueeze(1) == number_R
        return torch.where(same_BR.any(1), same_BR.double() @ worth_R, 0.7)

    return texts_RT[best], score


@torch.no_grad()
@pytest.mark.parametrize("seed", range(3))
def test_enough_simulations_find_the_enumerated_optimum(seed: int) -> None:
    """Visits of other children grow with the root of all visits: their share goes to 0.

    The temperature makes the prior nearly even: what a prior finds improbable waits for long.
    """
    best_T, table = table_of(seed)
    search = TreeSearch(
        generator=MarkovGenerator(seed=seed),
        score=table,
        max_length=SHORT,
        num_simulations=400,
        temperature=20.0,
        exploration=2.0,
    )
    got_BT, trees = mcts_decode(search, SOURCE_BS, rng=rng())
    width = got_BT.shape[1]
    assert torch.equal(got_BT, best_T[:width].expand(3, -1))
    assert not bool(best_T[width:].any())
    mean_B = trees.mean(torch.arange(3), torch.zeros(3, dtype=torch.long))
    best = float(table(SOURCE_BS[:1], best_T[None]))
    assert bool((mean_B < best).all())
    assert bool((mean_B > best - 0.15).all())


@torch.no_grad()
def test_with_rollouts_whole_texts_alone_are_scored() -> None:
    generator, asked = MarkovGenerator(seed=1), []
    best_T, table = table_of(1)

    def whole(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        asked.append(tokens_BT)
        return table(source_BS, tokens_BT)

    search = TreeSearch(
        generator=generator,
        score=whole,
        max_length=SHORT,
        num_simulations=150,
        num_rollouts=3,
        temperature=20.0,
        exploration=2.0,
    )
    got_BT, _ = mcts_decode(search, SOURCE_BS, rng=rng())
    assert torch.equal(got_BT, best_T[: got_BT.shape[1]].expand(3, -1))
    known = {tuple(text) for text in all_responses(longest=SHORT).tolist()}
    for tokens_BT in asked:
        padded_BT = torch.nn.functional.pad(tokens_BT, (0, SHORT - tokens_BT.shape[1]))
        assert {tuple(text) for text in padded_BT.tolist()} <= known
    again_BT, _ = mcts_decode(search, SOURCE_BS, rng=rng())
    assert torch.equal(got_BT, again_BT)


@torch.no_grad()
def test_the_seed_decides_the_rollouts() -> None:
    search = TreeSearch(
        generator=MarkovGenerator(seed=1),
        score=score,
        max_length=LONGEST,
        num_simulations=5,
        num_rollouts=1,
    )

    def means(seed: int) -> list[float]:
        _, trees = mcts_decode(search, SOURCE_BS, rng=rng(seed))
        return trees.sum_BN.sum(1).tolist()

    assert means(1) == means(1)
    assert means(1) != means(2)


def recurrent() -> Generator:
    return RecurrentGenerator(VOCAB, pad=PAD, bos=1, eos=EOS, dim=8)


def transformer() -> Generator:
    return TransformerGenerator(VOCAB, pad=PAD, bos=1, eos=EOS, dim=8, num_layers=2, num_heads=2)


@pytest.fixture(params=[recurrent, transformer], ids=lambda build: build.__name__)
def generator(request: pytest.FixtureRequest) -> Generator:
    """An untrained model with lively weights, in float64."""
    return lively(request.param, seed=1)


@torch.no_grad()
@pytest.mark.parametrize("num_rollouts", [0, 2])
def test_trees_side_by_side_are_the_trees_one_by_one(
    generator: Generator, num_rollouts: int
) -> None:
    """Prefixes of different lengths, so that caches of different lengths stand together."""
    search = TreeSearch(
        generator=generator, score=score, max_length=LONGEST, num_rollouts=num_rollouts
    )
    num = 25
    uniform_BNMT = search.uniforms(3, num, rng=rng(), device=torch.device("cpu"))

    def searched(rows: list[int]) -> Trees:
        source_BS = SOURCE_BS[rows]
        empty_BT = torch.full((len(rows), LONGEST), PAD)
        logits_BV, state = generator.step(
            generator.start(source_BS), torch.ones_like(rows_of(rows))
        )
        trees = search.plant(empty_BT, state, logits_BV, num_nodes=num + 1)
        for n in range(num):
            search.simulate(trees, source_BS, rows_of(rows), uniform_BNMT[rows, n])
        return trees

    def rows_of(rows: list[int]) -> Tensor:
        return torch.arange(len(rows))

    together = searched([0, 1, 2])
    assert len({tuple(row) for row in together.sum_BN.tolist()}) == 3
    for b in range(3):
        alone = searched([b])
        assert torch.equal(alone.parent_BN[0], together.parent_BN[b])
        assert torch.equal(alone.token_BNK[0], together.token_BNK[b])
        assert torch.equal(alone.visits_BN[0], together.visits_BN[b])
        torch.testing.assert_close(alone.sum_BN[0], together.sum_BN[b])


@torch.no_grad()
def test_decoding_side_by_side_is_decoding_one_by_one(generator: Generator) -> None:
    search = TreeSearch(generator=generator, score=score, max_length=LONGEST, num_simulations=9)
    together_BT, _ = mcts_decode(search, SOURCE_BS, rng=rng())
    for b in range(3):
        alone_1T, _ = mcts_decode(search, SOURCE_BS[b : b + 1], rng=rng())
        padded_1T = torch.nn.functional.pad(
            alone_1T, (0, together_BT.shape[1] - alone_1T.shape[1]), value=PAD
        )
        assert torch.equal(padded_1T, together_BT[b : b + 1])


@torch.no_grad()
def test_much_exploration_is_the_greedy_text() -> None:
    """With one simulation a token the likeliest child is the one that is looked at."""
    generator = MarkovGenerator(seed=5)
    search = TreeSearch(
        generator=generator, score=score, max_length=6, num_simulations=1, exploration=1e6
    )
    got_BT, _ = mcts_decode(search, SOURCE_BS, rng=rng())
    assert torch.equal(got_BT, greedy(generator, SOURCE_BS, max_length=6))


@torch.no_grad()
def test_ended_texts_cost_nothing() -> None:
    """If `eos` alone may follow, one leaf is read, and it is no work for the generator."""
    generator, asked = MarkovGenerator(), Asked(score)
    for token in (3, 4):
        generator.forbid(token)
    search = TreeSearch(generator=generator, score=asked, max_length=LONGEST, num_simulations=7)
    got_BT, trees = mcts_decode(search, SOURCE_BS, rng=rng())
    assert got_BT.tolist() == [[EOS]] * 3
    assert (generator.rows, generator.steps) == (3, 1)  # reading `bos`
    assert (asked.calls, asked.texts) == (1, 3)
    assert trees.visits_BN[:, 0].tolist() == [7] * 3


@torch.no_grad()
def test_a_simulation_is_one_step_of_the_generator_and_one_question() -> None:
    generator, asked = MarkovGenerator(), Asked(score)
    generator.forbid(EOS)
    search = TreeSearch(generator=generator, score=asked, max_length=30, num_simulations=3)
    source_BS = torch.full((5, 1), 3)
    empty_BT = torch.full((5, 30), PAD)

    def flat(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        return (tokens_BT == 3).double().mean(1)

    asked.score = flat
    logits_BV, state = generator.step(generator.start(source_BS), torch.ones(5, dtype=torch.long))
    trees = search.plant(empty_BT, state, logits_BV, num_nodes=4)
    generator.rows = generator.steps = 0
    for n in range(3):
        search.simulate(trees, source_BS, torch.arange(5), torch.empty(5, 0, 30))
        assert (generator.rows, generator.steps) == (5 * (n + 1), n + 1)
        assert (asked.texts, asked.calls) == (5 * (n + 1), n + 1)


@torch.no_grad()
def test_states_above_the_root_are_let_go() -> None:
    generator = MarkovGenerator(seed=2)
    generator.forbid(EOS)
    search = TreeSearch(generator=generator, score=score, max_length=LONGEST, num_simulations=4)
    _, trees = mcts_decode(search, SOURCE_BS[:1], rng=rng())
    assert len(trees.states.portions) > 1
    assert all(portion == {} for portion in trees.states.portions)


@torch.no_grad()
@pytest.mark.parametrize("trees_at_once", [1, 512])
def test_a_search_without_simulations_is_the_plain_reward(trees_at_once: int) -> None:
    generator = MarkovGenerator(seed=2)

    def each_prefix(source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        sums_BT: Tensor = (tokens_BT * torch.arange(1, tokens_BT.shape[1] + 1)).cumsum(1).double()
        return sums_BT.sin() + source_BS[:, :1]

    search = TreeSearch(
        generator=generator,
        score=LastPrefix(each_prefix, pad=PAD),
        max_length=LONGEST,
        num_simulations=0,
    )
    got_BT = TreeReward(search, trees_at_once=trees_at_once)(SOURCE_BS, TOKENS_BT, rng())
    expected_BT = TokenReward(each_prefix, pad=PAD)(SOURCE_BS, TOKENS_BT, rng())
    torch.testing.assert_close(got_BT, expected_BT)


@torch.no_grad()
def test_a_search_of_rollouts_alone_is_the_rollout_reward() -> None:
    """Within 4.5 standard errors of the mean: a score lies within half of its middle."""
    generator, num = MarkovGenerator(seed=2), 3000
    search = TreeSearch(
        generator=generator,
        score=score,
        max_length=LONGEST,
        num_simulations=0,
        num_rollouts=num,
    )
    got_BT = TreeReward(search)(SOURCE_BS, TOKENS_BT, rng())
    assert got_BT.dtype == torch.float64
    for b, row in enumerate(TOKENS_BT.tolist()):
        for t in range(4):
            if row[t] == PAD:
                assert got_BT[b, t] == 0
                continue
            prefix = row[: t + 1]
            whole = prefix[-1] == EOS or t == LONGEST - 1
            prefix += [PAD] * (LONGEST - len(prefix)) if whole else []
            exact = float(expected_score(generator, SOURCE_BS[b : b + 1], prefix, LONGEST))
            tolerance = 1e-6 if whole else 4.5 * 0.5 / num**0.5
            shift = 0.2 * float(SOURCE_BS[b, 0])
            assert float(got_BT[b, t]) == pytest.approx(exact + shift, abs=tolerance)
    sibling = RolloutReward(generator, score, num_rollouts=num, max_length=LONGEST)
    far_BT = sibling(SOURCE_BS, TOKENS_BT, rng(9)) - got_BT
    assert float(far_BT.abs().max()) < 2 * 4.5 * 0.5 / num**0.5


def test_every_visit_draws_numbers_of_its_own() -> None:
    """Of a prefix itself too: the same completions would be looked at again and again."""
    seen: list[Tensor] = []

    class Watched(TreeSearch):
        def complete(self, *given: Tensor) -> Tensor:  # type: ignore[override]
            seen.append(given[-1])
            return super().complete(*given)  # type: ignore[arg-type]

    search = Watched(
        generator=MarkovGenerator(), score=score, max_length=30, num_simulations=4, num_rollouts=2
    )
    TreeReward(search)(SOURCE_BS, TOKENS_BT, rng())
    numbers = torch.cat([uniform.flatten() for uniform in seen])
    assert len(seen) == 5
    assert len(numbers.unique()) > 0.999 * len(numbers)


@torch.no_grad()
def test_much_search_rewards_a_prefix_by_the_best_that_may_follow() -> None:
    generator = MarkovGenerator(seed=2)
    search = TreeSearch(
        generator=generator,
        score=score,
        max_length=LONGEST,
        num_simulations=600,
        num_rollouts=1,
    )
    got_BT = TreeReward(search)(SOURCE_BS[:1], TOKENS_BT[:1], rng())
    texts_RT = all_responses(longest=LONGEST)
    for t in range(LONGEST):
        fits_R = (texts_RT[:, : t + 1] == TOKENS_BT[0, : t + 1]).all(1)
        best = float(table_score(texts_RT[fits_R]).max()) + 0.2 * 3
        assert best - 0.07 < float(got_BT[0, t]) <= best + 1e-6


@torch.no_grad()
def test_rewards_do_not_depend_on_the_company(generator: Generator) -> None:
    search = TreeSearch(generator=generator, score=score, max_length=LONGEST, num_simulations=5)
    together_BT = TreeReward(search)(SOURCE_BS, TOKENS_BT, rng())
    for b in range(3):
        part = slice(b, b + 1)
        alone_1T = TreeReward(search)(SOURCE_BS[part], TOKENS_BT[part], rng())
        torch.testing.assert_close(alone_1T, together_BT[part])
    assert bool((together_BT[TOKENS_BT == PAD] == 0).all())


@torch.no_grad()
def test_texts_longer_than_the_longest_and_prompts_of_no_words() -> None:
    """A person's reply may be longer; unconditional texts have a source of width 0."""
    torch.manual_seed(0)
    generator = RecurrentGenerator(VOCAB, pad=PAD, bos=1, eos=EOS, dim=8).eval()
    search = TreeSearch(
        generator=generator,
        score=lambda source_BS, tokens_BT: (tokens_BT == 3).float().mean(1),
        max_length=2,
        num_simulations=3,
    )
    nothing_BS = torch.empty(3, 0, dtype=torch.long)
    got_BT = TreeReward(search)(nothing_BS, TOKENS_BT, rng())
    assert got_BT.shape == TOKENS_BT.shape
    tokens_BT, _ = mcts_decode(search, nothing_BS, rng=rng())
    assert tokens_BT.shape[0] == 3
    assert tokens_BT.shape[1] <= 2
    none_BT = TreeReward(search)(nothing_BS[:0], TOKENS_BT[:0], rng())
    assert none_BT.shape == (0, 4)


def test_searches_without_meaning() -> None:
    generator = MarkovGenerator()
    for choice in ({"num_simulations": -1}, {"num_children": 0}, {"exploration": -1.0}):
        with pytest.raises(ValueError, match=next(iter(choice))):
            TreeSearch(generator=generator, score=score, max_length=4, **choice)  # type: ignore[arg-type]
    search = TreeSearch(generator=generator, score=score, max_length=4, num_simulations=0)
    with pytest.raises(ValueError, match="num_simulations 0"):
        mcts_decode(search, SOURCE_BS, rng=rng())
