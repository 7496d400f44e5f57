"""Sentences written in several ways, of which the best by the run's own scorers is learned from.

Reward-ranked fine-tuning (arXiv:2304.06767), or expert iteration: what choosing among settings of
the dial finds, the generator learns to write at once; then choosing finds better ones still.

Legend: B batch, S words, T sentence with its end, C ways.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from seqgan.ops.masks import with_end, words_alone
from seqgan.text.decoding import sample
from seqgan.text.games import set_dropout
from seqgan.text.relaxed import lengthened
from seqgan.text.transfer.guidance import GuidedGenerator
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.ranking import DRAWN_TEMPERATURE, LEARNED_ENOUGH, Scorers, scored
from seqgan.text.transfer.vocabulary import StyleVocabulary

WAYS = (0.5, 0.75, 1.0, 1.5)
"""Settings of the dial; without those below 1 a generator that goes too far has no way back."""

SAME = 1e-3  # ways whose totals differ by less on average are about equal

Opinion = Callable[[Tensor, Tensor], Tensor]
"""What else speaks for words in a style: (N, S) and (N,) to (N,)."""


@dataclass(frozen=True)
class Chosen:
    """The best way each sentence was written: its words with their end (B, T), and whether it has
    the style (B,), as 1 and 0."""

    tokens_BT: Tensor
    kept_B: Tensor


@dataclass(frozen=True)
class Drawn:
    """Ways that each sentence was drawn in, as they were drawn, (C, B, T), and what each earned
    above the others, (C, B)."""

    tokens_CBT: Tensor
    advantage_CB: Tensor


class Chooser:
    """Writes sentences at every setting of `WAYS`, once with their style words hidden, and drawn.

    The best has the highest `ranking.total`: of those that have the style, the one that keeps most
    of the words and reads best. What no way gives the style is not learned from.

    Args:
        vocabulary: words and tags.
        scorers: the run's own, never those that judge.
        num_drawn: how many ways more are drawn to choose from, as `seqgan transfer
            --num-candidates` draws them; the others are the likeliest words.
    """

    def __init__(
        self, vocabulary: StyleVocabulary, scorers: Scorers, *, num_drawn: int = 0
    ) -> None:
        self.vocabulary, self.scorers, self.num_drawn = vocabulary, scorers, num_drawn
        self.pad, self.eos = vocabulary.tokenizer.pad, vocabulary.tokenizer.eos

    @torch.no_grad()
    def __call__(
        self,
        generator: StyleGenerator,
        words_BS: Tensor,
        hidden_BS: Tensor,
        style_B: Tensor,
        target_B: Tensor,
        *,
        room: int,
        rng: Generator,
        opinion: Opinion | None = None,
    ) -> Chosen:
        """Return the best way of each sentence, of at most `room` tokens.

        `hidden_BS` are the words without those that speak for the style; an `opinion` is added to
        the total of each way.
        """
        set_dropout(generator, False)
        tags_BN = torch.tensor(self.vocabulary.tags, device=words_BS.device)[
            torch.stack([target_B, style_B], dim=1)
        ]
        whole_BL = torch.cat([tags_BN, words_BS], dim=1)
        bare_BL = torch.cat([tags_BN, hidden_BS], dim=1)
        mixed = [(whole_BL, strength) for strength in WAYS if strength != 1]
        plain = [(whole_BL, strength) for strength in WAYS if strength == 1]
        written = self.written(generator, mixed, room=room, rng=rng)
        written += self.written(generator, [*plain, (bare_BL, 1.0)], room=room, rng=rng)
        drawn = [(whole_BL, 1.0)] * self.num_drawn
        written += self.written(generator, drawn, room=room, rng=rng, temperature=DRAWN_TEMPERATURE)
        written_CBS = torch.stack(written)
        best_B, kept_B = self.best(words_BS, written_CBS, target_B, opinion)
        row_B = torch.arange(len(words_BS), device=words_BS.device)
        return Chosen(with_end(written_CBS[best_B, row_B], eos=self.eos, pad=self.pad), kept_B)

    @torch.no_grad()
    def drawn(
        self,
        generator: StyleGenerator,
        words_BS: Tensor,
        style_B: Tensor,
        target_B: Tensor,
        *,
        num_ways: int,
        room: int,
        rng: Generator,
        opinion: Opinion | None = None,
    ) -> Drawn:
        """Return `num_ways` ways of each sentence as the generator draws them, with what they earn
        by the same total."""
        set_dropout(generator, False)
        source_BL = self.vocabulary.source(words_BS, target_B, style_B)
        source_NL = source_BL.repeat(num_ways, 1)
        tokens_NT = sample(generator, source_NL, max_length=room, rng=rng)
        words_NT = words_alone(tokens_NT, eos=self.eos, pad=self.pad)
        ways = (num_ways, len(words_BS))
        total_CB, _ = self.totals(words_BS, words_NT.unflatten(0, ways), target_B, opinion)
        return Drawn(tokens_NT.unflatten(0, ways), advantages(total_CB))

    def written(
        self,
        generator: StyleGenerator,
        ways: Sequence[tuple[Tensor, float]],
        *,
        room: int,
        rng: Generator,
        temperature: float = 0.0,
    ) -> list[Tensor]:
        """Return what is written in each way, sources (B, S + 2) and a strength: C of (B, `room`).

        All at once takes four fifths of the time of one way after another. (Where every strength is
        1 the generator is asked once for each word, not for both styles.)
        """
        if not ways:
            return []
        sources, strengths = zip(*ways, strict=True)
        size, width = len(sources[0]), max(each.shape[1] for each in sources)
        strength_N = torch.tensor(strengths).repeat_interleave(size)
        tokens_NT = sample(
            GuidedGenerator(generator, family=self.vocabulary.family, strength=strength_N),
            torch.cat([lengthened(each, width, pad=self.pad) for each in sources]),
            max_length=room,
            rng=rng,
            temperature=temperature,
        )
        words_NT = words_alone(tokens_NT, eos=self.eos, pad=self.pad)
        return list(lengthened(words_NT, room, pad=self.pad).split(size))

    def best(
        self,
        words_BS: Tensor,
        written_CBS: Tensor,
        target_B: Tensor,
        opinion: Opinion | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return which way is best for each sentence, and whether that has the style, (B,) both."""
        total_CB, style_CB = self.totals(words_BS, written_CBS, target_B, opinion)
        best_B = total_CB.argmax(0)
        style_B = style_CB.gather(0, best_B.unsqueeze(0)).squeeze(0)
        return best_B, (style_B >= LEARNED_ENOUGH).float()

    def totals(
        self,
        words_BS: Tensor,
        written_CBS: Tensor,
        target_B: Tensor,
        opinion: Opinion | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return the total of each way, an `opinion` in it, and the probability of the style asked,
        both (C, B)."""
        num_ways, size = written_CBS.shape[:2]
        sources = self.texts(words_BS) * num_ways
        texts = self.texts(written_CBS.flatten(0, 1))
        total_N = words_BS.new_zeros(len(texts), dtype=torch.float32)
        style_N = torch.zeros_like(total_N)
        for style in target_B.unique().tolist():
            rows = (target_B == style).repeat(num_ways).nonzero().squeeze(1).tolist()
            chosen = [(sources[row], texts[row]) for row in rows]
            pairs = map(list, zip(*chosen, strict=True))
            found = scored(self.scorers, *pairs, style=style, enough=LEARNED_ENOUGH)
            total_N[rows] = total_N.new_tensor([each.total for each in found])
            style_N[rows] = total_N.new_tensor([each.style for each in found])
        if opinion is not None:
            total_N += opinion(written_CBS.flatten(0, 1), target_B.repeat(num_ways)).to(total_N)
        return total_N.view(num_ways, size), style_N.view(num_ways, size)

    def texts(self, words_BS: Tensor) -> list[str]:
        """Return rows of words as texts."""
        return [self.vocabulary.tokenizer.decode(row) for row in words_BS.tolist()]


def advantages(total_CB: Tensor) -> Tensor:
    """Return what each way earned above the mean of its sentence's ways, in their standard
    deviations (arXiv:2402.03300, section 4.1.2).

    One way without the style loses so much that in nats it would drown all other differences.

    >>> advantages(torch.tensor([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    above_CB = total_CB - total_CB.mean(0)
    advantage_CB: Tensor = above_CB / above_CB.square().mean(0).sqrt().clamp(min=SAME)
    return advantage_CB
