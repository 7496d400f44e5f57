"""What a person types, as a trained model reads it."""

import pytest

from made_transfer import made_tokenizer
from seqgan.text.inputs import Reader, joined, parts_of

READER = Reader(made_tokenizer(), marks=(), longest=20)


def words(text: str) -> int:
    return len(text.split())


@pytest.mark.parametrize("limit", [1, 3, 7, 20, 1000])
def test_parts_keep_every_word_in_order_within_the_limit(limit: int) -> None:
    text = "one two, three four. five six seven! eight: nine ten; " * 40
    parts = parts_of(text.strip(), size=words, limit=limit)
    assert " ".join(parts).split() == text.split()
    assert max(map(words, parts)) <= limit
    assert joined(parts) == text.strip()


def test_a_text_within_the_limit_is_never_cut() -> None:
    text = "one. two. three."
    assert parts_of(text, size=words, limit=3) == [text]


def test_chinese_is_cut_between_characters_and_joined_without_spaces() -> None:
    text = "菜很冷。服务员也不好，我们等了很久很久！"
    for limit in (3, 5, 8, 12):
        parts = parts_of(text, size=len, limit=limit)
        assert max(map(len, parts)) <= limit
        assert joined(parts) == text


def test_a_word_longer_than_the_limit_stays_whole() -> None:
    assert parts_of("a " + "b" * 50 + " c", size=len, limit=10) == ["a", "b" * 50, "c"]


def test_a_thousand_words_become_parts_that_the_model_knows() -> None:
    text = "the food was cold and the waiter " * 142
    parts = READER.parts(READER.plain(text))
    assert " ".join(parts).split() == text.split()
    assert max(len(READER.ids(part)) for part in parts) <= READER.longest
    assert READER.foreign(text) == ""


def test_capitals_quotes_and_wide_letters_are_read_as_the_vocabulary_knows_them() -> None:
    assert READER.plain(" The  FOOD—was ‘ｃold’\t") == "the food-was 'cold'"
    assert READER.lost("The FOOD was Cold") == []


@pytest.mark.parametrize("text", ["еда была холодной", "菜很冷", "НЕТ no", "нет, no"])
def test_another_script_is_a_problem(text: str) -> None:
    assert "unknown to this run, which learned from another script" in READER.foreign(text)


@pytest.mark.parametrize(
    "text", ["", "   ", ".", "the food was ö", "so warm 😀", "😀😀", "no 😀😀😀"]
)
def test_a_few_unknown_characters_are_none(text: str) -> None:
    assert READER.foreign(text) == ""


def test_unknown_characters_are_named() -> None:
    assert READER.lost("the food was ö and é") == ["unknown to this run and likely to be lost: ö é"]


def test_a_spelled_out_mark_is_passed_over() -> None:
    tokenizer = made_tokenizer()
    ids = tokenizer.encode("the food")
    reader = Reader(tokenizer, marks=(ids[0],), longest=20)
    assert reader.ids("the food") == ids[1:]
