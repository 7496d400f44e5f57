"""The live watch: figures of few samples, alarms on what gets lost, a history that is kept."""

import pytest
import torch
from made_sets import digit_extractor, digit_parts, healthy, noisy, of_classes, repeated
from torch import Tensor

from seqgan.core.monitor import Monitor
from seqgan.data.pictures import from_bytes
from seqgan.image.watch import ALARMS, Snapshot, Watch, decent, overfitting


def watch() -> Watch:
    return Watch(digit_parts(), digit_extractor())


def warnings(*samples: Tensor) -> list[str]:
    """Return what the alarms say in the end of a training that made these samples."""
    here, monitor = watch(), Monitor(ALARMS)
    return [monitor.check(here.figures(update, now)) for update, now in enumerate(samples)][-1]


def test_healthy_samples_have_figures_as_real_ones() -> None:
    figures = watch().figures(7, healthy())
    assert figures["pictures/spread"] == pytest.approx(1, abs=0.1)
    assert figures["pictures/duplicates"] == 0
    assert figures["pictures/kinds_missing"] == 0
    assert min(figures["pictures/precision"], figures["pictures/coverage"]) > 0.9
    assert "critic/overfitting" not in figures
    assert {alarm.figure for alarm in ALARMS} <= {*figures, "critic/overfitting"}


def test_alarms_tell_collapse_from_dropping_and_sound_twice_in_a_row() -> None:
    fine, few, seven = healthy(), repeated(20, noise=3), of_classes(range(7))
    assert warnings(fine, fine, fine) == []
    assert warnings(fine, few) == []
    assert {text.split(":")[0] for text in warnings(fine, few, few)} == {"collapse"}
    assert [text.split(":")[0] for text in warnings(fine, seven, seven)] == ["dropping"]


def test_what_never_was_cannot_get_lost() -> None:
    """Untrained networks make one blot or noise: no alarm, whatever follows."""
    blot, noise = repeated(1, noise=1), noisy(healthy() * 0, 100)
    assert warnings(blot, blot, noise, noise) == []
    assert warnings(noise, blot, blot) == []
    assert warnings(blot, noise, healthy(), healthy()) == []
    spot = Snapshot(1, likeness=1, coverage=0.02, spread=0.1, duplicates=1)
    odd = Snapshot(2, likeness=0.1, coverage=0.5, spread=1, duplicates=0)
    fair = Snapshot(3, likeness=0.6, coverage=0.5, spread=1, duplicates=0)
    assert decent([spot, odd, fair]) == [fair]


def test_history_is_kept_in_checkpoints_and_a_second_look_replaces_the_first() -> None:
    here = watch()
    for update, samples in ((10, healthy()), (20, of_classes(range(7))), (30, healthy())):
        here.figures(update, samples)
    assert here.history[1].missing == ("digit 7", "digit 8", "digit 9")
    after = watch()
    after.load_state_dict(here.state_dict())
    assert after.history == here.history
    after.figures(20, healthy())  # a run resumed from update 10 comes by again
    assert [seen.update for seen in after.history] == [10, 20]
    assert after.figures(30, repeated(20)) == here.figures(30, repeated(20))


def test_overfitting_is_the_share_of_the_gap() -> None:
    rng = torch.Generator().manual_seed(0)
    train, held_out, fake = (torch.randn(500, generator=rng) * 0.1 for _ in range(3))
    assert overfitting(train, held_out, fake) == 0, "no gap at all"
    assert overfitting(train + 2, held_out, fake) == 1
    assert overfitting(train + 2, held_out + 2, fake) == 0
    assert overfitting(train + 2, held_out + 1, fake) == pytest.approx(0.5, abs=0.02)
    assert overfitting(-train - 2, -held_out - 1, -fake) == pytest.approx(0.5, abs=0.02)
    assert overfitting(train + 2, held_out - 1, fake) == 1
    assert overfitting(train + 2, held_out + 3, fake) == 0


def test_a_critic_that_learned_by_heart_sounds_the_alarm() -> None:
    known = from_bytes(digit_parts().train.images).flatten(1)

    def by_heart(pictures: Tensor) -> Tensor:
        """Score 1 for a training picture and nearly 0 for any other."""
        return torch.exp(-torch.cdist(pictures.flatten(1), known).amin(1))

    here, monitor = watch(), Monitor(ALARMS)
    noise = noisy(healthy(), 60)
    for update in range(3):
        figures = here.figures(update, noise, by_heart)
        said = monitor.check(figures)
    assert figures["critic/overfitting"] > 0.8
    assert any("by heart" in text for text in said)
    assert here.history[-1].overfitting == figures["critic/overfitting"]
    assert watch().figures(0, noise, lambda x: -x.flatten(1).std(1))["critic/overfitting"] < 0.3
