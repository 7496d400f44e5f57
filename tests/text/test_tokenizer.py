"""The subword vocabulary: round trips, any language, repeatable, honest about sizes and damage."""

from pathlib import Path

import pytest

from seqgan.errors import UserError
from seqgan.text.tokenizer import CHECKSUM_FILE, MODEL_FILE, TURN, SubwordTokenizer

TEXTS = [
    "Where did the little fox go?",
    "It went home, I think; the fox is tired.",
    "今天天气很好，我们去公园吧。",
    "好的，我们走吧！",
] * 5


@pytest.fixture(scope="module")
def tokenizer() -> SubwordTokenizer:
    return SubwordTokenizer.train(TEXTS, vocab_size=50)


def test_special_ids(tokenizer: SubwordTokenizer) -> None:
    ids = (tokenizer.pad, tokenizer.bos, tokenizer.eos, tokenizer.unk)
    assert ids == (0, 1, 2, 3)
    assert tokenizer.vocab_size == 50


@pytest.mark.parametrize("text", [*TEXTS[:4], "  the fox\n went ", "好吧 fox！", ""])
def test_known_characters_come_back(tokenizer: SubwordTokenizer, text: str) -> None:
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == " ".join(text.split())
    assert all(4 <= token < tokenizer.vocab_size for token in ids)


def test_empty_text_has_no_ids(tokenizer: SubwordTokenizer) -> None:
    assert tokenizer.encode("") == tokenizer.encode(" \n") == []
    assert tokenizer.decode([]) == ""


def test_decoding_stops_at_eos_and_skips_pad_and_bos(tokenizer: SubwordTokenizer) -> None:
    fox, home = tokenizer.encode("fox"), tokenizer.encode("home")
    pad, bos, eos = tokenizer.pad, tokenizer.bos, tokenizer.eos
    assert tokenizer.decode([bos, *fox, pad, *home, eos, *fox, pad, pad]) == "fox home"


@pytest.mark.parametrize("text", ["žluť 😀", "\ud800", "\x00\x07", "язык"])
def test_unknown_characters_do_no_harm(tokenizer: SubwordTokenizer, text: str) -> None:
    ids = tokenizer.encode(text)
    assert all(0 <= token < tokenizer.vocab_size for token in ids)
    tokenizer.decode(ids).encode("utf-8")
    assert len(tokenizer.pieces(ids)) == len(ids)


def test_turn_separator_is_one_piece(tokenizer: SubwordTokenizer) -> None:
    ids = tokenizer.encode(f"the fox {TURN} went home")
    assert tokenizer.pieces(ids).count(TURN) == 1
    assert tokenizer.decode(ids) == f"the fox {TURN} went home"


def test_pieces_join_to_the_text(tokenizer: SubwordTokenizer) -> None:
    ids = tokenizer.encode(TEXTS[1])
    pieces = tokenizer.pieces(ids)
    assert len(pieces) == len(ids)
    assert "".join(pieces).strip() == TEXTS[1]
    assert tokenizer.pieces([0, 2]) == ["<pad>", "</s>"]


def test_training_repeats_and_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    first = SubwordTokenizer.train(iter(TEXTS), vocab_size=50)
    assert first.model == SubwordTokenizer.train(TEXTS, vocab_size=50).model
    assert capfd.readouterr() == ("", "")


def test_rare_characters_of_a_large_alphabet_are_left_out() -> None:
    """Nothing is lost of 100 characters; of 600 the ones seen once in 200,000 are."""
    small = [chr(0x4E00 + n) * 40 for n in range(100)] * 10 + ["\u9fa5"]
    large = [chr(0x4E00 + n) * 40 for n in range(600)] * 10 + ["\u9fa5"]
    for texts, known in ((small, True), (large, False)):
        tokenizer = SubwordTokenizer.train(texts, vocab_size=650, exact=False)
        assert (tokenizer.unk not in tokenizer.encode("\u9fa5")) is known
        assert tokenizer.unk not in tokenizer.encode(texts[0])


@pytest.mark.parametrize(("given", "word"), [(5000, "largest"), (8, "smallest")])
def test_impossible_size_names_one_that_works(given: int, word: str) -> None:
    with pytest.raises(
        UserError, match=rf"vocabulary of {given} .*the {word} that works"
    ) as raised:
        SubwordTokenizer.train(TEXTS, vocab_size=given)
    size = int(str(raised.value).split("--vocab-size ")[1].rstrip(")"))
    assert SubwordTokenizer.train(TEXTS, vocab_size=size).vocab_size == size
    with pytest.raises(UserError):
        SubwordTokenizer.train(TEXTS, vocab_size=size + (1 if word == "largest" else -1))


def test_inexact_size_is_an_upper_bound() -> None:
    assert SubwordTokenizer.train(TEXTS, vocab_size=5000, exact=False).vocab_size < 200
    with pytest.raises(UserError, match="smallest"):
        SubwordTokenizer.train(TEXTS, vocab_size=8, exact=False)


def test_no_text_is_refused() -> None:
    with pytest.raises(UserError, match="no text"):
        SubwordTokenizer.train(["", " "], vocab_size=10)


def test_saving_and_loading(tokenizer: SubwordTokenizer, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path / "new" / "folder")
    loaded = SubwordTokenizer.load(tmp_path / "new" / "folder")
    assert loaded.encode(TEXTS[0]) == tokenizer.encode(TEXTS[0])
    assert loaded.vocab_size == tokenizer.vocab_size


def test_any_truncation_is_noticed(tokenizer: SubwordTokenizer, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    for size in range(0, len(tokenizer.model), 17):
        (tmp_path / MODEL_FILE).write_bytes(tokenizer.model[:size])
        with pytest.raises(UserError, match="no whole sentencepiece model"):
            SubwordTokenizer.load(tmp_path)


def test_foreign_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is missing"):
        SubwordTokenizer.load(tmp_path)
    for content in (b"", b"\x80\x04N.", b"hello"):
        (tmp_path / MODEL_FILE).write_bytes(content)
        with pytest.raises(UserError, match=MODEL_FILE):
            SubwordTokenizer.load(tmp_path)
    (tmp_path / CHECKSUM_FILE).write_bytes(b"\xff")
    with pytest.raises(UserError, match=MODEL_FILE):
        SubwordTokenizer.load(tmp_path)


def test_marks_are_ids_that_no_text_is_encoded_to_and_that_decode_to_nothing() -> None:
    lines = ["the cat sat on a mat", "dogs are fine <hidden>"] * 20
    tokenizer = SubwordTokenizer.train(
        lines, vocab_size=40, exact=False, marks=["<hidden>", "<style 0>"]
    )
    hidden, style = tokenizer.mark("<hidden>"), tokenizer.mark("<style 0>")
    assert len({hidden, style, tokenizer.pad, tokenizer.bos, tokenizer.eos, tokenizer.unk}) == 6
    assert not {hidden, style} & set(tokenizer.encode("a <hidden> cat <style 0>"))
    assert tokenizer.decode([hidden, *tokenizer.encode("a cat"), style]) == "a cat"
    with pytest.raises(ValueError, match="no mark 'cat'"):
        tokenizer.mark("cat")
