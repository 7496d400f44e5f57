"""Whole words alone: which pieces may follow, against the texts that they can spell."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

import made_transfer
from made_summary import DOCUMENTS, MOST_WORDS, SHORTS, made_generator
from seqgan.ops.masks import stack_padded
from seqgan.text.generators.base import State
from seqgan.text.summary.limited import kept_within
from seqgan.text.summary.model import SummaryModel
from seqgan.text.summary.saved import Summarizing
from seqgan.text.summary.vocabulary import BudgetVocabulary, marks_of
from seqgan.text.tokenizer import SubwordTokenizer
from seqgan.text.transfer.model import StyleTransferModel
from seqgan.text.whole_words import WholeWords

MARKED = ["from 1,024 to 65,536 of $3.75", "# Node.js 2.0.0, (50%). C++; #11 state-of-the-art"]
TOKENIZER = SubwordTokenizer.train(
    [*DOCUMENTS, *SHORTS, *MARKED] * 3, vocab_size=120, exact=False, marks=marks_of(MOST_WORDS)
)
WORDS = ("printer", "of", "songs", "table")
EOS = TOKENIZER.eos


def known_words(*more: str, banned: tuple[int, ...] = (), bare_marks: bool = True) -> WholeWords:
    return WholeWords(TOKENIZER, [*WORDS, *more], banned=banned, bare_marks=bare_marks)


def sources(*texts: str) -> Tensor:
    return stack_padded([TOKENIZER.encode(text) for text in texts], pad=TOKENIZER.pad)


def read(known: WholeWords, state: State, token: int) -> State:
    """Return the state of one row behind a piece."""
    return known.after(state, torch.tensor([token]), torch.tensor([True]))


def spelled(known: WholeWords, document: str, *, longest: int = 8) -> set[str]:
    """Return every text of one word that the lexicon lets be written of a document."""
    found, open_ = set(), [((), known.start(sources(document)))]
    while open_:
        tokens, state = open_.pop()
        allowed_1V, ended_1 = known.allowed(state)
        if bool(ended_1) and tokens:
            found.add(TOKENIZER.decode(list(tokens)).strip())
        for token in allowed_1V[0].nonzero().flatten().tolist() if len(tokens) < longest else ():
            if not tokens or not known.begins_V[token]:
                open_.append(((*tokens, token), read(known, state, token)))
    return found


def test_a_word_is_one_of_peoples_or_one_of_the_document() -> None:
    for document in DOCUMENTS:
        bare = {word.strip(".,") for word in document.split()}
        assert spelled(known_words(), document) == {*WORDS, *document.split(), *bare}


@pytest.mark.parametrize("bare_marks", [False, True])
def test_marks_alone_may_be_no_word(bare_marks: bool) -> None:
    spelt = spelled(known_words(bare_marks=bare_marks), "maps. , ., of")
    marks = {",", ".,", "."} if bare_marks else set()
    assert spelt - {"."} == {*WORDS, "maps.", "maps", *marks} - {"."}


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("1,024", ["1,024"]),
        ("1,024.", ["1,024.", "1,024"]),
        ("$3.75", ["$3.75"]),
        ("2.0.0,", ["2.0.0,", "2.0.0"]),
        ("(Node.js),", ["(Node.js),", "(Node.js"]),
        ("state-of-the-art", ["state-of-the-art"]),
        ("50%.", ["50%.", "50%"]),
        ("C++;", ["C++;", "C++"]),
    ],
)
def test_a_word_ends_before_the_marks_that_close_it_and_before_no_others(
    word: str, parts: list[str]
) -> None:
    longest = 2 + len(TOKENIZER.encode(word))
    assert len(TOKENIZER.encode(word)) > 1
    spelt = spelled(known_words(), f"maps {word} maps", longest=longest)
    assert spelt == {*WORDS, "maps", *parts}


def test_a_bare_mark_of_the_document_is_not_gone_on_with() -> None:
    """Who copies it would otherwise have to write the one word of people's that begins so."""
    known = known_words("#11", bare_marks=False)
    bare, (first, *rest) = TOKENIZER.encode("#"), TOKENIZER.encode("#11")
    assert first == bare[0]
    assert rest
    assert "#11" in spelled(known, "maps")
    assert "#11" in spelled(known, "# of #11 maps")
    assert spelled(known, "# maps") == {*WORDS, "maps"}
    assert not known.allowed(known.start(sources("# maps")))[0][0, first]


def test_a_character_that_cannot_be_written_opens_no_other_word() -> None:
    known = known_words(banned=(TOKENIZER.unk,), bare_marks=False)
    lost, word = TOKENIZER.encode("☃"), TOKENIZER.encode("of")
    assert lost[1:] == [TOKENIZER.unk]
    assert lost[0] == word[0]  # the space alone
    assert "of" in spelled(known, "maps")
    assert "of" in spelled(known, "☃ of maps")
    assert spelled(known, "☃ maps") == {*WORDS, "maps"} - {"of"}


def test_numbers_of_summaries_are_the_documents() -> None:
    vocabulary = BudgetVocabulary(TOKENIZER, MOST_WORDS, (*WORDS, "1", "2.0", "#11", "C++"))
    assert vocabulary.whole_words is not None
    spelt = spelled(vocabulary.whole_words, "from 1,024 to 11")
    assert spelt == {*WORDS, "C++", "from", "1,024", "to", "11"}


def test_a_last_word_that_may_be_cut_is_left_out() -> None:
    """An end shows that it is not, where any pieces are written none is, and Chinese never is."""
    vocabulary = BudgetVocabulary(TOKENIZER, MOST_WORDS, WORDS)
    two, cut = TOKENIZER.encode("old maps"), TOKENIZER.encode("old maps mends")[:-1]
    assert vocabulary.ended(cut) == two
    assert vocabulary.ended([*cut, EOS, 7]) == cut
    assert vocabulary.ended(cut[len(two) :]) == cut[len(two) :]  # the only one
    assert vocabulary.ended([]) == []
    assert replace(vocabulary, words=()).ended(cut) == cut
    wide = SubwordTokenizer.train(
        ["地图软件 gtk"] * 3, vocab_size=20, exact=False, marks=marks_of(2)
    )
    chinese, words = wide.encode("gtk地图软件"), BudgetVocabulary(wide, 2, ("地图",))
    assert words.ended(chinese) == chinese
    assert words.ended(wide.encode("地图 gtk")) == wide.encode("地图")


def test_behind_a_whole_word_any_other_may_begin_and_behind_a_part_none() -> None:
    known = known_words()
    state = known.start(sources("mends tables"))
    firsts = {ids[0] for ids in map(TOKENIZER.encode, ("mends", "tables", *WORDS))}
    pieces = TOKENIZER.encode("mends")
    assert len(pieces) > 1  # a word of several pieces
    for place, token in enumerate(pieces):
        allowed_1V, ended_1 = known.allowed(state)
        assert bool(ended_1) == (place == 0)
        if place:
            assert not {*allowed_1V[0].nonzero().flatten().tolist()} & firsts
        assert bool(allowed_1V[0, token])
        state = read(known, state, token)
    allowed_1V, ended_1 = known.allowed(state)
    assert bool(ended_1)
    assert {*allowed_1V[0].nonzero().flatten().tolist()} >= firsts


def test_a_word_with_a_piece_that_is_never_written_is_none() -> None:
    lost = TOKENIZER.encode("mends")[-1]
    assert lost not in TOKENIZER.encode("old maps")
    left = spelled(known_words(banned=(lost,)), "mends old maps")
    assert {"old", "maps"} <= left
    assert "mends" not in left
    assert not any(word.startswith("men") for word in left)


def test_rows_do_not_know_of_each_other_and_padding_is_no_word() -> None:
    known = known_words()
    short, long = DOCUMENTS[3], DOCUMENTS[0]
    alone_1V, _ = known.allowed(known.start(sources(short)))
    both_2V, _ = known.allowed(known.start(sources(short, long)))
    assert torch.equal(alone_1V[0], both_2V[0])
    assert not torch.equal(both_2V[0], both_2V[1])
    assert not both_2V[:, TOKENIZER.pad].any()


def test_summaries_have_whole_words_alone_within_their_budget() -> None:
    """A lively untrained network writes what pieces allow: without the lexicon, no words."""
    vocabulary = BudgetVocabulary(TOKENIZER, MOST_WORDS)
    people = tuple(sorted({word for text in SHORTS for word in text.split()}))

    def written(words: tuple[str, ...]) -> list[tuple[str, str]]:
        sizes = (3 * 16, 16, 40, 4, 20)
        facts = Summarizing(vocabulary.marks, *sizes, chinese=False, words=words)
        model = SummaryModel(made_generator(TOKENIZER), TOKENIZER, facts)
        found = model.summarize(DOCUMENTS, 3, num_candidates=8)
        return [(one.text, each.document) for each in found for one in each.candidates]

    def unknown(pairs: list[tuple[str, str]]) -> int:
        return sum(
            word not in {*people, *document.split(), *(w.strip(".,") for w in document.split())}
            for text, document in pairs
            for word in text.split()
        )

    free, bound = written(()), written(people)
    assert unknown(free) > len(free)
    assert unknown(bound) == 0
    assert all(1 <= len(text.split()) <= 3 for text, _ in bound)


@pytest.mark.parametrize("longest", [3, 5, 8])
def test_a_word_that_the_longest_summary_cuts_is_left_out(longest: int) -> None:
    vocabulary = BudgetVocabulary(TOKENIZER, MOST_WORDS)
    sizes = (3 * 16, 16, longest, 4, 20)
    facts = Summarizing(vocabulary.marks, *sizes, chinese=False, words=WORDS)
    model = SummaryModel(made_generator(TOKENIZER), TOKENIZER, facts)
    document = "tables from 1,024 to 65,536 maps"
    (answer,) = model.summarize([document], MOST_WORDS, num_candidates=12)
    texts = [one.text.split() for one in answer.candidates if " " in one.text]
    assert texts
    assert {word for words in texts for word in words} <= {*WORDS, *document.split()}


def test_the_first_piece_begins_a_word_that_no_space_shows() -> None:
    """As in vocabularies of bytes, where only later words bring their space."""

    class Bytes:
        pad, bos, eos, vocab_size = 0, 1, 2, 8
        all = ("<pad>", "<bos>", "<eos>", "<words 1>", "<words 2>", "one", " one", "s")

        def pieces(self, ids: range) -> list[str]:
            return [self.all[one] for one in ids]

        def mark(self, name: str) -> int:
            return self.all.index(name)

        def encode(self, text: str) -> list[int]:
            return {"one": [5], " one": [6]}.get(text, [])

    class Even(torch.nn.Module):
        pad, bos, eos, vocab_size = 0, 1, 2, 8

        def start(self, source_BS: Tensor) -> State:
            return {}

        def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
            return torch.zeros(len(previous_B), self.vocab_size), state

    for words in ((), ("one",)):
        vocabulary = BudgetVocabulary(Bytes(), 2, words)  # type: ignore[arg-type]
        limited = kept_within(Even(), vocabulary)  # type: ignore[arg-type]
        state = limited.start(torch.tensor([[4, 5, 6, 7]]))  # two words: "one ones"
        allowed = []
        for token in (1, 5, 6):
            logits_1V, state = limited.step(state, torch.tensor([token]))
            allowed.append(set((logits_1V[0] > -1e4).nonzero().flatten().tolist()) - {0, 1})
        assert allowed[0] == ({5, 6} if words else {5, 6, 7})
        assert allowed[1] == ({2, 6} if words else {2, 5, 6, 7})
        assert allowed[2] == ({2, 7} if words else {2, 5, 7})


def test_rewritings_have_peoples_words_or_the_sentences_own() -> None:
    tokenizer = made_transfer.made_tokenizer()
    styling = made_transfer.made_styling(tokenizer)
    generator: Any = made_transfer.made_generator(tokenizer)
    people = ("warm", "food", "was", "the", ".")
    texts = [*made_transfer.sentences("negative")[:4], "a jpxz' room today"]

    def strange(words: tuple[str, ...]) -> int:
        facts = replace(styling, words=words, max_length=60)
        model = StyleTransferModel(generator, tokenizer, facts)
        found = model.transfer(texts, "positive", strength=1.0, num_candidates=6)
        return sum(
            word not in {*people, *text.split()}
            for text, answer in zip(texts, found, strict=True)
            for one in answer.candidates
            for word in one.text.split()[:-1]  # the last may be cut at the longest that is written
        )

    assert strange(()) > len(texts)
    assert strange(people) == 0
