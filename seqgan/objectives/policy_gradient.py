"""Policy gradient: losses whose gradient is that of the expected reward.

Legend: B batch, T time, V vocabulary. Advantages carry no gradient.
"""

import torch
from torch import Tensor

from seqgan.ops.categorical import categorical_kl
from seqgan.ops.masks import at_least_float32


def reinforce_loss(logp_BT: Tensor, advantage_BT: Tensor) -> Tensor:
    """Return -A log p, one value a token, shape (B, T) (Williams 1992).

    >>> reinforce_loss(torch.tensor([[-1.0, -2.0]]), torch.tensor([[1.0, 0.5]]))
    tensor([[1., 1.]])
    """
    return -advantage_BT.detach() * logp_BT


def clipped_loss(
    logp_BT: Tensor, old_logp_BT: Tensor, advantage_BT: Tensor, *, clip: float
) -> Tensor:
    """Return PPO's clipped surrogate, negated, shape (B, T) (arXiv:1707.06347, equation 7).

    `old_logp_BT` belongs to the policy that drew the tokens. At equal policies its gradient is
    REINFORCE's; outside [1 - clip, 1 + clip] a token that would move further gets none.

    >>> clipped_loss(torch.zeros(1, 1), torch.zeros(1, 1), torch.ones(1, 1), clip=0.2)
    tensor([[-1.]])
    """
    ratio_BT = (logp_BT - old_logp_BT.detach()).exp()
    advantage_BT = advantage_BT.detach()
    bounded_BT = ratio_BT.clamp(1 - clip, 1 + clip)
    return -torch.minimum(ratio_BT * advantage_BT, bounded_BT * advantage_BT)


def token_kl(logits_BTV: Tensor, reference_BTV: Tensor) -> Tensor:
    """Return KL(policy || reference) of each next-token distribution, exact, shape (B, T).

    >>> token_kl(torch.zeros(1, 1, 2), torch.zeros(1, 1, 2))
    tensor([[0.]])
    """
    kl_N = categorical_kl(
        at_least_float32(logits_BTV).flatten(0, -2),
        at_least_float32(reference_BTV.detach()).flatten(0, -2),
    )
    return kl_N.view(logits_BTV.shape[:-1])
