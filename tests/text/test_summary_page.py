"""The summary page: what a press does, without a browser; and the page in headless Chromium."""

import importlib.util
import json
from pathlib import Path

import pytest
from chromium import CHROMIUM, Browser, Tab

from made_summary import CHINESE, DOCUMENTS, write_summary_run
from seqgan.errors import UserError
from seqgan.text.local_page import HOST
from seqgan.text.summary.model import SummaryModel
from seqgan.text.summary.page import LONGEST_TEXT, Page, newly, open_page
from seqgan.text.summary.taken import words_of

TEXT = DOCUMENTS[0]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SummaryModel:
    return SummaryModel.load(write_summary_run(tmp_path_factory.mktemp("page") / "run"))


def test_a_press_shows_the_summaries_and_marks_what_was_taken(model: SummaryModel) -> None:
    for text in DOCUMENTS:
        view = Page(model, seed=0).summarize(text, 5, 8)
        (answer,) = model.summarize([text], 5, num_candidates=8)
        shown = ["".join(piece for piece, _ in pieces) for _, pieces in view.candidates]
        assert shown == [candidate.text for candidate in answer.candidates]
        assert "".join(piece for piece, _ in view.document) == text
        taken = [piece for piece, label in view.document if label == "taken"]
        assert taken == [text[begin:end] for begin, end in answer.taken]
        assert {label for _, label in view.document} <= {None, "taken"}
        line = view.candidates[0][0].split(", ")
        assert line[0].split()[1] in ("word", "words")
        assert line[1] == f"likelihood {answer.scores.likelihood:.2f}"
        assert line[2].startswith("document recovered -")


def test_new_words_are_those_that_the_document_lacks(model: SummaryModel) -> None:
    for text in DOCUMENTS:
        there = {word for _, word in words_of(text)}
        for one in model.summarize([text], 6, num_candidates=8)[0].candidates:
            for piece, label in newly(one):
                words = {word for _, word in words_of(piece)}
                assert words.isdisjoint(there) if label == "new" else words <= there


def test_a_chinese_document(tmp_path: Path) -> None:
    chinese = SummaryModel.load(write_summary_run(tmp_path / "run", chinese=True))
    view = Page(chinese, seed=0).summarize(CHINESE[0], 5, 4)
    assert "".join(piece for piece, _ in view.document) == CHINESE[0]
    assert view.candidates[0][0].split()[1].startswith("character")


def test_a_long_document_has_a_remark(model: SummaryModel) -> None:
    view = Page(model, seed=0).summarize(" ".join(DOCUMENTS * 4), 5, 2)
    assert "parts, its summary tells of 1" in view.remarks


@pytest.mark.parametrize("words", [2, 3, 5, 60])
def test_a_document_shorter_than_the_slider_says_has_a_shorter_summary(
    model: SummaryModel, words: int
) -> None:
    """As in the terminal, where nobody asked for a number of words."""
    view = Page(model, seed=0).summarize("old maps", words, 2)
    shown = ["".join(piece for piece, _ in pieces) for _, pieces in view.candidates]
    (answer,) = model.summarize(["old maps"], num_candidates=2)
    assert shown == [candidate.text for candidate in answer.candidates]
    (said,) = model.remarks("old maps")
    assert view.remarks == (said if words > 2 else "")


@pytest.mark.parametrize(
    ("text", "words", "reason"),
    [
        ("  ", 5, "nothing to summarize yet"),
        ("...", 5, "nothing to summarize yet"),
        ("so " * LONGEST_TEXT, 5, "20000 are the most here"),
        ("еда была", 1, "learned from another script"),
        (TEXT, 0, "--words is 0"),
    ],
)
def test_what_cannot_be_read_is_told(
    model: SummaryModel, text: str, words: int, reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        Page(model, seed=0).summarize(text, words, 1)


needs_browser = pytest.mark.skipif(
    CHROMIUM is None or importlib.util.find_spec("gradio") is None,
    reason="needs gradio (the extra web) and chromium",
)


def paste(tab: Tab, text: str) -> None:
    """Replace what stands in the field of the document."""
    field = "document.querySelector('#text textarea')"
    tab.wait(f"{field} !== null")
    tab.run(f"{field}.select()")
    tab.browser.call("Input.insertText", tab.session, text=text)


def wait_shown(tab: Tab, name: str, text: str) -> None:
    """Wait until an element can be seen with the text, spaces apart."""
    shown = f"(document.getElementById('{name}') || {{innerText: ''}}).innerText"
    squeezed = json.dumps("".join(text.split()))
    tab.wait(f"{shown}.replace(/\\s/g, '').includes({squeezed})")


@pytest.mark.install
@needs_browser
def test_a_person_summarizes_a_document_in_a_browser(model: SummaryModel, tmp_path: Path) -> None:
    page, address = open_page(model, words=5, num_candidates=3, seed=0, port=0)
    try:
        assert address.startswith(f"http://{HOST}:")
        assert (page.server_name, page.share, page.analytics_enabled) == (HOST, False, False)
        with Browser(tmp_path / "profile") as browser:
            tab = browser.open(address)
            paste(tab, TEXT)
            tab.click("summarize")
            (answer,) = model.summarize([TEXT], 5, num_candidates=3)
            wait_shown(tab, "document", TEXT)
            for place, one in enumerate(answer.candidates, start=1):
                wait_shown(tab, f"candidate-{place}", one.text)
                wait_shown(tab, f"candidate-{place}", f"likelihood {one.scores.likelihood:.2f}")
            marked = "#document .token.highlighted, #document .highlighted"
            count = f"document.querySelectorAll('{marked}').length"
            assert tab.run(count) == len(answer.taken)
            text = f"A <i>small</i> library. {TEXT}"
            paste(tab, text)
            tab.click("summarize")
            wait_shown(tab, "document", text)
            assert tab.run("document.querySelector('#document i') === null")
            paste(tab, "two words")
            tab.click("summarize")
            wait_shown(tab, "document", "two words")
            remark = "document.querySelector('#remarks textarea').value"
            tab.wait(f"{remark}.includes('no more than 2 words')")
            hosts = {
                url.split("/")[2] for url in browser.requested() if url.startswith(("http", "ws"))
            }
            assert {host.split(":")[0] for host in hosts} == {HOST}
    finally:
        page.close(verbose=False)
