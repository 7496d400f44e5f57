"""Dialogue as a game: likelihood, a discriminator of replies, and a generator rewarded by it.

Legend: B prompts, R replies (neighbours belong to one prompt), S prompt length, T reply length,
N real tokens, V vocabulary.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from seqgan.core.game import Losses
from seqgan.objectives.likelihood import scatter_logp
from seqgan.objectives.minimax import fake_loss, real_loss
from seqgan.objectives.policy_gradient import clipped_loss, reinforce_loss, token_kl
from seqgan.ops.masks import at_least_float32, last_real, masked_mean, token_mask
from seqgan.text.batches import TextBatch
from seqgan.text.decoding import sample
from seqgan.text.generators.base import Generator
from seqgan.text.rewards import RewardEstimator

Baseline = Callable[[Tensor, Tensor], Tensor]
Scorer = Callable[[Tensor, Tensor], Tensor]
Critic = Callable[["Replies", torch.Generator], Losses]
EveryWord = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Replies:
    """A batch with the generator's replies: `source_RS` repeats each prompt once a reply.

    `judged` has their rewards and what was expected, as they were when the generator first moved.
    """

    human: TextBatch
    source_RS: Tensor
    tokens_RT: Tensor
    old_logp_RT: Tensor
    judged: list[tuple[Tensor, Tensor]] = field(default_factory=list)


def set_dropout(module: nn.Module, on: bool) -> None:
    """Switch dropout and the like; recurrent layers stay in training mode.

    (cuDNN refuses a backward pass through a recurrent layer in evaluation mode, so there the rate
    of the dropout between layers is what is switched.)
    """
    for part in module.modules():
        if isinstance(part, nn.RNNBase):
            part.training = True
            rate = vars(part).setdefault("own_dropout", part.dropout)
            part.dropout = rate if on else 0.0
        else:
            part.training = on


class LikelihoodGame:
    """Each player its generator: -log p of the human reply.

    Every token weighs the same, whatever batch it is in. Divided by its own number of tokens a
    batch would weigh as much as any other, and batches hold replies of like lengths: a generator
    that learned so, on lines of dialogue, gave the end a fifth more probability than it has.

    Args:
        generators: by the name of the player.
        mean_length: tokens of a reply on average, so that the loss is in nats a token.
        drops: whether a player's generator learns with dropout now.
    """

    def __init__(
        self,
        generators: Mapping[str, Generator],
        *,
        mean_length: float,
        drops: Callable[[str], bool] = lambda player: True,
    ) -> None:
        self.generators, self.mean_length, self.drops = generators, mean_length, drops

    def prepare(self, batch: TextBatch, movers: Sequence[str], rng: torch.Generator) -> TextBatch:
        """Return the batch as it is."""
        return batch

    def losses(self, player: str, batch: TextBatch, rng: torch.Generator) -> Losses:
        """Return the loss of each token, a reply; as a figure the batch's own nats a token."""
        generator = self.generators[player]
        set_dropout(generator, self.drops(player))
        logp_BT = reply_logp(generator, batch.source_BS, batch.tokens_BT)
        count = (batch.tokens_BT != generator.pad).sum().clamp(min=1)
        figures = {"nll": -logp_BT.detach().sum() / count}
        return Losses({"loss": -logp_BT / self.mean_length}, len(logp_BT), figures)


def reply_logp(generator: Generator, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
    """Return the log-probability of each token, 0 at padding, shape (B, T)."""
    mask_BT = token_mask(tokens_BT, pad=generator.pad)
    return scatter_logp(generator.real_logits(source_BS, tokens_BT), tokens_BT, mask_BT)


class PolicyGradientGame:
    """Players `discriminator`, `generator`, with a learned baseline `value`, and `likelihood`'s.

    the players of `likelihood`: maximum likelihood on human replies (teacher forcing of the
    generator in play, arXiv:1701.06547, section 3.2; or a baseline that only learns so).
    discriminator: human reply against the generator's and against human replies to other prompts
    (the batch's next one, or all of them by `against_all`: replies and prompts in, (C, B, T) out),
    the two kinds of negatives weighted `1 - mismatch_weight` and `mismatch_weight`; by the logistic
    loss, or by whatever `critic` gives for human and written replies, then without mismatches.
    generator: -A log p a reply plus `kl_weight` KL to the reference, a token. In place of the first
    term `every_word`, if given, of prompts, replies and the generator's logits (N, V) of their real
    tokens: minus the expectation, over all words that might stand there, of a word's own reward,
    shape (N,) (arXiv:1709.00503; what may follow the word is left out). `reward` is then not asked.
    value: squared error of the expected reward of the next token.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Scorer,
        reward: RewardEstimator,
        baseline: Baseline,
        *,
        max_length: int,
        replies_per_prompt: int = 1,
        mismatch_weight: float = 0.5,
        clip: float | None = None,
        reference: Generator | None = None,
        kl_weight: float = 0.0,
        likelihood_weight: float = 0.0,
        value: Scorer | None = None,
        likelihood: LikelihoodGame | None = None,
        against_all: Scorer | None = None,
        critic: Critic | None = None,
        every_word: EveryWord | None = None,
        judge_drops: bool = True,
    ) -> None:
        if critic is not None and mismatch_weight:
            raise ValueError(
                f"mismatch_weight is {mismatch_weight}: a critic of its own pairs human replies "
                "with written ones alone; give 0"
            )
        self.generator, self.discriminator = generator, discriminator
        self.reward, self.baseline, self.value = reward, baseline, value
        self.max_length, self.replies_per_prompt = max_length, replies_per_prompt
        self.mismatch_weight, self.clip = mismatch_weight, clip
        self.reference, self.kl_weight = reference, kl_weight
        self.likelihood_weight = likelihood_weight
        self.likelihood = likelihood or LikelihoodGame({}, mean_length=1.0)
        self.against_all, self.critic = against_all, critic
        self.every_word, self.judge_drops = every_word, judge_drops

    def prepare(
        self, batch: TextBatch, movers: Sequence[str], rng: torch.Generator
    ) -> TextBatch | Replies:
        """Return the batch with the generator's replies, if one of the movers reads them.

        One reply a prompt, or `replies_per_prompt` where the generator or the value moves.
        """
        if not {"discriminator", "generator", "value"} & set(movers):
            return batch
        count = self.replies_per_prompt if {"generator", "value"} & set(movers) else 1
        source_RS = batch.source_BS.repeat_interleave(count, dim=0)
        set_dropout(self.generator, False)
        tokens_RT = sample(self.generator, source_RS, max_length=self.max_length, rng=rng)
        old_logp_RT = torch.empty(0)
        if self.clip is not None:
            old_logp_RT = reply_logp(self.generator, source_RS, tokens_RT)
        return Replies(batch, source_RS, tokens_RT, old_logp_RT)

    def losses(self, player: str, batch: TextBatch | Replies, rng: torch.Generator) -> Losses:
        """Return one player's terms."""
        if player in self.likelihood.generators:
            human = batch.human if isinstance(batch, Replies) else batch
            return self.likelihood.losses(player, human, rng)
        if player not in ("discriminator", "generator", "value"):
            raise ValueError(f"no player {player!r} in this game")
        assert isinstance(batch, Replies)
        if player == "discriminator":
            if isinstance(self.discriminator, nn.Module):  # likelihood may have left it otherwise
                set_dropout(self.discriminator, self.judge_drops)
            return self.discriminator_losses(batch) if not self.critic else self.critic(batch, rng)
        if player == "generator":
            return self.generator_losses(batch, rng)
        return self.value_losses(batch, rng)

    def discriminator_losses(self, batch: Replies) -> Losses:
        """Return -log sigmoid of human replies and -log(1 - sigmoid) of both negatives."""
        human, pad = batch.human, self.generator.pad
        mask_BT = token_mask(human.tokens_BT, pad=pad)
        if self.mismatch_weight == 0:
            real = self.discriminator(human.source_BS, human.tokens_BT)
            other_B = real.new_zeros(len(mask_BT))
        elif self.against_all is None:
            real = self.discriminator(human.source_BS, human.tokens_BT)
            other = self.discriminator(human.source_BS, human.tokens_BT.roll(1, 0))
            other_B = _a_reply(fake_loss(other), mask_BT.roll(1, 0))
        else:
            all_CBT = self.against_all(human.source_BS, human.tokens_BT)
            real = all_CBT.diagonal(dim1=0, dim2=1).T
            other_B = _other_prompts(_a_reply(fake_loss(all_CBT), mask_BT))
        fake = self.discriminator(batch.source_RS, batch.tokens_RT)
        real_B = _a_reply(real_loss(real), mask_BT)
        fake_R = _a_reply(fake_loss(fake), token_mask(batch.tokens_RT, pad=pad))
        replies = len(fake_R) // max(len(real_B), 1)
        # A single pair has no other prompt's reply: its own would be called false.
        mismatch_weight = self.mismatch_weight if len(real_B) > 1 else 0.0
        terms = {
            "real": real_B,
            "fake": (1 - mismatch_weight) * fake_R / replies,
            "mismatched": mismatch_weight * other_B,
        }
        figures = {
            "real_score": _whole(real, mask_BT).sigmoid().mean().detach(),
            "fake_score": _whole(fake, batch.tokens_RT != pad).sigmoid().mean().detach(),
        }
        return Losses(terms, len(real_B), figures)

    def rewards(self, batch: Replies, rng: torch.Generator) -> Tensor:
        """Return the reward of every token by the networks as they are now, shape (R, T)."""
        set_dropout(self.generator, False)
        with torch.no_grad():
            return self.reward(batch.source_RS, batch.tokens_RT, rng).float()

    def generator_losses(self, batch: Replies, rng: torch.Generator) -> Losses:
        """Return the policy-gradient surrogate, the divergence and the mixed-in likelihood."""
        mask_RT = token_mask(batch.tokens_RT, pad=self.generator.pad)
        set_dropout(self.generator, False)
        logits_NV = self.generator.real_logits(batch.source_RS, batch.tokens_RT)
        logp_RT = scatter_logp(logits_NV, batch.tokens_RT, mask_RT)
        if self.every_word is not None:
            loss_N = self.every_word(batch.source_RS, batch.tokens_RT, logits_NV)
            reward_RT = torch.zeros_like(logp_RT).masked_scatter(mask_RT, -loss_N.detach())
            terms = {"policy": loss_N}
        else:
            if not batch.judged:  # once: at its later moves a policy no longer is who wrote this
                reward_RT = self.rewards(batch, rng)
                batch.judged.append((reward_RT, self._baseline(batch, reward_RT, mask_RT)))
            reward_RT, expected_RT = batch.judged[0]
            advantage_RT = (reward_RT - expected_RT) * mask_RT
            surrogate_RT = self._surrogate(batch, logp_RT, advantage_RT)
            terms = {"policy": surrogate_RT * mask_RT}
        if self.reference is not None and self.kl_weight > 0:
            set_dropout(self.reference, False)
            with torch.no_grad():
                reference_NV = self.reference.real_logits(batch.source_RS, batch.tokens_RT)
            terms["kl"] = self.kl_weight * token_kl(logits_NV, reference_NV)
        if self.likelihood_weight > 0:
            nll_BT = -reply_logp(self.generator, batch.human.source_BS, batch.human.tokens_BT)
            replies = len(mask_RT) // max(len(nll_BT), 1)
            terms["likelihood"] = self.likelihood_weight * replies * nll_BT
        figures = {
            "reward": masked_mean(reward_RT.flatten()[None], mask_RT.flatten()[None])[0],
            "entropy": -masked_mean(logp_RT.detach().flatten()[None], mask_RT.flatten()[None])[0],
            "reply_length": mask_RT.sum(1).float().mean(),
        }
        return Losses(terms, len(mask_RT), figures)

    def _surrogate(self, batch: Replies, logp_RT: Tensor, advantage_RT: Tensor) -> Tensor:
        if self.clip is None:
            return reinforce_loss(logp_RT, advantage_RT)
        return clipped_loss(logp_RT, batch.old_logp_RT, advantage_RT, clip=self.clip)

    def _baseline(self, batch: Replies, reward_RT: Tensor, mask_RT: Tensor) -> Tensor:
        if self.value is None:
            return self.baseline(reward_RT, mask_RT)
        if isinstance(self.value, nn.Module):
            set_dropout(self.value, False)
        with torch.no_grad():
            return expected_reward(self.value, batch, bos=self.generator.bos)

    def value_losses(self, batch: Replies, rng: torch.Generator) -> Losses:
        """Return the squared error of the expected reward, a token."""
        assert self.value is not None
        if isinstance(self.value, nn.Module):
            set_dropout(self.value, True)
        mask_RT = token_mask(batch.tokens_RT, pad=self.generator.pad)
        error_RT = expected_reward(self.value, batch, bos=self.generator.bos) - self.rewards(
            batch, rng
        )
        return Losses({"squared_error": error_RT.square() * mask_RT}, int(mask_RT.sum()))

    def state_dict(self) -> dict[str, float]:
        """Return what an alarm may have changed."""
        return {"likelihood_weight": self.likelihood_weight}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Put a saved state back."""
        self.likelihood_weight = state["likelihood_weight"]


def expected_reward(value: Scorer, batch: Replies, *, bos: int) -> Tensor:
    """Return the value of each prefix *before* its next token, shape (R, T).

    A baseline may depend on the state, never on the action: the network reads `bos` and all but
    the last token.
    """
    first_R1 = batch.tokens_RT.new_full((len(batch.tokens_RT), 1), bos)
    return value(batch.source_RS, torch.cat([first_R1, batch.tokens_RT[:, :-1]], dim=1))


def _a_reply(loss: Tensor, mask_BT: Tensor) -> Tensor:
    """Return one value a reply: the mean over its tokens, where there is one a token."""
    loss = at_least_float32(loss)
    return masked_mean(loss, mask_BT) if loss.shape[-2:] == mask_BT.shape else loss


def _other_prompts(loss_CB: Tensor) -> Tensor:
    """Return each reply's mean over the prompts that are not its own, shape (B,)."""
    others = max(len(loss_CB) - 1, 1)
    return (loss_CB.sum(0) - loss_CB.diagonal()) / others


def _whole(score: Tensor, mask_BT: Tensor) -> Tensor:
    return last_real(score, mask_BT) if score.dim() == 2 else score
