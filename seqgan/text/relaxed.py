"""Sentences that gradients can pass: what a generator writes for a critic to read.

Legend: B batch, S source length, T sentence length, V vocabulary, D width of a word's vector, Z
noise, F features.
"""

from collections.abc import Callable
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqgan.games.latent import Condition, Draw, gaussian_noise
from seqgan.ops.masks import pad_after_eos
from seqgan.ops.relaxations import gumbel, gumbel_softmax, one_hot, smoothed, straight_through
from seqgan.text.batches import TextBatch
from seqgan.text.generators.base import FeatureGenerator, Generator

Relaxation = Literal["gumbel", "straight-through", "soft"]


@runtime_checkable
class VectorScorer(Protocol):
    """A critic of sentences that can read vectors in place of words."""

    def word_vectors(self) -> Tensor:
        """Return what stands for each word, shape (V, D)."""
        ...

    def score_vectors(self, source_BS: Tensor, vectors_BTD: Tensor, mask_BT: Tensor) -> Tensor:
        """Return one score a sentence, shape (B,)."""
        ...


class RelaxedWriter(nn.Module):
    """Writes sentences as distributions over words, (B, T, V), of exactly T words.

    gumbel: a Gumbel-softmax sample (arXiv:1611.01144). straight-through: the same sample, one-hot
    going forward. In both the next word is written behind the chosen one, so that the sentences
    are exact draws of the generator, whose likelihood keeps its meaning; the gradient reaches
    earlier words through the soft one. soft: the distribution itself, which is also what the
    generator reads next (arXiv:1704.00028, section 5.4); sentences then differ by the noise from
    which the generator starts. After the end of a sentence come words of padding.

    Args:
        generator: what writes.
        how: one of the three.
        length: T.
        temperature: called at every sentence, so that it may fall during training.
    """

    def __init__(
        self,
        generator: Generator,
        how: Relaxation,
        *,
        length: int,
        temperature: Callable[[], float] = lambda: 1.0,
    ) -> None:
        super().__init__()
        self.generator, self.how = generator, how
        self.length, self.temperature = length, temperature

    def noise(self, device: torch.device | str = "cpu") -> Draw:
        """Return a function that draws what `forward` needs: (B, T, V) for a choice, or (B, Z)."""
        shape: tuple[int, ...] = (self.length, self.generator.vocab_size)
        if self.how == "soft":
            return gaussian_noise(self.generator.noise_dim, device)
        return lambda count, rng: gumbel(
            torch.rand(count, *shape, generator=rng, device=rng.device)
        ).to(device)

    def forward(self, noise: Tensor, source_BS: Tensor) -> Tensor:
        """Return the words, shape (B, T, V)."""
        generator, temperature = self.generator, self.temperature()
        vectors_VD = generator.word_vectors()
        state = generator.start(source_BS)
        if self.how == "soft":
            state = generator.stir(state, noise)
        previous_BD = vectors_VD[generator.bos].expand(len(source_BS), -1)
        open_B1 = noise.new_ones(len(source_BS), 1, dtype=torch.bool)
        ends = generator.pad < generator.vocab_size  # sentences of one fixed length never do
        pad_V = None
        if ends:
            pad_V = one_hot(source_BS.new_tensor(generator.pad), generator.vocab_size)
            pad_V = pad_V.to(vectors_VD)
        words = []
        for t in range(self.length):
            logits_BV, state = generator.step_vectors(state, previous_BD)
            if self.how == "soft":
                word_BV = chosen_BV = (logits_BV / temperature).softmax(-1)
            else:
                word_BV = gumbel_softmax(logits_BV, noise[:, t], temperature=temperature)
                chosen_BV = straight_through(word_BV)
            if self.how == "straight-through":
                word_BV = chosen_BV
            words.append(word_BV if pad_V is None else torch.where(open_B1, word_BV, pad_V))
            previous_BD = chosen_BV @ vectors_VD
            open_B1 = open_B1 & (word_BV.argmax(-1, keepdim=True) != generator.eos)
        return torch.stack(words, dim=1)


class VectorWriter(nn.Module):
    """Writes sentences as vectors, (B, T, D), in the space of fixed word vectors.

    The generator's features become a vector by one linear layer; the vector is what the critic
    sees and what the generator reads next; its nearest word is the word (embedding output). After
    the end of a sentence come zeros, which stand for padding.

    Args:
        generator: what writes, from noise or a prompt.
        vectors_VD: of the words, as the generator reads them; not trained.
        length: T.
    """

    def __init__(self, generator: FeatureGenerator, vectors_VD: Tensor, *, length: int) -> None:
        super().__init__()
        self.generator, self.length = generator, length
        self.vectors_VD: Tensor
        self.size: Tensor
        self.register_buffer("vectors_VD", torch.empty_like(vectors_VD))
        self.register_buffer("size", torch.ones(()))
        self.adopt(vectors_VD)
        self.emit = nn.Linear(generator.feature_dim, vectors_VD.shape[1])

    @torch.no_grad()
    def adopt(self, vectors_VD: Tensor) -> None:
        """Let these be the words' vectors from now on, scaled to a mean square of 1."""
        self.size.copy_(vectors_VD.square().mean().sqrt())
        self.vectors_VD.copy_(unit_vectors(vectors_VD, pad=self.generator.pad))

    def noise(self, device: torch.device | str = "cpu") -> Draw:
        """Return a function that draws standard normal noise, shape (B, Z)."""
        return gaussian_noise(self.generator.noise_dim, device)

    def forward(self, noise_BZ: Tensor, source_BS: Tensor) -> Tensor:
        """Return the vectors, shape (B, T, D)."""
        generator = self.generator
        state = generator.stir(generator.start(source_BS), noise_BZ)
        vector_BD = self.vectors_VD[generator.bos].expand(len(source_BS), -1)
        open_B1 = noise_BZ.new_ones(len(source_BS), 1, dtype=torch.bool)
        vectors = []
        for _ in range(self.length):
            feature_B1F, state = generator.read(state, self.size * vector_BD.unsqueeze(1))
            vector_BD = self.emit(feature_B1F.squeeze(1))
            vectors.append(vector_BD * open_B1)
            if generator.eos < generator.vocab_size:
                word_B = nearest_words(vector_BD.detach(), self.vectors_VD, pad=generator.pad)
                open_B1 = open_B1 & (word_B != generator.eos).unsqueeze(1)
        return torch.stack(vectors, dim=1)


def unit_vectors(vectors_VD: Tensor, *, pad: int) -> Tensor:
    """Return word vectors scaled to a mean square of 1, that of padding 0, shape (V, D).

    >>> unit_vectors(torch.tensor([[2.0, 2.0], [4.0, 4.0]]), pad=0)
    tensor([[0.0000, 0.0000],
            [1.2649, 1.2649]])
    """
    scaled_VD = vectors_VD / vectors_VD.square().mean().sqrt()
    if pad < len(vectors_VD):
        scaled_VD[pad] = 0.0
    return scaled_VD


def nearest_words(vectors: Tensor, vectors_VD: Tensor, *, pad: int) -> Tensor:
    """Return the word nearest to each vector (Euclidean), shape (...); never padding."""
    near: Tensor = 2 * vectors @ vectors_VD.T - vectors_VD.square().sum(1)
    if pad < len(vectors_VD):
        near[..., pad] = -torch.inf
    word: Tensor = near.argmax(-1)
    return word


class RelaxedCritic(nn.Module):
    """A scorer of sentences that reads what a writer writes.

    Distributions over words are read as the mean of the words' vectors, vectors as they are. All T
    places are read, padding as a word like others, so that the score is smooth in the words.

    Args:
        scorer: reads vectors.
        of_words: whether items are distributions over words.
        energy: whether scores are made positive, as an energy must be.
    """

    def __init__(self, scorer: nn.Module, *, of_words: bool, energy: bool = False) -> None:
        super().__init__()
        self.scorer, self.of_words, self.energy = scorer, of_words, energy

    def forward(self, items: Tensor, source_BS: Tensor) -> Tensor:
        """Return one score a sentence, shape (B,)."""
        scorer: VectorScorer = self.scorer  # type: ignore[assignment]
        vectors_BTD = items @ scorer.word_vectors() if self.of_words else items
        mask_BT = torch.ones(items.shape[:2], dtype=torch.bool, device=items.device)
        score_B = scorer.score_vectors(source_BS, vectors_BTD, mask_BT)
        return functional.softplus(score_B) if self.energy else score_B


def lengthened(tokens_BT: Tensor, length: int, *, pad: int) -> Tensor:
    """Return the tokens padded or cut to one length, shape (B, length)."""
    return functional.pad(tokens_BT, (0, length - tokens_BT.shape[1]), value=pad)


class RealWords:
    """Reads a batch as real sentences one-hot, (B, T, V), with their prompts."""

    def __init__(self, vocab_size: int, *, length: int, pad: int, smoothing: float = 0.0) -> None:
        self.vocab_size, self.length, self.pad = vocab_size, length, pad
        self.smoothing = smoothing

    def __call__(self, batch: TextBatch) -> tuple[Tensor, Condition]:
        """Return words and condition."""
        tokens_BT = lengthened(batch.tokens_BT, self.length, pad=self.pad)
        words_BTV = one_hot(tokens_BT, self.vocab_size)
        real_BT1 = (tokens_BT != self.pad).unsqueeze(-1)  # a writer's padding is one-hot as well
        words_BTV = torch.where(real_BT1, smoothed(words_BTV, self.smoothing), words_BTV)
        return words_BTV, (batch.source_BS,)


class RealVectors:
    """Reads a batch as the vectors of real sentences, (B, T, D), with their prompts."""

    def __init__(self, vectors_VD: Tensor, *, length: int, pad: int) -> None:
        self.vectors_VD, self.length, self.pad = vectors_VD, length, pad

    def __call__(self, batch: TextBatch) -> tuple[Tensor, Condition]:
        """Return vectors and condition."""
        tokens_BT = lengthened(batch.tokens_BT, self.length, pad=self.pad)
        return self.vectors_VD[tokens_BT], (batch.source_BS,)


@torch.no_grad()
def written(
    writer: RelaxedWriter | VectorWriter,
    source_BS: Tensor,
    *,
    rng: torch.Generator,
    noise_scale: float = 1.0,
) -> Tensor:
    """Return what the writer writes as tokens, padded behind the end, shape (B, T).

    For writers whose sentences have no likelihood: the largest entry of soft words, the nearest
    word of vectors. `noise_scale` times the noise of training, they differ more or less.
    """
    generator = writer.generator
    noise = noise_scale * writer.noise(source_BS.device)(len(source_BS), rng)
    items = writer(noise, source_BS)
    if isinstance(writer, RelaxedWriter):
        tokens_BT = items.argmax(-1)
    else:
        tokens_BT = nearest_words(items, writer.vectors_VD, pad=generator.pad)
    return pad_after_eos(tokens_BT, eos=generator.eos, pad=generator.pad)
