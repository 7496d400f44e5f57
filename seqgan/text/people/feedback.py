"""What a chatbot that learns from people starts with: a finished run, and what was said of it."""

import copy
import dataclasses
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from seqgan.core.run import Run, RunOptions, write_whole
from seqgan.errors import UserError, refuse_below
from seqgan.text.generators.base import Generator
from seqgan.text.generators.store import Scorer, load_generator, load_scorer
from seqgan.text.options import DialogueOptions
from seqgan.text.people.rated_replies import Judged, held_out, read_judged
from seqgan.text.people.ratings import FOLDER, RATINGS_FILE, SHEET_FILE
from seqgan.text.people.reward_model import RewardModel
from seqgan.text.people.sheet import TRAINED
from seqgan.text.prefix_scorers import ProjectionScorer
from seqgan.text.setup import DATA_FILE, Material, load_material, refuse_other_data
from seqgan.text.starting import options_of_start
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.vocabularies import refuse_misfit, vocabulary_checksum

KEPT = "feedback"
LEAST = {
    "reward_updates": 1,
    "chatbot_updates": 1,
    "max_updates": 1,
    "batch_size": 1,
    "judged_batch_size": 1,
    "replies_per_prompt": 2,  # a reply is compared with the others to its prompt
    "test_prompts": 2,
    "evaluate_every": 1,
    "kl_weight": 0,
    "pair_weight": 0,
    "rating_weight": 0,
    "seed": 0,
    "threads": 0,
}


@dataclass(kw_only=True, frozen=True)
class HumanOptions(DialogueOptions, RunOptions):
    """A finished run, what people said of its replies, and how to learn from it."""

    start_from: Path | None = None
    """The finished run to start from; its corpus, vocabulary and generator are taken."""
    ratings: Path | None = None
    """Folder with what people said (default: ratings/ in the run to start from)."""
    held_out: float = 0.25
    """Share of judged prompts that nothing is learned from but the second reward model, which
    judges the end."""
    reward_updates: int = 60
    """Updates of the reward models."""
    reward_lr: float = 2e-3
    """Adam's rate for the reward models."""
    pair_weight: float = 1.0
    """Weight of preferences between two replies in the reward model's loss."""
    rating_weight: float = 1.0
    """Weight of ratings in the reward model's loss."""
    judged_batch_size: int = 16
    """Judged prompts in a batch."""
    chatbot_updates: int = 50
    """Updates of the generator."""
    generator_lr: float = 2e-4
    """Adam's rate for the generator."""
    batch_size: int = 32
    """Prompts in a batch (--through reward-model)."""
    replies_per_prompt: int = 4
    """Replies drawn to each prompt (--through reward-model)."""
    clip: float = 0.2
    """How far a token's probability ratio to the draw may move it (--through ratings)."""
    kl_weight: float = 0.05
    """Weight of the divergence from the start, a token."""
    test_prompts: int = 1000
    """Test prompts that the start and the result answer."""
    evaluate_every: int = 25
    """Updates between two looks at the validation part."""


Options = TypeVar("Options", bound=HumanOptions)


def refuse_values(config: HumanOptions) -> None:
    """Raise `UserError` for counts, rates and shares that mean nothing."""
    refuse_below(config, LEAST)
    for name in ("reward_lr", "generator_lr", "clip"):
        if not 0 < (value := getattr(config, name)) < math.inf:
            raise UserError(f"--{name.replace('_', '-')} is {value}: it must be above 0")
    if not 0 < config.held_out < 1:
        raise UserError(f"--held-out is {config.held_out}: it must lie between 0 and 1")
    if config.pair_weight == config.rating_weight == 0:
        raise UserError("--pair-weight and --rating-weight are both 0: nothing would be learned")


def with_start(config: Options) -> Options:
    """Return the options with the corpus of the start, and --quick and --max-updates applied.

    Raises `UserError` for values out of range, a start that is no finished chatbot run, and a
    corpus other than the start's.
    """
    refuse_values(config)
    if config.start_from is None:
        raise UserError("--start-from RUN is needed: a finished run of chatbot_pg, rated by people")
    saved = options_of_start(config.start_from)
    if not (config.start_from / TRAINED).is_dir():
        raise UserError(
            f"--start-from {config.start_from} has no trained model yet: finish it with --resume"
        )
    corpus = {}
    for field in dataclasses.fields(DialogueOptions):
        if field.name not in saved:
            raise UserError(
                f"--start-from {config.start_from} is no chatbot run: it has no {field.name}"
            )
        theirs, ours = saved[field.name], getattr(config, field.name)
        if theirs is not None and field.name == "corpus_path":
            theirs = Path(theirs)
        if field.name == "corpus_path" and ours is not None:
            theirs = ours  # the files may have moved; their checksum tells whether they are these
        if ours not in (field.default, theirs):
            raise UserError(
                f"--{field.name.replace('_', '-')} is {ours}, that of --start-from {theirs}: "
                "leave it away, the start's corpus is taken"
            )
        corpus[field.name] = theirs
    most = min(config.max_updates or 10**9, 20 if config.quick else 10**9)
    return dataclasses.replace(
        config,
        **corpus,
        reward_updates=min(most, config.reward_updates),
        chatbot_updates=min(most, config.chatbot_updates),
        test_prompts=min(config.test_prompts, 100 if config.quick else 10**9),
    )


@dataclass(frozen=True)
class Start:
    """The generator to train, a copy that stays, the corpus, the judgements, the reward models.

    `model` learns from `judged`; `judge` learns from `kept_out`, which nothing else does.
    """

    generator: Generator
    reference: Generator
    material: Material
    judged: list[Judged]
    kept_out: list[Judged]
    model: RewardModel
    judge: RewardModel


def load_start(config: HumanOptions, run: Run) -> Start:
    """Return what the run starts with; what people said so far is copied into its folder.

    A resumed run reads its copy: people may have gone on. Raises `UserError` for a corpus that is
    not the start's, ratings in another vocabulary, and too few of them.
    """
    assert config.start_from is not None
    ratings, kept = config.ratings or config.start_from / FOLDER, run.folder / KEPT
    with run.accelerator.main_process_first():
        generator, tokenizer = load_generator(config.start_from / TRAINED, offline=True)
        source = kept if config.resume is not None or not run.main else ratings
        vocabulary = vocabulary_checksum(tokenizer)
        judged, remarks = read_judged(source, vocabulary=vocabulary, start=config.start_from)
        material = load_material(config, tokenizer=tokenizer, offline=config.offline)
        refuse_other_data(config.start_from, material.dialogues.checksum)
        if run.main and source is ratings:
            kept.mkdir(exist_ok=True)
            for name in (SHEET_FILE, RATINGS_FILE):
                shutil.copyfile(ratings / name, kept / name)
            write_whole(run.folder / DATA_FILE, material.dialogues.checksum + "\n")
    for remark in remarks:
        run.warn(remark)
    learned, kept_out = held_out(judged, share=config.held_out)
    scorer = load_reward_network(config.start_from, generator, material.tokenizer)
    model = RewardModel(scorer, pad=generator.pad).to(run.device)
    judge = copy.deepcopy(model)
    reference = copy.deepcopy(generator).requires_grad_(False)
    generator, reference = generator.to(run.device), reference.to(run.device)
    return Start(generator, reference, material, learned, kept_out, model, judge)


def load_reward_network(start: Path, generator: Generator, tokenizer: Tokenizer) -> Scorer:
    """Return the network that becomes the reward model: the start's discriminator.

    It knows words and what fits a prompt, which a few hundred judgements cannot teach. A start
    that learned from people has its reward model. Without either a fresh network is made.
    """
    for name in ("reward_model", "discriminator"):
        if (start / name).is_dir():
            scorer = load_scorer(start / name)
            refuse_misfit(scorer, generator, start / name, tokenizer)
            return scorer
    return ProjectionScorer(generator.vocab_size, pad=generator.pad)
