"""A trained transfer to use, on the folder of a run with untrained networks."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from made_transfer import (
    STYLES,
    LengthFluency,
    WordStyles,
    made_generator,
    made_styling,
    made_tokenizer,
    sentences,
)
from seqgan.errors import UserError
from seqgan.ops.masks import stack_padded
from seqgan.text.candidates import BEAM_SIZE, candidates
from seqgan.text.decoding import beam_search
from seqgan.text.generators.base import Generator
from seqgan.text.habits import Habits
from seqgan.text.tokenizer import TURN, SubwordTokenizer
from seqgan.text.transfer import model as model_module
from seqgan.text.transfer import rewriting
from seqgan.text.transfer.guidance import GuidedGenerator
from seqgan.text.transfer.model import StyleTransferModel
from seqgan.text.transfer.ranking import DRAWN_TEMPERATURE, RUNGS, Scorers, overlap
from seqgan.text.transfer.transferred import Transferred
from seqgan.text.transfer.vocabulary import marks_of

TEXTS = [*sentences("negative")[:6], "", "they were slow ."]


@pytest.fixture(scope="module")
def model() -> StyleTransferModel:
    tokenizer = made_tokenizer()
    return StyleTransferModel(
        made_generator(tokenizer),
        tokenizer,
        made_styling(tokenizer),
        scorers=Scorers(WordStyles(), LengthFluency()),
    )


def texts_of(model: StyleTransferModel, texts: list[str], **options: object) -> list[str]:
    return [one.text for one in model.transfer(texts, "positive", **options)]  # type: ignore[arg-type]


def test_one_candidate_is_what_a_beam_search_finds(model: StyleTransferModel) -> None:
    text, styling = TEXTS[0], model.styling
    ids = model.tokenizer.encode(text)
    assert not styling.marks & set(ids)
    turn = model.tokenizer.encode(TURN)[-1]
    generator = GuidedGenerator(
        model.generator, family="cycle", banned=[*styling.marks, model.tokenizer.unk, turn]
    )
    source_1S = stack_padded([[styling.tags[1], styling.tags[0], *ids]], pad=0)
    found_1T = beam_search(
        generator, source_1S, max_length=styling.max_length + 1, beam_size=BEAM_SIZE
    )
    found = [model.tokenizer.decode(found_1T[0].tolist())]
    assert texts_of(model, [text], strength=1.0, num_candidates=1) == found


def test_order_is_kept_and_empty_texts_stay_empty(model: StyleTransferModel) -> None:
    together = texts_of(model, TEXTS)
    assert together == [texts_of(model, [text])[0] for text in TEXTS]
    assert together[6] == ""
    assert all(together[:6])
    assert texts_of(model, TEXTS[::-1], batch_size=2) == together[::-1]
    assert texts_of(model, []) == []
    assert texts_of(model, ["", "  "]) == ["", ""]


def test_candidates_do_not_depend_on_the_other_texts(model: StyleTransferModel) -> None:
    together = model.transfer(TEXTS, "positive", num_candidates=5, seed=2)
    alone = [model.transfer([text], "positive", num_candidates=5, seed=2)[0] for text in TEXTS]
    assert [one.candidates for one in together] == [one.candidates for one in alone]
    assert model.transfer(TEXTS, "positive", num_candidates=5, seed=3) != together


def test_candidates_differ_and_the_best_total_comes_first(model: StyleTransferModel) -> None:
    for text, answer in zip(
        TEXTS, model.transfer(TEXTS, "positive", strength=1.0, num_candidates=6), strict=True
    ):
        texts = [one.text for one in answer.candidates]
        totals = [one.scores.total for one in answer.candidates]
        assert len(texts) == len(set(texts)) <= 6
        assert totals == sorted(totals, reverse=True)
        if not text:
            assert math.isnan(answer.scores.total)
            continue
        assert (answer.text, answer.scores) == (texts[0], answer.candidates[0].scores)
        assert answer.scores.content == overlap(text, answer.text)
        (beam,) = model.transfer([text], "positive", strength=1.0)
        assert 1 < len(beam.candidates) <= BEAM_SIZE
        assert {one.text for one in beam.candidates} <= set(texts)


class SlowerParts(WordStyles):
    """Finds every text in style, but for what is about "slow" by itself."""

    def probabilities(self, texts: Sequence[str]) -> Tensor:
        positive_N = torch.tensor([1e-6 if text.startswith("slow") else 0.999 for text in texts])
        return torch.stack([1 - positive_N, positive_N], dim=1)


def test_a_text_is_as_much_in_style_as_its_clauses_let_it(model: StyleTransferModel) -> None:
    """A text is not left as it is because half of it has the style."""
    halves = StyleTransferModel(
        model.generator,
        model.tokenizer,
        model.styling,
        scorers=Scorers(SlowerParts(), LengthFluency()),
    )
    whole, half = "the food was great .", "the food was great and slow was the food ."
    done, left = halves.transfer([whole, half], "positive")
    assert [one.text for one in done.candidates] == [done.text] == [whole]
    assert done.scores.style == pytest.approx(0.999)
    assert half not in [one.text for one in left.candidates]
    assert SlowerParts().probabilities([half])[0, 1] == pytest.approx(0.999)


def test_nothing_is_written_that_is_no_word(model: StyleTransferModel) -> None:
    banned = {*model.styling.marks, model.tokenizer.unk}
    pieces = {model.tokenizer.pieces([token])[0].strip() for token in model.styling.marks}
    for answer in model.transfer(TEXTS, "negative", num_candidates=20):
        for one in answer.candidates:
            assert not banned & set(model.tokenizer.encode(one.text)) - {model.tokenizer.unk}
            assert "⁇" not in one.text
            assert TURN not in one.text
            assert not pieces & set(one.text.split())


def test_strength_0_is_what_the_own_tag_says(model: StyleTransferModel) -> None:
    text = TEXTS[0]
    (own,) = model.transfer([text], "positive", strength=0.0, num_candidates=1)
    (said,) = model.transfer([text], "negative", strength=1.0, num_candidates=1)
    assert own.text == said.text
    assert texts_of(model, [text], strength=1.0, num_candidates=1) != [own.text]
    assert len({texts_of(model, [text], strength=s)[0] for s in (0.0, 0.5, 1.0, 3.0)}) > 2


def test_as_strong_as_needed_goes_up_to_the_first_rung_with_the_style() -> None:
    tokenizer = made_tokenizer()
    generator, styling = made_generator(tokenizer), made_styling(tokenizer)
    plain = StyleTransferModel(generator, tokenizer, styling)
    rungs = [
        plain.transfer(TEXTS, "negative", strength=strength, num_candidates=1) for strength in RUNGS
    ]

    class Second:
        """Finds the style in what the second rung writes, and nowhere else."""

        def probabilities(self, texts: list[str]) -> torch.Tensor:
            known = {one.text for one in rungs[1]} - {one.text for one in rungs[0]}
            return torch.tensor([[0.9, 0.1] if text in known else [0.1, 0.9] for text in texts])

    model = StyleTransferModel(generator, tokenizer, styling, scorers=Scorers(style=Second()))
    found = model.transfer(TEXTS, "negative", strength=None, num_candidates=1)
    for answer, first, second in zip(found, *rungs[:2], strict=True):
        if second.text != first.text:
            assert answer.text == second.text
            assert [one.text for one in answer.candidates] == [second.text, first.text]
    alone = plain.transfer(TEXTS, "negative", strength=None)  # nothing says how far is enough
    as_learned = plain.transfer(TEXTS, "negative", strength=1.0)
    assert [one.text for one in alone] == [one.text for one in as_learned]
    likeliest = [one.text for one in rungs[RUNGS.index(1.0)]]
    assert [one.text for one in as_learned] == likeliest  # nor which of four is the best


def test_a_sentence_is_read_with_the_habits_of_the_run_and_answered_with_its_own() -> None:
    tokenizer = made_tokenizer()
    habits = Habits.of([sentences(style) for style in STYLES])
    assert habits == Habits(True, False, True, True, ending=".")
    styling = replace(made_styling(tokenizer), habits=habits)
    model = StyleTransferModel(made_generator(tokenizer), tokenizer, styling)
    typed = ["Our waiter is rude", "our waiter is rude .", "our waiter is rude.", ""]
    found = model.transfer(typed, "positive", num_candidates=6, strength=1.0)
    bare, as_learned, glued, empty = (
        [each.text for each in (answer, *answer.candidates)] for answer in found
    )
    assert len(as_learned) > 4
    assert not any(" ." in text for text in glued)
    assert {text.replace(" .", ".") for text in as_learned} == set(glued)
    assert {text.removesuffix(".").casefold() for text in glued} == {
        text.casefold() for text in bare
    }
    assert all(text[0].isupper() for text in bare if text[0].isalpha())
    assert empty == [""]


def test_marks_that_are_unknown_do_not_hide_the_words_beside_them(
    model: StyleTransferModel,
) -> None:
    assert model.read('the "food" was 😀 cold .') == ["the food was cold ."]
    assert model.read("the füd was cold .") == ["the füd was cold ."]  # letters are words
    assert model.remarks("the “food”") == ["unknown to this run and likely to be lost: “ ”"]
    assert model.read("😀 :-)") == []
    for address in ("https://a.example/b?c=1", "www.a.example", "we@a.example"):
        assert f"likely to be garbled: {address}" in " ".join(model.remarks(f"{address} here"))


def test_a_text_that_has_the_style_is_in_no_need_of_it(model: StyleTransferModel) -> None:
    good, bad = sentences("positive")[0], sentences("negative")[0]
    kept, changed, empty = model.transfer([good, bad, ""], "positive", num_candidates=3)
    assert (kept.text, kept.kept, changed.kept, empty.kept) == (good, True, False, False)
    assert kept.scores.content == 1.0
    assert [one.text for one in kept.candidates] == [good]
    assert changed == model.transfer([bad], "positive", num_candidates=3)[0]
    (forced,) = model.transfer([good], "positive", source="negative")
    assert not forced.kept
    assert model.rewritten([good], 0, 1) == [forced.text]  # judges say what a sentence is


def test_a_sentence_that_has_the_style_stays_within_a_text_that_lacks_it(
    model: StyleTransferModel,
) -> None:
    good, bad = (sentences(style)[0] for style in ("positive", "negative"))
    ended = StyleTransferModel(
        model.generator,
        model.tokenizer,
        replace(model.styling, habits=Habits(small_letters=True, ending=".")),
        scorers=model.scorers,
    )
    praise = " ".join(["They were warm today."] * 30)
    texts = [f"T{good[1:-2]}. T{bad[1:-2]}.", f"{praise} T{bad[1:-2]}.", praise]
    mixed, late, kept = ended.transfer(texts, "positive")
    (alone,) = ended.transfer([f"T{bad[1:-2]}."], "positive")
    assert mixed.text.startswith(f"T{good[1:-2]}.")
    assert mixed.candidates[0].text.endswith(alone.text[1:])  # the best way of the other
    assert (mixed.kept, late.kept, kept.kept) == (False, False, True)
    assert kept.text == praise
    (smiling,) = ended.transfer([f"T{good[1:-2]}! :-)"], "positive")
    assert (smiling.text, smiling.kept) == (f"T{good[1:-2]}! :-)", True)  # no second sentence
    assert ended.read(f"{bad[:-2]}! =D {good[:-2]} --") == [f"{bad[:-2]}.", f"{good[:-2]}."]


def test_a_number_that_the_text_does_not_tell_is_not_answered(
    model: StyleTransferModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = StyleTransferModel(
        model.generator,
        model.tokenizer,
        replace(model.styling, habits=Habits(True, ending=".", number="_num_")),
        scorers=Scorers(WordStyles()),
    )
    found = ["_num_ were good .", "they were good ."]
    monkeypatch.setattr(model_module, "rewritings", lambda *rows, **options: [found])
    for text, wanted in (("3 were slow.", "3 were good."), ("they were slow.", "they were good.")):
        (answer,) = told.transfer([text], "positive", strength=1.0)
        assert answer.text == wanted


def test_ways_are_drawn_hot_from_all_words_and_anew_at_every_strength(
    model: StyleTransferModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[float, float, tuple[float, ...]]] = []

    def spied(
        generator: Generator,
        source_BS: Tensor,
        uniform_CT: Tensor,
        *,
        num_likeliest: int,
        temperature: float,
        top_p: float,
    ) -> Tensor:
        asked.append((temperature, top_p, tuple(uniform_CT[0].tolist())))
        return candidates(
            generator,
            source_BS,
            uniform_CT,
            num_likeliest=num_likeliest,
            temperature=temperature,
            top_p=top_p,
        )

    monkeypatch.setattr(rewriting, "candidates", spied)
    model.transfer(TEXTS[:1], "positive", num_candidates=6)
    assert [each[:2] for each in asked] == [(DRAWN_TEMPERATURE, 1.0)] * len(RUNGS)
    assert len({each[2] for each in asked}) == len(RUNGS)


def text_of(answer: Transferred) -> str:
    return answer.text


def test_candidates_are_written_at_every_strength() -> None:
    tokenizer = made_tokenizer()
    generator, styling = made_generator(tokenizer), made_styling(tokenizer)

    class Content:
        """Finds the style in every text."""

        def probabilities(self, texts: list[str]) -> torch.Tensor:
            return torch.tensor([[0.9, 0.1]] * len(texts))

    model = StyleTransferModel(generator, tokenizer, styling, scorers=Scorers(style=Content()))
    told: list[int] = []
    found = model.transfer(
        TEXTS, "negative", source="positive", num_candidates=6, batch_size=2, bar=told.append
    )
    assert sum(told) == len(TEXTS)
    sparing = model.transfer(TEXTS, "negative", source="positive")
    for place, rung in enumerate(RUNGS):
        at = model.transfer(TEXTS, "negative", strength=rung, num_candidates=6, seed=place)
        for whole, part, first in zip(found, at, sparing, strict=True):
            assert set(map(text_of, whole.candidates)) >= set(map(text_of, part.candidates))
            if rung == RUNGS[0] and first.text:  # it was enough
                assert first.text in map(text_of, part.candidates)


def test_the_common_space_is_told_both_styles() -> None:
    tokenizer = made_tokenizer()
    generator = made_generator(tokenizer)
    common = StyleTransferModel(generator, tokenizer, made_styling(tokenizer, family="common"))
    tags = common.styling.tags
    ids = tokenizer.encode(TEXTS[0])
    seen: list[list[int]] = []
    start = generator.start

    def spy(source_BS: torch.Tensor) -> dict[str, torch.Tensor]:
        seen.extend(source_BS.tolist())
        return start(source_BS)

    generator.start = spy  # type: ignore[method-assign]
    common.transfer([TEXTS[0]], "positive", strength=0.5)
    assert seen == [[tags[0], tags[0], *ids], [tags[1], tags[0], *ids]]


def test_of_three_styles_the_likeliest_other_one_is_left() -> None:
    tokenizer = made_tokenizer()
    styling = replace(
        made_styling(tokenizer),
        styles=("plain", *STYLES),
        tags=tuple(tokenizer.vocab_size - place for place in (1, 2, 4)),
    )

    class Third:
        def probabilities(self, texts: list[str]) -> torch.Tensor:
            return torch.tensor(
                [[0.1, 0.2, 0.7] if "cold" in text else [0.5, 0.2, 0.3] for text in texts]
            )

    generator = made_generator(tokenizer)
    model = StyleTransferModel(generator, tokenizer, styling, scorers=Scorers(style=Third()))
    texts = ["it was cold", "they were slow"]
    held = [
        model.transfer([text], "negative", source=source, strength=0.0)[0].text
        for text, source in zip(texts, ("positive", "plain"), strict=True)
    ]
    assert [one.text for one in model.transfer(texts, "negative", strength=0.0)] == held
    mute = StyleTransferModel(generator, tokenizer, styling)
    with pytest.raises(UserError, match="no style-scorer/ that could tell 3 styles apart"):
        mute.transfer(texts, "negative")
    assert mute.transfer(texts, "negative", source="plain", strength=0.0)[1].text == held[1]


def test_a_long_text_is_its_parts_joined(model: StyleTransferModel) -> None:
    parts = ["the food was cold .", "our waiter is rude today .", "they were slow ."]
    text = " ".join(parts)
    assert model.reader.parts(text) == parts
    (whole,) = model.transfer([text], "positive", num_candidates=3)
    each = model.transfer(parts, "positive", num_candidates=3)
    texts = {candidate.text for candidate in whole.candidates}
    assert " ".join(one.text for one in each) in texts
    assert whole.candidates[0].scores.content == overlap(text, whole.text)
    assert whole.text == " ".join(one.text for one in each)  # of each part the best
    totals = [candidate.scores.total for candidate in whole.candidates[1:]]
    assert totals == sorted(totals, reverse=True)


def test_a_very_long_text_keeps_its_place(model: StyleTransferModel) -> None:
    long = "they were slow today . " * 200
    first, second = texts_of(model, [long, TEXTS[0]])
    assert second == texts_of(model, [TEXTS[0]])[0]
    (part,) = texts_of(model, ["they were slow today ."])
    assert first == " ".join([part] * 200)


def test_a_thousand_words_are_rewritten_in_parts_and_more_are_refused(
    model: StyleTransferModel,
) -> None:
    text = "the food was cold and the waiter " * 142
    assert model.problem(text) == ""
    parts = model.reader.parts(model.reader.plain(text))
    assert model.remarks(text) == [f"its 994 words are read in {len(parts)} parts, each by itself"]
    assert "it has 1,001 words, which no sentence has" in model.problem("cold " * 1001)


def test_the_bar_is_told_of_every_text_once(model: StyleTransferModel) -> None:
    done: list[int] = []
    model.transfer(
        [*TEXTS, "they were slow today . " * 9], "positive", batch_size=2, bar=done.append
    )
    assert sum(done) == len(TEXTS) + 1
    assert len(done) > 4


def test_the_mode_and_the_weights_are_left_as_they_were(model: StyleTransferModel) -> None:
    model.generator.train()
    before = [weight.clone() for weight in model.generator.parameters()]
    state = torch.random.get_rng_state()
    first = model.transfer(TEXTS, "positive", num_candidates=3)
    assert model.generator.training
    assert model.transfer(TEXTS, "positive", num_candidates=3) == first
    model.generator.eval()
    assert model.transfer(TEXTS, "positive", num_candidates=3) == first
    assert all(map(torch.equal, before, model.generator.parameters()))
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("to", "options", "reason"),
    [
        ("happy", {}, "--to is 'happy': this run knows negative, positive"),
        ("positive", {"source": "sad"}, "--source is 'sad': this run knows negative, positive"),
        ("positive", {"source": "positive"}, "--source and --to are both positive"),
        ("positive", {"strength": 6.0}, "--strength is 6"),
        ("positive", {"num_candidates": 0}, "--num-candidates is 0"),
        ("positive", {"num_candidates": 101}, "--num-candidates is 101"),
        ("positive", {"batch_size": 0}, "--batch-size is 0"),
    ],
)
def test_what_cannot_be_asked(
    model: StyleTransferModel, to: str, options: dict[str, object], reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        model.transfer(TEXTS, to, **options)  # type: ignore[arg-type]


def test_a_text_in_another_script_is_named_by_its_number(model: StyleTransferModel) -> None:
    with pytest.raises(UserError, match=r"text 2: 15 of its 16 letters \(е д а б ы \.\.\.\)"):
        model.transfer(["they were slow", "еда была холодной a"], "positive")


def test_a_chinese_run_refuses_a_sentence_without_chinese() -> None:
    """Its vocabulary knows Latin letters, from names: that is no reason to rewrite English."""
    texts = [
        "这个手机很好用",
        "屏幕太差了不推荐",
        "物流很快 apple iphone 正品",
        "the qwert uiop",
    ] * 40
    tokenizer = SubwordTokenizer.train(texts, vocab_size=80, exact=False, marks=marks_of(2))
    model = StyleTransferModel(
        made_generator(tokenizer), tokenizer, made_styling(tokenizer), scorers=Scorers()
    )
    with pytest.raises(UserError, match="it is not Chinese"):
        model.transfer(["the phone is a top one"], "positive")
    for text in ("手机 iphone 很好", "ok", ""):
        assert model.problem(text) == ""
