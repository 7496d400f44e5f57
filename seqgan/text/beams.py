"""The hypotheses of a beam search: grown by every token, narrowed to the best.

Legend: B sources, R sources not yet done, K beam size, C candidates (2 K), T longest response,
V vocabulary, N = R K.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from seqgan.text.generators.base import IMPOSSIBLE, Generator, State, select


@dataclass(frozen=True)
class Candidates:
    """The likeliest continuations of one source's hypotheses, best first."""

    logp_RC: Tensor
    beam_RC: Tensor  # the hypothesis that was continued
    tokens_RCT: Tensor
    ending_RC: Tensor  # among the best K and ends here
    live_RC: Tensor  # among the best K of those that do not end
    state: State  # of the hypotheses that were continued


@dataclass(frozen=True)
class Beams:
    """K hypotheses for each source that is not done; logp -inf marks one that does not exist."""

    rows_R: Tensor  # which source
    tokens_RKT: Tensor
    logp_RK: Tensor
    num_ended_R: Tensor
    state: State  # of N rows

    @classmethod
    def start(
        cls, generator: Generator, source_BS: Tensor, *, beam_size: int, max_length: int
    ) -> "Beams":
        """Return one empty hypothesis a source."""
        rows_B = torch.arange(len(source_BS), device=source_BS.device)
        logp_BK = torch.full((len(rows_B), beam_size), -torch.inf, device=source_BS.device)
        logp_BK[:, 0] = 0.0
        return cls(
            rows_R=rows_B,
            tokens_RKT=rows_B.new_full((len(rows_B), beam_size, max_length), generator.pad),
            logp_RK=logp_BK,
            num_ended_R=torch.zeros_like(rows_B),
            state=select(generator.start(source_BS), rows_B.repeat_interleave(beam_size)),
        )

    def grow(self, generator: Generator, t: int) -> Candidates:
        """Return the best 2 K continuations by one token: at least K of them do not end."""
        num_rows, beam_size, _ = self.tokens_RKT.shape
        previous_RK = self.tokens_RKT[:, :, t - 1]
        if t == 0:
            previous_RK = torch.full_like(previous_RK, generator.bos)
        logits_NV, state = generator.step(self.state, previous_RK.flatten())
        logp_NV = logits_NV.float().log_softmax(-1)
        never = {generator.pad, generator.bos} - {generator.eos}
        logp_NV[:, list(never)] = -torch.inf
        logp_NV.masked_fill_(logp_NV < IMPOSSIBLE / 2, -torch.inf)
        logp_RKV = self.logp_RK.unsqueeze(-1) + logp_NV.view(num_rows, beam_size, -1)
        vocab_size = logp_RKV.shape[-1]
        logp_RC, index_RC = logp_RKV.flatten(1).topk(2 * beam_size)
        beam_RC, token_RC = index_RC // vocab_size, index_RC % vocab_size
        tokens_RCT = self.tokens_RKT[
            torch.arange(num_rows, device=beam_RC.device).unsqueeze(1), beam_RC
        ]
        tokens_RCT[:, :, t] = token_RC
        ends_RC = token_RC == generator.eos
        rank_C = torch.arange(2 * beam_size, device=token_RC.device)
        return Candidates(
            logp_RC=logp_RC,
            beam_RC=beam_RC,
            tokens_RCT=tokens_RCT,
            ending_RC=ends_RC & (rank_C < beam_size) & logp_RC.isfinite(),
            live_RC=~ends_RC & ((~ends_RC).cumsum(1) <= beam_size),
            state=state,
        )

    def narrow(self, grown: Candidates) -> "Beams":
        """Return the best K hypotheses that go on, of the sources where fewer than K have ended."""
        num_rows, beam_size, _ = self.tokens_RKT.shape
        row_R1 = torch.arange(num_rows, device=grown.beam_RC.device).unsqueeze(1)
        live_RK = grown.live_RC.nonzero()[:, 1].view(num_rows, beam_size)
        logp_RK = grown.logp_RC[row_R1, live_RK]
        num_ended_R = self.num_ended_R + grown.ending_RC.sum(1)
        kept_R = ((num_ended_R < beam_size) & logp_RK.isfinite().any(1)).nonzero().squeeze(1)
        beam_RK = row_R1 * beam_size + grown.beam_RC[row_R1, live_RK]
        return Beams(
            rows_R=self.rows_R[kept_R],
            tokens_RKT=grown.tokens_RCT[row_R1, live_RK][kept_R],
            logp_RK=logp_RK[kept_R],
            num_ended_R=num_ended_R[kept_R],
            state=select(grown.state, beam_RK[kept_R].flatten()),
        )
