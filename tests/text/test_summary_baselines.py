"""Trivial summaries: so many words, of the document, in its order."""

from collections import Counter

import pytest
from made_summaries import summary_texts

from seqgan.text.summary.baselines import (
    LEAD,
    RANDOM,
    Extractive,
    Summarize,
    at_random,
    bare,
    joined,
    lead,
    split,
    stop_words,
    summary_baselines,
    without,
)
from seqgan.text.words import count_words

TEXTS = summary_texts()
DOCUMENTS = [pair.document for pair in TEXTS.test]
BASELINES = summary_baselines(TEXTS)


def in_order(words: list[str], source: list[str]) -> bool:
    rest = iter(source)
    return all(word in rest for word in words)


@pytest.mark.parametrize("summarize", BASELINES.values(), ids=list(BASELINES))
@pytest.mark.parametrize("words", [1, 5])
def test_a_summary_is_so_many_words_of_its_document_in_order(
    summarize: Summarize, words: int
) -> None:
    outputs = summarize(DOCUMENTS, words)
    assert len(outputs) == len(DOCUMENTS)
    for output, document in zip(outputs, DOCUMENTS, strict=True):
        assert count_words(output) == words
        assert in_order([bare(word) for word in split(output)], [*map(bare, split(document))])


@pytest.mark.parametrize("summarize", BASELINES.values(), ids=list(BASELINES))
def test_short_and_empty_documents_come_back_whole(summarize: Summarize) -> None:
    assert summarize([], 5) == []
    assert summarize(["", "Zithers"], 5) == ["", "Zithers"]
    assert summarize(["Zithers", "", "Lutes"], 5) == ["Zithers", "", "Lutes"]


def test_the_documents_own_title_words_are_kept() -> None:
    typical = BASELINES["titleness"](DOCUMENTS, 5)
    found = [
        set(text.split()) & set(pair.short.split())
        for text, pair in zip(typical, TEXTS.test, strict=True)
    ]
    assert all(
        {"reader", "printer", "sorter", "painter", "keeper", "finder"} & each for each in found
    )
    assert sum(map(len, found)) >= 3 * len(DOCUMENTS)


def test_english_stop_words_are_known_and_those_of_other_languages_counted() -> None:
    assert {"this", "which"} <= stop_words(["the end of this and to that"])
    german = stop_words(["die Karte und die Liste", "und die Suppe"])
    assert {"die", "und"} <= german
    assert "which" not in german
    assert without(frozenset({"a", "the"}))(["A tool, the Best."], 5) == ["tool, Best."]


def test_random_words_repeat_with_the_seed_alone() -> None:
    one, again, other = (at_random(seed=seed)(DOCUMENTS, 6) for seed in (1, 1, 2))
    assert one == again != other
    assert at_random(seed=1)(DOCUMENTS[::-1], 6) == one[::-1]  # whatever stands beside
    places = Counter(
        place
        for seed in range(300)
        for place in map(int, at_random(seed=seed)(["0 1 2 3"], 2)[0].split())
    )
    assert all(abs(places[place] - 150) < 5 * 300**0.5 / 2 for place in range(4))


def test_the_stretch_most_like_the_document_is_taken() -> None:
    extractive = Extractive(["maps and letters", "at night", "the songs of night and of maps"])
    document = "At night, and then maps, letters and more maps of letters; it was late."
    assert extractive([document], 3) == ["maps of letters"]
    assert extractive(["... !!!"], 3) == ["... !!!"]


def test_chinese_is_taken_by_characters() -> None:
    assert lead(["读取旧地图"], 3) == ["读取旧"]
    assert joined(["读", "maps", "图"]) == "读 maps 图"
    for name in (LEAD, RANDOM):
        assert count_words(BASELINES[name](["读取旧地图的库"], 4)[0]) == 4
    counted = stop_words(["的的的地图", "的书"])
    assert "的" in counted
