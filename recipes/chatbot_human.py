"""A chatbot that learns from people: their ratings directly, or a reward model of them.

Through a reward model, as Ziegler et al. 2019 (arXiv:1909.08593): a network r learns which replies
people prefer, then the generator p maximizes E[r(x, y)] - w KL(p || start) on replies y of its
own. Through ratings: the clipped surrogate of PPO (arXiv:1707.06347, equation 7) on the very
replies that people judged, each drawn with known probability; nothing is extrapolated, so little
is risked and little can be won. Either way a second reward model, of people's judgements that
nothing else learned from, says what they would think of the result.

    seqgan rate runs/chatbot_pg/1
    accelerate launch recipes/chatbot_human.py --start-from runs/chatbot_pg/1
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from seqgan.core.game import Game
from seqgan.core.launch import launch
from seqgan.core.monitor import Monitor
from seqgan.core.player import Player, adam_player, linear_decay
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Hook, Trainer
from seqgan.games.several import SeveralGames, renamed
from seqgan.objectives.baselines import LeaveOneOut, no_baseline
from seqgan.text.batches import ProcessShare
from seqgan.text.games import PolicyGradientGame
from seqgan.text.generators.base import Generator
from seqgan.text.people.feedback import HumanOptions, Start, load_start, with_start
from seqgan.text.people.finish import finish_human
from seqgan.text.people.rated_replies import JudgedShare
from seqgan.text.people.reward_model import LoggedGame, RatingReward, RewardModelGame, accuracy
from seqgan.text.rewards import SequenceReward
from seqgan.text.validation import ALARMS, Validation


@dataclass(kw_only=True, frozen=True)
class Config(HumanOptions):
    """Go on training a chatbot with what people said of its replies."""

    through: Literal["reward-model", "ratings"] = "reward-model"
    """reward-model: new replies, rewarded as a network predicts that people would; ratings: the
    judged replies themselves, rewarded as people did."""


def chatbot_game(config: Config, start: Start) -> Game:
    """Return the generator's game."""
    game = partial(
        PolicyGradientGame,
        start.generator,
        start.model,
        max_length=start.material.max_length,
        reference=start.reference,
        kl_weight=config.kl_weight,
    )
    pad = start.generator.pad
    if config.through == "ratings":
        return LoggedGame(game(RatingReward(start.judged, pad=pad), no_baseline, clip=config.clip))
    return game(
        SequenceReward(start.model.reward, pad=pad),
        LeaveOneOut(config.replies_per_prompt),
        replies_per_prompt=config.replies_per_prompt,
    )


def micro_batches(config: Config, start: Start, run: Run) -> Callable[[int], dict[str, Any]]:
    """Return micro-batch i of every game, this process's share."""
    judged, kept_out = (
        JudgedShare.of(run, prompts, pad=start.generator.pad, batch_size=config.judged_batch_size)
        for prompts in (start.judged, start.kept_out)
    )
    prompts = ProcessShare.of(run, start.material.train, batch_size=config.batch_size)
    chatbot = judged if config.through == "ratings" else prompts
    return lambda index: {
        "rewards": judged(index),
        "second": kept_out(index),
        "chatbot": chatbot(index),
    }


def main(config: Config) -> None:
    """Learn two reward models apart, let the generator play for one; judge it by the other."""
    config = with_start(config)
    with Run("chatbot_human", config) as run:
        start = load_start(config, run)
        material = start.material
        run.say(
            f"{len(start.judged)} judged prompts to learn from, {len(start.kept_out)} kept out; "
            f"updates: {config.reward_updates} rewards, {config.chatbot_updates} chatbot"
        )
        weights = {"pair_weight": config.pair_weight, "rating_weight": config.rating_weight}
        games: Mapping[str, Game] = {
            "rewards": RewardModelGame(start.model, **weights),
            "second": RewardModelGame(start.judge, **weights),
            "chatbot": chatbot_game(config, start),
        }
        decay = partial(linear_decay, moves=config.reward_updates, warmup=10, least=0.1)
        learn = partial(adam_player, "model", lr=config.reward_lr, lr_schedule=decay)
        speaker = {"generator": start.generator}
        players: list[Player] = [
            renamed("rewards", learn({"model": start.model})),
            renamed("second", learn({"model": start.judge})),
            renamed("chatbot", adam_player("generator", speaker, lr=config.generator_lr)),
        ]
        phases = Phases(
            [
                Phase("rewards", config.reward_updates, only("rewards/model", "second/model")),
                Phase("chatbot", config.chatbot_updates, only("chatbot/generator")),
            ]
        )

        def in_play(update: int) -> tuple[str, Generator]:
            return phases.at(update - 1)[0].name, start.generator

        def agreement(update: int) -> dict[str, float]:
            share, count = accuracy(start.model, start.kept_out)
            return {"rewards/held_out_accuracy": share} if count else {}

        held_out = (material.validation, material.dialogues.validation)
        look = Validation(run, in_play, material.tokenizer, *held_out, material.max_length)
        each = {name: lambda batch, name=name: batch[name] for name in games}
        trainer = Trainer(
            run,
            SeveralGames(games, batches=each),
            players=players,
            phases=phases,
            batches=micro_batches(config, start, run),
            hooks=[Hook(config.evaluate_every, agreement), Hook(config.evaluate_every, look)],
            monitor=Monitor(ALARMS),
        )
        trainer.resume()
        trainer.fit()
        finish_human(run, config, trainer, start)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
