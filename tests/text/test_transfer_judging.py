"""Which systems of a style transfer are asked, and how often."""

import pytest

from made_transfer import STYLES, made_generator, made_styling, made_tokenizer, sentences
from seqgan.text.transfer.corpus import StyledTexts
from seqgan.text.transfer.judging import Judging, merged
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.ranking import Scorers
from seqgan.text.transfer.vocabulary import StyleVocabulary

SEEDS = {"pretrained": 1, "continued": 2, "adversarial": 1}  # play gained nothing


@pytest.fixture
def systems() -> dict[str, StyleGenerator]:
    tokenizer = made_tokenizer()
    tags = made_styling(tokenizer).tags
    return {
        name: StyleGenerator([made_generator(tokenizer, seed=seed)], tags, told_source=False)
        for name, seed in SEEDS.items()
    }


def test_systems_of_equal_weights_are_one_generator(systems: dict[str, StyleGenerator]) -> None:
    found = merged(systems)
    assert list(found) == list(systems)
    assert found["pretrained"] is found["adversarial"] is systems["pretrained"]
    assert found["continued"] is systems["continued"]


def test_one_generator_is_asked_once_at_each_setting(systems: dict[str, StyleGenerator]) -> None:
    tokenizer = made_tokenizer()
    texts = [sentences(style) for style in STYLES]
    asked = list(
        Judging(
            StyledTexts(STYLES, texts, texts, texts, texts, None, ""),
            systems,
            StyleVocabulary(tokenizer, STYLES, False),
            made_styling(tokenizer),
            Scorers(),
            best_of=4,
        ).asked()
    )
    by_place = {(name, strength): transfer for name, transfer, strength in asked}
    assert len(by_place) == len(asked)
    assert by_place["pretrained", 1.0] is by_place["adversarial", 1.0]
    assert by_place["pretrained, ranked", None] is by_place["adversarial, ranked", None]
    apart = [each for (name, _), each in by_place.items() if name.startswith("adversarial")]
    assert len(set(apart)) == len(apart) == 6  # plain, three settings, ranked, the best of 4
    assert not {
        each for (name, _), each in by_place.items() if name.startswith("continued")
    }.intersection(apart)
