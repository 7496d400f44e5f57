"""`seqgan evaluate --samples FILE ...`: figures for anyone's output, one line for a mistake."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from seqgan.cli import main

Write = Callable[[str, list[str]], str]

REAL = [
    f"the {noun} {verb} {n} times a day."
    for noun in ("cat", "dog")
    for verb in ("eats", "runs")
    for n in range(15)
]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes lines to a file and gives its path."""

    def wrote(name: str, lines: list[str]) -> str:
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return str(path)

    return wrote


def _judge(tmp_path: Path, samples: list[str], train: str, reference: str, *more: str) -> int:
    given = [part for each in samples for part in ("--samples", each)]
    output = ["--output", str(tmp_path / "judged.json"), "--quick"]
    return main(["evaluate", *given, "--train", train, "--reference", reference, *output, *more])


def test_files_are_judged_side_by_side(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, reference = write("train.txt", REAL), write("test.txt", REAL[::-1])
    one, two = write("one.txt", REAL[:20]), write("two.txt", ["the cat eats."] * 20)
    code = _judge(tmp_path, [f"MLE@0.7={one}", two], train, reference)
    assert code == 0
    printed = capsys.readouterr().out
    assert "MLE@0.7" in printed
    assert "Self-BLEU-4 ↓" in printed
    assert "warning: MLE@0.7: 100% of the samples stand in the reference" in printed
    assert "warning: MLE@0.7: 100% of the samples stand in the training text" in printed
    assert "two: 100%" not in printed
    assert "warning: two: all samples are one and the same sentence." in printed
    record = json.loads((tmp_path / "judged.json").read_text(encoding="utf-8"))
    assert [(row["system"], row["temperature"]) for row in record["rows"]] == [
        ("real text", None),
        ("MLE", 0.7),
        ("two", None),
    ]
    assert "LM score at equal reverse LM score" in (tmp_path / "judged.html").read_text("utf-8")
    assert record["sweep"] == {"baselines": ["MLE"]}
    assert any("LM score at equal reverse LM score" in line for line in record["gates"])
    assert all(line in printed for line in record["gates"])
    for row in record["rows"]:
        for name in ("mauve", "distinct_2", "copied", "repetition", "bleu_corpus_4", "empty"):
            low, high = row["intervals"][name]
            assert 0 <= low <= row["metrics"][name] <= high <= 1
    assert record["rows"][1]["metrics"]["copied"] == 1
    assert len(record["data"]["checksums"]["train"]) == 64


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "no line has a word"),
        (["", "  ", ""], "no line has a word"),
        (["just this one"], "only 1 line has words"),
        (["word " * 900, "word " * 1100], "words a line against"),
    ],
)
def test_samples_that_cannot_be_judged(
    write: Write,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    lines: list[str],
    words: str,
) -> None:
    train, samples = write("train.txt", REAL), write("s.txt", lines)
    assert _judge(tmp_path, [samples], train, train) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: --samples ")
    assert words in line
    assert not (tmp_path / "judged.json").exists()


@pytest.mark.parametrize(
    ("num_samples", "num_reference", "judged"),
    [(2, 199, True), (2, 200, False), (200, 2, False), (199, 2, True)],
)
def test_a_hundred_times_as_many_lines_are_refused(
    write: Write,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    num_samples: int,
    num_reference: int,
    judged: bool,
) -> None:
    """Empty lines are no sentences."""
    told = ["", *(f"{line} {n}" for n in range(4) for line in REAL)]
    train, samples = write("train.txt", REAL), write("s.txt", told[: num_samples + 1])
    reference = write("r.txt", told[: num_reference + 1])
    assert _judge(tmp_path, [samples], train, reference) == (0 if judged else 2)
    error = capsys.readouterr().err
    said = f"--samples {samples}: {num_samples} lines against {num_reference} in the reference"
    assert (said in error) != judged
    assert "give both about as many lines" in error or judged


def test_few_sentences_and_a_reference_that_was_learned_from_are_warned_of(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = [f"{line[:-1]} with {n} friends." for n in range(2) for line in REAL]
    train, samples = write("train.txt", [*REAL, *other[60:]]), write("s.txt", other[:99])
    assert _judge(tmp_path, [samples], train, write("few.txt", other[:50] + REAL[:10])) == 0
    printed = capsys.readouterr().out
    assert "warning: Few: the reference has 60 sentences" in printed
    assert "warning: Few: each set gives 99 sentences" in printed
    assert "warning: 16.7% of the reference (10 of 60 sentences) stand in the training" in printed
    many = write("many.txt", other[60:90] + [f"{x} too" for x in other[:70]])
    assert _judge(tmp_path, [many], train, write("apart.txt", [f"{x} so" for x in other])) == 0
    assert "warning" not in capsys.readouterr().out


@pytest.mark.parametrize("lines", [["", ""], ["one line"], ["same", "same same"]])
def test_real_text_that_nothing_can_be_learned_from(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[str]
) -> None:
    good, bad = write("good.txt", REAL), write("bad.txt", lines)
    assert _judge(tmp_path, [good], bad, good) == 2
    assert f"error: --train {bad}: " in capsys.readouterr().err
    assert _judge(tmp_path, [good], good, bad) == 2
    assert f"error: --reference {bad}: " in capsys.readouterr().err


def test_a_strange_vocabulary_and_one_word_over_and_over_are_warned_of(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = write("train.txt", REAL)
    strange = write("strange.txt", ["quux corge grault", "waldo fred plugh"] * 5)
    once = write("once.txt", ["cat", "cat cat"] * 5)
    assert _judge(tmp_path, [strange, once], train, train) == 0
    printed = capsys.readouterr().out
    assert "warning: strange: 100% of the words stand nowhere in the real text" in printed
    assert "warning: once: all samples are one word over and over ('cat')" in printed


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--output", "nowhere/x.json"], "no such folder"),
        (["--output", "x.txt"], "ends in .json"),
        (["--output", "taken.json"], "a file whose name ends in .json"),
        (["--encoder", "."], "--encoder . cannot be loaded"),
        (["--num-samples", "1"], "2 is the least"),
        (["--baseline", "other"], "no samples have that name"),
        (["--encoder", "nowhere"], "--encoder nowhere"),
    ],
)
def test_wrong_options_are_named(
    write: Write,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    more: list[str],
    words: str,
) -> None:
    train = write("train.txt", REAL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.json").mkdir()
    assert _judge(tmp_path, [train], train, train, *more) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert words in line


@pytest.mark.parametrize("dial", ["0", "-1", "nan", "inf", "warm"])
def test_temperatures_are_above_zero(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], dial: str
) -> None:
    train = write("train.txt", REAL)
    assert _judge(tmp_path, [f"MLE@{dial}={train}"], train, train) == 2
    assert "temperature" in capsys.readouterr().err


def test_two_files_of_one_name_and_a_file_that_is_no_text(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = write("train.txt", REAL)
    assert _judge(tmp_path, [train, train], train, train) == 2
    assert "two files are called 'train'" in capsys.readouterr().err
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    assert _judge(tmp_path, [str(tmp_path / "bytes.txt")], train, train) == 2
    assert "cannot be read as UTF-8" in capsys.readouterr().err
    assert _judge(tmp_path, ["missing.txt"], train, train) == 2
    assert "missing.txt" in capsys.readouterr().err
