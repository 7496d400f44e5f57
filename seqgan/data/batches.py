"""Which rows make up which batch: a pure function of the seed and the batch's number."""

from collections.abc import Sequence

import numpy as np


class Batches:
    """Endless batches of row indices; every row comes exactly once an epoch.

    `batches[i]` depends on nothing but `lengths`, the options and `i`, so a resumed run finds its
    place by the number alone. Rows of similar length share a batch, which saves padding: an
    epoch's rows are shuffled, sorted by length inside windows of `window` batches, and the batches
    shuffled. The last batch that is cut may be short; it comes anywhere in the epoch.
    """

    def __init__(
        self, lengths: Sequence[int], *, batch_size: int, seed: int, window: int = 50
    ) -> None:
        """Take the length of every row.

        Raises:
            ValueError: there are no rows, or `batch_size` or `window` is below 1.
        """
        if len(lengths) == 0:
            raise ValueError("no rows to make batches of: give at least one length")
        if batch_size < 1 or window < 1:
            raise ValueError(
                f"batch_size and window must be 1 or more, got {batch_size} and {window}"
            )
        self.lengths = np.asarray(lengths, dtype=np.int64)
        self.batch_size = batch_size
        self.seed = seed
        self.window = window
        self._epoch = -1
        self._order: list[list[int]] = []

    @property
    def epoch_batches(self) -> int:
        """The number of batches in an epoch."""
        return -(-len(self.lengths) // self.batch_size)

    def __getitem__(self, number: int) -> list[int]:
        """Return the row indices of batch `number`, counted from 0 through all epochs.

        Raises:
            IndexError: the number is negative.
        """
        if number < 0:
            raise IndexError(f"batches are numbered from 0, got {number}")
        epoch, place = divmod(number, self.epoch_batches)
        if epoch != self._epoch:
            self._order, self._epoch = self.epoch_order(epoch), epoch
        return self._order[place]

    def epoch_order(self, epoch: int) -> list[list[int]]:
        """Return the batches of an epoch in their order."""
        rng = np.random.default_rng((self.seed, epoch))
        rows = rng.permutation(len(self.lengths))
        width = self.batch_size * self.window
        windows = (rows[start : start + width] for start in range(0, len(rows), width))
        ordered = np.concatenate(
            [part[np.argsort(self.lengths[part], kind="stable")] for part in windows]
        )
        chunks = [
            ordered[start : start + self.batch_size].tolist()
            for start in range(0, len(ordered), self.batch_size)
        ]
        return [chunks[place] for place in rng.permutation(len(chunks))]
