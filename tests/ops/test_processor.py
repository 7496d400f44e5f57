"""Threads are set; pages of freed tensors are not asked of the system again."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource
import torch
from seqgan.ops.processor import use_processor

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def faults_of_tensors():
    for _ in range(20):  # until what lies between the tensors leaves room for another
        torch.zeros(2**24)
    before = faults()
    for _ in range(4):
        torch.zeros(2**24)
    return faults() - before

usual = faults_of_tensors()
use_processor(1, 1)
print(usual, faults_of_tensors(), torch.get_num_threads())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_tensors_take_the_pages_of_those_before_them() -> None:
    # Four tensors of 64 MiB are 128 pages of 2 MiB; where Linux has none so large, many more.
    output = subprocess.run(
        [sys.executable, "-c", FAULTS],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    usual, kept, threads = map(int, output.split())
    assert usual >= 128
    assert kept < usual / 10
    assert threads == 1
