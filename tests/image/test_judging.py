"""Rows of metrics: the same counts for all, real pictures as the aim, known faults seen."""

import numpy as np
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

from seqgan.data.pictures import PictureParts
from seqgan.errors import UserError
from seqgan.image import judging
from seqgan.image.judging import Judge, judge_samples, nearest_training, real_row

METRICS = [
    *("fid", "kid", "inception_score", "precision", "recall", "density", "coverage"),
    *("modes", "modes_kl", "nearest_train", "duplicates"),
]


def judge() -> Judge:
    return Judge(digit_parts(), digit_extractor(), num_samples=400)


def test_real_pictures_set_the_scale() -> None:
    row = judge().real_row()
    assert list(row) == METRICS
    assert row["nearest_train"] == 1
    assert row["modes"] == 10
    assert row["duplicates"] == 0
    assert row["fid"] < 3
    assert row["inception_score"] > 8
    assert min(row["precision"], row["recall"], row["coverage"]) > 0.9
    assert row == real_row(digit_parts(), digit_extractor(), num_samples=400)


def test_each_fault_shows_in_its_figure() -> None:
    here = judge()
    real = here.real_row()
    copied, few, noise = here.row(copies()), here.row(repeated(20)), here.row(noisy(healthy(), 90))
    assert copied["nearest_train"] == 0
    assert copied["fid"] < real["fid"]  # what makes the distance alone a bad judge
    assert few["duplicates"] == 1
    assert few["recall"] < 0.05
    assert few["coverage"] < 0.5
    assert few["precision"] > 0.9
    assert noise["precision"] < 0.8
    assert noise["nearest_train"] > 1.5
    assert min(few["fid"], noise["fid"]) > 2 * real["fid"]
    dropped = judge_samples(of_classes(range(7)), digit_parts(), digit_extractor())
    assert dropped["modes"] == 7
    assert dropped["modes_kl"] == pytest.approx(np.log(10 / 7), abs=0.1)
    assert dropped["coverage"] < 0.8


def test_all_rows_have_the_count_of_the_smallest_part() -> None:
    parts = PictureParts(digit_parts().train, digit_parts().test.at(torch.arange(50)))
    here = Judge(parts, digit_extractor(), num_samples=400)
    assert here.count == len(here.reference) == len(here.held_out) == 50
    assert len(here.look(healthy())) == 50
    with pytest.raises(ValueError, match="50 samples are judged, got 49"):
        here.look(healthy()[:49])


def test_samples_in_order_of_class_are_drawn_from_all_over() -> None:
    test = digit_parts().test
    ordered = test.images[test.labels.argsort()]
    assert judge().row(ordered)["modes"] == 10


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(UserError, match=r"^5 pictures are too few .* held-out pictures \(700\)"):
        Judge(digit_parts(), digit_extractor(), num_samples=5)


@pytest.mark.parametrize("block", [7, 10_000])
def test_nearest_training_pictures(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "BLOCK", block)
    train = digit_parts().train.at(torch.arange(60))
    samples = noisy(train.images[[4, 59, 0]], 3)
    distance_N, number_N = nearest_training(samples, train)
    assert number_N.tolist() == [4, 59, 0]
    change = (samples.float() - train.images[number_N].float()).flatten(1).norm(dim=1) / 255
    np.testing.assert_allclose(distance_N, change, rtol=1e-5)


def test_a_kind_known_by_heart_only_is_not_asked_of_samples() -> None:
    """Held-out pictures that the extractor does not recognize excuse samples that lack them."""
    parts = digit_parts()
    held_out = parts.test.at(torch.nonzero(parts.test.labels < 7)[:, 0])
    here = Judge(PictureParts(parts.train, held_out), digit_extractor(), num_samples=400)
    lacking = here.kinds.counts(here.look(of_classes(range(7))))
    assert here.fewer(lacking, part=0.1) == []
    trained = parts.train.at(torch.nonzero(parts.train.labels < 7)[:, 0])
    never_shown = Judge(PictureParts(trained, parts.test), digit_extractor(), num_samples=400)
    assert never_shown.fewer(lacking, part=0.1) == []
    assert judge().fewer(lacking, part=0.1) == [7, 8, 9]
