"""What stands in the picture of a table's curve: systems from setting to setting."""

import json
import re
from pathlib import Path

import pytest

from seqgan.cli.results import run_results
from seqgan.errors import UserError
from seqgan.report.setting_curve import SettingCurve, curve_pictures

TOML = """
recipe = "summarize"
corpora = ["made"]
[curve]
label = "aligned pairs"
systems = ["lead", "adversarial"]
figures = ["rouge1"]
[curve.settings]
"default" = "none"
"some pairs" = "500"
"all pairs" = "all"
[settings.default]
seeds = [1, 2]
options = []
[settings."some pairs"]
seeds = [1]
options = []
[settings."all pairs"]
seeds = [1]
options = []
"""


def record(setting: str, seed: int, rouge: float) -> dict[str, object]:
    rows = [
        {"system": system, "words": words, "metrics": {"rouge1": value + words - 6}}
        for system, value in (("lead", 20.0), ("adversarial", rouge))
        for words in (6, 9)
    ]
    place = {"seed": seed, "data": {"corpus": "made"}, "setting": setting, "rows": rows}
    kind = {"recipe": "summarize", "config": {}, "table": "settings"}
    return kind | place | {"dial": "words", "usual_words": 6}


def cells(folder: Path, **rouges: float) -> Path:
    """Return a table of which these cells have run."""
    (folder / "summarize.toml").write_text(TOML)
    (folder / "summarize").mkdir()
    for name, rouge in rouges.items():
        setting, seed = name.rsplit("_", 1)
        spoken = "" if setting == "default" else setting.replace("_", " ")
        content = record(spoken, int(seed), rouge)
        (folder / "summarize" / f"made-{setting}-{seed}.json").write_text(json.dumps(content))
    return folder / "summarize.toml"


def heights(svg: str, system: str) -> list[float]:
    """Return how far up the points of a system's line stand, in the drawing's units."""
    drawn = re.search(r'<path d="([^"]*)"[^>]*stroke: ' + system, svg)
    assert drawn is not None
    return [-float(y) for y in re.findall(r"[ML] \S+ (\S+)", drawn[1])]


def test_systems_stand_from_setting_to_setting_in_the_usual_length(tmp_path: Path) -> None:
    """Means over seeds; what does not change lies level, whatever the word budget's rows."""
    table = cells(tmp_path, default_1=20.0, default_2=22.0, some_pairs_1=24.0, all_pairs_1=22.5)
    docs = tmp_path / "README.md"
    docs.write_text("<!-- table summarize -->\n<!-- end -->\n")
    assert run_results([str(table), "--docs", str(docs), "--dry"]) == 0
    assert "![made: what aligned pairs change](summarize/made-curve.svg)" in docs.read_text()
    svg = (tmp_path / "summarize" / "made-curve.svg").read_text()
    for written in ("none", "500", "all", "aligned pairs"):
        assert f"<!-- {written} -->" in svg
    level = heights(svg, "#2f86c9")
    assert level == pytest.approx([level[0]] * 3)
    none, some, every = heights(svg, "#e08a1e")
    assert (some - none) / (every - none) == pytest.approx(2.0, rel=1e-3)
    assert some > none > level[0]


def test_one_setting_is_no_curve(tmp_path: Path) -> None:
    table = cells(tmp_path, default_1=20.0, default_2=22.0)
    curve = SettingCurve("pairs", {"default": "0", "all pairs": "all"}, ["lead"], ["rouge1"])
    assert curve_pictures(sorted(table.with_suffix("").glob("*.json")), curve) == {}


def test_a_broken_curve_is_said(tmp_path: Path) -> None:
    table = cells(tmp_path)
    table.write_text(TOML.replace("label =", "title ="))
    docs = tmp_path / "README.md"
    docs.write_text("<!-- table summarize -->\n<!-- end -->\n")
    with pytest.raises(UserError, match=r"broken curve: .*title"):
        run_results([str(table), "--docs", str(docs), "--dry"])
