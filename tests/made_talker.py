"""The folder of a finished chatbot run with untrained networks: made in a moment, rated by rule."""

import json
from pathlib import Path

import torch

from made_chat import write_corpus
from seqgan.core.run import config_to_json
from seqgan.recipes.chatbot_pg import Config
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.store import save_generator, save_scorer
from seqgan.text.options import DialogueOptions
from seqgan.text.people.ratings import FOLDER, Desk, RatingFile
from seqgan.text.people.sheet import open_sheet
from seqgan.text.prefix_scorers import ProjectionScorer
from seqgan.text.setup import DATA_FILE, load_material


def write_run(folder: Path, *, vocab_size: int = 60, num_pairs: int = 300) -> Path:
    """Return a run's folder with its corpus beside it."""
    folder.mkdir(parents=True)
    corpus = write_corpus(folder, num_pairs)
    run = folder / "run"
    config = Config(corpus_path=corpus, vocab_size=vocab_size)
    material = load_material(config, tokenizer=None, offline=True)
    tokenizer = material.tokenizer
    ids = {"pad": tokenizer.pad, "bos": tokenizer.bos, "eos": tokenizer.eos}
    torch.manual_seed(3)
    for name in ("generator", "mle"):
        generator = RecurrentGenerator(tokenizer.vocab_size, **ids, dim=16)
        save_generator(generator, tokenizer, run / name)
    scorer = ProjectionScorer(tokenizer.vocab_size, pad=tokenizer.pad, dim=16)
    save_scorer(scorer, run / "discriminator")
    (run / DATA_FILE).write_text(material.dialogues.checksum + "\n", encoding="utf-8")
    saved = {"recipe": "chatbot_pg", "config": config_to_json(config)}
    (run / "config.json").write_text(json.dumps(saved), encoding="utf-8")
    return run


def rate_all(run: Path, *, num_prompts: int = 14, pairs: bool = False, rater: str = "rule") -> Path:
    """Answer a whole sheet by a rule: the more letters e, the better; return the folder."""
    dialogue = DialogueOptions(corpus_path=run.parent / "made.jsonl")
    sheet = open_sheet(run, dialogue, num_prompts=num_prompts, num_replies=3, seed=1)
    desk = Desk(RatingFile(run / FOLDER, sheet), rater, pairs=pairs)
    for item in desk.left():
        counts = [text.count("e") for text in desk.texts(item)[1]]
        if pairs:
            desk.answer(item, 0 if counts[0] == counts[1] else 1 + (counts[0] < counts[1]))
        else:
            desk.answer(item, min(1 + counts[0], 5))
    return run / FOLDER
