"""What losses need of softmax(logits), without a matrix of their own over the vocabulary.

Legend: N tokens, V vocabulary, R rows worked through at a time.

torch's cross-entropy keeps a second matrix (N, V) and fills a third on the way back. On a CPU that
is most of its time: with 10,240 tokens of 5,000 words every one of them is 200 MB of fresh pages.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

CACHED_LOGITS = 2**21
"""Numbers that a CPU's cache holds: more logits than these are worked through in parts.

Half as many cost a quarter more time in rollouts (more calls), twice as many half more here."""


def cached_rows(logits_NV: Tensor) -> Iterator[slice]:
    """Return the rows in parts that a CPU's cache holds; all of them at once on other devices."""
    num_rows, vocab_size = logits_NV.shape
    part = CACHED_LOGITS // vocab_size if logits_NV.device.type == "cpu" else num_rows
    part = max(part, 1)
    return (slice(first, first + part) for first in range(0, max(num_rows, 1), part))


def log_softmax_at(logits_NV: Tensor, tokens_N: Tensor) -> Tensor:
    """Return the log-probability of one token a row, shape (N,).

    Gradients pass once (a gradient of this gradient is refused by torch).

    >>> log_softmax_at(torch.tensor([[0.0, 0.0, 0.0, 0.0]]), torch.tensor([3]))
    tensor([-1.3863])
    """
    logp_N: Tensor = _LogSoftmaxAt.apply(logits_NV, tokens_N)  # type: ignore[no-untyped-call]
    return logp_N


def categorical_kl(logits_NV: Tensor, reference_NV: Tensor) -> Tensor:
    """Return KL(softmax(logits) || softmax(reference)) of every row, shape (N,).

    Gradients pass once, and only into the first argument.

    >>> categorical_kl(torch.zeros(1, 2), torch.tensor([[0.0, 1.0]]))
    tensor([0.1201])
    """
    kl_N: Tensor = _CategoricalKL.apply(logits_NV, reference_NV)  # type: ignore[no-untyped-call]
    return kl_N


class _LogSoftmaxAt(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits_NV: Tensor, tokens_N: Tensor) -> Tensor:
        total_N = logits_NV.new_empty(len(logits_NV))
        for rows in cached_rows(logits_NV):
            torch.logsumexp(logits_NV[rows], -1, out=total_N[rows])
        ctx.save_for_backward(logits_NV, tokens_N, total_N)
        return logits_NV.gather(1, tokens_N.unsqueeze(1)).squeeze(1) - total_N

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope_N: Tensor) -> tuple[Tensor, None]:
        """Return slope (onehot - softmax)."""
        logits_NV, tokens_N, total_N = ctx.saved_tensors
        slope_NV = torch.empty_like(logits_NV)
        for rows in cached_rows(logits_NV):
            slope_RV = slope_NV[rows]
            torch.sub(logits_NV[rows], total_N[rows, None], out=slope_RV)
            slope_RV.exp_().mul_(-slope_N[rows, None])
        slope_NV.scatter_add_(1, tokens_N.unsqueeze(1), slope_N.unsqueeze(1))
        return slope_NV, None


class _CategoricalKL(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits_NV: Tensor, reference_NV: Tensor) -> Tensor:
        kl_N = logits_NV.new_empty(len(logits_NV))
        slope_NV = torch.empty_like(logits_NV) if ctx.needs_input_grad[0] else None
        for rows in cached_rows(logits_NV):
            logp_RV = logits_NV[rows].log_softmax(-1)
            prob_RV = logp_RV.exp()
            ratio_RV = logp_RV.sub_(reference_NV[rows].log_softmax(-1))
            kl_N[rows] = torch.linalg.vecdot(prob_RV, ratio_RV)
            if slope_NV is not None:
                torch.mul(prob_RV, ratio_RV.sub_(kl_N[rows, None]), out=slope_NV[rows])
        ctx.save_for_backward(slope_NV)
        return kl_N

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope_N: Tensor) -> tuple[Tensor, None]:
        """Return slope p (log p/q - KL), which the way there has left ready."""
        (slope_NV,) = ctx.saved_tensors
        return slope_NV * slope_N.unsqueeze(1), None
