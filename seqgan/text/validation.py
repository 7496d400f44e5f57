"""What is measured while a dialogue model trains: perplexity, diversity, sampled replies."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from seqgan.core.monitor import Alarm
from seqgan.core.run import Run
from seqgan.metrics.diversity import commonest_share, distinct_n
from seqgan.metrics.perplexity import perplexity
from seqgan.metrics.words import count_words, split_texts
from seqgan.ops.categorical import log_softmax_at
from seqgan.ops.masks import at_least_float32, stack_padded
from seqgan.text.batches import EncodedPairs
from seqgan.text.decoding import sample
from seqgan.text.dialogue.corpus import Pair
from seqgan.text.games import reply_logp
from seqgan.text.generators.base import Generator
from seqgan.text.rollouts import without_dropout
from seqgan.text.tokenizer import Tokenizer

ROWS = 128
TRIED = (0.9, 1.0, 1.1, 1.2, 1.35)
"""Temperatures at which sentences are asked how likely they are."""
WORD_ROWS = 100  # sentences without prompts: a CPU's caches hold their logits, or nearly

ALARMS = [
    Alarm("replies/distinct_2", "the replies lose diversity", low=0.15),
    Alarm("replies/commonest_share", "one reply takes over", high=0.35),
    Alarm("discriminator/real", "the discriminator is saturated", low=0.005, patience=3),
]
"""A reply that a third of 256 samples repeat is a collapse; people stay under a tenth."""


@torch.no_grad()
def reply_nll(generator: Generator, pairs: EncodedPairs) -> float:
    """Return the summed negative log-likelihood of all replies, sentence ends counted, in nats."""
    device = next(generator.parameters()).device
    total = 0.0
    for start in range(0, len(pairs), ROWS):
        batch = pairs.collate(range(start, min(start + ROWS, len(pairs))), device)
        total -= float(reply_logp(generator, batch.source_BS, batch.tokens_BT).sum())
    return total


def word_nll(model: Generator, tokens_NT: Tensor, *, temperature: float = 1.0) -> float:
    """Return the mean negative log-likelihood of a word, in nats, when sampled so warm."""
    return word_nlls(model, tokens_NT, [temperature])[0]


def word_nlls(
    model: Generator, tokens_NT: Tensor, temperatures: Sequence[float] = TRIED
) -> list[float]:
    """Return the mean negative log-likelihood of a word, in nats, at each temperature.

    A model is stopped where the lowest of them is best: at temperature 1 alone one that is too sure
    looks worse than it is, and stops too early for a sweep along the temperature.
    """
    count = int((tokens_NT != model.pad).sum())
    totals_K = sentence_nlls(model, tokens_NT, temperatures).sum(1) / count
    return [float(total) for total in totals_K]


@torch.no_grad()
def sentence_nlls(model: Generator, tokens_NT: Tensor, temperatures: Sequence[float]) -> Tensor:
    """Return the summed negative log-likelihood of each sentence at each temperature, in nats.

    Shape (K temperatures, N), in float64 on the CPU.
    """
    nlls_KN = torch.zeros(len(temperatures), len(tokens_NT), dtype=torch.float64)
    rows_N = torch.arange(len(tokens_NT))
    with without_dropout(model):
        for rows_B, rows_BT in zip(
            rows_N.split(WORD_ROWS), tokens_NT.split(WORD_ROWS), strict=True
        ):
            logits_MV = at_least_float32(model.real_logits(rows_BT[:, :0], rows_BT))
            mask_BT = rows_BT != model.pad
            owners_M = rows_B.repeat_interleave(mask_BT.sum(1).cpu())
            for place, temperature in enumerate(temperatures):
                warm_MV = logits_MV if temperature == 1 else logits_MV / temperature
                logp_M = log_softmax_at(warm_MV, rows_BT[mask_BT]).double().cpu()
                nlls_KN[place].index_add_(0, owners_M, logp_M, alpha=-1)
    return nlls_KN


def nll_figures(phase: str, model: Generator, tokens_NT: Tensor) -> dict[str, float]:
    """Return what a look at a phase logs: NLL as the model is, and at its best temperature.

    The second is what likelihood is stopped by.
    """
    nlls = dict(zip(TRIED, word_nlls(model, tokens_NT), strict=True))
    return {f"{phase}/nll": nlls[1.0], f"{phase}/tuned_nll": min(nlls.values())}


def held_out_perplexity(generator: Generator, pairs: EncodedPairs, replies: Sequence[str]) -> float:
    """Return the perplexity per word (Chinese: character), sentence ends counted."""
    return perplexity(reply_nll(generator, pairs), count_words(replies))


@torch.no_grad()
def sampled_replies(
    generator: Generator,
    tokenizer: Tokenizer,
    sources: Sequence[list[int]],
    *,
    max_length: int,
    rng: torch.Generator,
    temperature: float = 1.0,
) -> list[str]:
    """Return one sampled reply to each encoded prompt, in order."""
    device = next(generator.parameters()).device
    texts = []
    for start in range(0, len(sources), ROWS):
        source_BS = stack_padded(
            list(sources[start : start + ROWS]), pad=generator.pad, device=device
        )
        tokens_BT = sample(
            generator, source_BS, max_length=max_length, rng=rng, temperature=temperature
        )
        texts += [tokenizer.decode(row) for row in tokens_BT.tolist()]
    return texts


@dataclass(frozen=True)
class Validation:
    """A hook: perplexity and diversity on the validation part; sampled replies to look at."""

    run: Run
    in_play: Callable[[int], tuple[str, Generator]]
    tokenizer: Tokenizer
    encoded: EncodedPairs
    pairs: Sequence[Pair]
    max_length: int
    num_replies: int = 256
    num_shown: int = 3

    def __call__(self, update: int) -> dict[str, float]:
        """Return the figures of the generator that is in play after so many updates."""
        name, generator = self.in_play(update)
        replies = [pair.response for pair in self.pairs]
        figures = {f"{name}/perplexity": held_out_perplexity(generator, self.encoded, replies)}
        rng = torch.Generator().manual_seed(self.run.seed)
        texts = sampled_replies(
            generator,
            self.tokenizer,
            self.encoded.sources[: self.num_replies],
            max_length=self.max_length,
            rng=rng,
        )
        words = split_texts(texts)
        figures["replies/distinct_2"] = distinct_n(words, n=2)
        figures["replies/commonest_share"] = commonest_share(texts, count=1)
        self.show(update, texts)
        return figures

    def show(self, update: int, texts: Sequence[str]) -> None:
        """Print a few replies and keep twenty under samples/."""
        lines = [
            {"prompt": pair.prompt, "human": pair.response, "reply": text}
            for pair, text in zip(self.pairs, texts, strict=False)
        ]
        path = Path(self.run.folder) / "samples" / f"{update:06d}.jsonl"
        path.write_text(
            "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines[:20]),
            encoding="utf-8",
        )
        self.run.say(f"update {update}, sampled replies:")
        for line in lines[: self.num_shown]:
            self.run.say(f"  {line['prompt']}  ->  {line['reply']}")
