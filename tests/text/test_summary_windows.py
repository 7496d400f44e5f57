"""Long documents: windows of whole sentences, which tell most, and how a bar counts them."""

import pytest

from made_summary import DOCUMENT_WORDS, DOCUMENTS, MOST_WORDS, write_summary_run
from seqgan.text.summary.model import READ, SummaryModel
from seqgan.text.summary.ranking import most_telling, telling
from seqgan.text.summary.summarized import enumerated
from seqgan.text.summary.windows import capacities, planned, shares, windows_of
from seqgan.text.words import count_words

TEXTS = [DOCUMENTS[0], "", *DOCUMENTS[1:], "..."]
LONG = " ".join(DOCUMENTS * 5)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SummaryModel:
    return SummaryModel.load(write_summary_run(tmp_path_factory.mktemp("summary") / "run"))


@pytest.mark.parametrize("words", [1, 4, 6, 9, 20, 60, 180])
def test_windows_hold_every_word_once_and_the_budget_is_shared_out_whole(
    model: SummaryModel, words: int
) -> None:
    plan = model.plan(LONG, words)
    assert [word for window in plan.windows for word in window.text.split()] == LONG.split()
    for window in plan.windows:
        assert LONG[window.begin : window.end] == window.text
        assert window.words <= DOCUMENT_WORDS
        assert len(model.reader.ids(window.text)) <= model.summarizing.max_source
    if words <= 20:
        assert all(window.text.endswith(".") for window in plan.windows)
    chosen = model.chosen(plan, batch_size=8)
    assert len(chosen) == plan.num_chosen
    budgets = shares(words, capacities(chosen, MOST_WORDS))
    assert sum(budgets) == words
    assert all(map(int.__le__, budgets, capacities(chosen, MOST_WORDS)))


def test_shares_differ_by_one_at_most_where_capacities_allow() -> None:
    for words in range(31):
        found = shares(words, [10, 10, 10])
        assert sum(found) == words
        assert max(found) - min(found) <= 1
        assert found == sorted(found, reverse=True)


def test_windows_are_whole_sentences_where_these_fit() -> None:
    text = "One two. Three four five, six seven eight nine. Ten."
    found = [one.text for one in windows_of(text, size=count_words, limit=7)]
    assert found == ["One two.", "Three four five, six seven eight nine.", "Ten."]
    found = [one.text for one in windows_of(text, size=count_words, limit=4)]
    assert found == ["One two.", "Three four five,", "six seven eight nine.", "Ten."]
    plan = planned("a b c. " * 3, 9, size=count_words, limit=9, usual_words=2, most_words=2)
    assert sum(capacities(plan.windows, 2)) >= 9
    plan = planned(
        "Hi. a b c d e f g h.", 6, size=count_words, limit=8, usual_words=6, most_words=6
    )
    assert [window.words for window in plan.windows] == [1, 8]
    assert plan.num_chosen == 2  # the first alone could not have six words


def test_a_long_text_is_summarized_from_the_windows_that_tell_most(model: SummaryModel) -> None:
    plan = model.plan(LONG, 8)
    assert (plan.num_chosen, len(plan.windows)) == (2, len(model.plan(LONG, 4).windows))
    (answer,) = model.summarize([LONG], 8, num_candidates=3)
    for one in answer.candidates:
        assert count_words(one.text) <= 8
        assert one.document == LONG
        assert all(LONG[a:b].casefold() in one.text.casefold() for a, b in one.taken)
    chosen = model.chosen(plan, batch_size=64)
    parts = [model.summarize([window.text], 4)[0].text for window in chosen]
    (single,) = model.summarize([LONG], 8)
    assert single.text == enumerated(parts)
    assert model.remarks(LONG, 8) == [
        f"its {count_words(LONG)} words are read in {len(plan.windows)} parts, its summary tells "
        "of 2"
    ]


def test_what_tells_most_is_what_the_windows_are_recovered_from() -> None:
    windows = [f"w{place}" for place in range(40)]
    asked: list[tuple[str, str]] = []

    def reconstruct(documents: list[str], summaries: list[str]) -> list[float]:
        asked.extend(zip(documents, summaries, strict=True))
        return [-abs(int(summary) - 30) / 10 for summary in summaries]

    summaries = [str(place) for place in range(40)]
    worth = telling(windows, summaries, reconstruct)  # type: ignore[arg-type]
    assert most_telling(summaries, worth, 3) == [29, 30, 31]
    assert worth[25:35] == telling(windows, summaries[25:35], reconstruct)  # type: ignore[arg-type]
    summaries[30], worth[30] = summaries[29], worth[29]
    assert most_telling(summaries, worth, 2) == [29, 31]
    views = {document for document, _ in asked}
    assert len(views) == 16
    assert max(int(view[1:]) for view in views) > 35
    assert most_telling(summaries, telling(windows, summaries, None), 3) == [0, 1, 2]


def test_the_bar_is_told_of_every_window_that_is_read(model: SummaryModel) -> None:
    done: list[int] = []
    model.summarize([*TEXTS, LONG], 6, batch_size=2, bar=done.append)
    assert [model.num_windows(text, 6) for text in TEXTS] == [1] * len(TEXTS)
    assert sum(done) == len(TEXTS) + model.num_windows(LONG, 6)


def test_a_bar_moves_while_the_windows_of_one_text_are_chosen_among(model: SummaryModel) -> None:
    text, done = " ".join(DOCUMENTS * 15), list[int]()
    windows, chosen = len(model.plan(text, 8).windows), 2
    model.summarize([text], 8, batch_size=64, bar=done.append)
    assert model.plan(text, 8).num_chosen == chosen
    assert model.num_windows(text, 8) == windows + chosen == sum(done)
    assert done == [0, *[READ] * (windows // READ), windows % READ, chosen]
    assert windows > 2 * READ
    every = sum(capacities(model.plan(text, 8).windows, MOST_WORDS))
    assert model.num_windows(text, every) == windows  # none is read twice
