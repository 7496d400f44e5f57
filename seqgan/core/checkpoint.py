"""Checkpoints: written aside, then renamed; tensors as safetensors, the rest as JSON; no pickle."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from seqgan.errors import UserError

TENSORS, REST = "state.safetensors", "state.json"


class DamagedCheckpointError(Exception):
    """A checkpoint that cannot be read; the message says which and why."""


def _pack(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    """Return JSON for the value; its tensors go into `tensors` under their path."""
    if isinstance(value, Tensor):
        name = f"{len(tensors)}{path}"  # the number keeps a/b apart from b in a
        tensors[name] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
        return {"tensor": name}
    if isinstance(value, dict):
        return {"dict": [[k, _pack(v, f"{path}/{k}", tensors)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return {"list": [_pack(v, f"{path}/{i}", tensors) for i, v in enumerate(value)]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"value": value}
    raise TypeError(f"{path} is a {type(value).__name__}: only tensors, numbers, text, dict, list")


def _unpack(packed: dict[str, Any], tensors: dict[str, Tensor]) -> Any:
    (kind, content) = next(iter(packed.items()))
    if kind == "tensor":
        return tensors[content]
    if kind == "dict":
        return {k: _unpack(v, tensors) for k, v in content}
    if kind == "list":
        return [_unpack(v, tensors) for v in content]
    return content


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Checkpoints:
    """The checkpoints of one run: `folder/00000500/{state.safetensors, state.json}`."""

    def __init__(self, folder: Path, *, keep: int = 2) -> None:
        self.folder, self.keep = folder, keep

    def save(self, update: int, state: dict[str, Any], *, sound: int = 0) -> Path:
        """Write the state after `update` updates; older ones beyond `keep` go.

        The newest one up to update `sound` always stays: a rollback needs it. A full disk raises
        `UserError` and leaves all earlier checkpoints as they were.
        """
        final = self.folder / f"{update:08d}"
        aside = self.folder / f".writing-{update:08d}"
        try:
            self._write(aside, state)
        except (OSError, SafetensorError) as error:
            shutil.rmtree(aside, ignore_errors=True)
            last = max(self.updates(), default=None)
            raise UserError(
                f"cannot write a checkpoint to {self.folder}: {error}; make room, then continue "
                f"with --resume (the last one on disk, {last}, is untouched)"
            ) from error
        if final.exists():
            shutil.rmtree(final)
        aside.rename(final)
        _sync(self.folder)
        self._prune(update, sound)
        return final

    def _write(self, aside: Path, state: dict[str, Any]) -> None:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        tensors: dict[str, Tensor] = {}
        rest = _pack(state, "", tensors)
        save_file(tensors, aside / TENSORS)
        meta = {"sha256": _sha256(aside / TENSORS), "state": rest}
        (aside / REST).write_text(json.dumps(meta), encoding="utf-8")
        for name in (TENSORS, REST):
            _sync(aside / name)

    def _prune(self, newest: int, sound: int) -> None:
        """Drop the old, and those behind the newest: damaged ones that a resumed run went past."""
        updates = [u for u in self.updates() if u <= newest]
        kept = {*updates[-self.keep :], *[u for u in updates if u <= sound][-1:]}
        for update in set(self.updates()) - kept:
            shutil.rmtree(self.folder / f"{update:08d}")

    def updates(self) -> list[int]:
        """Return the update numbers of all checkpoints, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(int(p.name) for p in self.folder.iterdir() if p.name.isdigit())

    def load(self, update: int) -> dict[str, Any]:
        """Return one checkpoint's state; raises `DamagedCheckpointError`."""
        folder = self.folder / f"{update:08d}"
        try:
            meta = json.loads((folder / REST).read_text(encoding="utf-8"))
            if _sha256(folder / TENSORS) != meta["sha256"]:
                raise DamagedCheckpointError(
                    f"{folder / TENSORS} is not what was written (truncated, or another file: "
                    "pickles are never loaded)"
                )
            state = _unpack(meta["state"], load_file(folder / TENSORS))
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise DamagedCheckpointError(f"{folder} cannot be read: {error}") from error
        assert isinstance(state, dict)
        return state

    def newest(
        self, *, since: int = 0, until: int | None = None
    ) -> tuple[dict[str, Any], list[str]]:
        """Return the newest readable state and one remark for each damaged one passed over.

        Of those from `since` to `until`. Raises `UserError` when nothing can be read.
        """
        remarks: list[str] = []
        for update in reversed(self.updates()):
            if update < since or (until is not None and update > until):
                continue
            try:
                return self.load(update), remarks
            except DamagedCheckpointError as error:
                remarks.append(f"damaged checkpoint passed over: {error}")
        detail = "; ".join(remarks) or "there is none"
        raise UserError(f"no usable checkpoint in {self.folder}: {detail}; start a new run")
