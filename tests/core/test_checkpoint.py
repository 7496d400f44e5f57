"""Checkpoints: exact, never half written, and damaged ones passed over."""

import errno
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from seqgan.core import checkpoint
from seqgan.core.checkpoint import REST, TENSORS, Checkpoints, DamagedCheckpointError
from seqgan.errors import UserError


def assert_equal(got: Any, expected: Any) -> None:
    """Compare nested states: the same types, bit for bit."""
    if isinstance(expected, Tensor):
        assert isinstance(got, Tensor)
        assert got.dtype == expected.dtype
        assert torch.equal(got, expected.detach())
    elif isinstance(expected, dict):
        assert list(got) == list(expected)
        for key in expected:
            assert_equal(got[key], expected[key])
    elif isinstance(expected, (list, tuple)):
        assert len(got) == len(expected)
        for one, other in zip(got, expected, strict=True):
            assert_equal(one, other)
    else:
        assert type(got) is type(expected)
        assert got == expected


def state_of(update: int) -> dict[str, Any]:
    """Return a small state that names its update."""
    return {"update": update, "weight": torch.full((3,), float(update))}


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    """Return the checkpoints of an empty folder, two of them kept."""
    return Checkpoints(tmp_path / "checkpoints", keep=2)


def test_nested_optimizer_states_come_back_bit_for_bit(checkpoints: Checkpoints) -> None:
    first = torch.nn.Linear(3, 2)
    second = torch.nn.Linear(2, 2, dtype=torch.float64)
    groups: list[dict[str, Any]] = [{"params": first.parameters(), "lr": 1 / 3}]
    optimizer = torch.optim.Adam([*groups, {"params": second.parameters()}])
    torch.autograd.backward(second(first(torch.randn(4, 3)).double()).square().sum())
    optimizer.step()
    shared = torch.randn(2, 3)
    state: dict[Any, Any] = {
        "optimizer": optimizer.state_dict(),
        "tied": {"a": shared, "b": shared},
        "strided": torch.arange(6).view(2, 3).t(),
        "odd": [torch.tensor(True), torch.empty(0, 2), torch.randn(2).bfloat16(), torch.tensor(7)],
        "plain": {
            "infinite": float("inf"),
            "third": 1 / 3,
            "text": "不",
            "none": None,
            "flag": True,
        },
        "empty": {"dict": {}, "list": []},
        "a/b": torch.ones(1),
        "a": {"b": torch.zeros(1)},
        1: torch.full((1,), 2.0),
        "1": torch.full((1,), 3.0),
    }
    checkpoints.save(3, state)
    assert_equal(checkpoints.load(3), state)
    # What was loaded must not be tied to the file or to each other.
    loaded = checkpoints.load(3)
    loaded["tied"]["a"].zero_()
    assert torch.equal(loaded["tied"]["b"], shared)
    optimizer.load_state_dict(loaded["optimizer"])
    assert_equal(optimizer.state_dict(), checkpoints.load(3)["optimizer"])


def test_what_json_cannot_hold_is_our_own_mistake(checkpoints: Checkpoints) -> None:
    with pytest.raises(TypeError, match=r"/game/seen is a set"):
        checkpoints.save(1, {"game": {"seen": {1}}})
    assert checkpoints.updates() == []


def test_the_newest_and_the_last_before_trouble_stay(checkpoints: Checkpoints) -> None:
    for update in range(1, 6):
        checkpoints.save(update, state_of(update), sound=min(update, 2))
    assert checkpoints.updates() == [2, 4, 5]
    assert checkpoints.newest()[0]["update"] == 5
    assert checkpoints.newest(until=3)[0]["update"] == 2
    with pytest.raises(UserError, match="no usable checkpoint"):
        checkpoints.newest(since=3, until=3)
    for update in (6, 7):
        checkpoints.save(update, state_of(update), sound=update)
    assert checkpoints.updates() == [6, 7]


def truncate(folder: Path) -> None:
    data = (folder / TENSORS).read_bytes()
    (folder / TENSORS).write_bytes(data[: len(data) // 2])


def make_pickle(folder: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
            return (Path.touch, (folder / "exploded",))  # type: ignore[return-value]

    (folder / TENSORS).write_bytes(pickle.dumps(Bomb()))


def lose_json(folder: Path) -> None:
    (folder / REST).unlink()


def cut_json(folder: Path) -> None:
    text = (folder / REST).read_text()
    (folder / REST).write_text(text[: len(text) // 2])


def empty_json(folder: Path) -> None:
    (folder / REST).write_text("[]")


def flip_a_bit(folder: Path) -> None:
    data = bytearray((folder / TENSORS).read_bytes())
    data[-1] ^= 1
    (folder / TENSORS).write_bytes(data)


DAMAGES = [truncate, make_pickle, lose_json, cut_json, empty_json, flip_a_bit, shutil.rmtree]


@pytest.mark.parametrize("damage", DAMAGES[:-1], ids=lambda damage: damage.__name__)
def test_a_damaged_checkpoint_is_passed_over_with_a_remark(
    checkpoints: Checkpoints, damage: Callable[[Path], None]
) -> None:
    checkpoints.save(1, state_of(1))
    folder = checkpoints.save(2, state_of(2))
    damage(folder)
    state, remarks = checkpoints.newest()
    assert_equal(state, state_of(1))
    assert len(remarks) == 1
    assert "damaged checkpoint passed over" in remarks[0]
    assert str(folder) in remarks[0]
    assert not (folder / "exploded").exists()
    with pytest.raises(DamagedCheckpointError, match="00000002"):
        checkpoints.load(2)
    # Writing on, the damaged one is no obstacle.
    checkpoints.save(3, state_of(3))
    assert checkpoints.newest() == (state_of(3) | {"weight": pytest.approx([3.0] * 3)}, [])


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_without_a_usable_checkpoint_a_user_error_says_why(
    checkpoints: Checkpoints, damage: Callable[[Path], None]
) -> None:
    damage(checkpoints.save(1, state_of(1)))
    with pytest.raises(UserError, match=r"no usable checkpoint in .*start a new run"):
        checkpoints.newest()


def test_damaged_ones_ahead_go_when_the_resumed_run_writes(tmp_path: Path) -> None:
    """With one kept, the new one must not be dropped in favor of the damaged one ahead of it."""
    checkpoints = Checkpoints(tmp_path, keep=1)
    truncate(checkpoints.save(30, state_of(30)))
    checkpoints.save(25, state_of(25))
    assert checkpoints.updates() == [25]
    assert_equal(checkpoints.newest()[0], state_of(25))


def test_the_same_update_may_be_written_again(checkpoints: Checkpoints) -> None:
    checkpoints.save(1, state_of(1))
    truncate(checkpoints.save(2, state_of(2)))
    checkpoints.save(2, {"other": torch.tensor(5)})
    assert checkpoints.updates() == [1, 2]
    assert_equal(checkpoints.newest()[0], {"other": torch.tensor(5)})


class SimulatedCrash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("place", ["save_file", "_sha256", "_sync", "rename"])
def test_a_crash_while_writing_leaves_what_there_was(
    checkpoints: Checkpoints, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Wherever it happens, a checkpoint is there whole or not at all."""

    def crash(*arguments: object) -> None:
        if place == "save_file":
            Path(str(arguments[1])).write_bytes(b"half")
        raise SimulatedCrash

    checkpoints.save(1, state_of(1))
    with monkeypatch.context() as patch:
        if place == "rename":
            patch.setattr(Path, "rename", crash)
        else:
            patch.setattr(checkpoint, place, crash)
        with pytest.raises(SimulatedCrash):
            checkpoints.save(2, state_of(2))
    assert checkpoints.updates() == [1]
    assert_equal(checkpoints.newest()[0], state_of(1))
    checkpoints.save(2, state_of(2))
    assert_equal(checkpoints.newest()[0], state_of(2))
    assert [p.name for p in sorted(checkpoints.folder.iterdir())] == ["00000001", "00000002"]


def test_a_full_disk_leaves_the_old_ones_and_says_how_to_go_on(
    checkpoints: Checkpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints.save(1, state_of(1))

    def no_space(tensors: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", no_space)
    with pytest.raises(UserError, match=r"No space left.*--resume.*on disk, 1, is untouched"):
        checkpoints.save(2, state_of(2))
    assert [p.name for p in checkpoints.folder.iterdir()] == ["00000001"]
    assert_equal(checkpoints.newest()[0], state_of(1))


def test_no_pickle_is_written(checkpoints: Checkpoints) -> None:
    folder = checkpoints.save(1, state_of(1))
    assert sorted(p.name for p in folder.iterdir()) == [REST, TENSORS]
    assert set(json.loads((folder / REST).read_text())) == {"sha256", "state"}
