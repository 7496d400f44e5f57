"""Documents and short texts ready to learn from: sides that never meet, limits, mistakes."""

import json
import random
from pathlib import Path

import pytest

from seqgan.data import corpus as found
from seqgan.data.summary_corpus import SummaryCorpus, SummaryRow, SummaryRows
from seqgan.errors import UserError
from seqgan.text.summary import corpus as loading
from seqgan.text.summary.corpus import (
    SummaryCorpusOptions,
    SummaryPair,
    SummaryTexts,
    load_summary_texts,
)

CHINESE = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"


def words(number: int, seed: str) -> str:
    rng = random.Random(seed)
    return " ".join("".join(rng.choices("abcdefghijkl", k=5)) for _ in range(number))


def pairs(number: int = 400) -> list[SummaryRow]:
    return [SummaryRow(words(20, f"d{n}"), words(4 + n % 3, f"s{n}")) for n in range(number)]


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def load(**given: object) -> SummaryTexts:
    return load_summary_texts(SummaryCorpusOptions(**given), offline=True)  # type: ignore[arg-type]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A corpus called packages, of made pairs, in place of the cached one."""
    content = SummaryRows(pairs(), ("a remark",))
    one = SummaryCorpus(
        "packages", "", "", "", "", 1, lambda: content, lambda path: content, suffixes=(".xz",)
    )
    monkeypatch.setattr(found, "all_corpora", lambda: {"packages": one})
    monkeypatch.setattr(loading, "all_corpora", lambda: {"packages": one})
    monkeypatch.setattr(loading, "load_summary", lambda corpus, offline: corpus.build())


def apart(path: Path, number: int = 200) -> dict[str, Path]:
    rows = pairs(number)
    return {
        "documents": write(path / "documents.txt", [row.document for row in rows]),
        "shorts": write(path / "titles.txt", [row.short for row in rows]),
    }


@pytest.mark.usefixtures("made")
def test_pairs_are_kept_apart_and_stand_in_aligned() -> None:
    texts = load()
    short_of = {row.document: row.short for row in pairs()}
    learned = {short_of[document] for document in texts.documents}
    assert not learned & set(texts.shorts)
    assert len(texts.aligned) == len(texts.documents) + len(texts.shorts) == 288
    both = [texts.aligned, texts.judges, texts.validation, texts.test]
    assert all(short_of[pair.document] == pair.short for part in both for pair in part)
    seen = [pair.document for part in both for pair in part]
    assert len(seen) == len(set(seen)) == 400
    assert texts.human == [pair.short for pair in texts.test]
    first = texts.aligned[:100]  # some of both sides, however few are taken
    assert 30 < sum(pair.short in set(texts.shorts) for pair in first) < 70
    assert (texts.usual_words, texts.chinese, texts.remarks) == (5, False, ["a remark"])


@pytest.mark.usefixtures("made")
def test_long_documents_are_cut() -> None:
    texts = load(document_words=12)
    assert {len(document.split()) for document in texts.documents} == {12}
    assert texts.remarks[1] == "400 of 400 documents were cut at 12 words"
    assert texts.checksum == load().checksum  # of the texts, not of what is made of them


def test_own_files_without_pairs(tmp_path: Path) -> None:
    texts = load(**apart(tmp_path))
    assert not texts.aligned
    assert all(not pair.short for pair in texts.test)
    assert not {pair.document for pair in texts.test} & set(texts.documents)
    assert len(texts.human) == 20
    assert not set(texts.human) & set(texts.shorts)
    assert {bool(pair.document) for pair in texts.judges} == {True, False}
    assert "no pairs to evaluate with" in texts.remarks[0]
    again = pairs(200)
    random.Random(1).shuffle(again)
    write(tmp_path / "documents.txt", [f"  {row.document} " for row in again])
    assert load(**apart_of(tmp_path)) == texts


def apart_of(path: Path) -> dict[str, Path]:
    return {"documents": path / "documents.txt", "shorts": path / "titles.txt"}


def test_pairs_to_evaluate_with_are_not_learned_from(tmp_path: Path) -> None:
    files = apart(tmp_path)
    rows = pairs(210)[180:]  # twenty of them stand in the files too
    lines = [f"{row.document},{row.short}" for row in rows]
    table = write(tmp_path / "pairs.csv", ["text,title", *lines])
    told = {"document_column": "text", "short_column": "title"}
    texts = load(**files, evaluation_pairs=table, **told)
    assert {(pair.document, pair.short) for pair in texts.test} == {row[:2] for row in rows}
    assert not {row.document for row in rows} & set(texts.documents)
    assert not {row.short for row in rows} & set(texts.shorts)
    assert texts.human == [pair.short for pair in texts.test]
    assert not texts.aligned


def test_chinese_is_counted_in_characters(tmp_path: Path) -> None:
    rng = random.Random(0)
    rows = [
        SummaryPair("".join(rng.choices(CHINESE, k=150)), "".join(rng.choices(CHINESE, k=9)))
        for _ in range(200)
    ]
    lines = [f"{row.document}\t{row.short}" for row in rows]
    texts = load(corpus_path=write(tmp_path / "a.tsv", ["document\tshort", *lines]))
    assert texts.chinese
    assert texts.usual_words == 9
    assert {len(document) for document in texts.documents} == {120}
    assert texts.remarks == ["200 of 200 documents were cut at 120 characters"]


def test_what_is_cut_or_swapped_is_told_of_whole_documents(tmp_path: Path) -> None:
    files = apart(tmp_path)
    rows = files["documents"].read_text("utf-8").splitlines()
    texts = load(**files, document_words=3)
    assert f"{len(rows)} of {len(rows)} documents were cut at 3 words" in texts.remarks
    assert not any("swapped" in remark for remark in texts.remarks)


def test_swapped_files_are_told(tmp_path: Path) -> None:
    files = apart(tmp_path)
    texts = load(documents=files["shorts"], shorts=files["documents"])
    assert "the short texts have 20 words on average, the documents 5: are" in texts.remarks[-1]


@pytest.mark.usefixtures("made")
def test_mistakes(tmp_path: Path) -> None:
    files = apart(tmp_path)
    few = write(tmp_path / "few.txt", [words(4, str(n)) for n in range(40)])
    chinese = write(tmp_path / "zh.txt", [CHINESE[n : n + 5] + "文" * n for n in range(20)])
    copy = write(tmp_path / "copy.txt", files["documents"].read_text().splitlines())
    mistakes: list[tuple[dict[str, object], str]] = [
        ({"corpus": "pakages"}, "did you mean 'packages'"),
        ({"corpus": "folder"}, "'folder' is your own files: say where with --corpus-path, or with"),
        ({"documents": files["documents"]}, "--documents needs --shorts as well"),
        ({"shorts": files["shorts"]}, "--shorts needs --documents as well"),
        ({**files, "corpus_path": tmp_path}, "--documents and --corpus-path .* both say where"),
        ({"evaluation_pairs": few}, "--evaluation-pairs belongs to --documents and --shorts"),
        ({**files, "short_column": "x"}, "--short-column x is for a table"),
        ({"document_column": "x"}, "--document-column x is for a table"),
        ({**files, "shorts": files["documents"]}, "are the same file"),
        ({**files, "shorts": copy}, "200 of the 200 short texts are documents too: are the two"),
        ({**files, "shorts": few}, "there are 28 different short texts to learn from: at least 60"),
        ({**files, "documents": few}, "there are 28 different documents to learn from"),
        ({**files, "shorts": chinese}, "short texts are Chinese and the documents are not"),
        ({"corpus_path": tmp_path / "none"}, "there is no file or folder"),
        ({"document_words": -1}, "--document-words is -1"),
        ({"vocab_size": -5}, "--vocab-size is -5"),
    ]
    for given, told in mistakes:
        with pytest.raises(UserError, match=told) as raised:
            load(**given)
        assert "\n" not in str(raised.value)


@pytest.mark.usefixtures("made")
def test_a_local_copy_is_read_by_its_corpus(tmp_path: Path) -> None:
    (tmp_path / "list.xz").write_bytes(b"")
    assert load(corpus_path=tmp_path / "list.xz") == load()


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_part_of_documents_without_a_word_is_refused(tmp_path: Path, part: str) -> None:
    """Before training, not when that part is looked at."""
    folder = tmp_path / "own"
    folder.mkdir()
    rows = {"train": pairs(300), part: [SummaryRow("...", "one good title")] * 4}
    for split, own in rows.items():
        lines = [json.dumps({"document": row.document, "short": row.short}) for row in own]
        write(folder / f"{split}.jsonl", lines)
    with pytest.raises(UserError, match=f"the {part} part has no document"):
        load(corpus="folder", corpus_path=folder)
