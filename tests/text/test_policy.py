"""The parts of the policy gradient: each alone, in pairs, and the pairs without meaning."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from seqgan.core.player import adam_player
from seqgan.core.run import Run, RunOptions
from seqgan.core.schedule import Phase, Phases, also, only
from seqgan.core.trainer import Trainer
from seqgan.errors import UserError
from seqgan.objectives.baselines import LeaveOneOut, MovingAverage, no_baseline
from seqgan.text.batches import TextBatch
from seqgan.text.games import LikelihoodGame
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.options import NetworkOptions, PolicyOptions
from seqgan.text.policy import (
    Policy,
    generator_moves,
    make_discriminator,
    make_policy,
    make_reward,
)
from seqgan.text.prefix_scorers import CausalScorer
from seqgan.text.reply_scorers import ConvScorer, TransformerScorer
from seqgan.text.rewards import RolloutReward, ScaledScore, SequenceReward, TokenReward
from seqgan.text.search.reward import TreeReward
from seqgan.text.sentence_scorer import SentenceScorer

PAD, BOS, EOS, VOCAB = 0, 1, 2, 9

ALONE: dict[str, dict[str, Any]] = {
    "default": {},
    "sequence": {"reward": "sequence"},
    "rollout": {"reward": "rollout", "num_rollouts": 2},
    "logit": {"reward_scale": "logit"},
    "no baseline": {"baseline": "none"},
    "average": {"baseline": "average"},
    "value": {"baseline": "value"},
    "two replies": {"replies_per_prompt": 2},
    "ppo": {"surrogate": "ppo"},
    "kl": {"kl_weight": 0.1},
    "no teacher": {"teacher_every": 0},
    "mixed likelihood": {"likelihood_weight": 0.2},
    "no mismatch": {"mismatch_weight": 0.0},
    "only mismatch": {"mismatch_weight": 1.0},
    "conv": {"reward": "sequence", "discriminator": "conv"},
    "transformer": {"reward": "sequence", "discriminator": "transformer"},
    "sentence": {"reward": "sequence", "discriminator": "sentence", "mismatch_weight": 0.0},
    "tree": {"reward": "tree", "num_simulations": 3},
}
PAIRS: dict[str, dict[str, Any]] = {
    "rollout of conv": {"reward": "rollout", "num_rollouts": 2, "discriminator": "conv"},
    "rollout of transformer": {
        "reward": "rollout",
        "num_rollouts": 1,
        "discriminator": "transformer",
    },
    "rollout of sentence": {
        "reward": "rollout",
        "num_rollouts": 2,
        "discriminator": "sentence",
        "mismatch_weight": 0.0,
    },
    "tree of conv": {
        "reward": "tree",
        "num_simulations": 2,
        "tree_leaves": "rollout",
        "num_rollouts": 1,
        "discriminator": "conv",
    },
    "tree of logits": {"reward": "tree", "num_simulations": 2, "reward_scale": "logit"},
    "rollout and ppo": {"reward": "rollout", "num_rollouts": 2, "surrogate": "ppo"},
    "sequence and value": {"reward": "sequence", "baseline": "value"},
    "one reply and average": {"baseline": "average", "replies_per_prompt": 1},
    "one reply and value": {"baseline": "value", "replies_per_prompt": 1},
    "ppo and value": {"surrogate": "ppo", "baseline": "value", "ppo_moves": 3},
    "ppo and kl": {"surrogate": "ppo", "kl_weight": 0.1},
    "ppo and mixed likelihood": {"surrogate": "ppo", "likelihood_weight": 0.2},
    "kl and rollout": {"kl_weight": 0.1, "reward": "rollout", "num_rollouts": 2},
    "logit and average": {"reward_scale": "logit", "baseline": "average"},
    "sequence and no baseline": {"reward": "sequence", "baseline": "none"},
}


def options_of(choice: dict[str, Any]) -> tuple[PolicyOptions, NetworkOptions]:
    """Return the options, networks tiny."""
    choice = dict(choice)
    network = {"discriminator": choice.pop("discriminator", "causal")}
    return PolicyOptions(**choice), NetworkOptions(discriminator_dim=8, **network)


def make(choice: dict[str, Any]) -> tuple[Policy, RecurrentGenerator, torch.nn.Module]:
    """Return the policy of a choice with its generator and discriminator."""
    options, networks = options_of(choice)
    generator, reference = (
        RecurrentGenerator(VOCAB, pad=PAD, bos=BOS, eos=EOS, dim=8, dropout=0.1) for _ in range(2)
    )
    discriminator = make_discriminator(networks, generator)
    policy = make_policy(
        options,
        generator,
        discriminator,
        reference=reference.requires_grad_(False),
        likelihood=LikelihoodGame({"teacher": generator}, mean_length=2.0),
        max_length=6,
    )
    return policy, generator, discriminator


def batch_at(number: int) -> TextBatch:
    """Return a batch of five made pairs."""
    rng = torch.Generator().manual_seed(number)
    source_BS, tokens_BT = torch.randint(3, VOCAB, (2, 5, 4), generator=rng)
    tokens_BT[:, 3], tokens_BT[0, 1:] = EOS, torch.tensor([EOS, PAD, PAD])
    return TextBatch(source_BS, tokens_BT)


@pytest.mark.parametrize("name", [*ALONE, *PAIRS])
def test_every_part_plays_two_updates_with_finite_figures(tmp_path: Path, name: str) -> None:
    choice = (ALONE | PAIRS)[name]
    options, _ = options_of(choice)
    policy, generator, discriminator = make(choice)
    own = {"generator": generator}
    players = [
        adam_player("discriminator", {"discriminator": discriminator}, lr=0.01),
        adam_player("generator", own, lr=0.01),
        adam_player("teacher", own, lr=0.01),
    ]
    if policy.value is not None:
        players.append(adam_player("value", {"value": policy.value}, lr=0.01))
    moves = also(
        only("discriminator", *generator_moves(options)), "teacher", every=options.teacher_every
    )
    trainer = Trainer(
        Run("test", RunOptions(output_dir=tmp_path / "run", threads=1, log_every=1)),
        policy.game,
        players=players,
        phases=Phases([Phase("adversarial", 2, moves)]),
        batches=batch_at,
        stateful=policy.stateful,
    )
    before = {k: v.clone() for k, v in generator.state_dict().items()}
    trainer.fit()
    assert trainer.latest
    assert all(math.isfinite(value) for value in trainer.latest.values()), trainer.latest
    assert any(not torch.equal(before[k], v) for k, v in generator.state_dict().items())
    terms = {name for name in trainer.latest if name.startswith("generator/")}
    assert ("generator/kl" in terms) == (options.kl_weight > 0)
    assert ("generator/likelihood" in terms) == (options.likelihood_weight > 0)
    assert ("value/squared_error" in trainer.latest) == (options.baseline == "value")
    assert ("teacher/nll" in trainer.latest) == (options.teacher_every > 0)
    times = options.ppo_moves if options.surrogate == "ppo" else 1
    assert trainer.players["generator"].moves == 2 * times
    trainer.load_state_dict(trainer.run.checkpoints.load(2))  # everything can be saved


def test_about_ten_pairs_are_named() -> None:
    assert len(PAIRS) >= 10


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ({"discriminator": "conv"}, "--reward token needs a score for every prefix"),
        ({"discriminator": "transformer"}, "--reward token needs a score for every prefix"),
        ({"replies_per_prompt": 1}, "must be 2 or more, not 1"),
        ({"surrogate": "ppo", "ppo_moves": 1}, "never clips and is reinforce"),
        ({"reward": "rollout", "num_rollouts": 0}, "--num-rollouts is 0"),
        ({"reward": "tree", "discriminator": "conv"}, "--reward tree asks for scores of prefixes"),
        (
            {"reward": "tree", "tree_leaves": "rollout", "num_rollouts": 0},
            "--num-rollouts is 0",
        ),
        ({"reward": "tree", "num_simulations": 0}, "--reward tree is --reward token; 1 is"),
        ({"reward": "tree", "num_children": 1}, "--num-children is 1"),
        ({"reward": "tree", "exploration": -1.0}, "--exploration is -1.0"),
        ({"discriminator": "sentence", "reward": "sequence"}, "never reads the prompt"),
        ({"discriminator": "sentence", "mismatch_weight": 0.0}, "--reward token needs a score"),
        ({"num_rollouts": 2}, "--num-rollouts does nothing but with --reward rollout"),
        ({"ppo_clip": 0.1}, "--ppo-clip does nothing but with --surrogate ppo"),
        ({"mismatch_weight": 1.5}, r"--mismatch-weight is 1.5: it must lie in \[0, 1\]"),
        ({"replies_per_prompt": 0, "baseline": "none"}, "--replies-per-prompt is 0"),
    ],
)
def test_choices_without_meaning_are_refused_with_the_reason(
    choice: dict[str, Any], reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        make(choice)


def test_options_become_the_parts_they_name() -> None:
    def game(**choice: Any) -> Any:
        return make(choice)[0].game

    assert isinstance(game().reward, TokenReward)
    assert isinstance(game(reward="sequence").reward, SequenceReward)
    rollout = game(reward="rollout", num_rollouts=3).reward
    assert isinstance(rollout, RolloutReward)
    assert (rollout.num_rollouts, rollout.max_length) == (3, 6)
    tree = game(reward="tree", num_simulations=5, num_children=4, exploration=2.0).reward
    assert isinstance(tree, TreeReward)
    search = tree.search
    assert (search.num_simulations, search.num_children, search.exploration) == (5, 4, 2.0)
    assert (search.num_rollouts, search.max_length) == (0, 6)
    assert game(reward="tree", tree_leaves="rollout").reward.search.num_rollouts == 4
    assert isinstance(game().baseline, LeaveOneOut)
    assert game(replies_per_prompt=3).baseline.group == 3
    assert isinstance(game(baseline="average").baseline, MovingAverage)
    assert game(baseline="none").baseline is no_baseline
    assert isinstance(game(baseline="value").value, CausalScorer)
    assert game().clip is None
    assert game(ppo_clip=0.1, surrogate="ppo").clip == 0.1
    assert game(mismatch_weight=0.3).mismatch_weight == 0.3
    kinds = {"causal": CausalScorer, "conv": ConvScorer, "transformer": TransformerScorer}
    kinds["sentence"] = SentenceScorer
    for name, kind in kinds.items():
        choice = {"reward": "sequence", "discriminator": name, "mismatch_weight": 0.0}
        discriminator = make(choice)[2]
        assert type(discriminator) is kind


def test_moves_of_an_update() -> None:
    assert generator_moves(PolicyOptions()) == ("generator",)
    assert generator_moves(PolicyOptions(baseline="value")) == ("generator", "value")
    ppo = PolicyOptions(surrogate="ppo", ppo_moves=3)
    assert generator_moves(ppo) == ("generator",) * 3


def test_a_checkpoint_carries_the_moving_average_and_the_mixing() -> None:
    assert set(make({"baseline": "average"})[0].stateful) == {"baseline", "game"}
    assert set(make({})[0].stateful) == {"game"}


@pytest.mark.parametrize("training", [True, False])
def test_rewards_are_scored_without_dropout_and_the_mode_stays(training: bool) -> None:
    batch = batch_at(0)
    scorer = CausalScorer(VOCAB, pad=PAD, dim=8, dropout=0.5).train(training)
    score = ScaledScore(scorer, scale=torch.sigmoid, pad=PAD)
    first, second = score(batch.source_BS, batch.tokens_BT), score(batch.source_BS, batch.tokens_BT)
    assert torch.equal(first, second)
    assert scorer.training is training
    logits = ScaledScore(scorer, scale=torch.Tensor.float, pad=PAD)(
        batch.source_BS, batch.tokens_BT
    )
    torch.testing.assert_close(logits.sigmoid(), first)
    assert float(first.detach().min()) > 0
    assert float(logits.detach().min()) < 0


@pytest.mark.parametrize("kind", ["sequence", "token"])
def test_a_prefix_scorer_rewards_by_the_whole_reply_or_by_each_prefix(kind: str) -> None:
    batch = batch_at(0)
    generator = make({})[1]

    def score(source_BS: torch.Tensor, tokens_BT: torch.Tensor) -> torch.Tensor:
        return tokens_BT.cumsum(1).double()

    options = PolicyOptions(reward=kind)  # type: ignore[arg-type]
    reward = make_reward(options, score, generator, is_causal=True, max_length=6)
    got_BT = reward(batch.source_BS, batch.tokens_BT, torch.Generator())
    mask_BT = batch.tokens_BT != PAD
    sums_BT = batch.tokens_BT.cumsum(1)
    expected_BT = sums_BT if kind == "token" else batch.tokens_BT.sum(1, keepdim=True)
    assert torch.equal(got_BT, (expected_BT * mask_BT).double())
