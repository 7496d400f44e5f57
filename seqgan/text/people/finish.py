"""The end of a run that learned from people: what they would think now, and at what price.

Legend: R replies, S prompt length, T reply length, N real tokens, V vocabulary.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.metrics.diversity import commonest_share, distinct_n, mean_length
from seqgan.metrics.words import all_chinese
from seqgan.objectives.policy_gradient import token_kl
from seqgan.ops.masks import stack_padded, token_mask
from seqgan.report.page import write_report
from seqgan.report.record import training_facts, write_results
from seqgan.text.batches import EncodedPairs
from seqgan.text.decoding import sample
from seqgan.text.dialogue.corpus import Pair
from seqgan.text.dialogue.finish import PACKAGES, write_examples
from seqgan.text.dialogue.systems import SEED, System, texts_of
from seqgan.text.evaluation.judge_words import normalized_words
from seqgan.text.generators.base import Generator
from seqgan.text.generators.store import save_generator, save_scorer
from seqgan.text.people.feedback import HumanOptions, Start
from seqgan.text.people.reward_model import RewardModel, accuracy
from seqgan.text.validation import ROWS, held_out_perplexity
from seqgan.text.vocabularies import keep_vocabulary

START, TRAINED = "start", "human feedback"


@torch.no_grad()
def kl_to_start(
    generator: Generator, reference: Generator, source_RS: Tensor, tokens_RT: Tensor
) -> Tensor:
    """Return the summed divergence along each reply, shape (R,), in nats.

    For replies drawn from the generator its mean is KL(generator || reference) of whole replies:
    each next token's divergence is exact, only the prefixes are sampled.
    """
    mask_RT = token_mask(tokens_RT, pad=generator.pad)
    kl_N = token_kl(
        generator.real_logits(source_RS, tokens_RT), reference.real_logits(source_RS, tokens_RT)
    )
    return kl_N.new_zeros(mask_RT.shape).masked_scatter(mask_RT, kl_N).sum(1)


def in_chunks(rows: int, work: Callable[[int, int], Tensor]) -> float:
    """Return the mean over all rows of what `work` returns for rows from a start to an end."""
    values = [work(begin, min(begin + ROWS, rows)) for begin in range(0, rows, ROWS)]
    return float(torch.cat(values).mean())


def mean_reward(model: RewardModel, source_RS: Tensor, tokens_RT: Tensor) -> float:
    """Return the mean reward of replies."""
    return in_chunks(
        len(tokens_RT), lambda begin, end: model.reward(source_RS[begin:end], tokens_RT[begin:end])
    )


def system_row(
    name: str, model: Generator | None, start: Start, pairs: Sequence[Pair], max_length: int
) -> tuple[dict[str, Any], list[str]]:
    """Return a system's row on the test prompts, and its replies; without a model, people's own."""
    longest = 4 * max_length
    encoded = EncodedPairs.encode(
        pairs, start.material.tokenizer, max_source=longest, max_response=longest
    )
    pad, device = start.generator.pad, next(start.generator.parameters()).device
    source_RS = stack_padded(encoded.sources, pad=pad, device=device)
    replies = texts_of(pairs)[1]
    if model is None:
        tokens_RT, texts = stack_padded(encoded.responses, pad=pad, device=device), replies
    else:
        rng = torch.Generator().manual_seed(SEED)
        tokens_RT = sample(model, source_RS, max_length=max_length, rng=rng)
        texts = [start.material.tokenizer.decode(row) for row in tokens_RT.tolist()]
    chinese = all_chinese(replies)
    words = [normalized_words(text, chinese=chinese) for text in texts]
    metrics = {
        "reward": mean_reward(start.model, source_RS, tokens_RT),
        "second_reward": mean_reward(start.judge, source_RS, tokens_RT),
        "distinct_2": distinct_n(words, n=2),
        "length": mean_length(words),
        "top10_share": commonest_share([tuple(each) for each in words], count=10),
    }
    if model is not None:
        metrics["perplexity"] = held_out_perplexity(model, encoded, replies)
        metrics["kl_to_start"] = in_chunks(
            len(texts),
            lambda a, b: kl_to_start(model, start.reference, source_RS[a:b], tokens_RT[a:b]),
        )
    return {
        "system": name,
        "temperature": None if model is None else 1.0,
        "metrics": metrics,
    }, texts


def judge_human(start: Start, config: HumanOptions, folder: Path) -> dict[str, Any]:
    """Return the findings: a row a system, and how well held-out judgements are predicted."""
    models: Mapping[str, Generator] = {START: start.reference, TRAINED: start.generator}
    pairs = start.material.dialogues.test[: config.test_prompts]
    rows, said = [system_row("human", None, start, pairs, start.material.max_length)[0]], []
    for name, model in models.items():
        model.eval()
        row, texts = system_row(name, model, start, pairs, start.material.max_length)
        rows.append(row)
        said.append((System(name, 1.0, lambda prompts: [], model), texts))
    write_examples(folder, *texts_of(pairs), said)
    share, count = accuracy(start.model, start.kept_out)
    figures = {"held_out_accuracy": share, "held_out_pairs": count}
    figures["judged_prompts"] = len(start.judged) + len(start.kept_out)
    known = {name: value for name, value in figures.items() if value == value}
    rows.append({"system": "reward model", "temperature": None, "metrics": known})
    return {"rows": rows, "comparison": {"treated": TRAINED, "control": START}}


def finish_human(run: Run, config: HumanOptions, trainer: Trainer, start: Start) -> None:
    """Save both generators and the reward model, judge, report, and say what to type next."""
    if not run.main:
        return
    save_generator(start.generator, start.material.tokenizer, run.folder / "generator")
    save_generator(start.reference, start.material.tokenizer, run.folder / "start")
    save_scorer(start.model.scorer, run.folder / "reward_model")
    keep_vocabulary(start.material.tokenizer, run.folder / "reward_model")
    begun = time.perf_counter()
    findings = judge_human(start, config, run.folder)
    _, *rows, learned = findings["rows"]
    for row in rows:
        said = ", ".join(f"{name} {value:.3g}" for name, value in row["metrics"].items())
        run.say(f"{row['system']}: {said}")
    run.say(f"reward model: {learned['metrics']}")
    corpus = config.corpus if config.corpus_path is None else config.corpus_path.name
    dialogues = start.material.dialogues
    write_results(
        run.folder,
        recipe=run.recipe,
        config=config,
        data={"corpus": corpus, "checksum": dialogues.checksum, **dialogues.figures},
        packages=PACKAGES,
        facts=training_facts(run, trainer),
        findings=findings,
        evaluation_seconds=time.perf_counter() - begun,
    )
    run.say(f"report: {write_report(run.folder)}\ntalk to it: seqgan chat {run.folder}")
    run.say(f"ask people again: seqgan rate {run.folder}")
