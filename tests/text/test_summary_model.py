"""A trained summarizer to use, on untrained networks: budgets, windows, ranks, what was taken."""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from made_summary import (
    CHINESE,
    DOCUMENTS,
    MOST_WORDS,
    USUAL_WORDS,
    made_generator,
    made_summarizing,
    made_tokenizer,
    write_summary_run,
)
from seqgan.errors import UserError
from seqgan.ops.masks import stack_padded
from seqgan.text.candidates import BEAM_SIZE
from seqgan.text.decoding import beam_search
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.summary import writing
from seqgan.text.summary.limited import LimitedGenerator
from seqgan.text.summary.model import SummaryModel
from seqgan.text.summary.ranking import total
from seqgan.text.summary.taken import spans_of, taken_words, words_of
from seqgan.text.summary.vocabulary import BudgetVocabulary
from seqgan.text.tokenizer import TURN
from seqgan.text.words import count_words, normalize_spaces

TEXTS = [DOCUMENTS[0], "", *DOCUMENTS[1:], "..."]
LONG = " ".join(DOCUMENTS * 5)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_summary_run(tmp_path_factory.mktemp("summary") / "run")


@pytest.fixture(scope="module")
def model(run: Path) -> SummaryModel:
    return SummaryModel.load(run)


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> SummaryModel:
    folder = tmp_path_factory.mktemp("chinese") / "run"
    return SummaryModel.load(write_summary_run(folder, chinese=True))


def test_one_candidate_is_what_a_beam_search_within_the_budget_finds(model: SummaryModel) -> None:
    vocabulary = BudgetVocabulary(model.tokenizer, MOST_WORDS)
    turn = model.tokenizer.encode(TURN)[-1]
    limited = LimitedGenerator(model.generator, vocabulary, banned=[model.tokenizer.unk, turn])
    ids = model.tokenizer.encode(DOCUMENTS[0])
    source_1S = stack_padded([[vocabulary.marks[3], *ids]], pad=model.tokenizer.pad)
    found_1T = beam_search(limited, source_1S, max_length=14, beam_size=BEAM_SIZE)
    (answer,) = model.summarize([DOCUMENTS[0]], 4)
    assert answer.text == normalize_spaces(model.tokenizer.decode(found_1T[0].tolist()))


@pytest.mark.parametrize("words", [1, 2, 3, 6, 7])
def test_no_summary_is_empty_or_longer_than_its_budget(model: SummaryModel, words: int) -> None:
    for answer in model.summarize(DOCUMENTS, words, num_candidates=12, seed=words):
        assert all(1 <= count_words(one.text) <= words for one in answer.candidates)


def test_a_limit_leaves_the_probabilities_of_what_it_allows(model: SummaryModel) -> None:
    """Unbanned, allowed words keep their ratios: the limit is no other model."""
    vocabulary = BudgetVocabulary(model.tokenizer, MOST_WORDS)
    limited = LimitedGenerator(model.generator, vocabulary)
    source_1S = torch.tensor([[vocabulary.marks[1], *model.tokenizer.encode(DOCUMENTS[1])]])
    plain, bound = model.generator.start(source_1S), limited.start(source_1S)
    begins = int(vocabulary.begun_V.argmax())
    previous_1 = torch.tensor([model.tokenizer.bos])
    ended = []
    for _ in range(3):
        with torch.no_grad():
            free_V, plain = model.generator.step(plain, previous_1)
            kept_V, bound = limited.step(bound, previous_1)
        allowed_V = kept_V[0] > -1e4
        torch.testing.assert_close(kept_V[0][allowed_V], free_V[0][allowed_V])
        left = int(bound["words.left"])
        possible_V = vocabulary.begun_V <= left
        possible_V[[model.tokenizer.pad, model.tokenizer.bos, *vocabulary.marks]] = False
        possible_V[model.tokenizer.eos] = left < 2
        assert torch.equal(allowed_V, possible_V)
        ended.append(left)
        previous_1 = torch.tensor([begins])
    assert ended == [2, 1, 0]


def test_order_is_kept_and_a_text_without_words_has_an_empty_summary(model: SummaryModel) -> None:
    together = [one.text for one in model.summarize(TEXTS, 3)]
    assert together == [model.summarize([text], 3)[0].text for text in TEXTS]
    assert [bool(text) for text in together] == [True, False, True, True, True, False]
    assert [one.text for one in model.summarize(TEXTS[::-1], 3, batch_size=1)] == together[::-1]
    assert model.summarize([]) == []


def test_candidates_differ_and_depend_on_their_own_text_alone(model: SummaryModel) -> None:
    together = model.summarize(TEXTS, 5, num_candidates=6, seed=2)
    for text, answer in zip(TEXTS, together, strict=True):
        (alone,) = model.summarize([text], 5, num_candidates=6, seed=2)
        for one, other in zip(answer.candidates, alone.candidates, strict=True):
            assert (one.text, one.taken) == (other.text, other.taken)
            assert one.scores.total == pytest.approx(other.scores.total, abs=1e-4)
    others = model.summarize(TEXTS, 5, num_candidates=6, seed=3)
    assert [one.candidates for one in others] != [one.candidates for one in together]
    for answer in together:
        texts = [one.text for one in answer.candidates]
        assert len(set(texts)) == len(texts) <= 6
        totals = [one.scores.total for one in answer.candidates]
        assert totals == sorted(totals, reverse=True)
        if texts:
            assert (answer.text, answer.scores) == (texts[0], answer.candidates[0].scores)


def test_scores_are_those_of_generator_reconstructor_and_budget(model: SummaryModel) -> None:
    assert model.reconstruct is not None
    for answer in model.summarize(DOCUMENTS, 5, num_candidates=4):
        for one in answer.candidates:
            scores = one.scores
            (recovered,) = model.reconstruct([answer.document], [one.text])
            assert scores.reconstruction == pytest.approx(recovered, abs=1e-4)
            assert scores.missed == pytest.approx(1 - count_words(one.text) / 5)
            assert scores.total == pytest.approx(
                scores.likelihood + scores.reconstruction - scores.missed
            )
    assert total(math.nan, math.nan, 1.0) == -1.0


def test_the_likelihood_is_the_generators_without_the_limit(
    model: SummaryModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens_1T = torch.tensor([[*model.tokenizer.encode("old maps"), model.tokenizer.eos]])
    padded_11T = torch.nn.functional.pad(tokens_1T, (0, 3), value=model.tokenizer.pad)[:, None]
    monkeypatch.setattr(writing, "candidates", lambda *_, **__: padded_11T)
    (answer,) = model.summarize([DOCUMENTS[1]], 5)
    ids = model.tokenizer.encode(DOCUMENTS[1])
    source_1S = torch.tensor([[model.vocabulary.marks[4], *ids]])
    with torch.no_grad():
        logp_1T = model.generator.logits(source_1S, tokens_1T).log_softmax(-1)
    exact = logp_1T.gather(-1, tokens_1T.unsqueeze(-1)).mean()
    assert answer.text == "old maps"
    assert answer.scores.likelihood == pytest.approx(float(exact), abs=1e-4)


def test_the_default_is_the_usual_number_or_the_whole_of_a_shorter_text(
    model: SummaryModel,
) -> None:
    assert model.plan(DOCUMENTS[0]).words == USUAL_WORDS
    assert model.plan("old maps").words == 2
    assert model.summarize([DOCUMENTS[0]]) == model.summarize([DOCUMENTS[0]], USUAL_WORDS)
    assert model.remarks("old maps") == ["it has no more than 2 words, its summary neither"]
    assert model.remarks("maps") == ["it has no more than 1 word, its summary neither"]
    assert model.remarks(DOCUMENTS[0]) == []


def test_taken_words_stand_in_both_texts(model: SummaryModel) -> None:
    count = 0
    for answer in model.summarize([*DOCUMENTS, LONG], 6, num_candidates=25):
        for one in answer.candidates:
            own = {word for _, word in words_of(one.text)}
            there = {word for _, word in words_of(one.document)}
            taken = {one.document[a:b].casefold() for a, b in one.taken}
            assert taken <= own & there
            assert taken == own & there or answer.document == LONG  # read in windows
            assert all(a.end <= b.begin for a, b in pairwise(one.taken))
            count += len(taken)
    assert count > 20


def test_a_word_is_taken_from_where_it_was_copied() -> None:
    document = "maps and maps and Maps."
    assert taken_words(document, "old maps", {4: 9}) == ((9, 13),)
    assert taken_words(document, "old maps", {}) == ((0, 4),)
    assert taken_words(document, "maps, maps", {}) == ((0, 4), (9, 13))
    assert taken_words(document, "MAPS", {0: 18}) == ((18, 22),)


def test_the_pointer_says_where_a_word_was_read() -> None:
    """A generator whose finger rests on the last place copies from there."""
    tokenizer = made_tokenizer()
    model = SummaryModel(made_generator(tokenizer), tokenizer, made_summarizing(tokenizer))
    text = "old maps or old maps"
    seen: list[int] = []
    copying = model.generator.copying  # type: ignore[operator]

    def last(state: dict[str, torch.Tensor], tokens_BT: torch.Tensor) -> object:
        share_BT, _ = copying(state, tokens_BT)
        same_BTS = state["source"].unsqueeze(1) == tokens_BT.unsqueeze(-1)
        place_S = torch.arange(same_BTS.shape[2])
        seen.append(len(tokens_BT))
        return share_BT, (same_BTS * place_S).argmax(-1)

    model.generator.copying = last  # type: ignore[assignment]
    found = model.summarize([text], 3, num_candidates=40, seed=1)[0].candidates
    single = [one.taken for one in found if one.text.split().count("maps") == 1]
    assert seen
    assert single
    assert all((16, 20) in taken for taken in single)


def test_pieces_are_found_in_their_text_unknown_ones_apart(model: SummaryModel) -> None:
    for text in [*DOCUMENTS, "old ☃☃ maps of ☃"]:
        pieces = model.tokenizer.pieces(model.tokenizer.encode(text))
        spans = spans_of(pieces, text)
        known = [piece for piece, span in zip(pieces, spans, strict=True) if span.begin < span.end]
        assert [text[a:b] for a, b in spans if a < b] == [piece.strip() for piece in known]
        covered = "".join(text[a:b] for a, b in spans)
        assert covered == "".join(text.split()).replace("☃", "")


def test_other_generators_say_what_stands_in_both() -> None:
    tokenizer = made_tokenizer()
    torch.manual_seed(0)
    ids = {"pad": tokenizer.pad, "bos": tokenizer.bos, "eos": tokenizer.eos}
    generator = TransformerGenerator(tokenizer.vocab_size, **ids, dim=16)
    model = SummaryModel(generator, tokenizer, made_summarizing(tokenizer))
    (answer,) = model.summarize([DOCUMENTS[0]], 5, num_candidates=10)
    assert all(count_words(one.text) <= 5 for one in answer.candidates)
    assert math.isnan(answer.scores.reconstruction)
    assert any(one.taken for one in answer.candidates)


def test_chinese_documents_are_counted_by_characters(chinese: SummaryModel) -> None:
    for words in (2, 5):
        for answer in chinese.summarize(CHINESE, words, num_candidates=6):
            assert answer.candidates
            for one in answer.candidates:
                assert 1 <= count_words(one.text) <= words
                assert all(one.document[a:b] in one.text for a, b in one.taken)
    long = "".join(CHINESE) * 3
    (answer,) = chinese.summarize([long], 10)
    assert 5 < count_words(answer.text) <= 10
    assert "10 are above" in chinese.problem("播放歌曲", 10)
    assert "it has 4 characters" in chinese.problem("播放歌曲", 10)
    assert chinese.remarks("播") == ["it has no more than 1 character, its summary neither"]
    assert f"its {count_words(long)} characters are read in" in chinese.remarks(long, 10)[0]


def test_another_language_is_a_problem(model: SummaryModel, chinese: SummaryModel) -> None:
    assert "learned from another script" in model.problem("еда была холодной")
    assert model.problem("播放歌曲")
    assert chinese.problem("The keeper of songs")
    french = "ce logiciel permet de lire des fichiers audio en ligne sans aucun navigateur"
    assert "another language (fr)" in model.problem(french)
    assert model.problem("a small tool that reads old maps and can draw them too") == ""
    facts = replace(model.summarizing, language="")
    untold = SummaryModel(model.generator, model.tokenizer, facts, reconstruct=model.reconstruct)
    assert untold.problem(french) == ""


def test_the_mode_and_the_weights_are_left_as_they_were(model: SummaryModel) -> None:
    model.generator.train()
    before = [weight.clone() for weight in model.generator.parameters()]
    state = torch.random.get_rng_state()
    first = model.summarize(DOCUMENTS, 4, num_candidates=3)
    assert model.generator.training
    model.generator.eval()
    assert model.summarize(DOCUMENTS, 4, num_candidates=3) == first
    assert all(map(torch.equal, before, model.generator.parameters()))
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("words", "options", "reason"),
    [
        (0, {}, "--words is 0: a summary has 1 word or more"),
        (-3, {}, "--words is -3"),
        (12, {}, "text 3: it has 9 words, --words 12 are above its length"),
        (4, {"num_candidates": 0}, "--num-candidates is 0"),
        (4, {"num_candidates": 101}, "--num-candidates is 101"),
        (4, {"batch_size": 0}, "--batch-size is 0"),
    ],
)
def test_what_cannot_be_asked(
    model: SummaryModel, words: int, options: dict[str, int], reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        model.summarize(TEXTS, words, **options)  # type: ignore[arg-type]


def test_a_budget_as_long_as_the_text_is_allowed(model: SummaryModel) -> None:
    assert model.problem(DOCUMENTS[1], count_words(DOCUMENTS[1])) == ""
    assert model.problem("", 5) == ""


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("system", "no system 'best': --system adversarial or continued"),
        ("reconstructor", "reconstructor"),
        ("sizes", "is damaged"),
        ("budgets", "does not belong to the model"),
    ],
)
def test_damaged_runs(tmp_path: Path, broken: str, reason: str) -> None:
    run = write_summary_run(tmp_path / "run")
    system = "best" if broken == "system" else "adversarial"
    summarizing = made_summarizing(made_tokenizer())
    if broken == "reconstructor":
        (run / "reconstructor" / "config.json").unlink()
    if broken == "sizes":
        replace(summarizing, document_words=0).save(run / "adversarial")
    if broken == "budgets":
        replace(summarizing, budgets=(5, 6)).save(run / "adversarial")
    with pytest.raises(UserError, match=reason):
        SummaryModel.load(run, system=system)
