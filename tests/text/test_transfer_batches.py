"""Batches of sentences in styles: as many of each, shared among processes, none lost."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from seqgan.errors import UserError
from seqgan.text.transfer.batches import StyledRows, StyledShare

PAD = 0


def data(*, sizes: tuple[int, ...] = (7, 5)) -> StyledRows:
    """Return sentences of one word each, all different, of so many of each style."""
    rows = [
        [[100 * style + place + 1] for place in range(size)] for style, size in enumerate(sizes)
    ]
    flags = [[[place % 2 == 0] for place in range(size)] for size in sizes]
    return StyledRows(rows, flags, PAD)


def run(process: int = 0, processes: int = 1) -> Any:
    accelerator = SimpleNamespace(num_processes=processes, process_index=process)
    return SimpleNamespace(accelerator=accelerator, seed=1, device=torch.device("cpu"))


def test_a_batch_has_as_many_of_each_style_with_their_flags() -> None:
    share = StyledShare(run(), data(), batch_size=4)
    for index in range(10):
        batch = share(index)
        assert batch.style_B.tolist() == [0, 0, 1, 1]
        assert ((batch.words_BS[:, 0] > 100).long() == batch.style_B).all()
        places_B = (batch.words_BS[:, 0] - 1) % 100
        assert torch.equal(batch.flags_BS[:, 0], places_B % 2 == 0)


def test_an_epoch_of_a_style_holds_every_sentence_and_repeats_to_fill_the_last_batch() -> None:
    share = StyledShare(run(), data(sizes=(7, 4)), batch_size=4)
    first = [word for index in range(4) for word in share(index).words_BS[:2, 0].tolist()]
    assert sorted(set(first)) == list(range(1, 8))
    assert len(first) == 8


def test_processes_share_each_batch_without_losing_a_sentence() -> None:
    whole = StyledShare(run(), data(), batch_size=8)
    halves = [StyledShare(run(process, 2), data(), batch_size=8) for process in range(2)]
    for index in range(5):
        parts = [half(index) for half in halves]
        assert all(part.style_B.tolist() == [0, 0, 1, 1] for part in parts)
        words = sorted(word for part in parts for word in part.words_BS[:, 0].tolist())
        assert words == sorted(whole(index).words_BS[:, 0].tolist())


@pytest.mark.parametrize(("size", "processes", "each"), [(7, 1, 3), (6, 2, 1), (8, 2, 2)])
def test_styles_and_processes_share_a_batch_evenly(size: int, processes: int, each: int) -> None:
    share = StyledShare(run(0, processes), data(), batch_size=size)
    assert share(0).style_B.tolist() == [0] * each + [1] * each


@pytest.mark.parametrize(("size", "processes"), [(1, 1), (3, 2)])
def test_a_size_that_leaves_a_style_without_a_sentence_is_refused(
    size: int, processes: int
) -> None:
    with pytest.raises(UserError, match=rf"--batch-size is {size}: {2 * processes} is the least"):
        StyledShare(run(0, processes), data(), batch_size=size)
