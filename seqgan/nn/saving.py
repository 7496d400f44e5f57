"""Modules as folders: `config.json` says how to build one, `model.safetensors` has the weights."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from seqgan.errors import UserError


def save_module(module: nn.Module, arguments: dict[str, Any], folder: Path) -> None:
    """Write the class name, its constructor arguments and the weights into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"architecture": type(module).__name__, "arguments": arguments}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    weights = {name: tensor.contiguous() for name, tensor in module.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def save_built(module: nn.Module, folder: Path) -> None:
    """Save a module that keeps what it was built with under `arguments`."""
    arguments = module.arguments
    assert isinstance(arguments, dict), f"{type(module).__name__} does not keep its arguments"
    save_module(module, arguments, folder)


def read_config(folder: Path) -> dict[str, Any]:
    """Return the folder's `config.json`.

    Raises:
        UserError: if it is missing or not a JSON object.
    """
    file = folder / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{folder} holds no model: config.json is missing") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{file} cannot be read as JSON: {error}") from None
    if not isinstance(config, dict):
        raise UserError(f"{file} must hold a JSON object, not {type(config).__name__}")
    return config


def load_weights(module: nn.Module, folder: Path, *, device: torch.device | str = "cpu") -> None:
    """Fill the module from the folder's `model.safetensors`, every tensor of it and no other.

    Raises:
        UserError: if the file is missing, truncated, a pickle, or does not fit the module.
    """
    file = folder / "model.safetensors"
    try:
        weights = load_file(file, device=str(device))
    except FileNotFoundError:
        raise UserError(f"{folder} holds no weights: model.safetensors is missing") from None
    except (SafetensorError, OSError) as error:
        raise UserError(
            f"{file} is damaged or not a safetensors file ({error}); save the model again"
        ) from None
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{file} does not fit its config.json: {reason[:300]}") from None
