"""Probes of codes whose contents are known: common to all styles, apart in each, or none."""

import numpy as np
import pytest
import torch

from made_transfer import STYLES, THINGS, made_generator, sentences
from seqgan.text.tokenizer import SubwordTokenizer
from seqgan.text.transfer.agreement import Agreement, agreement, codes_of, even_words
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.vocabulary import StyleVocabulary, marks_of

NAMES = ("soup", "tea", "waiter")
SIZE = 600


def made(kind: str) -> Agreement:
    """Return the agreement of codes of 8 numbers in which three show a word each."""
    rng = np.random.default_rng(0)
    codes, words = [], []
    for style in range(2):
        said_NA = rng.random((SIZE, len(NAMES))) < 0.3
        code_ND = rng.normal(0, 0.1, (SIZE, 8))
        if kind != "empty":
            # Apart: what shows a word in one style's codes says the opposite in the other's.
            sign = -1 if kind == "apart" and style else 1
            code_ND[:, :3] += sign * said_NA
        if kind == "told":
            code_ND[:, 7] += style
        codes.append(code_ND)
        words.append([frozenset(np.array(NAMES)[each]) for each in said_NA])
    found = agreement(codes, words)
    assert found is not None
    return found


def test_a_common_space_says_the_same_of_both_styles() -> None:
    found = made("common")
    assert found.attributes > 99
    assert found.own > 99
    assert found.style == pytest.approx(50, abs=6)  # 2.9 of 600 sentences' noise


def test_spaces_apart_agree_in_nothing_though_each_knows_its_words() -> None:
    found = made("apart")
    assert found.own > 99
    assert found.attributes < 1


def test_a_code_that_shows_the_style_is_told() -> None:
    found = made("told")
    assert found.style > 99
    assert found.attributes > 99


def test_codes_that_hold_nothing_are_at_chance() -> None:
    found = made("empty")
    for figure in (found.attributes, found.own, found.style):
        assert figure == pytest.approx(50, abs=6)


def test_words_of_one_style_are_no_attributes() -> None:
    rare = [frozenset({"soup"})] * 10 + [frozenset({"cold"})] * 90
    often = [frozenset({"soup"})] * 30 + [frozenset({"warm"})] * 70
    assert even_words([rare, often]) == []
    assert even_words([rare, rare]) == ["soup"]
    assert agreement([np.ones((100, 2))] * 2, [rare, often]) is None


def test_a_code_is_the_mean_over_a_sentence_whatever_stands_beside_it() -> None:
    texts = [*sentences("negative"), THINGS[0]]
    tokenizer = SubwordTokenizer.train(texts, vocab_size=60, exact=False, marks=marks_of(2))
    vocabulary = StyleVocabulary(tokenizer, STYLES, told_source=True)
    generator = StyleGenerator([made_generator(tokenizer)], vocabulary.tags, told_source=True)
    codes_ND = codes_of(generator, vocabulary, texts, style=0)
    alone_1D = codes_of(generator, vocabulary, texts[-1:], style=0)
    np.testing.assert_allclose(codes_ND[-1:], alone_1D, atol=1e-6)
    words_1S = torch.tensor([tokenizer.encode(THINGS[0])])
    states_1SD, mask_1S = generator.inner(0).memory(generator.inner(0).start(words_1S))
    assert mask_1S.all()
    np.testing.assert_allclose(alone_1D, states_1SD.mean(1).detach(), atol=1e-6)
