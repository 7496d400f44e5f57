"""Options that do nothing are refused, and every option has its row of the table or needs none."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from seqgan.core.run import RunOptions
from seqgan.errors import UserError
from seqgan.games.adversary import ADVERSARY_USES, AdversaryOptions
from seqgan.games.idle_options import Use, refuse_idle
from seqgan.text.options import POLICY_USES
from seqgan.text.sentences.options import SENTENCE_USES, SentenceGameOptions
from seqgan.text.sentences.oracle_run import OracleOptions
from seqgan.text.summary.options import SummaryOptions
from seqgan.text.transfer.options import TransferOptions

ALWAYS = {
    *("gradient", "generator", "generator_dim", "dropout", "discriminator"),
    *("batch_size", "accumulation", "evaluate_every", "teacher_every", "critic_steps"),
    *("start_from", "early_stop", "weight_decay"),
    *("continued_updates", "continued_lr", "discriminator_updates", "adversarial_updates"),
    *("objective", "penalty", "generator_lr", "averaging"),
    *("resampling_updates", "candidates", "mismatch_weight"),
}
"""Used by every game, or refused elsewhere in words of their own."""

SENTENCE: dict[str, Any] = {"discriminator": "sentence", "candidates": 0}
POLICY: dict[str, Any] = {}
GUMBEL, SOFT, VECTORS = ({**SENTENCE, "gradient": path} for path in ("gumbel", "soft", "vectors"))
LOGIT = {**SENTENCE, "reward": "sequence", "reward_scale": "logit"}
TREE = {"reward": "tree"}
STARTED = {"start_from": Path("runs/1")}
ENCODER = {"discriminator": "encoder", "reward": "sequence", "discriminator_encoder": "tests"}
LANGUAGE = {"discriminator": "language", "reward": "words"}

ROWS: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    ("reward", "sequence", POLICY, GUMBEL),
    ("kl_weight", 0.1, POLICY, SOFT),
    ("discriminator_dropout", 0.1, POLICY, VECTORS),
    ("reward_scale", "logit", POLICY, LANGUAGE),
    ("baseline", "average", POLICY, LANGUAGE),
    ("surrogate", "ppo", POLICY, LANGUAGE),
    ("discriminator_dim", 6, POLICY, LANGUAGE),
    ("discriminator_dim", 6, {**SENTENCE, "reward": "sequence"}, ENCODER),
    ("discriminator_dropout", 0.1, POLICY, ENCODER),
    ("discriminator_models", 2, LANGUAGE, POLICY),
    ("discriminator_encoder", ".", ENCODER, POLICY),
    ("discriminator_encoder_lr", 1e-4, ENCODER, POLICY),
    ("critic_lr", 1e-4, {**ENCODER, "baseline": "value"}, ENCODER),
    ("likelihood_lr", 0.1, POLICY, STARTED),
    ("likelihood_updates", 9, POLICY, STARTED),
    ("likelihood_final_lr", 0.5, POLICY, STARTED),
    ("num_rollouts", 2, {**SENTENCE, "reward": "rollout"}, POLICY),
    ("num_rollouts", 2, {**TREE, "tree_leaves": "rollout"}, TREE),
    ("num_simulations", 2, TREE, POLICY),
    ("num_children", 2, TREE, POLICY),
    ("exploration", 0.1, TREE, POLICY),
    ("tree_leaves", "rollout", TREE, POLICY),
    ("ppo_moves", 3, {"surrogate": "ppo"}, POLICY),
    ("ppo_clip", 0.1, {"surrogate": "ppo"}, POLICY),
    ("final_lr", 0.2, GUMBEL, POLICY),
    ("betas", (0.5, 0.9), VECTORS, POLICY),
    ("penalty_every", 4, SOFT, {**LOGIT, "objective": "wasserstein"}),
    ("smoothing", 0.3, SOFT, VECTORS),
    ("smoothing", 0.3, GUMBEL, POLICY),
    ("first_temperature", 2.0, GUMBEL, SOFT),
    ("last_temperature", 0.5, GUMBEL, POLICY),
    ("candidate_temperature", 2.0, {"candidates": 4}, POLICY),
    ("noise_dim", 3, SOFT, GUMBEL),
    ("noise_dim", 3, VECTORS, POLICY),
    ("gamma", 0.1, SOFT, {**SOFT, "penalty": "none"}),
    ("slope_weight", 1.0, {**SOFT, "penalty": "gp"}, SOFT),
    ("clip", 0.1, {"penalty": "clip"}, {"penalty": "spectral"}),
    ("alpha", 2.0, {**SOFT, "objective": "alpha"}, SOFT),
    ("margin", 2.0, {**LOGIT, "objective": "loss-sensitive"}, {**LOGIT, "objective": "hinge"}),
    ("alternative", True, {**SOFT, "objective": "kl"}, {**SOFT, "objective": "minimax"}),
    ("alternative", True, {**GUMBEL, "objective": "kl"}, {**LOGIT, "objective": "kl"}),
    ("alternative", True, {**GUMBEL, "objective": "alpha"}, GUMBEL),
]


@pytest.mark.parametrize(("name", "value", "used", "idle"), ROWS)
def test_what_does_nothing_is_refused(
    name: str, value: Any, used: dict[str, Any], idle: dict[str, Any]
) -> None:
    SentenceGameOptions(**idle).refuse_nonsense()
    SentenceGameOptions(**{**used, name: value}).refuse_nonsense()
    with pytest.raises(UserError, match=f"--{name.replace('_', '-')} does nothing but with "):
        SentenceGameOptions(**{**idle, name: value}).refuse_nonsense()


@pytest.mark.parametrize(
    "idle", [{"gamma": 1.0, "penalty": "gp"}, {"slope_weight": 1.0}, {"clip": 0.1}, {"alpha": 2.0}]
)
def test_every_game_refuses_what_its_objective_and_penalty_do_not_use(idle: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="does nothing but with --"):
        AdversaryOptions(**idle).refuse_nonsense()


@pytest.mark.parametrize(
    "idle",
    [
        {"objective": "wasserstein"},
        {"betas": (0.5, 0.9)},
        {"gradient": "gumbel", "coverage": 0.5},
        {"gradient": "gumbel", "self_critical": True},
        {"pairs_weight": 2.0},
        {"gradient": "gumbel", "objective": "energy", "pretrain_updates": 5},
    ],
)
def test_a_summarizer_refuses_what_its_path_does_not_use(idle: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="does nothing but with "):
        SummaryOptions(**idle).refuse_nonsense()


def test_styles_have_no_critic_that_learns_from_real_text_alone() -> None:
    with pytest.raises(UserError, match="--pretrain-updates does nothing but with pictures"):
        TransferOptions(objective="energy", pretrain_updates=5).refuse_nonsense()


def test_every_option_has_its_place() -> None:
    """A new option needs a row of the table, or a reason to need none."""
    given = {field.name for field in dataclasses.fields(SentenceGameOptions)}
    own = given - {field.name for field in dataclasses.fields(RunOptions)}
    every: list[Use[Any]] = [*SENTENCE_USES, *ADVERSARY_USES, *POLICY_USES]
    rows = {name for use in every for name in use.names}
    assert own - rows == ALWAYS
    assert rows <= own
    assert not rows & ALWAYS


def test_a_default_is_that_of_the_options_at_hand() -> None:
    @dataclasses.dataclass(frozen=True)
    class Asked(SentenceGameOptions):
        noise_dim: int = 5

    never: Use[object] = Use(("noise_dim",), "nothing", lambda of: False)
    refuse_idle(Asked(), [never])
    with pytest.raises(UserError, match="--noise-dim does nothing but with nothing: leave it out"):
        refuse_idle(Asked(noise_dim=32), [never])


def test_a_published_oracle_takes_no_seed() -> None:
    OracleOptions(oracle_seed=1).refuse_unjudgeable()
    with pytest.raises(UserError, match="--oracle-seed does nothing but with --corpus made"):
        OracleOptions(
            corpus="published", corpus_path=Path("oracle.npz"), oracle_seed=1
        ).refuse_unjudgeable()
