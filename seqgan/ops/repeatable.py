"""What makes a judge's training repeat exactly, whatever the run around it does."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def repeatable(seed: int) -> Iterator[torch.Generator]:
    """Give a random generator and a global random state made from `seed`, on one thread.

    Sums of several threads depend on their number, so figures would change with `--threads`.
    The number of threads and the global random state (of the CPU, where judges live) are put back
    afterwards. Gradients are on inside.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.default_generator.manual_seed(seed)
            yield torch.Generator().manual_seed(seed)
    finally:
        torch.set_num_threads(threads)
