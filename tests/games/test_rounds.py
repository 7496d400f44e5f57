import torch
from torch import Generator, Tensor

from seqgan.core.schedule import Phases
from seqgan.games.rounds import Rounds
from seqgan.games.search import Memory


def made(*, stop_below: float, found: float) -> Rounds:
    """Real items are 1, first negatives 0, later ones `found`; the critic scores the value."""
    return Rounds(
        Memory(),
        lambda x: x.squeeze(1),
        first=lambda count, rng: torch.zeros(count, 1),
        find=lambda count, rng: torch.full((count, 1), found),
        held_out=torch.ones(5, 1),
        count=4,
        stop_below=stop_below,
        seed=0,
    )


def test_every_round_adds_negatives_the_first_at_random() -> None:
    rounds = made(stop_below=0.55, found=0.5)
    for _ in range(3):
        rounds.begin()
    assert [float(each.mean()) for each in rounds.memory.rounds] == [0.0, 0.5, 0.5]
    assert rounds.told_apart() == 1.0
    assert not rounds.matched
    assert rounds.outcome() == (
        "3 rounds of search: the critic tells the last ones from data in 100% of pairs"
    )


def test_it_stops_once_negatives_match_the_data() -> None:
    rounds = made(stop_below=0.55, found=1.0)  # ties: half of the pairs
    phases = Phases(rounds.phases(4, 8))
    for done in range(4):
        assert phases.at(2 * done)[1] == 0
        rounds.begin()
        assert phases(2 * done) == (("critic",) if done < 2 else ())
    assert len(rounds.memory.rounds) == 2
    assert rounds.matched
    assert "cannot tell" in rounds.outcome()


def test_rounds_share_the_updates_among_them() -> None:
    rounds = made(stop_below=0.0, found=0.0)
    assert [phase.updates for phase in rounds.phases(3, 10)] == [3, 3, 4]
    assert Phases(rounds.phases(20, 6)).total == 6  # more rounds than updates: some have none


def test_draws_are_the_same_after_a_restart() -> None:
    def noise(count: int, rng: Generator) -> Tensor:
        return torch.randn(count, 1, generator=rng)

    def begun(times: int, state: dict[str, object] | None = None) -> Rounds:
        rounds = made(stop_below=0.0, found=0.0)
        rounds.first = rounds.find = noise
        if state is not None:
            rounds.load_state_dict(state)
        for _ in range(times):
            rounds.begin()
        return rounds

    whole = begun(3)
    resumed = begun(1, begun(2).state_dict())
    for one, other in zip(whole.memory.rounds, resumed.memory.rounds, strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(whole.memory.rounds[1], whole.memory.rounds[2])


def test_without_a_round_it_says_so() -> None:
    assert made(stop_below=0.5, found=0.0).outcome() == "no round was played"
