"""Colours of tokens follow their rewards."""

import math
import re

from seqgan.report.heatmap import Credited, heatmap_section


def _spans(section: str) -> list[tuple[str, str, str]]:
    return re.findall(r'<span title="([^"]*)" style="background:([^"]*)">([^<]*)</span>', section)


def test_each_token_has_its_own_figure_and_color() -> None:
    section = heatmap_section([Credited("p", "human", ["▁a", "b", "▁c"], [0.0, 0.5, 1.0])])
    spans = _spans(section)[2:]  # after the legend
    assert [(title, text) for title, _, text in spans] == [
        ("0.0000", " a"),
        ("0.5000", "b"),
        ("1.0000", " c"),
    ]
    assert spans[0][1] == "rgba(224,122,30,0.75)"
    assert spans[1][1].endswith(",0.00)")
    assert spans[2][1] == "rgba(47,134,201,0.75)"
    assert "mean 0.500" in section


def test_the_scale_is_one_for_all_sequences() -> None:
    section = heatmap_section(
        [Credited("p", "human", ["a"], [4.0]), Credited("p", "generator", ["b"], [-4.0])]
    )
    assert [color[:8] for _, color, _ in _spans(section)[2:]] == ["rgba(47,", "rgba(224"]


def test_equal_or_missing_rewards_have_no_color() -> None:
    assert heatmap_section([Credited("p", "human", ["a"], [math.nan])]) == ""
    section = heatmap_section([Credited("p", "human", ["a", "b"], [1.0, math.nan])])
    assert 'title="reward is not finite"' in section
    assert ",0.00)" in section


def test_tokens_are_escaped() -> None:
    assert "<b>" not in heatmap_section([Credited("<b>", "human", ["<b>"], [1.0])])
