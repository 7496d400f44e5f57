"""Texts in styles in four parts: by content alone, nothing twice, nothing in two styles."""

import random
from itertools import combinations
from pathlib import Path

import pytest

from seqgan.data import corpus as found
from seqgan.data.styled_corpus import StyledCorpus, StyledRow, StyledRows
from seqgan.errors import UserError
from seqgan.text.transfer.corpus import StyledTexts, StyleOptions, load_styles
from seqgan.text.transfer.parts import MOST_TEST, share_out

PARTS = ("train", "judges", "validation", "test")
NOUNS = [f"n{number}" for number in range(60)]


def sentences(style: str, number: int, *, seed: int = 0) -> list[str]:
    rng = random.Random(f"{style} {seed}")
    return [f"{rng.choice(NOUNS)} was {style} {place} {seed}" for place in range(number)]


def write(path: Path, lines: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def load(*pairs: str, **given: object) -> StyledTexts:
    return load_styles(StyleOptions(styles=pairs, **given), offline=True)  # type: ignore[arg-type]


def load_folder(path: Path, **given: object) -> StyledTexts:
    options = StyleOptions(corpus="mine", corpus_path=path, **given)  # type: ignore[arg-type]
    return load_styles(options, offline=True)


def everything(texts: StyledTexts) -> list[set[str]]:
    return [{text.casefold() for text in style} for part in PARTS for style in getattr(texts, part)]


def folder(path: Path, *, test: int = 0) -> Path:
    for short, style in (("neg", "poor"), ("pos", "fine")):
        write(path / f"shop.train.{short}.txt", sentences(style, 300))
        if test:
            write(path / f"shop.dev.{short}.txt", sentences(style, test, seed=1))
    return path


def test_two_files_make_four_parts_without_repetition(tmp_path: Path) -> None:
    bad, good = sentences("poor", 400), sentences("fine", 200)
    one = write(tmp_path / "one", [*bad, *map(str.upper, bad[:50]), "", "!!"])
    texts = load(f"b={one}", f"a={write(tmp_path / 'two', good)}")
    assert texts.styles == ("b", "a")
    sizes = {part: [len(style) for style in getattr(texts, part)] for part in PARTS}
    assert sizes == {
        "train": [170, 85],
        "judges": [170, 85],
        "validation": [20, 10],
        "test": [40, 20],
    }
    assert not any(one & other for one, other in combinations(everything(texts), 2))
    # Of copies in capitals and in small letters the small ones stay.
    assert {text for part in PARTS for style in getattr(texts, part) for text in style} == {
        *bad,
        *good,
    }
    assert texts.references is None


def test_parts_depend_on_content_alone(tmp_path: Path) -> None:
    bad, good = sentences("poor", 150), sentences("fine", 150)
    pairs = [f"bad={write(tmp_path / 'a', bad)}", f"good={write(tmp_path / 'b', good)}"]
    texts = load(*pairs)
    assert load(*pairs) == texts
    random.Random(1).shuffle(bad)
    write(tmp_path / "a", bad)
    assert load(*pairs) == texts
    write(tmp_path / "a", [*bad, bad[0]])
    again = load(*pairs)
    assert [getattr(again, part) for part in PARTS] == [getattr(texts, part) for part in PARTS]
    write(tmp_path / "a", [*bad, "one more was poor"])
    more = load(*pairs)
    assert more.checksum != texts.checksum
    moved = set(texts.test[0]) ^ set(more.test[0])
    assert len(moved) <= 2
    assert more.test[1] == texts.test[1]


def test_what_stands_in_both_styles_is_dropped_and_counted(tmp_path: Path) -> None:
    bad, good = sentences("poor", 100), sentences("fine", 100)
    both = ["It is what it is", "No idea"]
    one = write(tmp_path / "a", [*bad, *both])
    other = write(tmp_path / "b", [*good, *map(str.lower, both)])
    texts = load(f"x={one}", f"y={other}")
    assert texts.remarks == ["2 sentences that stand in more than one style were left out"]
    assert not {text.casefold() for text in both} & set.union(*everything(texts))


def test_development_files_are_the_test_and_never_train(tmp_path: Path) -> None:
    path = folder(tmp_path, test=40)
    leak = sentences("poor", 1, seed=1)
    write(tmp_path / "shop.train.neg.txt", [*sentences("poor", 300), *leak])
    texts = load_folder(path)
    assert texts.styles == ("negative", "positive")
    assert set(texts.test[0]) == set(sentences("poor", 40, seed=1))
    assert [len(style) for style in texts.test] == [40, 40]
    assert [len(style) for style in texts.validation] == [15, 15]
    assert [len(style) for style in texts.train] == [142, 142]
    assert texts.remarks == ["1 training sentences that stand in the test too were left out"]
    assert not any(one & other for one, other in combinations(everything(texts), 2))


def test_human_rewrites_stay_beside_their_sentences(tmp_path: Path) -> None:
    path = folder(tmp_path)
    for number, (short, style) in enumerate((("neg", "poor"), ("pos", "fine"))):
        test = sentences(style, 30, seed=1)
        lines = [f"{text}\tfirst {text}\tsecond {text}" for text in test[: 30 - number]]
        write(path / f"shop.test.{short}.txt", lines)
    write(path / "shop.reference.neg.txt", [f"{sentences('poor', 1, seed=1)[0]}\tthird"])
    texts = load_folder(path)
    assert texts.references is not None
    assert [len(style) for style in texts.references] == [30, 29]
    first = sentences("poor", 1, seed=1)[0]
    for test, rewrites in zip(texts.test, texts.references, strict=True):
        for text, made in zip(test, rewrites, strict=True):
            expected = [f"first {text}", f"second {text}"]
            assert made == ([*expected, "third"] if text == first else expected)


def test_what_was_cut_from_one_review_stays_together() -> None:
    rows = [
        StyledRow(style, f"{style} {review} {place}", review)
        for review in range(80)
        for place in range(review % 4 + 1)
        for style in ["ab"[review % 2]]
    ]
    random.Random(0).shuffle(rows)
    parts = share_out(rows, ("a", "b"), [])
    homes: dict[str, set[int]] = {}
    for number, part in enumerate(parts):
        for style in part:
            for row in style:
                homes.setdefault(" ".join(row.text.split()[:2]), set()).add(number)
    assert len(homes) == 80
    assert all(len(numbers) == 1 for numbers in homes.values())
    assert sum(len(style) for part in parts for style in part) == len(rows)


def test_parts_have_a_largest_size() -> None:
    rows = [StyledRow(style, f"{style} {number}") for style in "ab" for number in range(21_000)]
    parts = share_out(rows, ("a", "b"), [])
    assert [len(style) for style in parts.test] == [MOST_TEST] * 2
    assert [len(style) for style in parts.validation] == [1000] * 2
    assert [len(style) for style in parts.train] == [9000] * 2


def test_long_sentences_are_left_out_by_words_or_characters(tmp_path: Path) -> None:
    def lengths(unit: str, name: str, given: int) -> tuple[int, list[str]]:
        between = "" if unit == "好" else " "
        pairs = [
            f"{style}="
            + str(
                write(
                    tmp_path / f"{name}{style}",
                    [between.join([style, *[unit] * (n % 40), *str(n)]) for n in range(200)],
                )
            )
            for style in ("甲乙" if unit == "好" else "xy")
        ]
        texts = load(*pairs, max_words=given)
        longest = max(
            len(text.replace(" ", "")) if unit == "好" else len(text.split())
            for part in PARTS
            for style in getattr(texts, part)
            for text in style
        )
        return longest, texts.remarks

    longest, remarks = lengths("w", "a", 0)
    assert longest == 20
    assert "sentences of more than 20 words were left out" in remarks[0]
    assert lengths("w", "b", 25)[0] == 25
    longest, remarks = lengths("好", "c", 0)
    assert 30 <= longest <= 33  # a number is one word of up to three characters
    assert "sentences of more than 30 characters were left out" in remarks[0]


def test_three_styles_of_a_table(tmp_path: Path) -> None:
    styles = ("old", "new", "odd")
    lines = [f'"{text}",{style}' for style in styles for text in sentences(style, 80)]
    path = write(tmp_path / "a.csv", ["said,how", *lines])
    texts = load_folder(path, text_column="said", label_column="how")
    assert texts.styles == ("new", "odd", "old")
    assert [len(style) for style in texts.train] == [34] * 3


def test_a_named_corpus_is_built_and_a_local_copy_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path / "cache"))
    rows = [StyledRow(s, text) for s in ("fine", "poor") for text in sentences(s, 100)]
    content = StyledRows(rows, ("not comparable",))
    made = StyledCorpus(
        "made", "", "", "", "", 1, lambda: content, lambda path: content, suffixes=(".gz",)
    )
    monkeypatch.setattr(found, "all_corpora", lambda: {"made": made})
    monkeypatch.setattr("seqgan.text.transfer.corpus.all_corpora", lambda: {"made": made})
    with pytest.raises(UserError, match="'made' is not in the cache"):
        load_styles(StyleOptions(corpus="made"), offline=True)
    built = load_styles(StyleOptions(corpus="made"), offline=False)
    assert built.remarks == ["not comparable"]
    (tmp_path / "a.gz").touch()
    copy = StyleOptions(corpus="made", corpus_path=tmp_path / "a.gz")
    assert load_styles(copy, offline=True) == built
    with pytest.raises(UserError, match="known are made"):
        load_styles(StyleOptions(corpus="mode"), offline=True)


@pytest.mark.parametrize("part", ["test", "validation"])
def test_swapped_files_of_a_part_are_told(tmp_path: Path, part: str) -> None:
    path = folder(tmp_path, test=40)  # files of dev, the test where it has no others
    if part == "validation":
        write(path / "shop.test.neg.txt", sentences("poor", 40, seed=2))
        write(path / "shop.test.pos.txt", sentences("fine", 40, seed=2))
    load_folder(path)
    write(path / "shop.dev.neg.txt", sentences("fine", 40, seed=1))
    write(path / "shop.dev.pos.txt", sentences("poor", 40, seed=1))
    with pytest.raises(UserError, match=rf"files of the {part} part look swapped: .* only 0%"):
        load_folder(path)


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    bad = write(tmp_path / "a.txt", sentences("poor", 100))
    good = write(tmp_path / "b.txt", sentences("fine", 100))
    same = write(tmp_path / "c.txt", [*sentences("poor", 100), "one more"])
    few = write(tmp_path / "d.txt", sentences("fine", 59))
    marks = write(tmp_path / "e.txt", ["?!"] * 100)
    chinese = write(tmp_path / "f.txt", [f"很好{number}" for number in range(100)])
    pair = (f"x={bad}", f"y={good}")
    mistakes: list[tuple[dict[str, object], str]] = [
        ({"styles": pair, "max_words": -1}, "--max-words is -1"),
        ({"styles": pair, "vocab_size": -1}, "--vocab-size is -1"),
        ({"styles": pair, "corpus_path": tmp_path}, "both say where the texts are"),
        ({"styles": pair, "text_column": "x"}, "--text-column x is for a table"),
        ({"corpus_path": bad, "label_column": "x"}, "--label-column x is for a table"),
        ({"corpus_path": tmp_path, "text_column": "x"}, "--text-column x is for a table"),
        ({"corpus_path": bad}, "is one file, so only one style: two or more are needed"),
        ({"corpus_path": tmp_path / "none"}, "there is no file or folder"),
        ({"styles": pair[:1]}, "gives only one style, 'x'"),
        ({"styles": (pair[0], f"y={same}")}, "100 of the 100 sentences of style 'x' stand in ano"),
        ({"styles": (pair[0], f"y={few}")}, "style 'y' has 59 different sentences .* at least 60"),
        ({"styles": (pair[0], f"y={marks}")}, r"text in one style only \(x\)"),
        ({"styles": (pair[0], f"y={chinese}")}, "in different scripts"),
        ({"corpus": "friends"}, "holds dialogue, not texts in styles"),
        ({"corpus": "review"}, "did you mean 'reviews'"),
    ]
    for given, told in mistakes:
        with pytest.raises(UserError, match=told) as raised:
            load_styles(StyleOptions(**given), offline=True)  # type: ignore[arg-type]
        assert "\n" not in str(raised.value)
