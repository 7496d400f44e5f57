"""The style of a text that its clauses may contradict."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from seqgan.text.transfer.clauses import SLACK, ByClauses, clauses


class Named:
    """Knows how likely the second style is of some texts, .5 of others."""

    def __init__(self, known: dict[str, float]) -> None:
        self.known = known

    def probabilities(self, texts: Sequence[str]) -> Tensor:
        second_N = torch.tensor([self.known.get(text, 0.5) for text in texts])
        return torch.stack([1 - second_N, second_N], dim=1)


def test_a_text_is_bounded_by_its_most_contrary_clause() -> None:
    half, mild = "great food and rude staff", "great food but it was far"
    known = {half: 0.9, mild: 0.8, "rude staff": 1e-3, "it was far": 0.05, "rude": 1e-6}
    scorer = ByClauses(Named(known | {"great food": 0.999}))
    found_NK = scorer.probabilities([half, "rude", mild, "so, rude"])
    assert found_NK[:, 1].tolist() == pytest.approx([SLACK * 1e-3, 1e-6, 0.8, 0.5], rel=1e-3)
    assert found_NK[:, 0].tolist() == pytest.approx([0.1, 1 - 1e-6, 0.1, 0.5], rel=1e-3)
    contrary = ByClauses(Named({"it was great , and it was bad": 0.6, "it was great": 1 - 1e-4}))
    (row,) = contrary.probabilities(["it was great , and it was bad"]).tolist()
    assert row == pytest.approx([SLACK * 1e-4, 0.6], rel=1e-2)  # either style
    assert scorer.probabilities([]).shape == (0, 2)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Fast BUT it broke; so sad!", ["it broke", "so sad"]),
        ("android is a handy band", []),
        ("price , quality and service", []),  # words alone
        ("价格便宜，质量差。贵", ["价格便宜", "质量差"]),
        ("horrible food , but friendly .", ["horrible food"]),
        ("All but one were rude", []),
        ("不但便宜而且好用", ["不但便宜", "好用"]),
        ("so , great !", []),
        ("", []),
    ],
)
def test_clauses_stand_between_marks_and_conjunctions(text: str, parts: list[str]) -> None:
    assert clauses(text) == parts
