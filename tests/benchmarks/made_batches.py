"""Made data and networks of the default sizes, shared by the benchmarks.

64 pairs a batch, prompts and replies of up to 12 to 20 tokens, 4,000 subwords, width 256. The
generator is not trained; a bias lets it end its replies after ten tokens or so, as people do.
Legend: B batch, S prompt length, T reply length.
"""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from seqgan.core.player import adam_player
from seqgan.core.run import Run, RunOptions
from seqgan.core.schedule import Phase, Phases, only
from seqgan.core.trainer import Trainer
from seqgan.text.batches import TextBatch
from seqgan.text.games import LikelihoodGame
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.options import NetworkOptions, PolicyOptions
from seqgan.text.policy import Policy, make_discriminator, make_policy

PAD, BOS, EOS = 0, 1, 2
VOCAB_SIZE, BATCH_SIZE, MAX_LENGTH = 4000, 64, 20
MEAN_LENGTH = MAX_LENGTH / 2  # what the likelihood game is told
NETWORKS = NetworkOptions()
NEVER = 10**9

Figures = dict[str, float | int | str]
Record = Callable[[str, Figures], None]


class CountingGenerator(RecurrentGenerator):
    """The default generator; counts the tokens it reads, and its serial steps."""

    def __init__(self) -> None:
        super().__init__(
            VOCAB_SIZE,
            pad=PAD,
            bos=BOS,
            eos=EOS,
            dim=NETWORKS.generator_dim,
            dropout=NETWORKS.dropout,
        )
        self.decoded = self.steps = self.scored = 0
        with torch.no_grad():
            self.output.bias[EOS] = math.log(VOCAB_SIZE / 10)

    def read(
        self, state: dict[str, Tensor], vectors_BTD: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Count a token-step a row while decoding, which reads one token at a time."""
        if vectors_BTD.shape[1] == 1:
            self.decoded, self.steps = self.decoded + len(vectors_BTD), self.steps + 1
        return super().read(state, vectors_BTD)

    def real_logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Count the real tokens that are scored with the reply given."""
        logits_NV = super().real_logits(source_BS, tokens_BT)
        self.scored += len(logits_NV)
        return logits_NV


def made_batch(number: int, *, process: int = 0, num_processes: int = 1) -> TextBatch:
    """Return this process's share of batch `number`: rows of similar length, as in training."""
    rng = torch.Generator().manual_seed(number)

    def padded(last: int | None) -> Tensor:
        longest = int(torch.randint(12, MAX_LENGTH + 1, (), generator=rng))
        tokens_BT = torch.randint(3, VOCAB_SIZE, (BATCH_SIZE, longest), generator=rng)
        length_B = torch.randint(longest - 3, longest + 1, (BATCH_SIZE,), generator=rng)
        length_B[0] = longest
        tokens_BT[torch.arange(longest) >= length_B.unsqueeze(1)] = PAD
        if last is not None:
            tokens_BT[torch.arange(BATCH_SIZE), length_B - 1] = last
        return tokens_BT

    mine = slice(process, None, num_processes)
    return TextBatch(padded(None)[mine], padded(EOS)[mine])


@dataclass(frozen=True)
class Setting:
    """A run with a trainer over made data, and the parts a benchmark looks at."""

    run: Run
    trainer: Trainer
    generator: CountingGenerator
    policy: Policy


def make_setting(
    folder: Path,
    *,
    movers: tuple[str, ...],
    updates: int,
    options: PolicyOptions | None = None,
    threads: int = 0,
    batches: Callable[[int], TextBatch] | None = None,
) -> Setting:
    """Return everything for `updates` updates in which the same `movers` move."""
    quiet = RunOptions(output_dir=folder, device="cpu", threads=threads, checkpoint_every=NEVER)
    run = Run("benchmark", quiet)
    generator = CountingGenerator()
    discriminator = make_discriminator(NETWORKS, generator)
    policy = make_policy(
        options or PolicyOptions(),
        generator,
        discriminator,
        reference=None,
        likelihood=LikelihoodGame(
            {"likelihood": generator, "teacher": generator}, mean_length=MEAN_LENGTH
        ),
        max_length=MAX_LENGTH,
    )
    own, critic = {"generator": generator}, {"discriminator": discriminator}
    players = [
        adam_player("likelihood", own, lr=2e-3),
        adam_player("discriminator", critic, lr=1e-3),
        adam_player("generator", own, lr=1e-4),
        adam_player("teacher", own, lr=1e-4),
    ]
    share = {
        "process": run.accelerator.process_index,
        "num_processes": run.accelerator.num_processes,
    }
    trainer = Trainer(
        run,
        policy.game,
        players=players,
        phases=Phases([Phase("benchmark", updates, only(*movers))]),
        batches=batches or (lambda number: made_batch(number, **share)),
    )
    return Setting(run, trainer, generator, policy)


def median_seconds(trainer: Trainer, *, warm: int, count: int, first: int = 0) -> float:
    """Play updates from the `first` on; return their median time without the first `warm`."""
    seconds = []
    for update in range(first, first + warm + count):
        start = time.perf_counter()
        trainer.play(update)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[warm:])
