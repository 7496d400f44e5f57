"""The dailydialog builder on made dialogues: parquet as on the hub, text as its authors gave it."""

from pathlib import Path

import datasets
import pytest

from seqgan.corpora import dailydialog
from seqgan.corpora.dailydialog import CORPUS
from seqgan.data import hub
from seqgan.data.corpus import Row
from seqgan.errors import UserError

MADE = {
    "train": [["It \u2019 s me . ", " \u201cHi\u201d"], ["one", "two", "three"]],
    "validation": [["and", "so"]],
    "test": [["good", "bye"]],
}
ROWS = [
    Row(0, "A", "It ' s me .", "train"),
    Row(0, "B", '"Hi"', "train"),
    Row(1, "A", "one", "train"),
    Row(1, "B", "two", "train"),
    Row(1, "A", "three", "train"),
    Row(2, "A", "and", "validation"),
    Row(2, "B", "so", "validation"),
    Row(3, "A", "good", "test"),
    Row(3, "B", "bye", "test"),
]


def write_parquet(folder: Path, column: str = "dialog") -> None:
    (folder / "data").mkdir()
    for split, turns in MADE.items():
        table = datasets.Dataset.from_dict({column: turns, "act": [[0]] * len(turns)})
        table.to_parquet(str(folder / "data" / f"{split}-00000-of-00001-made.parquet"))


def test_parquet_and_text_give_the_same_rows(tmp_path: Path) -> None:
    parquet, text = tmp_path / "parquet", tmp_path / "text"
    parquet.mkdir()
    text.mkdir()
    write_parquet(parquet)
    for split, name in zip(MADE, ("train", "valid", "test"), strict=True):
        lines = (" __eou__ ".join(turns) + " __eou__\n" for turns in MADE[split])
        (text / f"dailydialog.{name}.txt").write_text("".join(lines), encoding="utf-8")
    assert CORPUS.reads(parquet)
    assert CORPUS.read(parquet) == CORPUS.read(text) == ROWS


def test_hub_is_asked_for_one_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`datasets` itself finds the files by their patterns, in a folder in place of the hub."""
    write_parquet(tmp_path)
    load, asked = datasets.load_dataset, {}

    def stand_in(name: str, *, revision: str, data_files: dict[str, str], cache_dir: str) -> object:
        asked[name] = revision
        return load(str(tmp_path), data_files=data_files, cache_dir=cache_dir)

    monkeypatch.setattr(datasets, "load_dataset", stand_in)
    assert CORPUS.build() == ROWS
    assert asked == {dailydialog.HUB: dailydialog.REVISION}
    assert len(dailydialog.REVISION) == 40


def test_hub_out_of_reach_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object, **options: object) -> None:
        raise ConnectionError("no route\nto the hub")

    monkeypatch.setattr(datasets, "load_dataset", fail)
    with pytest.raises(UserError, match=r"could not be loaded \(no route\): .*--corpus-path") as e:
        CORPUS.build()
    assert "\n" not in str(e.value)


def test_faulty_parquet_is_refused(tmp_path: Path) -> None:
    write_parquet(tmp_path, column="utterances")
    with pytest.raises(UserError, match="no column 'dialog': it has 'utterances', 'act'"):
        CORPUS.read(tmp_path)
    file = next((tmp_path / "data").glob("test-*"))
    file.write_bytes(b"PAR1 not really")
    with pytest.raises(UserError, match="could not be loaded"):
        CORPUS.read(tmp_path)
    file.unlink()
    with pytest.raises(UserError, match="lacks parquet files of a split"):
        CORPUS.read(tmp_path)


def test_error_of_the_cause_is_told() -> None:
    told = RuntimeError("An error occurred while generating the dataset")
    told.__cause__ = ValueError("footer is damaged")
    assert hub.first_line(told) == "footer is damaged"
    assert hub.first_line(ValueError()) == "ValueError"
