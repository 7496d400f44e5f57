"""The page: what a press does, without a browser; and the page itself in headless Chromium."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from chromium import CHROMIUM, Browser, Tab

from made_transfer import (
    LengthFluency,
    WordStyles,
    made_generator,
    made_styling,
    made_tokenizer,
)
from seqgan.errors import UserError
from seqgan.text.local_page import HOST, first_count, load_gradio, told
from seqgan.text.transfer.model import StyleTransferModel
from seqgan.text.transfer.page import LONGEST_TEXT, Page, marked, open_page
from seqgan.text.transfer.ranking import Scorers

TEXT = "the food was cold ."


@pytest.fixture(scope="module")
def model() -> StyleTransferModel:
    tokenizer = made_tokenizer()
    scorers = Scorers(WordStyles(), LengthFluency())
    styling = made_styling(tokenizer)
    return StyleTransferModel(made_generator(tokenizer), tokenizer, styling, scorers=scorers)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("the food was cold .", "the food was warm today ."),
        ("", "the food"),
        ("the food", ""),
        ("a a b a", "a b b a a"),
        ("菜很冷，不好", "菜很热，好"),
        ("<b>bold</b> & cold", "cold"),
    ],
)
def test_marks_lose_nothing_and_unmarked_words_are_shared(text: str, other: str) -> None:
    sides = marked(text, other)
    assert ["".join(piece for piece, _ in side) for side in sides] == [text, other]
    shared = ["".join(piece for piece, label in side if label is None) for side in sides]
    assert "".join(shared[0].split()) == "".join(shared[1].split())
    assert {label for side in sides for _, label in side} <= {None, "new", "left out"}
    assert all(label != "new" for _, label in sides[0])


def test_chinese_characters_are_marked_one_by_one() -> None:
    lost, found = marked("菜很冷", "菜很热")
    assert lost == [("菜很", None), ("冷", "left out")]
    assert found == [("菜很", None), ("热", "new")]


def test_a_press_shows_every_candidate_with_its_figures(model: StyleTransferModel) -> None:
    view = Page(model, seed=0).rewrite("The food was cold .", "positive", 1.0, 4)
    (answer,) = model.transfer([TEXT], "positive", strength=1.0, num_candidates=4)
    shown = ["".join(piece for piece, _ in pieces) for _, pieces in view.candidates]
    assert shown == [candidate.text for candidate in answer.candidates]
    assert "".join(piece for piece, _ in view.source) == "The food was cold ."
    style, content, fluency = view.candidates[0][0].split(", ")
    assert style == f"style {answer.scores.style:.0%}"
    assert content == f"content {answer.scores.content:.0%}"
    assert fluency.endswith("nats a word")
    assert view.remarks == ""


def test_a_page_begins_with_several_candidates() -> None:
    assert [first_count(number) for number in (1, 2, 8, 50)] == [4, 2, 8, 8]


def test_a_run_without_judges_shows_what_it_has() -> None:
    tokenizer = made_tokenizer()
    model = StyleTransferModel(made_generator(tokenizer), tokenizer, made_styling(tokenizer))
    ((line, _),) = Page(model, seed=0).rewrite(TEXT, "positive", 1.0, 1).candidates
    assert line.startswith("content ")
    assert "nan" not in line


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("  ", "nothing to rewrite yet"),
        ("so " * LONGEST_TEXT, "2000 are the most here"),
        ("еда была", "learned from another script"),
    ],
)
def test_what_cannot_be_read_is_told(model: StyleTransferModel, text: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        Page(model, seed=0).rewrite(text, "positive", 1.0, 1)


def test_a_mistake_becomes_a_message_of_the_page() -> None:
    class MessageError(Exception):
        def __init__(self, text: str, *, print_exception: bool) -> None:
            super().__init__(text)

    class Gradio:
        Error = MessageError

    def fail() -> None:
        raise UserError("type a sentence")

    with pytest.raises(MessageError, match="type a sentence"):
        told(fail, Gradio)
    assert told(lambda: 3, Gradio) == 3


needs_browser = pytest.mark.skipif(
    CHROMIUM is None or importlib.util.find_spec("gradio") is None,
    reason="needs gradio (the extra web) and chromium",
)


def type_in(tab: Tab, text: str) -> None:
    """Replace what stands in the field of the sentence, as a person types."""
    field = "document.querySelector('#sentence textarea, #sentence input')"
    tab.wait(f"{field} !== null")
    tab.run(f"{field}.select()")
    tab.browser.call("Input.insertText", tab.session, text=text)


def wait_shown(tab: Tab, name: str, text: str) -> None:
    """Wait until an element can be seen with the text, spaces apart."""
    shown = f"(document.getElementById('{name}') || {{innerText: ''}}).innerText"
    squeezed = json.dumps("".join(text.split()))
    tab.wait(f"{shown}.replace(/\\s/g, '').includes({squeezed})")


def test_without_a_strength_a_press_goes_as_far_as_needed(model: StyleTransferModel) -> None:
    view = Page(model, seed=0).rewrite("The food was cold .", "positive", None, 2)
    (answer,) = model.transfer([TEXT], "positive", num_candidates=2)
    shown = ["".join(piece for piece, _ in pieces) for _, pieces in view.candidates]
    assert shown == [candidate.text for candidate in answer.candidates][: len(shown)]
    assert shown[0] == answer.text


@pytest.mark.install
@needs_browser
def test_a_person_rewrites_sentences_in_a_browser(
    model: StyleTransferModel, tmp_path: Path
) -> None:
    page, address = open_page(model, to="positive", strength=1.0, num_candidates=3, seed=0, port=0)
    try:
        assert address.startswith(f"http://{HOST}:")
        assert (page.server_name, page.share, page.analytics_enabled) == (HOST, False, False)
        with Browser(tmp_path / "profile") as browser:
            tab = browser.open(address)
            type_in(tab, TEXT)
            tab.click("rewrite")
            (answer,) = model.transfer([TEXT], "positive", strength=1.0, num_candidates=3)
            wait_shown(tab, "source", TEXT)
            for place, one in enumerate(answer.candidates, start=1):
                wait_shown(tab, f"candidate-{place}", one.text)
                wait_shown(tab, f"candidate-{place}", f"style {one.scores.style:.0%}")
            assert (
                tab.run("document.querySelectorAll('#candidate-1 .token.highlighted').length") > 0
            )
            tab.run("document.querySelectorAll('#style input')[0].click()")
            type_in(tab, "they were <i>slow</i>")
            for kind in ("keyDown", "keyUp"):  # Enter does what the button does
                key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
                browser.call("Input.dispatchKeyEvent", tab.session, type=kind, **key)
            asked = ["they were <i>slow</i>"]
            (answer,) = model.transfer(asked, "negative", strength=1.0, num_candidates=3)
            wait_shown(tab, "source", "they were <i>slow</i>")
            wait_shown(tab, "candidate-1", answer.text)
            assert tab.run("document.querySelector('#source i') === null")
            type_in(tab, "еда была холодной")
            tab.click("rewrite")
            tab.wait("document.body.innerText.includes('learned from another script')")
            hosts = {
                url.split("/")[2] for url in browser.requested() if url.startswith(("http", "ws"))
            }
            assert {host.split(":")[0] for host in hosts} == {HOST}
    finally:
        page.close(verbose=False)


def test_without_gradio_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(UserError, match=r'pip install "seqgan\[web\]", or rewrite'):
        load_gradio(otherwise="rewrite in the terminal")
