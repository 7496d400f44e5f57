"""The judges tell what is known, repeat exactly, and void themselves when they fail."""

import random

import pytest
import torch
from made_dialogue import made_pairs

from seqgan.metrics.frechet import frechet_distance
from seqgan.text.dialogue.metrics import overlap_signatures, score_replies
from seqgan.text.evaluation.adversarial_success import (
    FreshDiscriminator,
    ReplySet,
    adversarial_success,
    discriminator_controls,
    human_half,
    shuffle_words,
)
from seqgan.text.evaluation.judge_words import JudgeVocabulary, normalized_words, trim
from seqgan.text.evaluation.matcher import Matcher, matching_loss

torch.set_num_threads(1)

TRAIN = made_pairs(1200, seed=0)
TEST = made_pairs(400, seed=1)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher.train(*TRAIN)


def test_controls_hold_on_a_language_with_order() -> None:
    controls = discriminator_controls(*TRAIN, *TEST)
    assert controls.shuffled < 0.1
    # 400 replies: three deviations of a coin are .075
    assert controls.real_vs_real == pytest.approx(0.5, abs=0.075)
    assert not controls.void


def test_words_without_order_void_the_metric() -> None:
    """Replies of random words cannot be told from shuffled ones."""
    rng = random.Random(0)
    words = [f"word{number}" for number in range(30)]
    made = [" ".join(rng.choices(words, k=6)) for _ in range(600)]
    controls = discriminator_controls(made[:400], made[:400], made[400:], made[400:])
    assert controls.void
    assert controls.shuffled == pytest.approx(0.5, abs=0.12)
    assert "word-shuffled" in controls.reasons[0]


def test_replies_of_one_word_cannot_be_shuffled_and_void_the_metric() -> None:
    asked = ["a b"] * 8
    controls = discriminator_controls(asked, ["Yes"] * 8, asked, ["No"] * 8)
    assert controls.void


def test_success_is_the_share_of_replies_that_pass() -> None:
    """A system that answers half the time with garbage is caught half the time."""
    rng = random.Random(0)
    train, test = (
        [reply if rng.random() < 0.5 else "blah blah blah" for reply in replies]
        for replies in (TRAIN[1], TEST[1])
    )
    success = adversarial_success(ReplySet(*TRAIN, train), ReplySet(*TEST, test))
    # Human replies pass, and so does the good half: 1 - (1 + 1/2) / 2; 400 throws give .025.
    assert success == pytest.approx(0.25, abs=0.06)
    echoed = adversarial_success(ReplySet(*TRAIN, TRAIN[0]), ReplySet(*TEST, TEST[0]))
    assert echoed < 0.05


def test_traces_of_tokenization_do_not_give_a_system_away() -> None:
    spaced, joined = "It ’ s  fine , THANKS !", "it's fine, thanks!"
    assert normalized_words(spaced, chinese=False) == normalized_words(joined, chinese=False)
    assert normalized_words("好 的!", chinese=True) == normalized_words("好的!", chinese=True)


def test_success_repeats_and_leaves_the_random_state_alone() -> None:
    few = ReplySet(*(part[:100] for part in (*TRAIN, TRAIN[0])))
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = adversarial_success(few, few)
    assert torch.equal(torch.rand(3), expected)
    assert adversarial_success(few, few) == first


def test_figures_do_not_depend_on_the_number_of_threads() -> None:
    few = ReplySet(*(part[:100] for part in (*TRAIN, TRAIN[0])))
    first = adversarial_success(few, few), Matcher.train(*TRAIN).embed(TEST[1])
    torch.set_num_threads(2)
    try:
        second = adversarial_success(few, few), Matcher.train(*TRAIN).embed(TEST[1])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
    assert first[0] == second[0]
    assert (first[1] == second[1]).all()


def test_folds_take_each_half_once_and_seeds_take_others() -> None:
    first_B, second_B = (human_half(11, fold=fold, seed=0) for fold in range(2))
    assert (int(first_B.sum()), int(second_B.sum())) == (5, 6)
    assert bool((first_B ^ second_B).all())
    assert not torch.equal(first_B, human_half(11, fold=0, seed=1))


def test_padding_does_not_change_a_score() -> None:
    torch.manual_seed(0)
    model = FreshDiscriminator(20).eval()
    prompt_BS, response_BT = torch.randint(2, 20, (3, 5)), torch.randint(2, 20, (3, 7))
    response_BT[1, 4:] = 0
    wide_BS = torch.nn.functional.pad(prompt_BS, (0, 4))
    wide_BT = torch.nn.functional.pad(response_BT, (0, 6))
    torch.testing.assert_close(model(wide_BS, wide_BT), model(prompt_BS, response_BT))
    assert torch.equal(trim(wide_BT), response_BT)


def test_an_empty_reply_is_judged_like_any_other(matcher: Matcher) -> None:
    prompts, human = TRAIN[0][:80], TRAIN[1][:80]
    replies = ReplySet(prompts, human, [""] * 80)
    assert 0 <= adversarial_success(replies, replies) <= 1
    assert matcher.relevance(prompts, [""] * 80) == pytest.approx(0.5, abs=0.1)


def test_a_shuffle_is_another_order_of_the_same_words() -> None:
    rng = random.Random(0)
    for _ in range(20):
        shuffled = shuffle_words(["a", "b", "b"], rng)
        assert shuffled is not None
        assert shuffled != ["a", "b", "b"]
        assert sorted(shuffled) == ["a", "b", "b"]
    assert shuffle_words(["a", "a"], rng) is None
    assert shuffle_words([], rng) is None


def test_the_vocabulary_keeps_what_is_frequent() -> None:
    vocabulary = JudgeVocabulary(["a b c", "a b"], max_length=3)
    assert vocabulary.size == 4
    assert vocabulary.encode(["a c b b b"]).tolist() == [[2, 1, 3]]
    assert vocabulary.encode(["a c b b b"], keep_end=True).tolist() == [[3, 3, 3]]
    assert vocabulary.encode(["b"]).tolist() == [[3, 0, 0]]


def test_the_matcher_knows_what_belongs_together(matcher: Matcher) -> None:
    """Ten kinds of prompts: a random other one is of the same kind one time in ten."""
    assert matcher.relevance(*TEST) > 0.85
    rng = random.Random(0)
    assert matcher.relevance(TEST[0], rng.sample(TEST[1], 400)) == pytest.approx(0.5, abs=0.1)


def test_no_prompt_is_compared_with_itself(matcher: Matcher) -> None:
    """A tie with itself would pull two sure preferences from 1 to .75."""
    prompts = ["well , what of the boat today .", "oh , what of the lamp again ."]
    replies = ["maybe the harbour looks fine .", "well , the hall was left ."]
    assert matcher.relevance(prompts, replies) == 1


def test_the_matcher_does_not_fall_for_an_echo(matcher: Matcher) -> None:
    assert matcher.relevance(TEST[0], TEST[0]) < 0.6


def test_equal_prompts_tie_and_one_reply_for_all_is_chance(matcher: Matcher) -> None:
    assert matcher.relevance(["the boat"] * 7, TEST[1][:7]) == 0.5
    # Over all shifts of all prompts, each pair of prompts is compared both ways.
    assert matcher.relevance(TEST[0][:17], ["the harbour"] * 17) == pytest.approx(0.5)


def test_the_matcher_repeats_and_keeps_the_random_state(matcher: Matcher) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    again = Matcher.train(*TRAIN)
    assert torch.equal(torch.rand(3), expected)
    assert (again.embed(TEST[1]) == matcher.embed(TEST[1])).all()
    assert again.relevance(*TEST, seed=3) == matcher.relevance(*TEST, seed=3)


def test_matching_loss_by_hand() -> None:
    """Equal scores of two pairs: log 2 both ways, and .3 (log 2 - log(1 - 1/2)) for the echo."""
    loss_B = matching_loss(torch.zeros(2, 2), torch.zeros(2, 2))
    torch.testing.assert_close(loss_B, torch.full((2,), (2 + 0.3 * 2) * 0.693147))


def test_embeddings_are_unit_vectors_that_measure_distance(matcher: Matcher) -> None:
    human = matcher.embed(TEST[1])
    assert (human**2).sum(1) == pytest.approx(1, abs=1e-5)
    other = matcher.embed(made_pairs(400, seed=2)[1])
    dull = matcher.embed([TEST[1][0]] * 400)
    assert frechet_distance(human, other) < 0.2 * frechet_distance(human, dull)


def test_a_row_has_all_metrics_and_judges_a_dull_system(matcher: Matcher) -> None:
    human = score_replies(*TEST, TEST[1], matcher=matcher)
    dull = score_replies(*TEST, ["the harbour looks fine today ."] * 400, matcher=matcher)
    assert set(human) == {
        "bleu",
        "chrf",
        "distinct_1",
        "distinct_2",
        "length",
        "top10_share",
        "frechet",
        "relevance",
    }
    assert (human["bleu"], human["chrf"]) == pytest.approx((100, 100))
    assert human["frechet"] == pytest.approx(0, abs=1e-6)
    assert dull["top10_share"] == 1
    assert dull["distinct_1"] == 6 / 2400
    assert dull["length"] == 6
    assert dull["relevance"] < 0.6 < human["relevance"]


def test_distinct_takes_a_fixed_number_of_replies(matcher: Matcher) -> None:
    few = score_replies(*(part[:50] for part in (*TEST, TEST[1])), matcher=matcher)
    row = score_replies(*TEST, TEST[1], matcher=matcher, num_distinct=50)
    assert row["distinct_2"] == few["distinct_2"]
    assert row["frechet"] == few["frechet"]


def test_signatures_name_the_tokenizer() -> None:
    assert "tok:13a" in overlap_signatures(TEST[1])["bleu"]
    assert "tok:zh" in overlap_signatures(["我们去吧"])["bleu"]


def test_lists_must_agree(matcher: Matcher) -> None:
    with pytest.raises(ValueError, match="got 1, 2 and 1"):
        ReplySet(["a"], ["a", "b"], ["a"])
    with pytest.raises(ValueError, match="two halves"):
        ReplySet(["a"], ["a"], ["a"])
    with pytest.raises(ValueError, match="2 prompts and 1 replies"):
        matcher.relevance(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="got 1, 1 and 1"):
        score_replies(["a"], ["a"], ["a"], matcher=matcher)
