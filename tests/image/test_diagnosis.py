"""Collapse, dropping, copying, overfitting, blur, noise and health, told apart on made samples."""

import json
from itertools import count

import pytest
import torch
from made_sets import (
    copies,
    digit_extractor,
    digit_parts,
    healthy,
    noisy,
    of_classes,
    repeated,
)
from torch import Tensor
from torch.nn import functional

from seqgan.image.diagnosis import Diagnosis, diagnose
from seqgan.image.evidence import copied_share
from seqgan.image.watch import Snapshot, Watch


def look(samples: Tensor, history: tuple[Snapshot, ...] = ()) -> Diagnosis:
    return diagnose(samples, digit_parts(), digit_extractor(), history)


def kinds(samples: Tensor, history: tuple[Snapshot, ...] = ()) -> list[str]:
    return [finding.kind for finding in look(samples, history).findings]


def watched(*samples: Tensor) -> tuple[Snapshot, ...]:
    """Return the history of a training that made these samples, one update after the other."""
    watch = Watch(digit_parts(), digit_extractor())
    for update, now in zip(count(100, 100), samples, strict=False):
        watch.figures(update, now)
    return tuple(watch.history)


def blurred(images: Tensor) -> Tensor:
    return functional.avg_pool2d(images.float(), 3, 1, 1).round().to(torch.uint8)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (healthy(), ["fine"]),
        (noisy(healthy(), 4), ["fine"]),
        (of_classes(range(7)), ["dropping"]),
        (of_classes(range(1)), ["dropping"]),
        (repeated(20), ["collapse"]),
        (repeated(20, noise=4), ["collapse"]),
        (repeated(1), ["collapse"]),
        (torch.cat([healthy()[:250], repeated(15)[:150]]), ["collapse"]),
        (copies(), ["copying"]),
        (copies(noise=8), ["copying"]),
        (torch.cat([healthy()[:300], copies()[:100]]), ["copying"]),
        (copies()[:20].repeat(20, 1, 1, 1), ["collapse", "copying"]),
        (noisy(healthy() * 0 + 128, 80), ["unreal"]),
        (blurred(healthy()), ["unreal"]),
    ],
    ids=[
        *("held-out", "held-out, noisy", "7 classes", "1 class", "20 pictures"),
        *("20 pictures, noisy", "1 picture", "a third repeated", "training pictures"),
        *("training pictures, noisy", "a quarter copied", "few training pictures"),
        *("noise", "blurred"),
    ],
)
def test_each_fault_is_called_by_its_name(samples: Tensor, expected: list[str]) -> None:
    assert kinds(samples) == expected


def test_dropping_names_what_is_missing_and_thin_with_shares() -> None:
    nines = of_classes(range(9, 10))
    found = look(torch.cat([of_classes(range(8), count=380), nines[:8]]))
    (finding,) = found.findings
    assert "8 of 10 kinds" in finding.text
    missing, thin = finding.text.split("Missing: ")[1].split("Thin: ")
    assert missing.startswith("digit 8 (0.")
    assert thin.startswith("digit 9 (2.")
    share, real = found.class_shares["digit 9"]
    assert share == pytest.approx(8 / 388, abs=0.008)
    assert real == pytest.approx(0.1, abs=0.02)
    assert sum(real for _, real in found.class_shares.values()) == pytest.approx(1)


def test_dropping_says_whether_a_kind_ever_came() -> None:
    seven = of_classes(range(7))
    (always,) = look(seven, watched(seven, seven, seven)).findings
    assert "Missing from start to end: digit 7, digit 8, digit 9." in always.text
    (late,) = look(seven, watched(healthy(), healthy(), seven)).findings
    assert "Lost on the way: digit 7, digit 8, digit 9." in late.text
    (unknown,) = look(seven).findings
    assert "start" not in unknown.text


def test_collapse_says_whether_it_came_late() -> None:
    few = repeated(20)
    (late,) = look(few, watched(healthy(), healthy(), few)).findings
    assert "It came late: at update" in late.text
    (early,) = look(few, watched(few, few)).findings
    assert "from the start" in early.text
    (unknown,) = look(few).findings
    assert "late" not in unknown.text


def test_what_collapse_took_is_not_called_dropping_but_what_never_came_is() -> None:
    few, seven = repeated(3), of_classes(range(7))
    (only,) = look(few, watched(healthy(), few)).findings
    assert "Missing with it: " in only.text
    collapse, dropping = look(few, watched(seven, seven, seven, seven, few)).findings
    assert (collapse.kind, dropping.kind) == ("collapse", "dropping")
    assert "digit 9" in dropping.text
    assert "digit 9" not in collapse.text


@pytest.mark.parametrize(("part", "expected"), [(0.1, "fine"), (0.4, "narrow"), (0.6, "collapse")])
def test_the_nearer_to_the_mean_of_its_class_the_narrower(part: float, expected: str) -> None:
    """Averaging buys quality with diversity: all lie among real pictures, fewer are reached.

    In the end samples of a class are alike, though none is a copy: that is collapse too.
    """
    test = digit_parts().test
    rows = test.images.float()
    mean = torch.stack([rows[test.labels == k].mean(0) for k in range(10)])[test.labels]
    averaged = ((1 - part) * rows + part * mean).round().to(torch.uint8)
    found = look(averaged)
    assert [finding.kind for finding in found.findings] == [expected]
    assert found.duplicates < 0.1


def test_overfitting_is_told_from_the_last_looks() -> None:
    def past(update: int, heart: float | None) -> Snapshot:
        return Snapshot(update, 1.0, 0.9, 1.0, 0.0, (), heart)

    sick = tuple(past(update, 0.8) for update in range(5))
    (finding,) = look(healthy(), sick).findings
    assert finding.kind == "overfitting"
    assert "80% of the way" in finding.text
    well = (*sick, past(6, 0.1), past(7, 0.2), past(8, 0.9))
    assert kinds(healthy(), well) == ["fine"]
    assert kinds(healthy(), (past(1, None),)) == ["fine"]


def test_pictures_that_the_corpus_holds_twice_are_no_copies() -> None:
    far, twice = [1.0, 1.05], [0.9, 0.95]
    held_out = torch.tensor([far, far, twice]).numpy().astype(float)
    assert copied_share(held_out, held_out) == 0
    copied = torch.tensor([[0.0, 0.0], [0.2, 0.21], [0.3, 1.0], far]).numpy().astype(float)
    assert copied_share(copied, held_out) == 0.75


def test_without_labels_groups_take_the_place_of_classes() -> None:
    parts, extractor = digit_parts(labels=False), digit_extractor(labels=False)
    found = {
        name: [f.kind for f in diagnose(samples, parts, extractor).findings]
        for name, samples in {"a": healthy(), "b": repeated(20), "c": copies()}.items()
    }
    assert found == {"a": ["fine"], "b": ["collapse"], "c": ["copying"]}
    one = diagnose(of_classes(range(1)), parts, extractor).findings
    assert one[0].kind == "dropping"
    assert "group " in one[0].text


def test_the_diagnosis_goes_into_results_as_json() -> None:
    record = json.loads(json.dumps(look(of_classes(range(7))).as_json()))
    assert [finding["kind"] for finding in record["findings"]] == ["dropping"]
    assert record["classes"]["digit 9"]["share"] < 0.01 < record["classes"]["digit 9"]["real_share"]
    assert record["duplicates"] == 0
