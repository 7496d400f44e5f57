"""Each system at the settings of its own dial: temperatures, or numbers of candidates."""

import torch

from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.prefix_scorers import CausalScorer
from seqgan.text.resampling import Choice
from seqgan.text.sentences.corpus import Sentences
from seqgan.text.sentences.finish import Asked, TextOptions
from seqgan.text.sentences.writing import Writing
from seqgan.text.tokenizer import SubwordTokenizer

TEXTS = [f"the {noun} {verb}" for noun in ("cat", "sea", "moon") for verb in ("sings", "waits")]


def made(*, quick: bool) -> tuple[Asked, Writing]:
    words = SubwordTokenizer.train(TEXTS * 10, vocab_size=20)
    torch.manual_seed(0)
    model = RecurrentLanguageModel(
        words.vocab_size, pad=words.pad, bos=words.bos, eos=words.eos, dim=4, hidden=4
    )
    options = TextOptions(num_samples=7, temperatures=(0.5, 1.0))
    sentences = Sentences(TEXTS, TEXTS, TEXTS, TEXTS, "")
    judge = CausalScorer(model.num_ids, pad=words.pad, dim=4)
    choice = Choice(judge, 6, 1.0, 8, words.pad)
    system = Writing("MLE, resampled", model.eval(), choice=choice)
    return Asked(sentences, words, 8, options, 3, quick), system


def test_a_choice_is_swept_over_doubled_candidates() -> None:
    """One draw serves all: each number's texts are those that it would keep by itself."""
    asked, system = made(quick=False)
    drawn = asked.sweep(system)
    assert [each.candidates for each in drawn] == [2, 4, 6]
    for each in drawn:
        assert each.candidates is not None
        alone = system.draw(7, length=8, seed=3, candidates=each.candidates)
        assert each.samples.texts == [asked.tokenizer.decode(row) for row in alone.tolist()]
        assert each.samples.name == f"MLE, resampled, {each.candidates} candidates"
        row = each.named({"system": each.samples.system, "temperature": None, "metrics": {}})
        assert (row["system"], row["candidates"]) == ("MLE, resampled", each.candidates)
        assert 1 <= row["effective_candidates"] <= each.candidates


def test_others_are_swept_over_temperatures() -> None:
    asked, system = made(quick=False)
    drawn = asked.sweep(Writing("MLE", system.generator))
    assert [each.samples.temperature for each in drawn] == [0.5, 1.0]
    row = {"system": "MLE", "temperature": 0.5, "metrics": {}}
    assert drawn[0].named(row) == row


def test_a_quick_run_takes_one_setting_of_each() -> None:
    asked, system = made(quick=True)
    assert [each.candidates for each in asked.sweep(system)] == [6]
    drawn = asked.sweep(Writing("MLE", system.generator))
    assert [each.samples.temperature for each in drawn] == [1.0]
