"""What a summarizer's rewards know of ROUGE, among summaries of one document."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_summaries import summary_texts
from torch import Tensor

from seqgan.metrics.rouge import Rouge
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.summary.options import REWARDS, SummaryOptions
from seqgan.text.summary.rewards import RewardWeights, SummaryReward
from seqgan.text.summary.setup import Material, material_of
from seqgan.text.summary.vocabulary import BudgetVocabulary, marks_of
from seqgan.text.summary.worth import DRAWN, TOGETHER, measured, within, worth
from seqgan.text.tokenizer import SubwordTokenizer

ASKED = 60  # more than are summarized at once


@pytest.fixture(scope="module")
def material() -> Material:
    texts = summary_texts()
    texts = replace(texts, validation=texts.aligned[:ASKED])
    lines = [*texts.documents, *texts.shorts]
    tokenizer = SubwordTokenizer.train(lines, vocab_size=200, exact=False, marks=marks_of(8))
    return material_of(SummaryOptions(), texts, BudgetVocabulary(tokenizer, 8))


def pointer(material: Material) -> PointerGenerator:
    words = material.vocabulary.tokenizer
    torch.manual_seed(0)
    return PointerGenerator(
        words.vocab_size,
        pad=words.pad,
        bos=words.bos,
        eos=words.eos,
        dim=8,
        marks=material.vocabulary.marks,
    )


class KnowsBest:
    """Recovers a document as well as ROUGE finds its summary."""

    def __init__(self, material: Material) -> None:
        self.tokenizer = material.vocabulary.tokenizer
        self.shorts = {
            self.tokenizer.decode(self.tokenizer.encode(pair.document)): pair.short
            for pair in material.texts.validation
        }
        self.asked: list[str] = []

    def __call__(self, document_RS: Tensor, tokens_RT: Tensor) -> Tensor:
        documents, texts = (
            list(map(self.tokenizer.decode, rows.tolist())) for rows in (document_RS, tokens_RT)
        )
        self.asked += documents
        shorts = [self.shorts[document] for document in documents]
        return torch.from_numpy(Rouge(shorts).f1(texts, shorts).mean(1))


def reward(material: Material, known: KnowsBest) -> SummaryReward:
    return SummaryReward(
        RewardWeights(realness=0.0, reconstruction=2.0, coverage=0.0, repetition=0.0, length=0.0),
        material.vocabulary,
        material.rare,
        realness=lambda source, tokens, rng: torch.zeros(tokens.shape),
        reconstruct=known,
        greedy=None,
    )


def test_what_all_summaries_of_a_document_earn_alike_counts_nothing() -> None:
    ours, theirs = np.random.default_rng(0).normal(size=(2, 5, 4))
    alike = np.arange(5.0)[:, None]
    assert within(ours + alike, theirs - 3 * alike) == pytest.approx(within(ours, theirs))
    centered = [each - each.mean(1, keepdims=True) for each in (ours, theirs)]
    expected = np.corrcoef(*[each.ravel() for each in centered])[0, 1]
    assert within(ours, theirs) == pytest.approx(expected)
    assert within(np.broadcast_to(alike, (5, 4)), theirs) == 0.0


def test_a_measure_is_worth_what_it_chooses() -> None:
    rouge_DC = np.array([[30.0, 10.0, 50.0], [20.0, 40.0, 0.0]])
    found = worth({"itself": rouge_DC, "nothing": 0 * rouge_DC, "against": -rouge_DC}, rouge_DC)
    assert [each["chosen"] for each in found["measures"]] == [45.0, 25.0, 5.0]
    assert [each["correlation"] for each in found["measures"]] == pytest.approx([1.0, 0.0, -1.0])
    assert (found["likeliest"], found["mean"], found["best"]) == (25.0, 25.0, 45.0)


def test_every_summary_is_measured_beside_its_own_document(material: Material) -> None:
    known = KnowsBest(material)
    generator = pointer(material).train()
    found = measured(generator, reward(material, known), material, most=ASKED, seed=3)
    assert len(known.asked) == ASKED * (1 + DRAWN)
    assert (found["documents"], found["summaries"]) == (ASKED, 1 + DRAWN)
    measures = {each["measure"]: each for each in found["measures"]}
    assert list(measures) == ["likelihood", *REWARDS, TOGETHER]
    for name in ("reconstruction", TOGETHER):
        assert measures[name]["correlation"] == pytest.approx(1.0, abs=1e-4)
        assert measures[name]["chosen"] == pytest.approx(found["best"])
    assert found["mean"] < found["best"]
    assert abs(measures["likelihood"]["correlation"]) < 0.9
    assert generator.training, "the mode is put back"
    again = measured(generator, reward(material, known), material, most=ASKED, seed=3)
    assert again == found


def test_without_pairs_nothing_is_measured(material: Material) -> None:
    texts = summary_texts(paired=False)
    bare = replace(material, texts=replace(texts, validation=texts.judges))
    known = KnowsBest(material)
    assert measured(pointer(material), reward(material, known), bare, most=9, seed=0) == {}
    assert known.asked == []
