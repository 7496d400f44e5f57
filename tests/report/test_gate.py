"""The gate by hand: outside, inside, beyond, and what may be claimed."""

import pytest

from seqgan.report.gate import Gate, Passage, gap, gate_cells, gate_sentence, passage, passages
from seqgan.report.run_folder import Row

ORACLE = Gate("nll_oracle", "nll_test")
# The baseline's NLL test is lowest at temperature 1: on both sides it rises.
MLE = {0.8: (8.8, 6.5), 0.9: (8.3, 7.5), 1.0: (8.0, 8.5), 1.1: (8.2, 9.5)}


def _rows(system: str, points: dict[float, tuple[float, float]]) -> list[Row]:
    return [
        Row(system, dial, {"nll_test": test, "nll_oracle": oracle})
        for dial, (test, oracle) in points.items()
    ]


def _gaps(points: dict[float, tuple[float, float]]) -> dict[float | None, float]:
    found = passage(
        [*_rows("MLE", MLE), *_rows("GAN", points)], ORACLE, system="GAN", baselines=["MLE"]
    )
    assert found is not None
    return {dial: round(value, 6) for dial, value in found.gaps.items()}


def test_between_two_temperatures_the_curve_is_straight() -> None:
    """At 8.55 it lies halfway between 7.5 and 6.5; the branch of hot samples is worse there."""
    assert _gaps({1.0: (8.55, 6.8)}) == {1.0: 0.2}
    assert _gaps({1.0: (8.55, 7.2)}) == {1.0: -0.2}


def test_where_hot_and_cold_samples_are_as_diverse_the_better_counts() -> None:
    """At 8.1 the hot branch has 9.0, the cold one 8.5 - 1/3."""
    assert _gaps({1.0: (8.1, 8.5)}) == {1.0: pytest.approx(-1 / 3, abs=1e-6)}


def test_a_model_against_itself_stands_at_0() -> None:
    """Its hottest setting, which is worse in both than the same model colder, does not count."""
    assert _gaps(MLE) == {0.8: 0, 0.9: 0, 1.0: 0}
    found = passage(
        [*_rows("MLE", MLE), *_rows("GAN", MLE)], ORACLE, system="GAN", baselines=["MLE"]
    )
    assert found is not None
    assert (found.num_beaten, found.num_incomparable) == (1, 0)
    assert "on the curve (3 that its own curve beats left out)" in gate_sentence([found] * 3)
    assert "No claim" in gate_sentence([found] * 3)


def test_the_better_of_two_baselines_counts() -> None:
    rows = [
        *_rows("MLE", MLE),
        *_rows("longer", {0.9: (8.3, 7.0), 1.0: (8.0, 9.0)}),
        *_rows("GAN", {0.9: (8.3, 6.9), 1.0: (8.0, 8.2)}),
    ]
    found = passage(rows, ORACLE, system="GAN", baselines=["MLE", "longer", "missing"])
    assert found is not None
    assert found.gaps == {0.9: pytest.approx(0.1), 1.0: pytest.approx(0.3)}
    assert "GAN against MLE and longer and missing" in gate_sentence([found])


@pytest.mark.parametrize(("worse", "side"), [(0.5, "inside"), (-0.5, "outside")])
def test_inside_is_not_claimed_against_the_best_of_several_curves(worse: float, side: str) -> None:
    """Which of several is the best at a place is noise too: what equals them lies inside."""
    moved = {dial: (at, quality + worse) for dial, (at, quality) in MLE.items()}
    rows = [*_rows("MLE", MLE), *_rows("longer", MLE), *_rows("GAN", moved)]
    one = passage(rows, ORACLE, system="GAN", baselines=["MLE"])
    two = passage(rows, ORACLE, system="GAN", baselines=["MLE", "longer"])
    assert one is not None
    assert two is not None
    several = "outside" if side == "outside" else "none"
    assert gate_cells([one] * 3)[-1].startswith(side)
    assert gate_cells([two] * 3)[-1].startswith(several)
    assert ("A claim" in gate_sentence([two] * 3)) == (side == "outside")


def test_more_diverse_than_the_whole_curve_must_beat_its_most_diverse_point() -> None:
    assert _gaps({1.0: (7.9, 8.2)}) == {1.0: 0.3}
    assert _gaps({1.0: (7.9, 8.8)}) == {}


def test_less_diverse_than_the_sweep_can_only_lose() -> None:
    assert _gaps({1.0: (9.5, 6.0)}) == {}
    assert _gaps({1.0: (9.5, 7.0)}) == {1.0: -0.5}


def test_one_point_is_a_curve_too() -> None:
    assert gap([[(1.0, 2.0)]], (1.0, 1.5)) == 0.5


def test_a_quality_that_should_be_high_is_turned() -> None:
    rows = [
        Row("MLE", 1.0, {"bleu_corpus_4": 0.3, "self_bleu_4": 0.5}),
        Row("GAN", 1.0, {"bleu_corpus_4": 0.4, "self_bleu_4": 0.5}),
    ]
    gate = Gate("bleu_corpus_4", "self_bleu_4")
    found = passage(rows, gate, system="GAN", baselines=["MLE"])
    assert found is not None
    assert found.gaps[1.0] == pytest.approx(0.1)


def test_a_figure_that_is_both_compares_the_best_of_each_sweep() -> None:
    rows = [
        *[Row("MLE", dial, {"frechet_hidden": value}) for dial, value in [(0.9, 0.5), (1, 0.4)]],
        *[Row("GAN", dial, {"frechet_hidden": value}) for dial, value in [(0.9, 0.3), (1, 0.6)]],
    ]
    found = passage(rows, Gate("frechet_hidden"), system="GAN", baselines=["MLE"])
    assert found is not None
    assert found.mean == pytest.approx(0.1)
    assert "best Fréchet, LM states of the sweep: better, mean gap +0.1000" in gate_sentence(
        [found]
    )


def test_void_figures_and_missing_systems_pass_no_gate() -> None:
    rows = _rows("MLE", MLE)
    assert passage(rows, ORACLE, system="GAN", baselines=["MLE"]) is None
    void = [Row("GAN", 1.0, {"nll_test": 8.0, "nll_oracle": 1.0}, frozenset({"nll_oracle"}))]
    assert passages([*rows, *void], baselines=["MLE"]) == []


def _passages(*qualities: float) -> list[Passage]:
    """Return one seed's passage for each quality at temperature .9; at 1 it is 1 worse."""
    found = []
    for quality in qualities:
        ours = _rows("GAN", {0.9: (8.3, quality), 1.0: (8.0, quality + 1)})
        each = passage([*_rows("MLE", MLE), *ours], ORACLE, system="GAN", baselines=["MLE"])
        assert each is not None
        found.append(each)
    return found


def test_one_seed_claims_nothing() -> None:
    sentence = gate_sentence(_passages(7.0))
    assert sentence == (
        "GAN against MLE, NLL oracle at equal NLL test: outside at all 2 settings, "
        "mean gap +0.500. One seed: no claim."
    )


def test_three_seeds_claim_what_their_interval_leaves_no_doubt_of() -> None:
    outside = gate_sentence(_passages(7.0, 7.1, 7.05))
    assert "A claim: outside, 95 % interval over 3 seeds [+0.3" in outside
    inside = gate_sentence(_passages(8.0, 8.1, 8.05))
    assert "inside at all 6 settings" in inside
    assert "A claim: inside" in inside
    neither = gate_sentence(_passages(7.2, 7.9, 7.4))
    assert "No claim: the 95 % interval" in neither
    assert "outside at 4 of 6 settings" in neither


def test_cells_say_what_the_sentence_says() -> None:
    what = ["GAN", "MLE", "NLL oracle at equal NLL test"]
    assert gate_cells(_passages(7.0)) == [*what, "2 of 2", "+0.500", "none (1 seed)"]
    assert gate_cells(_passages(7.0, 7.0)) == [*what, "4 of 4", "+0.500", "none (2 seeds)"]
    for qualities, side in (
        ((7.0, 7.1, 7.05), "outside"),
        ((8.0, 8.1, 8.05), "inside"),
        ((7.2, 7.9, 7.4), "none"),
    ):
        passed = _passages(*qualities)
        verdict = gate_cells(passed)[-1]
        assert verdict.startswith(f"{side} [")
        assert verdict.split(" ", 1)[1] in gate_sentence(passed)


def test_sweeps_without_a_common_range_claim_nothing() -> None:
    rows = [*_rows("MLE", MLE), *_rows("GAN", {1.0: (9.5, 6.0)})]
    found = passage(rows, ORACLE, system="GAN", baselines=["MLE"])
    assert found is not None
    assert found.num_incomparable == 1
    assert "no range in common" in gate_sentence([found])
