"""Time one reward batch of SeqGAN in a process of its own; prints one JSON line.

64 sentences of one length from 5,000 words, a generator of width 32, 16 rollouts, the filters of
the paper. Counts token-steps, serial steps and the peak memory of this process.
"""

import argparse
import json
import time

import torch
from measure_updates import peak_mebibytes
from torch import Tensor

from seqgan.ops.processor import use_processor
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.prefix_scorers import CausalScorer
from seqgan.text.rewards import RolloutReward, TokenReward
from seqgan.text.sentence_scorer import SentenceScorer

VOCAB_SIZE, WIDTH, BATCH_SIZE, NUM_ROLLOUTS = 5000, 32, 64, 16


class CountingModel(RecurrentLanguageModel):
    """The generator of the SeqGAN benchmark; counts what it reads."""

    def __init__(self) -> None:
        super().__init__(
            VOCAB_SIZE, pad=VOCAB_SIZE, bos=0, eos=VOCAB_SIZE + 1, dim=WIDTH, hidden=WIDTH
        )
        self.token_steps = self.serial_steps = 0

    def read(
        self, state: dict[str, Tensor], vectors_BTD: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Count a token-step a row."""
        self.token_steps += len(vectors_BTD)
        self.serial_steps += 1
        return super().read(state, vectors_BTD)


def made_sentences(length: int) -> Tensor:
    """Return a batch of sentences of random words, shape (B, T)."""
    rng = torch.Generator().manual_seed(length)
    return torch.randint(VOCAB_SIZE, (BATCH_SIZE, length), generator=rng)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--reward", choices=["rollout", "token"], default="rollout")
    parser.add_argument("--max-rows", type=int, help="rows at once")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0)
    given = parser.parse_args()
    use_processor(given.threads, 1)
    torch.manual_seed(0)
    model, tokens_BT = CountingModel(), made_sentences(given.length)
    if given.reward == "rollout":
        reward = RolloutReward(
            model,
            SentenceScorer(VOCAB_SIZE, pad=VOCAB_SIZE, own_gate=False),
            num_rollouts=NUM_ROLLOUTS,
            max_length=given.length,
            max_rows=given.max_rows,
        )
    else:
        reward = TokenReward(CausalScorer(VOCAB_SIZE + 1, pad=VOCAB_SIZE, dim=64), pad=VOCAB_SIZE)
    before, seconds = peak_mebibytes(), []
    for repeat in range(given.repeats):
        model.token_steps = model.serial_steps = 0
        start = time.perf_counter()
        with torch.no_grad():
            reward(tokens_BT[:, :0], tokens_BT, torch.Generator().manual_seed(repeat))
        seconds.append(time.perf_counter() - start)
    figures = {
        "seconds": sorted(seconds)[len(seconds) // 2],
        "generator_token_steps": model.token_steps,
        "generator_serial_steps": model.serial_steps,
        "mebibytes": peak_mebibytes() - before,
        "threads": torch.get_num_threads(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
