"""What holds for all tests: no network, one thread, no trace of one test in the next."""

import os
from collections.abc import Iterator
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

import pytest
import torch
from accelerate.state import AcceleratorState


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Give the test its own cache folder; one thread, since more than cores are far slower."""
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path / "seqgan-cache"))
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
