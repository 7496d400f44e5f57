import math

import pytest
import torch
from torch import Tensor, nn

from seqgan.games.search import Memory, SearchGame, ascend, ranked_right

F64 = torch.float64


def hill(x: Tensor) -> Tensor:
    """A critic with its top at .5 in every value."""
    return -(x - 0.5).square().flatten(1).sum(1)


def test_the_search_climbs_to_the_top() -> None:
    start = torch.rand(6, 1, 2, 2, dtype=F64) * 2 - 1
    found = ascend(hill, start, steps=200, step=0.05)
    torch.testing.assert_close(found, torch.full_like(start, 0.5), atol=0.01, rtol=0)


def test_the_scale_of_the_critic_changes_nothing() -> None:
    start = torch.rand(3, 4, dtype=F64)
    one = ascend(hill, start, steps=7, step=0.1)
    torch.testing.assert_close(one, ascend(lambda x: 1000 * hill(x), start, steps=7, step=0.1))


def test_the_first_step_is_as_long_as_asked_and_stays_in_bounds() -> None:
    start = torch.zeros(1, 9, dtype=F64)
    moved = ascend(lambda x: x @ torch.arange(9, dtype=F64), start, steps=1, step=0.25)
    assert moved.square().mean().sqrt() == pytest.approx(0.25)
    far = ascend(lambda x: x.sum(1), start, steps=20, step=1.0)
    assert torch.equal(far, torch.ones_like(start))


def test_no_picture_is_searched_at_the_cost_of_another() -> None:
    start = torch.rand(4, 3, dtype=F64) * 2 - 1
    alone = torch.cat([ascend(hill, row[None], steps=5, step=0.1) for row in start])
    torch.testing.assert_close(ascend(hill, start, steps=5, step=0.1), alone)


def test_a_plateau_leaves_items_where_they_are() -> None:
    start = torch.rand(2, 3)
    assert torch.equal(ascend(lambda x: 0 * x.sum(1), start, steps=3, step=0.5), start)


def test_searching_works_without_gradients_and_leaves_none_in_the_critic() -> None:
    critic = nn.Linear(3, 1)
    with torch.no_grad():
        ascend(lambda x: critic(x).squeeze(1), torch.zeros(2, 3), steps=2, step=0.1)
    assert critic.weight.grad is None


def test_noise_shakes_by_its_share_of_the_step() -> None:
    start = torch.zeros(20000, 1, dtype=F64)
    rng = torch.Generator().manual_seed(0)
    moved = ascend(lambda x: 0 * x.sum(1), start, steps=1, step=0.1, noise=2.0, rng=rng)
    assert abs(moved.std() - 0.2) < 5 * 0.2 / math.sqrt(2 * len(start))


def test_the_memory_draws_from_every_round_alike() -> None:
    memory = Memory()
    for value in range(4):
        memory.add(torch.full((10, 1), float(value)))
    drawn = memory.draw(4000, torch.Generator().manual_seed(0)).flatten()
    shares = torch.bincount(drawn.long(), minlength=4) / 4000
    assert (shares - 0.25).abs().max() < 5 * math.sqrt(0.1875 / 4000)
    again = Memory()
    again.load_state_dict(memory.state_dict())
    assert torch.equal(
        again.draw(9, torch.Generator().manual_seed(1)),
        memory.draw(9, torch.Generator().manual_seed(1)),
    )


def test_an_empty_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="the memory is empty"):
        Memory().draw(1, torch.Generator())


def test_the_game_is_logistic_with_a_slope_penalty() -> None:
    """By hand at D(x) = 2x: sp(-2x) + sp(2n), and gamma/2 * 4."""
    memory = Memory()
    memory.add(torch.zeros(1, 1, dtype=F64))
    critic = lambda x: 2 * x.squeeze(1)  # noqa: E731
    game = SearchGame(critic, memory, gamma=0.5)
    real = torch.tensor([[1.0], [-1.0]], dtype=F64)
    batch = game.prepare(real, ("critic",), torch.Generator().manual_seed(0))
    losses = game.losses("critic", batch, torch.Generator())
    by_hand = [math.log(1 + math.exp(-2 * x)) + math.log(2) for x in (1, -1)]
    assert losses.terms["loss"].tolist() == pytest.approx(by_hand)
    assert losses.terms["r1"].tolist() == pytest.approx([1.0, 1.0])


def test_rounds_of_search_bring_negatives_to_the_data() -> None:
    """The whole algorithm on a line, real items near .5: what is found swings around them."""
    torch.manual_seed(0)
    rng = torch.Generator().manual_seed(0)
    network = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
    critic = lambda x: network(x).squeeze(1)  # noqa: E731
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    memory = Memory()
    game = SearchGame(critic, memory, gamma=0.1)
    for done in range(12):
        start = torch.rand(128, 1, generator=rng) * 2 - 1
        found = ascend(critic, start, steps=30, step=0.1, noise=1.0, rng=rng)
        memory.add(found if done else start)
        for _ in range(60):
            real = 0.5 + 0.1 * torch.randn(64, 1, generator=rng)
            terms = game.losses("critic", game.prepare(real, ("critic",), rng), rng).terms
            optimizer.zero_grad()
            torch.stack(list(terms.values())).mean().backward()
            optimizer.step()
    off_R = torch.stack([found.mean() for found in memory.rounds]) - 0.5
    assert off_R[0].abs() > 0.4
    assert off_R[-4:].mean().abs() < 0.1


def test_ranking_is_the_area_under_the_curve() -> None:
    torch.manual_seed(0)
    real, fake = torch.randn(7) + 1, torch.randn(5)
    by_hand = sum(float(r > f) for r in real for f in fake) / 35
    assert ranked_right(real, fake) == pytest.approx(by_hand)
