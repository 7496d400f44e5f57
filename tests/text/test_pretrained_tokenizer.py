from pathlib import Path

import pytest
from tokenizers import Tokenizer as Words
from tokenizers import decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from seqgan.errors import UserError
from seqgan.text.generators.pretrained_tokenizer import PretrainedTokenizer

NAMES = ["<unk>", "<s>", "</s>", "red", "green", "blue", "<end>"]


def words(*, marks: bool = False, **special: str | None) -> PreTrainedTokenizerFast:
    """Return a tokenizer of six words; `marks` puts <s> and </s> around every text."""
    tokenizer = Words(models.WordLevel({name: i for i, name in enumerate(NAMES)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if marks:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
        )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", **special)


def test_text_survives_and_stops_at_the_first_eos() -> None:
    tokenizer = PretrainedTokenizer(words(bos_token="<s>", eos_token="</s>", marks=True))
    assert tokenizer.encode("red green") == [3, 4]
    assert tokenizer.decode([3, 4, tokenizer.eos, 5, tokenizer.pad]) == "red green"
    assert tokenizer.decode([tokenizer.bos, 3, tokenizer.pad]) == "red"
    assert tokenizer.decode([tokenizer.eos]) == ""
    assert tokenizer.encode("") == []
    assert tokenizer.pieces([3, 4]) == [" red", " green"]


def test_a_piece_says_whether_it_begins_a_word() -> None:
    """A tokenizer as T5's: alone, a piece loses the space that it brings."""
    names = [("<pad>", 0.0), ("</s>", 0.0), ("\u2581red", -1.0), ("dish", -1.0), ("\u2581", -9.0)]
    unigram = Words(models.Unigram([*names, ("<unk>", -20.0)], unk_id=5))
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    unigram.decoder = decoders.Metaspace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=unigram, unk_token="<unk>", pad_token="<pad>", eos_token="</s>"
    )
    tokenizer = PretrainedTokenizer(fast, marks=["<words 1>"])
    ids = tokenizer.encode("red reddish")
    assert ids == [2, 2, 3]
    assert tokenizer.pieces(ids) == [" red", " red", "dish"]
    assert tokenizer.pieces([tokenizer.mark("<words 1>")]) == ["<words 1>"]


def test_special_tokens_spelled_out_in_a_text_do_not_become_special() -> None:
    tokenizer = PretrainedTokenizer(words(bos_token="<s>", eos_token="</s>"))
    assert tokenizer.encode("red </s> green <s> <pad>") == [3, 4]


def test_padding_is_added_where_it_is_missing_or_means_something_else() -> None:
    for pad in (None, "</s>", "<unk>"):
        tokenizer = PretrainedTokenizer(words(bos_token="<s>", eos_token="</s>", pad_token=pad))
        assert (tokenizer.bos, tokenizer.eos, tokenizer.pad) == (1, 2, 7)
        assert tokenizer.vocab_size == 8
    kept = PretrainedTokenizer(words(bos_token="<s>", eos_token="</s>", pad_token="<end>"))
    assert (kept.pad, kept.vocab_size) == (6, 7)


def test_without_bos_decoding_starts_from_eos_and_without_eos_one_is_added() -> None:
    tokenizer = PretrainedTokenizer(words(eos_token="</s>"))
    assert tokenizer.bos == tokenizer.eos == 2
    bare = PretrainedTokenizer(words())
    assert len({bare.pad, bare.eos}) == 2
    assert bare.vocab_size == 9
    assert PretrainedTokenizer(words(eos_token="</s>"), bos=5).bos == 5


def test_the_frame_is_what_the_tokenizer_adds_by_itself() -> None:
    assert PretrainedTokenizer(words(eos_token="</s>", marks=True)).frame() == ([1], [2])
    assert PretrainedTokenizer(words(eos_token="</s>")).frame() == ([], [])


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    tokenizer = PretrainedTokenizer(words(bos_token="<s>", eos_token="</s>", marks=True))
    tokenizer.save_pretrained(tmp_path)
    loaded = PretrainedTokenizer.load(str(tmp_path), offline=True)
    names = ("pad", "bos", "eos", "vocab_size")
    assert [getattr(loaded, name) for name in names] == [getattr(tokenizer, name) for name in names]
    assert loaded.encode("blue red nothing") == tokenizer.encode("blue red nothing") == [5, 3, 0]
    assert loaded.frame() == ([1], [2])


def test_marks_have_ids_of_their_own_that_no_text_is_encoded_to(tmp_path: Path) -> None:
    marked = PretrainedTokenizer(words(eos_token="</s>"), marks=["<hidden>", "<style 0>"])
    places = [marked.mark("<hidden>"), marked.mark("<style 0>")]
    assert len({*places, marked.pad, marked.bos}) == 4
    assert min(places) >= 7  # behind the words
    assert marked.encode("red <hidden> green <style 0>") == [3, 4]
    assert marked.decode([3, places[0], 4]) == "red green"
    with pytest.raises(ValueError, match="no mark 'red'"):
        marked.mark("red")
    marked.save_pretrained(tmp_path)
    assert PretrainedTokenizer.load(str(tmp_path), offline=True).mark("<hidden>") == places[0]


def test_a_folder_without_a_tokenizer_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no tokenizer could be read from") as caught:
        PretrainedTokenizer.load(str(tmp_path), offline=True)
    assert "\n" not in str(caught.value)
    (tmp_path / "tokenizer_config.json").write_text("{")
    with pytest.raises(UserError, match="no tokenizer could be read from"):
        PretrainedTokenizer.load(str(tmp_path), offline=True)
