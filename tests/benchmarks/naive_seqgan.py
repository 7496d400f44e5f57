"""The reward batch of SeqGAN as it is usually written; what the packed one is measured against.

Every completion reads its prefix again from the first token, draws with `multinomial`, and is
looked at by filters that are images of one channel. Legend: B batch, T length, N rollouts,
D width, F features.
"""

import time

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.sentence_scorer import SentenceScorer


class NaiveSeqGAN:
    """Counts the generator's token-steps and serial steps, and where the seconds go."""

    def __init__(self, generator: RecurrentLanguageModel, scorer: SentenceScorer) -> None:
        self.generator, self.scorer = generator, scorer
        self.token_steps = self.serial_steps = 0
        self.seconds = {"generator": 0.0, "draw": 0.0, "discriminator": 0.0}

    @torch.no_grad()
    def reward(self, tokens_BT: Tensor, *, num_rollouts: int) -> Tensor:
        """Return the mean score of every prefix's completions, shape (B, T)."""
        columns = []
        for given in range(1, tokens_BT.shape[1]):
            scores = [self.score(self.complete(tokens_BT, given)) for _ in range(num_rollouts)]
            columns.append(torch.stack(scores).mean(0))
        return torch.stack([*columns, self.score(tokens_BT)], dim=1)

    def complete(self, tokens_BT: Tensor, given: int) -> Tensor:
        """Return the sentences with all but their first tokens drawn anew."""
        state = self.generator.start(tokens_BT[:, :0])
        token_B = torch.full_like(tokens_BT[:, 0], self.generator.bos)
        written = []
        for t in range(tokens_BT.shape[1]):
            start = time.perf_counter()
            logits_BV, state = self.generator.step(state, token_B)
            read = time.perf_counter()
            self.token_steps, self.serial_steps = (
                self.token_steps + len(token_B),
                self.serial_steps + 1,
            )
            if t < given:
                token_B = tokens_BT[:, t]
            else:
                prob_BV = functional.log_softmax(logits_BV, dim=-1).exp()
                token_B = torch.multinomial(prob_BV, 1).squeeze(1)
            written.append(token_B)
            self.seconds["generator"] += read - start
            self.seconds["draw"] += time.perf_counter() - read
        return torch.stack(written, dim=1)

    def score(self, tokens_BT: Tensor) -> Tensor:
        """Return the scores of sentences that fill their batch, shape (B,)."""
        start = time.perf_counter()
        image_B1TD = self.scorer.embedding(tokens_BT).unsqueeze(1)
        pooled = []
        for conv in self.scorer.filters:
            assert isinstance(conv, nn.Conv1d)
            kernel_F1KD = conv.weight.transpose(1, 2).unsqueeze(1)
            answer = functional.conv2d(image_B1TD, kernel_F1KD, conv.bias).relu()
            pooled.append(answer.amax((2, 3)))
        feature_BF = torch.cat(pooled, dim=1)
        mixed = self.scorer.highway(feature_BF)
        change_BF, gate_BF = mixed.chunk(2, dim=1) if self.scorer.own_gate else (mixed, mixed)
        open_BF = gate_BF.sigmoid()
        highway_BF = open_BF * change_BF.relu() + (1 - open_BF) * feature_BF
        score_B: Tensor = self.scorer.score(highway_BF).squeeze(-1)
        self.seconds["discriminator"] += time.perf_counter() - start
        return score_B
