"""Words are counted alike whatever the tokenizer of a model."""

from seqgan.metrics.words import all_chinese, count_words, is_chinese, split_texts, split_words


def test_more_than_half_of_the_letters_decide() -> None:
    assert is_chinese("我们 ab") is False
    assert is_chinese("我们去 ab")
    assert not is_chinese("")
    assert not is_chinese("123 ?!")


def test_a_rare_ideograph_and_a_compatibility_one_are_chinese() -> None:
    assert is_chinese("\U00020000")
    assert is_chinese("\uf900")
    assert not is_chinese("カナ")


def test_english_words_leave_marks_apart() -> None:
    assert split_words("well,  now... 3rd") == ["well", ",", "now", ".", ".", ".", "3rd"]


def test_chinese_characters_stand_alone_and_spaces_vanish() -> None:
    assert split_words("我 们。\n") == ["我", "们", "。"]


def test_one_language_for_all_texts_of_a_set() -> None:
    assert all_chinese(["我们去吧", "OK"])
    assert split_texts(["我们去吧", "OK"])[1] == ["O", "K"]
    assert split_texts(["go now", "我"])[1] == ["我"]


def test_perplexity_counts_whitespace_words_and_ends() -> None:
    assert count_words(["it's  here, now", ""]) == 3 + 1 + 0 + 1
    assert count_words(["我们 去"]) == 3 + 1
