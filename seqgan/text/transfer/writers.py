"""Sentences as vectors that gradients can pass: for a critic to see, for the next to read.

Legend: B batch, S source length, T sentence length, V vocabulary, D width of a word's vector.
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from seqgan.games.latent import Draw, gaussian_noise
from seqgan.text.decoding import continue_from
from seqgan.text.generators.base import FeatureGenerator
from seqgan.text.relaxed import RelaxedWriter, unit_vectors
from seqgan.text.rollouts import without_dropout
from seqgan.text.transfer.networks import StyleGenerator


class Written(NamedTuple):
    """Sentences of T places: `seen` by the critic and `read` by a generator, both (B, T, D), the
    nearest words without their end (B, T), and of which words the vectors are means, (B, T, V).
    """

    seen_BTD: Tensor
    read_BTD: Tensor
    words_BT: Tensor
    shares_BTV: Tensor | None = None


class VectorsWriter(nn.Module):
    """What a style generator writes, for a critic in the space of fixed word vectors.

    A critic of vectors costs less by far than one of distributions over words (B, T, V), most of
    all its penalties.

    Args:
        generator: what writes.
        how: a writer whose relaxed words are seen and read as the mean of word vectors; "emitted",
            the generator emits vectors; "likeliest" or "drawn", its words as it writes or draws
            them, which no gradient passes.
        length: T, which may be set anew.
    """

    def __init__(
        self,
        generator: StyleGenerator,
        how: RelaxedWriter | Literal["emitted", "likeliest", "drawn"],
        *,
        length: int,
    ) -> None:
        super().__init__()
        if how == "emitted" and not isinstance(generator.inner(0), FeatureGenerator):
            raise ValueError(f"{type(generator.inner(0)).__name__} emits no vectors")
        self.generator, self.length = generator, length
        self.relaxed = how if isinstance(how, RelaxedWriter) else None
        self.emits, self.draws = how == "emitted", how == "drawn"
        vectors_VD = generator.word_vectors()
        self.vectors_VD: Tensor
        self.size: Tensor
        self.register_buffer("vectors_VD", torch.empty_like(vectors_VD))
        self.register_buffer("size", torch.ones(()))
        self.adopt()

    @torch.no_grad()
    def adopt(self) -> None:
        """Let what the generator reads now be the words' vectors, scaled to a mean square of 1."""
        vectors_VD = self.generator.word_vectors()
        self.size.copy_(vectors_VD.square().mean().sqrt())
        self.vectors_VD.copy_(unit_vectors(vectors_VD, pad=self.generator.pad))

    def noise(self, device: torch.device | str = "cpu") -> Draw:
        """Return a function that draws what `write` needs."""
        if self.relaxed is None and not self.draws:
            return gaussian_noise(0, device)

        def draw(count: int, rng: torch.Generator) -> Tensor:
            if self.relaxed is None:
                numbers_BT = torch.rand(count, self.length, generator=rng, device=rng.device)
                return numbers_BT.to(device)
            self.relaxed.length = self.length
            return self.relaxed.noise(device)(count, rng)

        return draw

    def forward(self, noise: Tensor, source_BS: Tensor) -> Tensor:
        """Return what the critic sees, shape (B, T, D)."""
        return self.write(noise, source_BS).seen_BTD

    def write(self, noise: Tensor, source_BS: Tensor) -> Written:
        """Return the sentences."""
        if self.relaxed is None:
            return self.emitted(source_BS) if self.emits else self.worded(noise, source_BS)
        self.relaxed.length = self.length
        words_BTV = self.relaxed(noise, source_BS)
        read_BTD = words_BTV @ self.generator.word_vectors()
        alone_BT = self.alone(words_BTV.argmax(-1))
        return Written(words_BTV @ self.vectors_VD, read_BTD, alone_BT, words_BTV)

    def emitted(self, source_BS: Tensor) -> Written:
        """Return the vectors that the generator emits, each of which it reads itself next."""
        state = self.generator.start(source_BS)
        vectors_VD = self.generator.word_vectors()
        vector_BD = vectors_VD[self.generator.bos].expand(len(source_BS), -1)
        open_B1 = torch.ones(len(source_BS), 1, dtype=torch.bool, device=source_BS.device)
        vectors, words = [], []
        for _ in range(self.length):
            emitted_B1D, state = self.generator.read(state, vector_BD.unsqueeze(1))
            vector_BD = emitted_B1D.squeeze(1)
            word_B = self.generator.words(vector_BD.detach()).argmax(-1)
            vectors.append(vector_BD * open_B1)
            words.append(word_B.where(open_B1.squeeze(1), self.generator.pad))
            open_B1 = open_B1 & (word_B != self.generator.eos).unsqueeze(1)
        read_BTD, words_BT = torch.stack(vectors, dim=1), torch.stack(words, dim=1)
        return Written(read_BTD / self.size, read_BTD, self.alone(words_BT))

    @torch.no_grad()
    def worded(self, noise: Tensor, source_BS: Tensor) -> Written:
        """Return words one after the other, padding behind their end: the likeliest, or drawn with
        the numbers (B, T) of the noise.
        """
        size = (len(source_BS), self.length)
        with without_dropout(self.generator):
            tokens_BT = continue_from(
                self.generator,
                self.generator.start(source_BS),
                source_BS.new_full(size[:1], self.generator.bos),
                noise if self.draws else torch.zeros(size, device=source_BS.device),
                temperature=1.0 if self.draws else 0.0,
            )
        read_BTD = self.generator.word_vectors()[tokens_BT]
        return Written(self.vectors_VD[tokens_BT], read_BTD, self.alone(tokens_BT))

    def alone(self, tokens_BT: Tensor) -> Tensor:
        """Return the words, padding in the place of their end, shape (B, T)."""
        return tokens_BT.masked_fill(tokens_BT == self.generator.eos, self.generator.pad)


class RealSentences:
    """Reads (tokens, source) as the vectors of real sentences, (B, T, D), with their condition."""

    def __init__(self, writer: VectorsWriter) -> None:
        self.writer = writer

    def __call__(self, pair: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return vectors and condition."""
        tokens_BT, source_BL = pair
        return self.writer.vectors_VD[tokens_BT], (source_BL,)
