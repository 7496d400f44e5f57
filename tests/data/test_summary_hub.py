"""Documents and short texts from made tables: local parquet, the hub's sizes, the cache."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import datasets
import pytest

from seqgan.corpora import cnn_dailymail, gigaword, xsum
from seqgan.data import summary_hub
from seqgan.data.summary_corpus import SummaryCorpus, SummaryRow, SummaryRows, load_summary
from seqgan.data.summary_hub import HubPairs
from seqgan.errors import UserError


def tables(pairs: HubPairs) -> dict[str, dict[str, list[str]]]:
    return {
        split: {pairs.document: [f"{split} long"], pairs.short: [f"{split}"], "id": ["0"]}
        for split in ("train", "validation", "test")
    }


def rows(*splits: str) -> set[SummaryRow]:
    return {SummaryRow(f"{split} long", split, split=split) for split in splits}


@pytest.mark.parametrize("module", [cnn_dailymail, gigaword, xsum])
def test_local_parquet_is_read_by_split(module: ModuleType, tmp_path: Path) -> None:
    for split, table in tables(module.PAIRS).items():
        (tmp_path / split).mkdir()
        datasets.Dataset.from_dict(table).to_parquet(str(tmp_path / split / "0000.parquet"))
    assert module.CORPUS.reads(tmp_path)
    assert set(module.CORPUS.read(tmp_path).rows) == rows("train", "validation", "test")
    (tmp_path / "train" / "0000.parquet").unlink()
    with pytest.raises(UserError, match="lacks parquet files to train"):
        module.CORPUS.read(tmp_path)


def test_local_tables_have_the_corpus_own_columns(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("article,highlights\ntrain long,train\n")
    (tmp_path / "test.jsonl").write_text('{"article": "test long", "highlights": "test"}\n')
    assert set(cnn_dailymail.CORPUS.read(tmp_path).rows) == rows("train", "test")


def test_hub_of_another_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def load(*given: object) -> dict[str, dict[str, list[str]]]:
        asked.append(given)
        return tables(xsum.PAIRS)

    monkeypatch.setattr(summary_hub, "load_columns", load)
    with pytest.raises(UserError, match="has 1 rows to train, expected 204,045: nothing was kept"):
        xsum.CORPUS.build()
    small = replace(xsum.PAIRS, sizes={"train": 1, "validation": 1, "test": 1})
    assert set(small.build().rows) == rows("train", "validation", "test")
    assert asked[1] == (small.name, small.revision, small.files, ("document", "summary"))


def test_kept_rows_come_back_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path))
    content = SummaryRows(
        [SummaryRow("长文", "短", "g", "test"), SummaryRow("", "x")], ("so it is", "and so")
    )
    made = SummaryCorpus("made", "", "", "", "", 1, lambda: content, lambda path: content)
    assert load_summary(made) is content

    def refuse() -> SummaryRows:
        raise AssertionError("built although it is cached")

    assert load_summary(replace(made, build=refuse), offline=True) == content
    with pytest.raises(AssertionError, match="built"):
        load_summary(replace(made, build=refuse, version=2))
