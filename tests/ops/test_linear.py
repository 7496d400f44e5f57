"""The convolution is the linear layer, with its gradients.

Legend: R rows, I inputs, O outputs.
"""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from seqgan.ops import linear
from seqgan.ops.linear import NUM_IMAGES, WORTH_CONVOLVING, fast_linear


@pytest.fixture(autouse=True)
def _convolving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute as on the processors for which it pays, wherever the tests run."""
    monkeypatch.setattr(linear, "mkl_is_slow", lambda: True)


@pytest.mark.parametrize(("vendor", "slow"), [("AuthenticAMD", True), ("GenuineIntel", False)])
def test_the_processor_decides(
    vendor: str, slow: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\nvendor_id\t: {vendor}\n", "utf-8")
    monkeypatch.setattr(linear, "CPU_INFO", path)
    assert linear.mkl_is_slow.__wrapped__() == slow


@pytest.mark.parametrize("rows", [0, 1, WORTH_CONVOLVING - 1, WORTH_CONVOLVING, 1000, 1009])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("biased", [True, False])
def test_equal_to_the_linear_layer(rows: int, dtype: torch.dtype, biased: bool) -> None:
    torch.manual_seed(rows)
    x_RI, weight_OI = torch.randn(rows, 12, dtype=dtype), torch.randn(7, 12, dtype=dtype)
    bias_O = torch.randn(7, dtype=dtype) if biased else None
    got_RO = fast_linear(x_RI, weight_OI, bias_O)
    torch.testing.assert_close(got_RO, functional.linear(x_RI, weight_OI, bias_O))


def test_leading_dimensions_and_strides_are_kept() -> None:
    torch.manual_seed(0)
    x, weight_OI = torch.randn(12, 30, 9).transpose(0, 2), torch.randn(7, 24).t()[:12].t()
    assert not x.is_contiguous()
    got = fast_linear(x, weight_OI)
    assert got.shape == (9, 30, 7)
    torch.testing.assert_close(got, functional.linear(x, weight_OI))


def test_gradients_are_those_of_the_linear_layer() -> None:
    torch.manual_seed(1)
    rows = 10 * NUM_IMAGES + 3
    parts = [torch.randn(size, requires_grad=True) for size in ((rows, 5), (4, 5), (4,))]
    weight_RO = torch.randn(rows, 4)
    got = torch.autograd.grad((fast_linear(*parts) * weight_RO).sum(), parts)
    expected = torch.autograd.grad((functional.linear(*parts) * weight_RO).sum(), parts)
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)
