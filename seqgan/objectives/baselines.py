"""What is subtracted from a reward to lower its gradient's variance and leave its mean alone.

Legend: R replies, T time. Rows of one prompt are neighbours: R = prompts x replies a prompt.
"""

import torch
import torch.distributed as dist
from torch import Tensor

from seqgan.ops.masks import last_real


def no_baseline(reward_RT: Tensor, mask_RT: Tensor) -> Tensor:
    """Return zeros, shape (R, T)."""
    return torch.zeros_like(reward_RT)


class MovingAverage:
    """The average reward of a real token over past batches, one number (SeqGAN's usual choice).

    It is that of all processes' tokens, so all of them have to ask together.
    """

    def __init__(self, *, decay: float = 0.95) -> None:
        self.decay = decay
        self.mean, self.weight = 0.0, 0.0

    def __call__(self, reward_RT: Tensor, mask_RT: Tensor) -> Tensor:
        """Return the average before this batch, shape (R, T), then take the batch in.

        The first batch has no past and gets 0.
        """
        baseline = self.mean / self.weight if self.weight else 0.0
        sums_2 = torch.stack([(reward_RT * mask_RT).sum(), mask_RT.sum().to(reward_RT)])
        if dist.is_available() and dist.is_initialized():
            dist.all_reduce(sums_2)
        if sums_2[1] > 0:
            self.mean = self.decay * self.mean + (1 - self.decay) * float(sums_2[0] / sums_2[1])
            self.weight = self.decay * self.weight + 1 - self.decay
        return torch.full_like(reward_RT, baseline)

    def state_dict(self) -> dict[str, float]:
        """Return the running sums."""
        return {"mean": self.mean, "weight": self.weight}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Put saved sums back."""
        self.mean, self.weight = state["mean"], state["weight"]


class LeaveOneOut:
    """The mean reward of the *other* replies to the same prompt (RLOO, arXiv:2402.14740).

    Replies are compared position by position; one that has ended keeps the reward of its end.
    (Leaving ended replies out instead compares late tokens with the average of early ones: where
    scores grow along a reply, replies then grow too, from 8.5 to 13.3 words in 150 updates.)
    """

    def __init__(self, group: int) -> None:
        if group < 2:
            raise ValueError(
                f"leave-one-out needs at least 2 replies to a prompt, not {group}: raise "
                "--replies-per-prompt or choose another --baseline"
            )
        self.group = group

    def __call__(self, reward_RT: Tensor, mask_RT: Tensor) -> Tensor:
        """Return the baseline, shape (R, T)."""
        end_R1 = last_real(reward_RT, mask_RT).unsqueeze(1)
        lasting_PGT = torch.where(mask_RT, reward_RT, end_R1).unflatten(0, (-1, self.group))
        others_PGT = lasting_PGT.sum(1, keepdim=True) - lasting_PGT
        baseline_RT: Tensor = (others_PGT / (self.group - 1)).flatten(0, 1)
        return baseline_RT
