"""Words of pieces: the same word however it is cut, and how rare it is in documents."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seqgan.ops.masks import stack_padded
from seqgan.text.summary.rare_words import NOTHING, RareWords, WordReader, Words
from seqgan.text.summary.vocabulary import BudgetVocabulary, marks_of
from seqgan.text.tokenizer import SubwordTokenizer

LINES = ["the collector draws maps", "maps of the collection, of rivers", "read old tapes (tapes)"]


def vocabulary_of(lines: list[str], size: int) -> BudgetVocabulary:
    tokenizer = SubwordTokenizer.train(lines * 20, vocab_size=size, exact=False, marks=marks_of(4))
    return BudgetVocabulary(tokenizer, 4)


@pytest.fixture(scope="module", params=[30, 40], ids=["characters", "subwords"])
def vocabulary(request: pytest.FixtureRequest) -> BudgetVocabulary:
    return vocabulary_of(LINES, request.param)


def test_the_vocabularies_cut_words_differently() -> None:
    few, many = (vocabulary_of(LINES, size).tokenizer.encode(LINES[1]) for size in (30, 40))
    assert len(few) > len(many)


def ids_of(vocabulary: BudgetVocabulary, texts: list[str]) -> Tensor:
    tokenizer = vocabulary.tokenizer
    return stack_padded([tokenizer.encode(text) for text in texts], pad=tokenizer.pad)


def spelled(vocabulary: BudgetVocabulary, row_S: Tensor, words: Words, row: int) -> list[str]:
    """Return the words of a row as letters, each told from its first piece on by its code."""
    pieces = vocabulary.tokenizer.pieces(row_S.tolist())
    found: dict[int, str] = {}
    for at, code in enumerate(words.code_RS[row].tolist()):
        if code != NOTHING and not words.again_RS[row, at]:
            found[code] = (found.get(code, "") + pieces[at]).strip()
    return list(found.values())


def test_words_are_the_letters_between_spaces(vocabulary: BudgetVocabulary) -> None:
    tokens_RS = ids_of(vocabulary, LINES)
    words = WordReader(vocabulary)(tokens_RS)
    assert spelled(vocabulary, tokens_RS[0], words, 0) == LINES[0].split()
    assert spelled(vocabulary, tokens_RS[1], words, 1) == [
        "maps",
        "of",
        "the",
        "collection",
        "rivers",
    ]
    assert spelled(vocabulary, tokens_RS[2], words, 2) == ["read", "old", "tapes"]
    assert words.begins_RS.sum(1).tolist() == [4, 6, 4]
    torch.testing.assert_close(words.share_RS.sum(1), torch.tensor([4.0, 6.0, 4.0]))
    again = (words.share_RS * words.again_RS).sum(1)
    torch.testing.assert_close(again, torch.tensor([0.0, 1.0, 1.0]))  # of, tapes


def test_a_word_is_the_same_wherever_it_stands(vocabulary: BudgetVocabulary) -> None:
    """And no word is the beginning of another: collect(or), collect(ion)."""
    words = WordReader(vocabulary)(ids_of(vocabulary, LINES))
    first, second = (words.code_RS[row][words.begins_RS[row]].tolist() for row in (0, 1))
    assert first[3] == second[0] != NOTHING
    assert first[0] == second[2]
    assert first[1] != second[3]
    alone = WordReader(vocabulary)(ids_of(vocabulary, ["maps"])).code_RS
    assert set(alone[alone != NOTHING].tolist()) == {first[3]}


def test_the_order_of_pieces_makes_the_word() -> None:
    vocabulary = vocabulary_of(["a b ab ba", "ab ba abba"], 20)
    pieces = vocabulary.tokenizer.pieces(range(vocabulary.tokenizer.vocab_size))
    first, one, other = (pieces.index(piece) for piece in (" ", "a", "b"))
    words = WordReader(vocabulary)(
        torch.tensor([[first, one, other], [first, other, one], [first, one, one]])
    )
    assert len(set(words.code_RS[:, 1].tolist())) == 3


def test_a_word_is_the_same_however_it_is_cut(vocabulary: BudgetVocabulary) -> None:
    """And however it is written large; of one with an unknown piece nothing is known."""
    tokenizer = vocabulary.tokenizer
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    letters = [pieces.index(piece) for piece in (" ", "m", "a", "p", "s")]
    words = WordReader(vocabulary)
    (code,) = words(torch.tensor([letters])).code_RS[:, 1:].unique().tolist()
    whole = words(ids_of(vocabulary, ["maps", "maps, old"])).code_RS
    assert code in whole[0].tolist()
    assert code in whole[1].tolist()
    unknown = words(torch.tensor([[*letters[:2], tokenizer.unk, *letters[3:], *letters]]))
    assert unknown.code_RS.tolist() == [[NOTHING] * 6 + [code] * 4]
    assert unknown.begins_RS.sum() == 1
    assert not unknown.again_RS.any()
    known = replace(vocabulary)
    known.__dict__["unwritten"] = (tokenizer.pad,)  # a vocabulary that knows everything
    padded = WordReader(known)(torch.tensor([[*letters, tokenizer.pad]]))
    assert padded.code_RS.tolist() == [[NOTHING] + [code] * 4 + [NOTHING]]
    large = vocabulary_of(["Maps MAPS maps"], 20)
    found = WordReader(large)(ids_of(large, ["Maps", "MAPS", "maps"]))
    assert len(found.code_RS[found.begins_RS].unique()) == 1


def test_what_is_no_word_has_no_code(vocabulary: BudgetVocabulary) -> None:
    tokenizer = vocabulary.tokenizer
    apart = [tokenizer.unk, tokenizer.eos, tokenizer.bos, tokenizer.pad, *vocabulary.marks]
    words = WordReader(vocabulary)(torch.tensor([apart]))
    assert words.code_RS.tolist() == [[NOTHING] * len(apart)]
    assert not words.share_RS.any()
    assert not words.again_RS.any()


def test_pieces_of_chinese_are_words_of_so_many_characters() -> None:
    lines = ["这个软件包提供地图工具", "这个软件包读取 GTK 磁带", "软件包", "地图工具 GTK"]
    vocabulary = vocabulary_of(lines, 60)
    tokens_RS = ids_of(vocabulary, ["软件包提供地图GTK磁带地图"])
    words = WordReader(vocabulary)(tokens_RS)
    pieces = vocabulary.tokenizer.pieces(tokens_RS[0].tolist())
    wide = [at for at, piece in enumerate(pieces) if "\u4e00" <= piece.strip()[:1] <= "\u9fff"]
    assert max(len(pieces[at].strip()) for at in wide) > 1
    for at in wide:
        assert words.size_RS[0, at] == len(pieces[at].strip())
        assert words.share_RS[0, at] == 1
        assert words.begins_RS[0, at]
    assert len({int(words.code_RS[0, at]) for at in wide}) == len({pieces[at] for at in wide})
    other = next(at for at, piece in enumerate(pieces) if piece.strip()[:1] == "G")
    assert words.begins_RS[0, other]  # a word of its own, though no space is before it
    assert words.code_RS[0, other] != words.code_RS[0, other - 1]


def test_rarity_counts_the_documents_with_the_word(vocabulary: BudgetVocabulary) -> None:
    """Whole words: "art" does not stand in "cart"."""
    documents = [*["the cart"] * 10, *["the art of maps"] * 2, *["the tapes, tapes"] * 28]
    encode = vocabulary.tokenizer.encode
    rare = RareWords.of([encode(text) for text in documents], vocabulary)

    def rarity(word: str) -> list[float]:
        words = rare.read(ids_of(vocabulary, [word]))
        found_RS = rare.rarity(words.code_RS)
        assert not found_RS[words.code_RS == NOTHING].any()
        return found_RS[words.code_RS != NOTHING].unique().tolist()

    assert rarity("art") == pytest.approx([math.log(40 / 2)])
    assert rarity("maps") == pytest.approx([math.log(40 / 2)])
    assert rarity("cart") == rarity("the") == rarity("tapes") == [0.0]  # of a tenth and more
    assert rarity("rivers") == pytest.approx([math.log(40)])  # of no document
    assert rarity("(,") == []
