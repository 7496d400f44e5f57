"""Tables with a line for each setting: means over seeds, shared rows once, paired claims."""

import json
from pathlib import Path
from typing import Any

import pytest
from made_picture_run import made_picture_results

from seqgan.metrics.significance import claim
from seqgan.report.table import results_table


def _write(folder: Path, records: list[dict[str, Any]]) -> list[Path]:
    files = []
    for place, record in enumerate(records):
        files.append(folder / f"{place}.json")
        files[-1].write_text(json.dumps(record))
    return files


def _lines(text: str, start: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith(f"| {start} |")
    ]


@pytest.fixture
def table(tmp_path: Path) -> str:
    """The default and a rival with three seeds, a second rival with one."""
    ours, rivals = [1.0, 1.2, 1.4], [1.5, 1.8, 2.1]
    records = [made_picture_results(seed=seed, fid=fid) for seed, fid in enumerate(ours)]
    records += [
        made_picture_results(seed=seed, fid=fid, setting="wgan-gp")
        for seed, fid in enumerate(rivals)
    ]
    records.append(made_picture_results(seed=0, fid=3.0, setting="hinge"))
    for record in records:  # what is drawn of the real pictures depends on the seed alone
        record["rows"][0]["metrics"]["fid"] = 0.2 + 0.01 * record["seed"]
    return results_table(_write(tmp_path, records))


def test_a_corpus_is_one_table_with_a_line_for_each_setting(table: str) -> None:
    assert [line for line in table.splitlines() if line[:1] == "#"] == ["### shapes"]
    (head,) = _lines(table, "setting")
    assert head[:4] == ["setting", "system", "seeds", "Fréchet (FID) ↓"]
    (ours,) = _lines(table, "default")
    assert ours[:4] == ["default", "generator", "3", "1.200 ± 0.200"]
    (rival,) = _lines(table, "wgan-gp")
    assert rival[:4] == ["wgan-gp", "generator", "3", "1.800 ± 0.300"]
    (single,) = _lines(table, "hinge")
    assert single[:4] == ["hinge", "generator", "1", "3.000"]


def test_what_no_setting_changes_has_one_line(table: str) -> None:
    (real,) = _lines(table, "all")
    assert real[:4] == ["all", "real held-out", "3", "0.210 ± 0.010"]
    assert table.count("real held-out") == 1


def test_claims_are_paired_by_seed_and_need_three(table: str) -> None:
    assert table.count("default minus") == 1
    (fid,) = _lines(table[table.index("default minus wgan-gp") :], "Fréchet (FID) ↓")
    assert fid[1:] == [str(claim([-0.5, -0.6, -0.7])), "better"]


def test_data_are_told_of_and_who_had_other_data_is_named(tmp_path: Path) -> None:
    records = [made_picture_results(setting=name) for name in ("hinge", "energy", "elsewhere")]
    for record, checksum in zip(records, ("a", "a", "b"), strict=True):
        record["data"] |= {"checksum": checksum, "remarks": ["3 of 40 were cut"]}
    records[2]["data"]["remarks"] = ["fetched elsewhere", "3 of 40 were cut"]
    text = results_table(_write(tmp_path, records))
    assert "- data: 3 of 40 were cut.\n" in text
    assert "- data of elsewhere: fetched elsewhere.\n" in text
    assert "not to be compared, for their data are not the same: hinge, energy; elsewhere." in text
    assert "not to be compared" not in results_table(_write(tmp_path, records[:2]))


def test_settings_and_dialogue_tables_stand_in_one_text(tmp_path: Path) -> None:
    plain = made_picture_results(corpus="other")
    del plain["table"]
    text = results_table(_write(tmp_path, [made_picture_results(), plain]))
    assert "### other (seeds 0)" in text
    assert "### shapes\n" in text


def test_a_row_that_differs_between_settings_stands_with_each(tmp_path: Path) -> None:
    records = [made_picture_results(), made_picture_results(setting="hinge")]
    records[1]["rows"][0]["metrics"]["fid"] = 0.5
    text = results_table(_write(tmp_path, records))
    assert text.count("real held-out") == 2


def test_what_settings_of_one_start_leave_as_it_was_stands_once(tmp_path: Path) -> None:
    plays = ["gp", "clip", "own", "r1"]
    records = [made_picture_results(setting=name, fid=place) for place, name in enumerate(plays)]
    for place, record in enumerate(records):
        record["started_from"] = "start-0"
        record["rows"][0]["metrics"]["fid"] = 0.3 if place == 2 else 0.2
    records[1]["rows"][0]["metrics"]["sharpness"] = 0.77  # judged by more than the others are
    other = made_picture_results(setting="fresh")  # from no start, with the same figures
    other["rows"][0]["metrics"]["fid"] = 0.2
    text = results_table(_write(tmp_path, [*records, other]))
    lines = [line.split(" | ")[:2] for line in text.splitlines() if "real held-out |" in line]
    assert lines == [
        ["| from start-0", "real held-out"],
        ["| own", "real held-out"],
        ["| fresh", "real held-out"],
    ]
    (once,) = _lines(text, "from start-0")
    assert "0.770" in once
    for play in plays:
        assert [line[1] for line in _lines(text, play)][-1] == "generator"


def test_the_first_that_goes_on_from_models_is_compared_with_every_other_that_does(
    tmp_path: Path,
) -> None:
    records = [
        made_picture_results(seed=seed, setting=setting, fid=fid)
        for seed in range(3)
        for setting, fid in (("again", 0.2), ("unheard", 0.3), ("fresh", 0.9))
    ]
    for record in records:
        if record["setting"] != "fresh":
            record["started_from"] = f"start-{record['seed']}"
    text = results_table(_write(tmp_path, records))
    assert text.count(" minus ") == 1
    (fid,) = _lines(text[text.index("again minus unheard") :], "Fréchet (FID) ↓")
    assert fid[1] == "-0.100 [-0.100, -0.100]"


def test_a_gate_that_settings_of_one_start_pass_alike_is_said_once(tmp_path: Path) -> None:
    records = [_sweep(0, 0.3) | {"setting": name} for name in ("heard", "unheard", "own")]
    records.append(_sweep(0, 0.6) | {"setting": "other"})
    for record in (records[0], records[1], records[3]):
        record["started_from"] = "start-0"
    text = results_table(_write(tmp_path, records))
    said = [line.split(" | ")[0] for line in text.splitlines() if "at equal" in line]
    assert said == ["| from start-0", "| own", "| other"]


def test_different_systems_that_pass_a_gate_alike_stand_apart(tmp_path: Path) -> None:
    """Their gaps are the same when rounded, the rest of their figures is not."""
    records = [_sweep(0, 0.3) | {"setting": name} for name in ("heard", "unheard")]
    for place, record in enumerate(records):
        record["started_from"] = "start-0"
        for row in record["rows"]:
            row["metrics"]["distinct_2"] = 0.5 + 0.1 * place * (row["system"] == "adversarial")
    text = results_table(_write(tmp_path, records))
    said = [line.split(" | ")[0] for line in text.splitlines() if "NLL oracle at equal" in line]
    assert said == ["| heard", "| unheard"]


def test_what_early_stopping_kept_is_said_of_models_that_a_run_trained(tmp_path: Path) -> None:
    """Not of those that it began with; play that was taken back to them is."""
    trained, started = made_picture_results(setting="trained"), made_picture_results(setting="lent")
    trained["kept"] = {"best": 40, "best_continued": 60, "best_played": 80}
    started["kept"] = {"best": 0, "best_continued": 0, "best_played": 0}
    started["started_from"] = "trained-0"
    text = results_table(_write(tmp_path, [trained, started]))
    first, second = (line for line in text.splitlines() if "training (updates)" in line)
    assert first.endswith("; kept of updates 40 (best), 60 (best continued), 80 (best played).")
    assert second.endswith("from the models of trained-0; kept of updates 0 (best played).")


def test_a_seed_of_a_setting_counts_once(tmp_path: Path) -> None:
    record = made_picture_results(setting="hinge")
    with pytest.raises(ValueError, match="seed 0 of shapes, hinge is there twice"):
        results_table(_write(tmp_path, [record, record]))


def _sweep(seed: int, shift: float) -> dict[str, Any]:
    """Return the results of an oracle run; the trained system's quality is better by `shift`."""
    curve = {0.8: (8.9, 7.7), 1.0: (9.6, 7.6)}
    rows: list[dict[str, Any]] = [
        {
            "system": name,
            "temperature": warm,
            "metrics": {"nll_oracle": quality - better + 0.01 * seed, "nll_test": diversity},
        }
        for name, better in (("MLE", 0.0), ("adversarial", shift + 0.01 * seed))
        for warm, (quality, diversity) in curve.items()
    ]
    return {
        "rows": rows,
        "seed": seed,
        "table": "settings",
        "data": {"corpus": "published"},
        "sweep": {"baselines": ["MLE"], "real": "oracle"},
    }


def test_a_sweep_stands_in_the_table_at_1_and_behind_its_gate(tmp_path: Path) -> None:
    text = results_table(_write(tmp_path, [_sweep(seed, 0.2) for seed in range(3)]))
    lines = {line[1]: line for line in _lines(text[: text.index("outside at")], "default")}
    assert lines["MLE"][2:] == ["3", "9.610 ± 0.010", "7.600 ± 0.000"]
    assert lines["adversarial"][2:] == ["3", "9.400 ± 0.000", "7.600 ± 0.000"]
    (gate,) = [line for line in text.splitlines() if "at equal" in line]
    system, against, quality, outside, gap, verdict = gate.strip("| ").split(" | ")[1:]
    assert (system, against, quality) == ("adversarial", "MLE", "NLL oracle at equal NLL test")
    assert outside == "6 of 6"
    assert gap == "+0.210"
    assert verdict == f"outside {str(claim([0.2, 0.21, 0.22])).split(' ', 1)[1]}"
    single = results_table(_write(tmp_path, [_sweep(0, 0.2)]))
    assert "| none (1 seed) |" in single


def test_a_treated_system_is_compared_with_every_other_of_its_run(tmp_path: Path) -> None:
    """Paired by seed, with claims; and with the treated system of another setting."""
    records = [
        {
            "seed": seed,
            "data": {"corpus": "made"},
            "table": "settings",
            "setting": setting,
            "comparison": {"treated": "adversarial", "control": "continued"},
            "rows": [
                {"system": "lead", "metrics": {"rouge1": 25.0}},
                {"system": "continued", "metrics": {"rouge1": 30.0 + 10 * seed, "nll": 3.0}},
                {
                    "system": "adversarial",
                    "metrics": {"rouge1": gain + 30.0 + 10.1 * seed, "nll": 3.0},
                },
            ],
        }
        for setting, gain in (("", 2.0), ("no critic", 1.0))
        for seed in range(3)
    ]
    text = results_table(_write(tmp_path, records))
    (head,) = _lines(text, "default: adversarial minus")
    place = head.index("ROUGE-1 ↑")
    ours, _ = _lines(text, "continued")
    assert ours[place] == "+2.100 [+1.852, +2.348], better"
    easy, _ = _lines(text, "lead")
    assert easy[place].endswith("none")
    assert len(easy) == len(head)
    (line,) = _lines(text, "ROUGE-1 ↑")
    assert line[1:] == ["+1.000 [+1.000, +1.000]", "better"]
    assert "default minus no critic" in text
    fewer = results_table(_write(tmp_path / "..", [records[0], records[3]]))
    assert "adversarial minus" not in fewer
