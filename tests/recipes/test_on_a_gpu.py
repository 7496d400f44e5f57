"""Recipes whose games draw on the device that they play on: `make gpu`."""

from pathlib import Path

import pytest
import test_style_transfer
import test_summarize

from made_style_files import write_styles
from seqgan.core.launch import launch
from seqgan.recipes import style_transfer, summarize

pytestmark = pytest.mark.gpu


def on_gpu(options: list[str]) -> list[str]:
    """Return the options of a tiny run with the GPU in the processor's place."""
    return ["cuda" if option == "cpu" else option for option in options]


def test_summaries_draw_there(tmp_path: Path) -> None:
    corpus = test_summarize.made_rows(tmp_path / "rows.jsonl")
    args = ["--corpus-path", str(corpus), *on_gpu(test_summarize.TINY), str(tmp_path / "run")]
    options = ["--denoising-weight", "1"]  # words are mixed in at random
    assert launch(summarize.Config, summarize.main, [*args, *options]) == 0


def test_transfers_draw_there(tmp_path: Path) -> None:
    corpus = write_styles(tmp_path / "styles")
    args = ["--corpus-path", str(corpus), "--output-dir", str(tmp_path / "run")]
    tiny = on_gpu(test_style_transfer.TINY)
    assert launch(style_transfer.Config, style_transfer.main, [*args, *tiny, "--reach", "3"]) == 0
