"""Words in any language: counted, cut from either end."""

import pytest

from seqgan.text.words import count_words, first_words, last_words, normalize_spaces

TEXTS = ["", "one", "I'm  here, now", "你好吗", "我 在 OK 店 here", "한국어 두", "カタカナ と漢字"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_cutting_keeps_at_most_the_limit_of_either_end(text: str, limit: int) -> None:
    total = count_words(text)
    assert count_words(first_words(text, limit)) == min(limit, total)
    assert count_words(last_words(text, limit)) == min(limit, total)
    assert text.startswith(first_words(text, limit))
    assert text.endswith(last_words(text, limit))


def test_counts_by_language() -> None:
    assert [count_words(text) for text in TEXTS] == [0, 1, 3, 3, 5, 2, 7]


def test_spaces_and_unprintable_characters() -> None:
    assert normalize_spaces("\ufeff a\u00a0\u3000b\r\n\x85c\ud800\x07") == "a b c?"
