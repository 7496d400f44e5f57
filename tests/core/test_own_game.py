"""The game that the README shows, as a user would copy it."""

import re
from pathlib import Path

import pytest
import torch

README = Path(__file__).parents[2] / "README.md"


def test_the_game_of_the_readme_learns_its_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python\n(import torch\n.*?)```", README.read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    shown: dict[str, object] = {"print": lambda *_: None}
    exec(compile(code, "README.md", "exec"), shown)
    generator = shown["generator"]
    assert isinstance(generator, torch.nn.Module)
    with torch.no_grad():
        mean_2 = generator(torch.randn(1000, 2)).mean(0)
    torch.testing.assert_close(mean_2, torch.full((2,), 3.0), atol=0.7, rtol=0)
    assert (tmp_path / "runs" / "points" / "1" / "metrics.jsonl").is_file()
