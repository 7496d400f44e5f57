"""What a finished style transfer tells its user."""

import pytest
from torch import nn

from seqgan.core.averaging import KeepBest
from seqgan.text.transfer.finish import favorite


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ({"best": 3.0, "best_continued": 2.0, "best_played": 1.0}, "adversarial"),
        ({"best": 3.0, "best_continued": 1.0, "best_played": 2.0}, "continued"),
        ({"best": 3.0, "best_continued": 1.6, "best_played": 2.0}, "adversarial"),
        ({"best": 1.0, "best_played": 1.0}, "adversarial"),
        ({"best": 1.0, "best_continued": 1.0, "best_played": 1.0}, "adversarial"),
        ({"best_played": 5.0}, "adversarial"),
    ],
)
def test_the_system_that_validation_found_best_is_recommended(
    scores: dict[str, float], best: str
) -> None:
    kept = {name: KeepBest(nn.Linear(1, 1)) for name in scores}
    for name, score in scores.items():
        kept[name].offer(score, update=1)
    assert favorite({**kept, "game": object()}) == best
