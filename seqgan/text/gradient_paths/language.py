"""A made language so small that all of its sentences can be counted, and distances in it.

Legend: N sentences, T words of a sentence, V vocabulary, R all sentences there are.
"""

import math

import torch
from torch import Generator, Tensor

from seqgan.ops.relaxations import one_hot

Device = torch.device | str


class MadeLanguage:
    """Sentences of exactly T words out of V from a Markov chain.

    Args:
        start_V: probabilities of the first word.
        next_VV: probabilities of the word behind each word, one row a word.
        length: T.
    """

    def __init__(self, start_V: Tensor, next_VV: Tensor, *, length: int) -> None:
        self.start_V, self.next_VV, self.length = start_V, next_VV, length
        self.vocab_size = len(start_V)

    @classmethod
    def make(cls, *, vocab_size: int, length: int, contrast: float, seed: int) -> "MadeLanguage":
        """Return a language whose log-probabilities are normal numbers times `contrast`."""
        rng = Generator().manual_seed(seed)
        logits = torch.randn(vocab_size + 1, vocab_size, generator=rng, dtype=torch.float64)
        start_V, *next_VV = (contrast * logits).softmax(-1)
        return cls(start_V, torch.stack(next_VV), length=length)

    def draw(self, count: int, rng: Generator) -> Tensor:
        """Return sentences, shape (N, T), on the device of `rng`."""
        start_NV = self.start_V.to(rng.device).expand(count, -1)
        words = [torch.multinomial(start_NV, 1, generator=rng)]
        for _ in range(self.length - 1):
            after_NV = self.next_VV.to(rng.device)[words[-1].squeeze(1)]
            words.append(torch.multinomial(after_NV, 1, generator=rng))
        return torch.cat(words, dim=1)

    def draw_evenly(self, count: int, rng: Generator) -> Tensor:
        """Return sentences of even words, shape (N, T): those of somebody who knows nothing."""
        shape = (count, self.length)
        return torch.randint(self.vocab_size, shape, generator=rng, device=rng.device)

    def probability(self, tokens_NT: Tensor) -> Tensor:
        """Return the probability of each sentence, shape (N,)."""
        after_NS = self.next_VV[tokens_NT[:, :-1], tokens_NT[:, 1:]]
        return self.start_V[tokens_NT[:, 0]] * after_NS.prod(1)

    def everything(self) -> Tensor:
        """Return all sentences there are, shape (R, T)."""
        words_V = torch.arange(self.vocab_size)
        return torch.cartesian_prod(*[words_V] * self.length).view(-1, self.length)

    def pairs(self) -> Tensor:
        """Return how often each word stands before each other one, shape (V, V), sum 1."""
        word_V, total_VV = self.start_V, torch.zeros_like(self.next_VV)
        for _ in range(self.length - 1):
            joint_VV = word_V.unsqueeze(1) * self.next_VV
            total_VV, word_V = total_VV + joint_VV, joint_VV.sum(0)
        return total_VV / (self.length - 1)

    def wanted(self, tokens_NT: Tensor) -> Tensor:
        """Return what the language puts at each place between the other words, shape (N, T, V).

        The distribution of a word given all the others.
        """
        next_VV = self.next_VV.to(tokens_NT.device)
        first_N1V = self.start_V.to(tokens_NT.device).expand(len(tokens_NT), 1, -1)
        before_NTV = torch.cat([first_N1V, next_VV[tokens_NT[:, :-1]]], dim=1)
        after_NSV = next_VV.T[tokens_NT[:, 1:]]
        weight_NTV = before_NTV * torch.cat([after_NSV, torch.ones_like(first_N1V)], dim=1)
        return weight_NTV / weight_NTV.sum(-1, keepdim=True)

    def jensen_shannon(self, rightness: float) -> float:
        """Return the Jensen-Shannon divergence, nats, of this language from that of the dial.

        A sentence of the dial is one of this language with probability `rightness`, else even.
        Summed over all sentences.
        """
        real_R = self.probability(self.everything())
        fake_R = rightness * real_R + (1 - rightness) / len(real_R)
        return float((_kl(real_R, (real_R + fake_R) / 2) + _kl(fake_R, (real_R + fake_R) / 2)) / 2)


def blurred_distance(sharpness: float, *, vocab_size: int, length: int) -> float:
    """Return the earth mover distance between right sentences and the same ones, blurred.

    A word w becomes s w + (1 - s) u, u even: every sentence moves (1 - s) |w - u|, and no plan is
    cheaper, for |x - u| itself has slope 1 and tells the two apart by that much. The distance of
    two sentences is that of their words as numbers (Euclidean).

    >>> round(blurred_distance(0.5, vocab_size=4, length=3), 3)  # half of sqrt(3 * 3/4)
    0.75
    """
    return (1 - sharpness) * math.sqrt(length * (1 - 1 / vocab_size))


def pair_distance(tokens_NT: Tensor, pairs_VV: Tensor) -> float:
    """Return the total variation between pairs of neighbouring words and those of a language.

    0: the same, 1: nothing in common.

    >>> pair_distance(torch.tensor([[0, 1, 1]]), torch.tensor([[0.5, 0.5], [0.0, 0.0]]))
    0.5
    """
    vocab_size = len(pairs_VV)
    place_M = (tokens_NT[:, :-1] * vocab_size + tokens_NT[:, 1:]).flatten()
    count_VV = torch.bincount(place_M, minlength=vocab_size**2).view(vocab_size, vocab_size)
    share_VV = count_VV / count_VV.sum()
    return float((share_VV - pairs_VV.to(share_VV.device)).abs().sum() / 2)


def blurred(tokens_NT: Tensor, sharpness_N: Tensor, *, vocab_size: int) -> Tensor:
    """Return the words as numbers, even at sharpness 0 and one-hot at 1, shape (N, T, V)."""
    sharpness_N11 = sharpness_N.view(-1, 1, 1)
    return sharpness_N11 * one_hot(tokens_NT, vocab_size) + (1 - sharpness_N11) / vocab_size


def _kl(first_R: Tensor, second_R: Tensor) -> Tensor:
    nats: Tensor = torch.special.xlogy(first_R, first_R / second_R).sum()
    return nats
