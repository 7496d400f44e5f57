"""Adversarial success: how well a fresh discriminator is fooled, and whether to believe it.

Legend: B batch, T time (words of a response), S words of a prompt, C channels.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqgan.metrics.classification import balanced_accuracy
from seqgan.ops.fused_adam import fused_adamw
from seqgan.ops.repeatable import repeatable
from seqgan.text.evaluation.judge_words import PAD, JudgeVocabulary, trim

EPOCHS = 4
BATCH_SIZE = 64
LEARNING_RATE = 3e-3
MAX_SHUFFLED = 0.1


@dataclass(frozen=True)
class ReplySet:
    """Prompts, the human reply to each, and a system's reply to each."""

    prompts: Sequence[str]
    human: Sequence[str]
    system: Sequence[str]

    def __post_init__(self) -> None:
        if not len(self.prompts) == len(self.human) == len(self.system):
            raise ValueError(
                "one human and one system reply for each prompt are needed, got "
                f"{len(self.prompts)}, {len(self.human)} and {len(self.system)}"
            )
        if len(self.prompts) < 2:
            raise ValueError(f"two halves need two prompts or more, got {len(self.prompts)}")


@dataclass(frozen=True)
class Controls:
    """What the fresh discriminator makes of known cases; `reasons` to distrust it, or none."""

    shuffled: float
    real_vs_real: float
    reasons: tuple[str, ...]

    @property
    def void(self) -> bool:
        """Whether adversarial success says nothing on this corpus."""
        return bool(self.reasons)


def adversarial_success(
    train: ReplySet, test: ReplySet, *, seed: int = 0, epochs: int = EPOCHS
) -> float:
    """Return 1 - balanced accuracy of a fresh discriminator; .5 is best (Li et al. 2017).

    The discriminator sees human replies to one half of the prompts and the system's to the
    other half, in training (`train`, the evaluators' split) and in the test alike: a text that
    stands on both sides would give its label away. Two discriminators are trained, the halves
    changing sides, and their figures averaged, so that every reply is used.

    The vocabulary, the halves, the architecture and the training are fixed by `seed`; the
    global random state is left as it was. Trained on one CPU thread so that figures repeat.
    """
    vocabulary = JudgeVocabulary([*train.prompts, *train.human])
    learnt, asked = _encode(vocabulary, train), _encode(vocabulary, test)
    errors = []
    for fold in range(2):
        human_learnt_B = human_half(len(train.prompts), fold=fold, seed=seed)
        human_asked_B = human_half(len(test.prompts), fold=fold, seed=seed + 1)
        model = _trained(vocabulary, learnt, human_learnt_B, seed=seed + fold, epochs=epochs)
        guessed_B = _scores(model, asked, human_asked_B) > 0
        errors.append(1 - balanced_accuracy(guessed_B.numpy(), human_asked_B.numpy()))
    return sum(errors) / len(errors)


def discriminator_controls(
    train_prompts: Sequence[str],
    train_human: Sequence[str],
    test_prompts: Sequence[str],
    test_human: Sequence[str],
    *,
    seed: int = 0,
    epochs: int = EPOCHS,
    max_shuffled: float = MAX_SHUFFLED,
) -> Controls:
    """Return the success of word-shuffled and of real replies, and whether both are as they must.

    Shuffled replies must score below `max_shuffled`, real ones .5 within three standard deviations
    of as many coin throws as there are test replies. Replies whose words have one order only are
    left out of the shuffled control.
    """
    shuffled = adversarial_success(
        _shuffled_set(train_prompts, train_human, seed=seed),
        _shuffled_set(test_prompts, test_human, seed=seed + 1),
        seed=seed,
        epochs=epochs,
    )
    real = adversarial_success(
        ReplySet(train_prompts, train_human, train_human),
        ReplySet(test_prompts, test_human, test_human),
        seed=seed,
        epochs=epochs,
    )
    noise = 3 * (0.25 / len(test_prompts)) ** 0.5
    reasons = []
    if shuffled >= max_shuffled:
        reasons.append(
            f"word-shuffled human texts score {shuffled:.3f}, allowed is below {max_shuffled:g}"
        )
    if abs(real - 0.5) > noise:
        reasons.append(f"real against real scores {real:.3f}, allowed is 0.5 -/+ {noise:.3f}")
    return Controls(shuffled, real, tuple(reasons))


def shuffle_words(words: Sequence[str], rng: random.Random) -> list[str] | None:
    """Return `words` in another order, or None if all of them are the same.

    >>> shuffle_words(["b", "a"], random.Random(0))
    ['a', 'b']
    """
    if len(set(words)) < 2:
        return None
    shuffled = list(words)
    while shuffled == list(words):
        rng.shuffle(shuffled)
    return shuffled


class FreshDiscriminator(nn.Module):
    """Two convolutions over the response, each word marked if it stands in the prompt."""

    def __init__(self, vocab_size: int, *, dim: int = 64, channels: int = 96) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, dim, padding_idx=PAD)
        self.copied = nn.Embedding(2, dim)
        nn.init.normal_(self.embedding.weight, std=0.2)
        nn.init.normal_(self.copied.weight, std=0.2)
        self.first = nn.Conv1d(dim, channels, 3, padding=1)
        self.second = nn.Conv1d(channels, channels, 3, padding=1)
        self.dropout = nn.Dropout(0.4)
        self.head = nn.Linear(2 * channels, 1)

    def forward(self, prompt_BS: Tensor, response_BT: Tensor) -> Tensor:
        """Return one score a response, shape (B,), high for human."""
        copied_BT = (response_BT.unsqueeze(2) == prompt_BS.unsqueeze(1)).any(2)
        mask_B1T = (response_BT != PAD).unsqueeze(1).float()
        words_BTC = self.embedding(response_BT) + self.copied(copied_BT.long())
        words_BCT = self.dropout(words_BTC).transpose(1, 2) * mask_B1T
        hidden_BCT = functional.relu(self.first(words_BCT)) * mask_B1T
        hidden_BCT = hidden_BCT + functional.relu(self.second(hidden_BCT)) * mask_B1T
        mean_BC = hidden_BCT.sum(2) / mask_B1T.sum(2).clamp(min=1)
        summary_BC = torch.cat([hidden_BCT.amax(2), mean_BC], dim=1)
        scores_B: Tensor = self.head(self.dropout(summary_BC)).squeeze(1)
        return scores_B


@dataclass(frozen=True)
class _Encoded:
    prompts_BS: Tensor
    human_BT: Tensor
    system_BT: Tensor

    def responses(self, human_B: Tensor) -> Tensor:
        """Return the human response where `human_B` says so, else the system's."""
        return torch.where(human_B.unsqueeze(1), self.human_BT, self.system_BT)


def _encode(vocabulary: JudgeVocabulary, replies: ReplySet) -> _Encoded:
    return _Encoded(
        vocabulary.encode(replies.prompts, keep_end=True),
        vocabulary.encode(replies.human),
        vocabulary.encode(replies.system),
    )


def human_half(size: int, *, fold: int, seed: int) -> Tensor:
    """Return for which prompts the human replies are taken, boolean (B,): a random half.

    Fold 1 takes the other half.

    >>> (human_half(5, fold=0, seed=3) ^ human_half(5, fold=1, seed=3)).all()
    tensor(True)
    """
    order_B = torch.randperm(size, generator=torch.Generator().manual_seed(seed))
    return (order_B < size // 2) ^ bool(fold)


def _trained(
    vocabulary: JudgeVocabulary, encoded: _Encoded, human_B: Tensor, *, seed: int, epochs: int
) -> FreshDiscriminator:
    responses_BT = encoded.responses(human_B)
    with repeatable(seed) as rng:
        model = FreshDiscriminator(vocabulary.size)
        steps = epochs * -(-len(human_B) // BATCH_SIZE)
        optimizer = fused_adamw(model.parameters(), lr=LEARNING_RATE)
        rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
        for _ in range(epochs):
            for rows in torch.split(torch.randperm(len(human_B), generator=rng), BATCH_SIZE):
                scores_B = model(trim(encoded.prompts_BS[rows]), trim(responses_BT[rows]))
                loss = functional.binary_cross_entropy_with_logits(scores_B, human_B[rows].float())
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
                rate.step()
    return model.eval()


def _scores(model: FreshDiscriminator, encoded: _Encoded, human_B: Tensor) -> Tensor:
    responses_BT = encoded.responses(human_B)
    with torch.no_grad():
        batches = zip(
            torch.split(encoded.prompts_BS, 256), torch.split(responses_BT, 256), strict=True
        )
        return torch.cat(
            [model(trim(prompt_BS), trim(tokens_BT)) for prompt_BS, tokens_BT in batches]
        )


def _shuffled_set(prompts: Sequence[str], human: Sequence[str], *, seed: int) -> ReplySet:
    rng = random.Random(seed)
    reader = JudgeVocabulary(human)
    rows = [
        (prompt, reply, " ".join(shuffled))
        for prompt, reply in zip(prompts, human, strict=True)
        if (shuffled := shuffle_words(reader.words(reply), rng)) is not None
    ]
    if len(rows) < 2:  # nothing to shuffle: people against people fail this control
        return ReplySet(prompts, human, human)
    return ReplySet([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])
