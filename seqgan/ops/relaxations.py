"""Words that gradients can pass: distributions over the vocabulary in place of a choice.

Legend: B batch, T time, V vocabulary.
"""

import torch
from torch import Tensor


def one_hot(tokens_BT: Tensor, vocab_size: int) -> Tensor:
    """Return each token as zeros with a one at its place, shape (..., V), float32.

    >>> one_hot(torch.tensor([2, 0]), 3)
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    words_BTV = torch.zeros(*tokens_BT.shape, vocab_size, device=tokens_BT.device)
    return words_BTV.scatter_(-1, tokens_BT.unsqueeze(-1), 1.0)


def smoothed(words_BTV: Tensor, share: float) -> Tensor:
    """Return the words with `share` of their mass spread evenly, shape (..., V).

    Real words then look a little like a generator's distribution (arXiv:1512.00567, section 7).

    >>> smoothed(torch.tensor([0.0, 1.0]), 0.2)
    tensor([0.1000, 0.9000])
    """
    return (1 - share) * words_BTV + share / words_BTV.shape[-1]


def gumbel(uniform: Tensor) -> Tensor:
    """Return standard Gumbel noise from numbers in [0, 1): -log(-log u).

    Adding it to logits and taking the largest samples the softmax exactly (arXiv:1611.01144).

    >>> gumbel(torch.tensor([0.5]))
    tensor([0.3665])
    """
    tiny = torch.finfo(uniform.dtype).tiny
    return -(-uniform.clamp(min=tiny).log()).clamp(min=tiny).log()


def gumbel_softmax(logits_BV: Tensor, gumbel_BV: Tensor, *, temperature: float) -> Tensor:
    """Return a soft sample: softmax((logits + noise) / temperature), shape (..., V).

    Its largest entry is an exact draw from softmax(logits) at any temperature; as the temperature
    falls to 0 it becomes that draw, one-hot (the concrete distribution, arXiv:1611.00712).

    >>> gumbel_softmax(torch.zeros(2), torch.tensor([0.0, 1.0]), temperature=0.1)
    tensor([4.5398e-05, 9.9995e-01])
    """
    if temperature <= 0:
        raise ValueError(f"temperature is {temperature}: it must be above 0")
    return ((logits_BV + gumbel_BV) / temperature).softmax(-1)


def straight_through(soft_BV: Tensor) -> Tensor:
    """Return the largest entry one-hot, with the gradient of the soft words (arXiv:1308.3432).

    >>> soft = torch.tensor([0.4, 0.6], requires_grad=True)
    >>> straight_through(soft)
    tensor([0., 1.], grad_fn=<AddBackward0>)
    """
    hard_BV = one_hot(soft_BV.argmax(-1), soft_BV.shape[-1]).to(soft_BV)
    return hard_BV + (soft_BV - soft_BV.detach())  # this order keeps the words exactly one-hot


def geometric_fall(move: int, *, moves: int, first: float, last: float) -> float:
    """Return a temperature that falls by the same factor at every move, from `first` to `last`.

    >>> [round(geometric_fall(move, moves=4, first=1.0, last=0.01), 3) for move in (0, 2, 4, 9)]
    [1.0, 0.1, 0.01, 0.01]
    """
    return float(first * (last / first) ** min(move / max(moves, 1), 1.0))
