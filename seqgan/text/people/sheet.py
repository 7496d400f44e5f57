"""A finished run's sheet of questions: its models' replies to prompts of the validation part.

Legend: R replies, S prompt length, T reply length.
"""

import random
from collections.abc import Mapping
from pathlib import Path

import torch

from seqgan.errors import UserError
from seqgan.ops.masks import stack_padded
from seqgan.text.decoding import sample
from seqgan.text.games import reply_logp, set_dropout
from seqgan.text.generators.base import Generator
from seqgan.text.generators.store import load_generator
from seqgan.text.options import DialogueOptions
from seqgan.text.people.ratings import FOLDER, SHEET_FILE, Drawn, Question, Sheet
from seqgan.text.setup import Material, load_material, refuse_other_data
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.vocabularies import common_vocabulary, vocabulary_checksum

TRAINED = "generator"
ASKED = (TRAINED, "mle", "start")
"""Folders of models that people are asked about: of the two that a run has, half each."""
USUAL_PROMPTS = 30


def load_asked(run: Path) -> tuple[dict[str, Generator], Tokenizer]:
    """Return the run's models by folder, the trained one first, and their tokenizer.

    Raises `UserError` for a run that has not come to its end.
    """
    if not (run / TRAINED).is_dir():
        raise UserError(f"{run} has no trained model yet: finish it with --resume {run}")
    models: dict[str, Generator] = {}
    tokenizers = []
    for folder in ASKED:
        if (run / folder).is_dir():
            models[folder], tokenizer = load_generator(run / folder, offline=True)
            tokenizers.append(tokenizer)
    return models, common_vocabulary(run, tokenizers)


@torch.no_grad()
def draw_sheet(
    models: Mapping[str, Generator],
    material: Material,
    *,
    num_prompts: int | None = None,
    num_replies: int,
    seed: int,
) -> Sheet:
    """Return a sheet of different validation prompts (30, or all) with `num_replies` each.

    The models answer in turn, at temperature 1 and from their whole distribution, so that the kept
    log-probabilities are those that the replies were drawn with. Raises `UserError` where the
    validation part has too few prompts.
    """
    first = {
        pair.prompt: row for row, pair in reversed([*enumerate(material.dialogues.validation)])
    }
    if num_prompts is None:
        num_prompts = min(USUAL_PROMPTS, len(first))
    if len(first) < num_prompts:
        raise UserError(
            f"--num-prompts is {num_prompts}: the validation part has {len(first)} different ones"
        )
    rows = random.Random(seed).sample(sorted(first.values()), num_prompts)
    sources = [material.validation.sources[row] for row in rows]
    rng = torch.Generator().manual_seed(seed)
    replies: list[list[Drawn]] = [[] for _ in rows]
    for turn in range(num_replies):
        system = list(models)[turn % len(models)]
        drawn = _draw(models[system], system, sources, material, rng)
        for kept, reply in zip(replies, drawn, strict=True):
            kept.append(reply)
    questions = [
        Question(material.dialogues.validation[row].prompt, source, kept)
        for row, source, kept in zip(rows, sources, replies, strict=True)
    ]
    return Sheet(vocabulary_checksum(material.tokenizer), seed, questions)


def _draw(
    model: Generator,
    system: str,
    sources: list[list[int]],
    material: Material,
    rng: torch.Generator,
) -> list[Drawn]:
    """Return one reply of the model to each source."""
    set_dropout(model, False)
    source_RS = stack_padded(sources, pad=model.pad)
    tokens_RT = sample(model, source_RS, max_length=material.max_length, rng=rng)
    logp_RT = reply_logp(model, source_RS, tokens_RT)
    drawn = []
    for ids, logp in zip(tokens_RT.tolist(), logp_RT.tolist(), strict=True):
        length = sum(token != model.pad for token in ids)
        text = material.tokenizer.decode(ids)
        drawn.append(Drawn(system, text, ids[:length], [round(x, 5) for x in logp[:length]]))
    return drawn


def open_sheet(
    run: Path,
    dialogue: DialogueOptions,
    *,
    num_prompts: int | None,
    num_replies: int,
    seed: int,
    offline: bool = False,
) -> Sheet:
    """Return the run's sheet, drawn and saved if it has none yet; all raters share it.

    Raises `UserError` for a run without a finished model or whose corpus is another now.
    """
    path = run / FOLDER / SHEET_FILE
    if not path.exists():
        models, tokenizer = load_asked(run)
        material = load_material(dialogue, tokenizer=tokenizer, offline=offline)
        refuse_other_data(run, material.dialogues.checksum)
        draw_sheet(
            models, material, num_prompts=num_prompts, num_replies=num_replies, seed=seed
        ).save(path)
    return Sheet.load(path)
