"""Sentences in four parts: nothing is held out twice, nothing useless is learned from."""

from pathlib import Path

import pytest

from seqgan.errors import UserError
from seqgan.text.sentences.corpus import SentenceOptions, load_sentences

WORDS = [f"w{number}" for number in range(40)]


def line(number: int) -> str:
    return " ".join(WORDS[(number * step) % 40] for step in (1, 3, 7, number % 5 + 11))


def write(path: Path, texts: list[str]) -> Path:
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def load(path: Path, *, max_words: int = 25) -> dict[str, list[str]]:
    sentences = load_sentences(SentenceOptions(corpus_path=path, max_words=max_words), offline=True)
    parts = ("train", "evaluators", "validation", "test")
    return {part: getattr(sentences, part) for part in parts}


def test_a_file_is_shared_out_without_repetition(tmp_path: Path) -> None:
    texts = [line(number) + f" {number // 40}" for number in range(400)]
    repeated = [*texts, *(text.upper() for text in texts[:50]), "", "   "]
    parts = load(write(tmp_path / "a.txt", repeated))
    everything = [text.casefold() for part in parts.values() for text in part]
    assert len(everything) == len(set(everything)) == len({text.casefold() for text in texts})
    shares = {part: len(texts) / len(everything) for part, texts in parts.items()}
    assert shares["train"] == pytest.approx(0.70, abs=0.05)
    assert shares["test"] == pytest.approx(0.10, abs=0.03)
    assert load(tmp_path / "a.txt") == parts


def test_authors_parts_stay_apart(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    train = [line(number) + f" t{number}" for number in range(300)]
    test = [line(number) + f" h{number}" for number in range(100)]
    write(folder / "x.train.txt", train)
    write(folder / "x.test.txt", [*test, train[0].upper()])
    parts = load(folder)
    assert set(parts["train"]) | set(parts["validation"]) == set(train)
    assert len(parts["validation"]) == 15
    assert set(parts["evaluators"]) | set(parts["test"]) == set(test)
    assert abs(len(parts["evaluators"]) - len(parts["test"])) <= 1
    pooled = load_sentences(SentenceOptions(corpus_path=folder, pool=True), offline=True)
    assert len(pooled.train) == 280
    assert set(pooled.train) & set(test)


def test_long_sentences_are_left_out_and_counted(tmp_path: Path) -> None:
    texts = [line(number) + f" {number}" for number in range(200)]
    path = write(tmp_path / "a.txt", [*texts, *(f"{text} and so on and on" for text in texts[:30])])
    sentences = load_sentences(SentenceOptions(corpus_path=path, max_words=6), offline=True)
    assert sentences.remarks == ["30 sentences of more than 6 words were left out"]


def test_chinese_is_counted_by_characters(tmp_path: Path) -> None:
    glyphs = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"
    texts = [
        glyphs[i % 24] + glyphs[(i * 5) % 24] + glyphs[i // 24 % 24] + "好" for i in range(300)
    ]
    parts = load(write(tmp_path / "zh.txt", texts))
    assert sum(map(len, parts.values())) > 100
    with pytest.raises(UserError, match="0 different sentences"):
        load(tmp_path / "zh.txt", max_words=3)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([""] * 500, "holds 0 different sentences|empty"),
        (["one line"], "1 different sentences"),
        (["word"] * 500, "1 different sentences"),
        ([" ".join(["word"] * count) for count in range(1, 25)] * 20, "24 different sentences"),
        ([f"a b a a{' b a' * (n % 9)}{' a' * (n // 9)}" for n in range(120)], "repeats"),
    ],
)
def test_files_that_nothing_can_be_learned_from(
    tmp_path: Path, texts: list[str], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        load(write(tmp_path / "a.txt", texts))


def test_paths_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no file or folder"):
        load(tmp_path / "nothing.txt")
    with pytest.raises(UserError, match=r"holds no \.txt file"):
        load(tmp_path)
    with pytest.raises(UserError, match="1 is the least"):
        load(tmp_path, max_words=0)
