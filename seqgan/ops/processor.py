"""How a process uses the CPU's cores and its memory."""

import ctypes
import os
import platform

import torch

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""What mallopt(3) calls its parameters (malloc.h)."""


def use_processor(threads: int, num_processes: int) -> None:
    """Set torch's CPU threads and keep freed memory.

    0 threads divides the cores among the processes of this machine. (Launchers set
    OMP_NUM_THREADS=1, which leaves all cores but one idle.)
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    torch.set_num_threads(threads or max(1, (cores or 1) // num_processes))
    keep_freed_memory()


def keep_freed_memory() -> None:
    """Keep the memory of freed tensors for the next ones.

    By default glibc gives every large block back to the system, and Linux fills the pages of the
    next one with zeros: of an update of a Transformer over 5,000 words that was a third of the
    time (4.4 s, 3.1 without; with .1 of peak memory more), of rollouts a quarter, of updates of
    small models a tenth. Only glibc has this; elsewhere nothing changes. Cannot be undone.
    """
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, -1)
