"""Baselines: the values they promise, and what they may depend on.

Legend: R replies, T time.
"""

import pytest
import torch
from torch import Tensor

from seqgan.objectives import baselines
from seqgan.objectives.baselines import LeaveOneOut, MovingAverage, no_baseline

MASK_RT = torch.tensor([[1, 1, 1], [1, 1, 0], [1, 0, 0], [1, 1, 1], [1, 0, 0], [1, 0, 0]]).bool()
REWARD_RT = torch.tensor(
    [[1.0, 2, 3], [5, 7, 9], [11, 9, 9], [2, 4, 8], [1, 9, 9], [3, 9, 9]], dtype=torch.float64
)


def test_no_baseline_is_zero() -> None:
    assert torch.equal(no_baseline(REWARD_RT, MASK_RT), torch.zeros(6, 3, dtype=torch.float64))


def test_leave_one_out_is_the_mean_of_the_others_where_they_stand() -> None:
    """By hand; padding (9) counts nowhere, an ended reply keeps the reward of its end."""
    got_RT = LeaveOneOut(3)(REWARD_RT, MASK_RT)
    expected_RT = torch.tensor(
        [
            [(5 + 11) / 2, (7 + 11) / 2, (7 + 11) / 2],
            [(1 + 11) / 2, (2 + 11) / 2, (3 + 11) / 2],
            [(1 + 5) / 2, (2 + 7) / 2, (3 + 7) / 2],
            [(1 + 3) / 2, (1 + 3) / 2, (1 + 3) / 2],
            [(2 + 3) / 2, (4 + 3) / 2, (8 + 3) / 2],
            [(2 + 1) / 2, (4 + 1) / 2, (8 + 1) / 2],
        ],
        dtype=torch.float64,
    )
    torch.testing.assert_close(got_RT, expected_RT)


def test_leave_one_out_never_depends_on_the_reply_itself() -> None:
    """Else it would bias the gradient: change one reply's rewards, its own baseline stays."""
    before_RT = LeaveOneOut(3)(REWARD_RT, MASK_RT)
    for row in range(6):
        changed_RT = REWARD_RT.clone()
        changed_RT[row] += 100
        after_RT = LeaveOneOut(3)(changed_RT, MASK_RT)
        assert torch.equal(after_RT[row], before_RT[row])
        other = [r for r in range(6) if r // 3 != row // 3]
        assert torch.equal(after_RT[other], before_RT[other])


def test_leave_one_out_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 replies to a prompt, not 1"):
        LeaveOneOut(1)


def test_the_moving_average_is_that_of_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if another process had replies of reward 3; one that has none takes nothing in."""
    alone, together = MovingAverage(), MovingAverage()
    other_RT = torch.full_like(REWARD_RT, 3.0)
    alone(torch.cat([REWARD_RT, other_RT]), torch.cat([MASK_RT, MASK_RT]))

    def summed(sums_2: Tensor) -> None:
        sums_2 += torch.stack([(other_RT * MASK_RT).sum(), MASK_RT.sum().to(other_RT)])

    monkeypatch.setattr(baselines.dist, "is_initialized", lambda: True)
    monkeypatch.setattr(baselines.dist, "all_reduce", summed)
    together(REWARD_RT, MASK_RT)
    assert together.state_dict() == pytest.approx(alone.state_dict())
    monkeypatch.undo()
    before = alone.state_dict()
    alone(REWARD_RT[:0], MASK_RT[:0])
    assert alone.state_dict() == before


def test_the_moving_average_lies_in_the_past_and_comes_back_from_a_checkpoint() -> None:
    average = MovingAverage(decay=0.5)
    means = [float(r[m].mean()) for r, m in ((REWARD_RT, MASK_RT), (2 * REWARD_RT, MASK_RT))]
    assert float(average(REWARD_RT, MASK_RT)[0, 0]) == 0
    assert float(average(2 * REWARD_RT, MASK_RT)[2, 1]) == pytest.approx(means[0])
    other = MovingAverage(decay=0.5)
    other.load_state_dict(average.state_dict())
    expected = (0.25 * means[0] + 0.5 * means[1]) / 0.75
    for one in (average, other):
        got_RT = one(torch.zeros_like(REWARD_RT), MASK_RT)
        assert got_RT.shape == REWARD_RT.shape
        assert float(got_RT[0, 0]) == pytest.approx(expected)
