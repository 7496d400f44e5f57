"""The rows of a dialogue table: trivial baselines, searches, sampled models.

A system is a function from prompts to replies; whoever can answer can be judged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from seqgan.ops.masks import stack_padded
from seqgan.text.decoding import beam_search, greedy
from seqgan.text.dialogue.baselines import echo, most_frequent_reply, nearest_prompt_reply
from seqgan.text.dialogue.corpus import Pair
from seqgan.text.generators.base import Generator
from seqgan.text.setup import Material
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.validation import ROWS, sampled_replies

SEED = 0  # of the judged replies: all runs draw the same numbers


@dataclass(kw_only=True, frozen=True)
class EvaluationOptions:
    """How the test part is used at the end."""

    test_prompts: int = 1000
    """Prompts of the test part that every system answers."""
    judge_prompts: int = 6000
    """Prompts of the evaluators' part on which the fresh discriminators learn."""
    temperatures: tuple[float, ...] = (0.7, 1.0, 1.3)
    """Sampling temperatures of the sweep; 1 is always among them."""
    beam_size: int = 5
    """Beams of the maximum-likelihood baseline's beam search."""


@dataclass(frozen=True)
class System:
    """A row of the table: a chatbot, the temperature it samples at, and the model behind it."""

    name: str
    temperature: float | None
    reply: Callable[[Sequence[str]], list[str]]
    model: Generator | None = None


def sampler(
    generator: Generator, tokenizer: Tokenizer, *, temperature: float, max_length: int, seed: int
) -> Callable[[Sequence[str]], list[str]]:
    """Return a chatbot that samples; the same prompts get the same replies."""

    def reply(prompts: Sequence[str]) -> list[str]:
        return sampled_replies(
            generator,
            tokenizer,
            [tokenizer.encode(prompt) for prompt in prompts],
            max_length=max_length,
            rng=torch.Generator().manual_seed(seed),
            temperature=temperature,
        )

    return reply


def searcher(
    generator: Generator, tokenizer: Tokenizer, *, beam_size: int, max_length: int
) -> Callable[[Sequence[str]], list[str]]:
    """Return a chatbot that gives the likeliest reply: greedily, or by beam search."""

    def reply(prompts: Sequence[str]) -> list[str]:
        texts: list[str] = []
        device = next(generator.parameters()).device
        for start in range(0, len(prompts), ROWS):
            ids = [tokenizer.encode(prompt) for prompt in prompts[start : start + ROWS]]
            source_BS = stack_padded(ids, pad=generator.pad, device=device)
            if beam_size == 1:
                tokens_BT = greedy(generator, source_BS, max_length=max_length)
            else:
                tokens_BT = beam_search(
                    generator, source_BS, max_length=max_length, beam_size=beam_size
                )
            texts += [tokenizer.decode(row) for row in tokens_BT.tolist()]
        return texts

    return reply


def dialogue_systems(
    models: Mapping[str, Generator],
    material: Material,
    options: EvaluationOptions,
) -> list[System]:
    """Return all rows: trivial baselines, searches of the first model, sweeps of the others."""
    likelihood = next(iter(models))
    prompts, replies = texts_of(material.dialogues.train)
    tokenizer, max_length = material.tokenizer, material.max_length
    systems = [
        System("nearest prompt's reply", None, nearest_prompt_reply(prompts, replies)),
        System("most frequent reply", None, most_frequent_reply(replies)),
        System("echo", None, echo),
    ]
    for name, size in (("greedy", 1), ("beam", options.beam_size)):
        search = searcher(models[likelihood], tokenizer, beam_size=size, max_length=max_length)
        systems.append(System(f"{likelihood} {name}", None, search))
    for name, model in models.items():
        sweep = {1.0, *options.temperatures} if name != likelihood else {1.0}
        for temperature in sorted(sweep):
            reply = sampler(
                model, tokenizer, temperature=temperature, max_length=max_length, seed=SEED
            )
            systems.append(System(name, temperature, reply, model))
    return systems


def texts_of(pairs: Sequence[Pair]) -> tuple[list[str], list[str]]:
    """Return the prompts and the replies of pairs."""
    return [pair.prompt for pair in pairs], [pair.response for pair in pairs]
