"""A chatbot by maximum likelihood, then by policy gradient against a per-token discriminator.

Li et al. 2017, "Adversarial learning for neural dialogue generation" (arXiv:1701.06547), its
REGS variant: the discriminator scores every prefix, the score is the token's reward, and teacher
forcing keeps the generator near people. The discriminator learns by the logistic loss; other
objectives and penalties are options of `text_gan`.

    accelerate launch recipes/chatbot_pg.py
"""

import sys
from dataclasses import dataclass
from functools import partial
from typing import Literal

from seqgan.core.averaging import Averages
from seqgan.core.launch import launch
from seqgan.core.monitor import Monitor
from seqgan.core.player import adam_player, linear_decay
from seqgan.core.run import Run
from seqgan.core.schedule import Phase, Phases, also, alternate, only
from seqgan.core.trainer import Hook, Trainer
from seqgan.text.batches import ProcessShare
from seqgan.text.dialogue.budgets import BudgetOptions, announce, sized
from seqgan.text.dialogue.finish import MODEL_NAMES, finish
from seqgan.text.games import LikelihoodGame
from seqgan.text.generators.base import Generator
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.options import DialogueOptions, NetworkOptions, PolicyOptions
from seqgan.text.policy import generator_moves, make_discriminator, make_policy
from seqgan.text.setup import load_networks
from seqgan.text.validation import ALARMS, Validation


@dataclass(kw_only=True, frozen=True)
class Config(BudgetOptions, PolicyOptions, NetworkOptions, DialogueOptions):
    """Train a chatbot by maximum likelihood, then adversarially, and report what that bought."""

    on_collapse: Literal["warn", "mix", "rollback"] = "mix"
    """When replies lose diversity or the discriminator saturates: only warn, mix more likelihood
    into the generator's loss, or also go back to the last good checkpoint."""


def main(config: Config) -> None:
    """Play likelihood, continued likelihood, discriminator, adversarial; then judge and report."""
    config.refuse_policy(config.discriminator)
    config = sized(config)
    with Run("chatbot_pg", config) as run:
        run.say(announce(config))
        generator, material = load_networks(config, config, run)
        models = LikelihoodModels(generator, measure="perplexity")
        reference, continued = models.reference, models.continued
        discriminator = make_discriminator(config, generator).to(run.device)
        policy = make_policy(
            config,
            generator,
            discriminator,
            reference=reference,
            likelihood=LikelihoodGame(
                {"likelihood": generator, "continued": continued, "teacher": generator},
                mean_length=material.train.mean_length,
            ),
            max_length=material.max_length,
        )
        averages = Averages(generator, decay=config.averaging)
        own = {"generator": generator, "reference": reference}
        critic = {"discriminator": discriminator}
        decay = partial(linear_decay, moves=config.likelihood_updates, warmup=100, least=0.05)
        players = {
            "likelihood": adam_player(
                "likelihood", own, lr=config.likelihood_lr, lr_schedule=decay
            ),
            "continued": adam_player("continued", {"twin": continued}, lr=config.continued_lr),
            "discriminator": adam_player("discriminator", critic, lr=config.discriminator_lr),
            "generator": adam_player("generator", own, lr=config.generator_lr, averages=averages),
            "teacher": adam_player("teacher", own, lr=config.teacher_lr),
        }
        if policy.value is not None:
            value = {"value": policy.value.to(run.device)}
            players["value"] = adam_player("value", value, lr=config.discriminator_lr)

        def begin_continued() -> None:
            models.branch(players["likelihood"], players["continued"])

        def begin_discriminator() -> None:
            if config.continued_updates == 0:
                begin_continued()
            models.begin_play()
            averages.load_state_dict(generator.state_dict())

        steps, movers = config.discriminator_steps, generator_moves(config)
        play = alternate(critic="discriminator", generator=movers, critic_steps=steps)
        play = also(play, "teacher", every=steps * config.teacher_every)
        phases = Phases(
            [
                Phase("likelihood", config.likelihood_updates, only("likelihood")),
                Phase("continued", config.continued_updates, only("continued"), begin_continued),
                Phase(
                    "discriminator",
                    config.discriminator_updates,
                    only("discriminator"),
                    begin_discriminator,
                ),
                Phase("adversarial", config.adversarial_updates, play),
            ]
        )

        def in_play(update: int) -> tuple[str, Generator]:
            phase = phases.at(update - 1)[0].name
            playing = {"continued": continued, "adversarial": averages.module}
            return phase, playing.get(phase, generator)

        def act(update: int, warnings: list[str]) -> None:
            if phases.at(update - 1)[0].name == "adversarial" and config.on_collapse != "warn":
                weight = max(0.1, 2 * policy.game.likelihood_weight)
                if config.on_collapse == "rollback":
                    trainer.rollback()
                policy.game.likelihood_weight = weight

        tokenizer, length = material.tokenizer, material.max_length
        held_out = (material.validation, material.dialogues.validation)
        look = Validation(run, in_play, tokenizer, *held_out, max_length=length)
        trainer = Trainer(
            run,
            policy.game,
            players=list(players.values()),
            phases=phases,
            batches=ProcessShare.of(run, material.train, batch_size=config.batch_size),
            accumulation=config.accumulation,
            hooks=[Hook(config.evaluate_every, look)],
            monitor=Monitor(ALARMS),
            stateful={**policy.stateful, **models.stateful},
            on_figures=models.keep_best,
            on_alarm=act,
        )
        trainer.resume()
        trainer.fit()
        models.best_continued.restore()
        judged = dict(zip(MODEL_NAMES, (reference, continued, averages.module), strict=True))
        finish(run, config, trainer, judged, discriminator, material)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
