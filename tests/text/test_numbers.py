"""Words that are numbers: read, written, kept."""

from pathlib import Path

import pytest

from seqgan.errors import UserError
from seqgan.text.numbers import NumberTokenizer

WORDS = NumberTokenizer(10, pad=10, bos=0, eos=11)


def test_every_word_is_its_number_and_the_start_is_one() -> None:
    assert WORDS.encode("3 0 9") == [3, 0, 9]
    assert WORDS.decode([3, 0, 9, 10, 10]) == "3 0 9"
    assert WORDS.decode([3, 11, 4]) == "3"
    assert WORDS.pieces(range(3)) == ["0", "1", "2"]
    for wrong in ("10", "-1", "cat"):
        with pytest.raises(ValueError, match=wrong):
            WORDS.encode(wrong)
    with pytest.raises(ValueError, match="no mark"):
        WORDS.mark("<style>")


def test_kept_and_read_back(tmp_path: Path) -> None:
    WORDS.save_pretrained(tmp_path)
    assert vars(NumberTokenizer.load(tmp_path)) == vars(WORDS)
    (tmp_path / "numbers.json").write_text('{"pad": 1}', encoding="utf-8")
    with pytest.raises(UserError, match="is damaged"):
        NumberTokenizer.load(tmp_path)
