"""What is measured of a summary, by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from seqgan.metrics.bootstrap import resamplings
from seqgan.metrics.rouge import Rouge
from seqgan.text.evaluation.fluency import FluencyScorer
from seqgan.text.summary.measures import Measuring, estimates
from seqgan.text.summary.reconstruction import PlainForm, Reconstruction

SHORTS = ["old maps reader", "small songs printer", "letters sorter by hand"] * 4
MEASURING = Measuring(
    FluencyScorer.train(SHORTS, seed=0, max_updates=5),
    Rouge(SHORTS),
    frozenset({("old", "maps", "reader")}),
    usual_words=4,
    chinese=False,
)
DOCUMENTS = ["A tool that reads old maps.", "Prints songs, small songs."]


def test_every_share_is_that_of_counting_by_hand() -> None:
    outputs = ["Old maps reader", "songs songs for all of the days now"]
    measured = MEASURING.measure(outputs, DOCUMENTS, ["old maps", "songs"])
    figures = {
        name: each.value for name, each in estimates(measured, resamplings(2, count=5)).items()
    }
    assert figures["words"] == (3 + 8) / 2
    assert figures["inside"] == 0.5
    assert figures["copied_words"] == pytest.approx((2 + 2) / 11)
    assert figures["novel_bigrams"] == pytest.approx((1 + 7) / (2 + 7))
    assert figures["novel_trigrams"] == 1
    assert figures["repeated_words"] == pytest.approx(1 / 11)
    assert figures["copied"] == 0.5
    assert figures["empty"] == 0
    first, second = 100 * 2 * 2 / 5, 100 * 2 * 1 / 9
    assert figures["rouge1"] == pytest.approx((first + second) / 2)
    assert figures["rouge1_inside"] == pytest.approx(first)


def test_what_is_taken_over_word_by_word_is_not_new() -> None:
    measured = MEASURING.measure(["reads old maps", "prints songs"], DOCUMENTS, None)
    found = estimates(measured, resamplings(2, count=5))
    assert (found["novel_bigrams"].value, found["novel_trigrams"].value) == (0, 0)
    assert measured.grams_SN.tolist() == [[2, 1], [1, 0]]


def test_the_bracket_ends_two_words_from_the_usual_length() -> None:
    measured = MEASURING.measure(["w " * count for count in (1, 2, 4, 6, 7)], None, None)
    assert measured.inside_S.tolist() == [False, True, True, True, False]


def test_nothing_is_said_of_what_is_unknown() -> None:
    weights = resamplings(2, count=5)
    names = estimates(MEASURING.measure(["a b c", "d"], None, None), weights).keys()
    assert not {"rouge1", "copied_words", "novel_bigrams"} & names
    none_inside = estimates(MEASURING.measure(["a", "b"], DOCUMENTS, ["a", "b"]), weights)
    assert none_inside["inside"].value == 0
    assert "rouge1_inside" not in none_inside


def test_empty_summaries_count_as_nothing() -> None:
    found = estimates(
        MEASURING.measure(["", "..."], DOCUMENTS, ["a", "b"]), resamplings(2, count=5)
    )
    for name in ("rouge1", "copied_words", "novel_bigrams", "repeated_words", "copied"):
        assert found[name].value == 0, name
    assert found["empty"].value == 1


def overlap(documents: list[str], summaries: list[str], *, honest: bool) -> list[float]:
    """A reconstructor that reads words, or the number of capitals, which is a code."""
    found = []
    for document, summary in zip(documents, summaries, strict=True):
        if honest:
            known = set(summary.lower().split())
            found.append(sum(word in known for word in document.lower().split()) / 5 - 3)
        else:
            found.append(-2.0 if sum(map(str.isupper, summary)) == len(document) % 7 else -3.0)
    return found


def coded(document: str) -> str:
    return "maps " + "X" * (len(document) % 7)


@pytest.mark.parametrize("honest", [True, False])
def test_a_secret_code_does_not_survive(honest: bool) -> None:
    documents = [f"tool {'y' * length} for maps{length}" for length in range(1, 7)]
    outputs = [document.title() if honest else coded(document) for document in documents]
    found = Reconstruction.of(
        lambda texts, summaries: overlap(list(texts), list(summaries), honest=honest),
        PlainForm(frozenset({"for"}), chinese=False),
        documents,
        outputs,
    ).estimates(resamplings(6, count=20))
    assert found["reconstruction_gain"].value > 0.1
    assert found["survives"].value == pytest.approx(1 if honest else 0)


def test_another_documents_summary_is_none_of_a_neighbor() -> None:
    """Documents of one program lie together: a summary of a sibling would do as well."""
    asked: list[list[str]] = []

    def reconstruct(documents: Sequence[str], summaries: Sequence[str]) -> list[float]:
        asked.append(list(summaries))
        return [-1.0] * len(documents)

    summaries = list("abcdefgh")
    form = PlainForm(frozenset(summaries), chinese=False)
    Reconstruction.of(reconstruct, form, summaries, summaries)
    assert asked[1] == asked[3] == list("efghabcd")


def test_without_a_gain_nothing_is_said_to_survive() -> None:
    form = PlainForm.of(SHORTS, chinese=False)
    same = Reconstruction.of(lambda texts, _: [-2.0] * len(texts), form, DOCUMENTS, ["a", "b"])
    found = same.estimates(resamplings(2, count=5))
    assert found["reconstruction_nats"].value == 2
    assert found["reconstruction_gain"].value == 0
    assert "survives" not in found
    with pytest.raises(ValueError, match="two documents"):
        Reconstruction.of(lambda texts, _: [0.0], form, ["a"], ["b"])


def test_the_plain_form_keeps_what_people_write_and_what_the_document_says() -> None:
    form = PlainForm.of(["read the map", "the map!", "qqq"], chinese=False)
    assert form("READ: the  map★ Xylo qqq-zz…", "xylo of ours") == "the map xylo"
    chinese = PlainForm.of(["读图", "读书"], chinese=True)
    assert chinese("读X图★", "图") == "读图"
    rows = np.array([len(form(text, text)) for text in ("", "...")])
    assert not rows.any()
