"""Language-model scores are likelihoods of words, and tell order from disorder."""

import dataclasses

import numpy as np
import pytest
import torch
from made_sentences import TINY, made_sentences, shuffled

from seqgan.text.evaluation.language_scores import (
    LanguageScorer,
    ScoreModel,
    ScoreVocabulary,
    reverse_scores,
)
from seqgan.text.evaluation.lines import Lines

SIZE = dataclasses.replace(TINY.score_model, min_updates=150)


def _words(texts: list[str]) -> list[list[str]]:
    return [list(words) for words in Lines.read(texts, chinese=False).words]


def _mean(scorer: LanguageScorer, words: list[list[str]]) -> float:
    scores = scorer.score(words)
    return float(scores.nll_S.sum() / scores.words_S.sum())


@pytest.fixture(scope="module")
def real() -> list[list[str]]:
    return _words(made_sentences(300, seed=0))


@pytest.fixture(scope="module")
def scorer(real: list[list[str]]) -> LanguageScorer:
    return LanguageScorer.train(real, ScoreVocabulary(real), size=SIZE)


def test_first_words_and_the_end_have_all_of_the_probability() -> None:
    """Rare words share what the unknown word has; cut after a word, no end is scored."""
    real = [["a", "b"], ["a", "b"], ["a", "rare"], ["b", "seldom"], ["b", "once"]]
    vocabulary = ScoreVocabulary(real)
    size = ScoreModel(dim=8, hidden=8, min_updates=3, max_words=1)
    scorer = LanguageScorer.train(real, vocabulary, size=size)
    starts = [[word, "cut"] for word in ("a", "b", "rare", "seldom", "once")]
    total = np.exp(-scorer.score([*starts, []]).nll_S).sum()
    assert total == pytest.approx(1, abs=1e-5)


def test_words_are_counted_with_the_end(scorer: LanguageScorer) -> None:
    assert scorer.score([["a", "man"], []]).words_S.tolist() == [3, 1]
    assert scorer.score([["a"] * 100]).words_S.tolist() == [SIZE.max_words]


def test_a_sentence_scores_alone_what_it_scores_among_others(
    scorer: LanguageScorer, real: list[list[str]]
) -> None:
    together, vectors_SD = scorer.score(real[:9]), scorer.embed(real[:9])
    for place in (0, 4, 8):
        alone = scorer.score([real[place]])
        assert alone.nll_S[0] == pytest.approx(together.nll_S[place], rel=1e-5)
        np.testing.assert_allclose(
            scorer.embed([real[place]])[0], vectors_SD[place], rtol=1e-4, atol=1e-6
        )


def test_disorder_and_strange_words_cost_more(scorer: LanguageScorer) -> None:
    texts = made_sentences(100, seed=1)
    good = _mean(scorer, _words(texts))
    assert _mean(scorer, _words(shuffled(texts, seed=2))) > good + 0.5
    assert _mean(scorer, [["qux"] * 5] * 3) > good + 0.5


def test_a_model_of_few_sentences_knows_the_rest_worse(real: list[list[str]]) -> None:
    """The reverse score: samples without diversity make a bad model of real text."""
    vocabulary = ScoreVocabulary(real)
    collapsed = LanguageScorer.train([real[0]] * 200, vocabulary, size=SIZE)
    whole = LanguageScorer.train(real, vocabulary, size=SIZE)
    assert _mean(collapsed, real[1:]) > _mean(whole, real[1:]) + 1


def test_training_repeats_and_leaves_the_random_state(real: list[list[str]]) -> None:
    state = torch.get_rng_state()
    vocabulary = ScoreVocabulary(real)
    size = ScoreModel(dim=8, hidden=8, min_updates=3, epochs=1)
    first, second = (
        LanguageScorer.train(real, vocabulary, size=size).score(real).nll_S for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    assert torch.equal(state, torch.get_rng_state())


def test_nothing_to_learn_from_is_named(real: list[list[str]]) -> None:
    with pytest.raises(ValueError, match="no sentences"):
        LanguageScorer.train([], ScoreVocabulary(real))


def test_reverse_scores_are_the_mean_of_models_that_differ_in_their_seed(
    real: list[list[str]],
) -> None:
    """Of three models of the same samples, none is the mean: their noise is what it lowers."""
    vocabulary, samples = ScoreVocabulary(real), real[:40]
    size = ScoreModel(dim=8, hidden=8, min_updates=5)
    alone = [
        LanguageScorer.train(samples, vocabulary, size=size, seed=seed).score(real)
        for seed in (4, 5, 6)
    ]
    together = reverse_scores(samples, real, vocabulary, size=size, num_models=3, seed=4)
    np.testing.assert_allclose(together.nll_S, sum(each.nll_S for each in alone) / 3)
    np.testing.assert_array_equal(together.words_S, alone[0].words_S)
    assert not np.allclose(together.nll_S, alone[0].nll_S)
