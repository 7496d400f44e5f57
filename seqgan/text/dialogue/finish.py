"""The end of a dialogue run: every system judged on the test part, results.json, the report."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.errors import UserError
from seqgan.metrics.frechet import frechet_distance
from seqgan.report.page import write_report
from seqgan.report.record import training_facts, write_results
from seqgan.text.batches import EncodedPairs
from seqgan.text.decoding import sample
from seqgan.text.dialogue.metrics import overlap_signatures, score_replies
from seqgan.text.dialogue.systems import EvaluationOptions, System, dialogue_systems, texts_of
from seqgan.text.evaluation.adversarial_success import (
    ReplySet,
    adversarial_success,
    discriminator_controls,
)
from seqgan.text.evaluation.matcher import Matcher
from seqgan.text.generators.base import Generator
from seqgan.text.generators.store import Scorer, save_generator, save_scorer
from seqgan.text.policy import make_saved_reward
from seqgan.text.rewards import RewardEstimator
from seqgan.text.setup import Material
from seqgan.text.validation import held_out_perplexity
from seqgan.text.vocabularies import keep_vocabulary

MODEL_NAMES = ("MLE", "continued MLE", "adversarial")
MODEL_FOLDERS = ("mle", "continued", "generator")
PACKAGES = ("seqgan", "torch", "transformers", "datasets", "sentencepiece", "sacrebleu")


@dataclass(frozen=True)
class Judges:
    """The evaluators, on their own part of the corpus, and the test prompts they judge."""

    matcher: Matcher
    learn: tuple[list[str], list[str]]
    test: tuple[list[str], list[str]]
    other_replies: list[str]
    encoded_test: EncodedPairs

    @classmethod
    def train(cls, material: Material, options: EvaluationOptions) -> "Judges":
        """Return the judges of a corpus; raises `UserError` if its parts are too small."""
        test = material.dialogues.test[: options.test_prompts]
        if len(test) < 2 or len(material.dialogues.evaluators) < 2:
            raise UserError("the test and evaluators' parts need two pairs each: add dialogues")
        matcher = Matcher.train(*texts_of(material.dialogues.evaluators))
        longest = max(1, material.max_length)
        encoded = EncodedPairs.encode(
            test, material.tokenizer, max_source=4 * longest, max_response=4 * longest
        )
        learn = texts_of(material.dialogues.evaluators[: options.judge_prompts])
        others = [pair.response for pair in material.dialogues.validation[: len(test)]]
        return cls(matcher, learn, texts_of(test), others, encoded)

    def row(self, system: System, tested: Sequence[str]) -> dict[str, Any]:
        """Return the row of a system that answered the test prompts with `tested`."""
        metrics = score_replies(*self.test, tested, matcher=self.matcher)
        metrics["adversarial_success"] = adversarial_success(
            ReplySet(*self.learn, system.reply(self.learn[0])), ReplySet(*self.test, tested)
        )
        if system.model is not None and system.temperature == 1.0:
            metrics["perplexity"] = held_out_perplexity(
                system.model, self.encoded_test, self.test[1]
            )
        return {"system": system.name, "temperature": system.temperature, "metrics": metrics}

    def human_row(self, real_vs_real: float) -> dict[str, Any]:
        """Return the row of the human replies themselves: what there is to reach.

        Against themselves overlap says nothing and is left out; their Fréchet distance is to the
        validation part's replies, which no evaluator learned from either: its noise.
        """
        metrics = score_replies(*self.test, self.test[1], matcher=self.matcher)
        compared = self.test[1][: len(self.other_replies)]
        metrics["frechet"] = frechet_distance(
            self.matcher.embed(self.other_replies), self.matcher.embed(compared)
        )
        metrics = {k: v for k, v in metrics.items() if k not in ("bleu", "chrf")}
        metrics["adversarial_success"] = real_vs_real
        return {"system": "human", "temperature": None, "metrics": metrics}


def judge(
    systems: Sequence[System], judges: Judges
) -> tuple[dict[str, Any], list[tuple[System, list[str]]]]:
    """Return the table with its controls, and what every system said to the test prompts."""
    prompts, human = judges.test
    controls = discriminator_controls(*judges.learn, *judges.test)
    rows = [judges.human_row(controls.real_vs_real)]
    said = []
    for system in tqdm(systems, desc="evaluation", dynamic_ncols=True):
        replies = system.reply(prompts)
        rows.append(judges.row(system, replies))
        said.append((system, replies))
    void = ["adversarial_success"] if controls.void else []
    for row in rows:
        row["void"] = void
    table = {
        "rows": rows,
        "controls": {"shuffled": controls.shuffled, "real_vs_real": controls.real_vs_real},
        "void_reasons": list(controls.reasons),
        "signatures": overlap_signatures(human),
    }
    return table, said


def write_examples(
    folder: Path, prompts: Sequence[str], human: Sequence[str], said: list[tuple[System, list[str]]]
) -> None:
    """Keep the replies of all systems to fifteen prompts in samples/replies.jsonl.

    The last system, what the run was made for, comes first.
    """
    shown = [(s, texts) for s, texts in reversed(said) if s.temperature in (None, 1.0)]
    with (folder / "samples" / "replies.jsonl").open("w", encoding="utf-8") as file:
        for i in range(min(15, len(prompts))):
            replies = {system.name: texts[i] for system, texts in shown}
            line = {"prompt": prompts[i], "human": human[i], "replies": replies}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def write_rewards(
    folder: Path, reward: RewardEstimator, generator: Generator, material: Material, *, seed: int
) -> None:
    """Keep the reward of every token of a dozen replies, human and sampled, for the heat-map."""
    pad, device = generator.pad, next(generator.parameters()).device
    batch = material.validation.collate(range(min(12, len(material.validation))), device)
    rng = torch.Generator(device).manual_seed(seed)
    sampled_BT = sample(generator, batch.source_BS, max_length=material.max_length, rng=rng)
    with (folder / "samples" / "rewards.jsonl").open("w", encoding="utf-8") as file:
        for author, tokens_BT in (("human", batch.tokens_BT), ("generator", sampled_BT)):
            with torch.no_grad():
                reward_BT = reward(batch.source_BS, tokens_BT, rng)
            for pair, ids, rewards in zip(
                material.dialogues.validation, tokens_BT.tolist(), reward_BT.tolist(), strict=False
            ):
                length = sum(token != pad for token in ids)
                line = {
                    "prompt": pair.prompt,
                    "tokens": material.tokenizer.pieces(ids[:length]),
                    "rewards": rewards[:length],
                    "author": author,
                }
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def judge_models(
    folder: Path,
    recipe: str,
    config: Any,
    models: Mapping[str, Generator],
    discriminator: Scorer,
    material: Material,
    facts: Mapping[str, Any],
) -> Path:
    """Judge every system on the test part; write examples, results.json and the report.

    The first model is the likelihood model, the last the trained one. `facts` of the training
    (seconds, updates, warnings) go into the results. Returns the report's path.
    """
    start = time.perf_counter()
    for model in models.values():
        model.eval()
    trained = list(models.values())[-1]
    judges = Judges.train(material, config)
    table, said = judge(dialogue_systems(models, material, config), judges)
    write_examples(folder, *judges.test, said)
    reward = make_saved_reward(config, discriminator, trained, max_length=material.max_length)
    write_rewards(folder, reward, trained, material, seed=config.seed)
    corpus = config.corpus if config.corpus_path is None else config.corpus_path.name
    write_results(
        folder,
        recipe=recipe,
        config=config,
        data={
            "corpus": corpus,
            "checksum": material.dialogues.checksum,
            **material.dialogues.figures,
        },
        packages=PACKAGES,
        facts=facts,
        findings=table,
        evaluation_seconds=time.perf_counter() - start,
    )
    return write_report(folder)


def finish(
    run: Run,
    config: Any,
    trainer: Trainer,
    models: Mapping[str, Generator],
    discriminator: Scorer,
    material: Material,
) -> None:
    """Save the models in the run's folder, judge them, and say what to type next."""
    if not run.main:
        return
    for folder, model in zip(MODEL_FOLDERS, models.values(), strict=True):
        save_generator(model, material.tokenizer, run.folder / folder)
    save_scorer(discriminator, run.folder / "discriminator")
    keep_vocabulary(material.tokenizer, run.folder / "discriminator")
    run.say("judging every system on the test part ...")
    facts = training_facts(run, trainer)
    report = judge_models(run.folder, run.recipe, config, models, discriminator, material, facts)
    run.say(f"report: {report}\ntalk to it: seqgan chat {run.folder}")
