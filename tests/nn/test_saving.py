from pathlib import Path

import pytest
import torch
from torch import nn

from seqgan.errors import UserError
from seqgan.nn.saving import load_weights, read_config, save_module


def test_weights_come_back_and_the_configuration_names_the_class(tmp_path: Path) -> None:
    module = nn.Linear(3, 2)
    save_module(module, {"in_features": 3, "out_features": 2}, tmp_path / "deep" / "folder")
    config = read_config(tmp_path / "deep" / "folder")
    assert config == {
        "architecture": "Linear",
        "arguments": {"in_features": 3, "out_features": 2},
    }
    other = nn.Linear(3, 2)
    load_weights(other, tmp_path / "deep" / "folder")
    assert torch.equal(other.weight, module.weight)


def test_weights_that_do_not_fit_are_refused_on_one_line(tmp_path: Path) -> None:
    save_module(nn.Linear(3, 2), {}, tmp_path)
    for other in (nn.Linear(3, 4), nn.Linear(3, 2, bias=False), nn.LSTM(3, 2)):
        with pytest.raises(UserError, match="does not fit") as caught:
            load_weights(other, tmp_path)
        assert "\n" not in str(caught.value)


def test_a_configuration_that_is_no_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("[1, 2]")
    with pytest.raises(UserError, match="JSON object, not list"):
        read_config(tmp_path)
    (tmp_path / "config.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read as JSON"):
        read_config(tmp_path)
