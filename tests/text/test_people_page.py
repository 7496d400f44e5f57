"""The page: what a press does, without a browser; and the page itself in headless Chromium."""

import importlib.util
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import CHROMIUM, Browser, Tab
from made_sheet import made_sheet

from seqgan.errors import UserError
from seqgan.text.local_page import HOST, load_gradio
from seqgan.text.people.page import OTHERWISE, Page, open_page
from seqgan.text.people.ratings import RatingFile, Sheet

SHEET = made_sheet()


def lines_of(file: RatingFile) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.path.read_text("utf-8").splitlines()]


@pytest.fixture
def file(tmp_path: Path) -> RatingFile:
    return RatingFile(tmp_path, SHEET)


def test_a_page_leads_through_all_items_and_says_thanks(file: RatingFile) -> None:
    page = Page(file, pairs=False)
    view = page.begin(" Ann ")
    seen = []
    while view.key:
        assert view.progress == f"{len(seen) + 1} of 12"
        seen.append((view.prompt, *view.replies))
        view = page.press("Ann", view.key, 1 + len(seen) % 5)
    assert len(set(seen)) == 12
    assert view.progress == "All 12 answered. Thank you, Ann!"
    assert {line["rater"] for line in lines_of(file)} == {"Ann"}


def test_a_double_click_answers_one_item_once(file: RatingFile) -> None:
    page = Page(file, pairs=False)
    shown = page.begin("Ann")
    first = page.press("Ann", shown.key, 4)
    assert page.press("Ann", shown.key, 4) == first
    assert first.progress == "2 of 12"


@pytest.mark.parametrize("key", ["", "77:1", "nonsense", "0:0,1"])
def test_a_page_of_another_sheet_keeps_nothing(file: RatingFile, key: str) -> None:
    page = Page(file, pairs=False)
    assert page.press("Ann", key, 4) == page.begin("Ann")
    assert not file.path.exists()


def test_back_shows_the_last_item_again_and_its_new_answer_counts(file: RatingFile) -> None:
    page = Page(file, pairs=True)
    shown = page.begin("Ann")
    following = page.press("Ann", shown.key, 1)
    assert (page.back("Ann").key, page.back("Ann").prompt) == (shown.key, shown.prompt)
    assert page.press("Ann", shown.key, 2).key == following.key
    assert [line["value"] for line in lines_of(file)] == [1, 2]


def test_two_raters_have_their_own_progress(file: RatingFile) -> None:
    page = Page(file, pairs=False)
    page.press("Ann", page.begin("Ann").key, 5)
    assert page.begin("Ben").progress == "1 of 12"
    assert page.begin("Ann").progress == "2 of 12"


def test_systems_are_not_on_the_page(file: RatingFile) -> None:
    view = Page(file, pairs=True).begin("Ann")
    assert "mle" not in str(view)
    assert "generator" not in str(view)


def test_a_nameless_rater_is_refused(file: RatingFile) -> None:
    with pytest.raises(UserError, match="1 to 40 characters, not 0"):
        Page(file, pairs=False).begin("  ")


def test_without_gradio_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(UserError, match=r'pip install "seqgan\[web\]"'):
        load_gradio(otherwise=OTHERWISE)


needs_browser = pytest.mark.skipif(
    CHROMIUM is None or importlib.util.find_spec("gradio") is None,
    reason="needs gradio (the extra web) and chromium",
)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path / "profile") as running:
        yield running


def begin(browser: Browser, address: str, rater: str) -> Tab:
    """Open the page and begin under a name, typed as a person types."""
    tab = browser.open(address)
    tab.wait("document.querySelector('#rater textarea, #rater input') !== null")
    tab.run("document.querySelector('#rater textarea, #rater input').select()")
    browser.call("Input.insertText", tab.session, text=rater)
    tab.click("begin")
    return tab


@pytest.mark.install
@needs_browser
def test_a_person_rates_in_a_browser_leaves_and_comes_back(
    file: RatingFile, browser: Browser
) -> None:
    page, address = open_page(file, rater="me", pairs=False, port=0)
    try:
        assert address.startswith(f"http://{HOST}:")
        assert (page.server_name, page.share, page.analytics_enabled) == (HOST, False, False)
        tab = begin(browser, address, "Ann")
        tab.wait_field("progress", "1 of 12")
        assert tab.field("prompt").startswith("prompt ")
        assert "mle" not in tab.text()
        tab.click("answer-4")
        tab.wait_field("progress", "2 of 12")
        tab.press("5")  # the keyboard does the same
        tab.wait_field("progress", "3 of 12")
        tab.close()
        assert [line["value"] for line in lines_of(file)] == [4, 5]
        tab = begin(browser, address, "Ann")
        tab.wait_field("progress", "3 of 12")
        for number in range(4, 13):
            tab.click("answer-3")
            tab.wait_field("progress", f"{number} of 12")
        tab.click("answer-s")
        tab.wait_field("progress", "All 12 answered. Thank you, Ann!")
        hosts = {address.split("/")[2] for address in browser.requested() if "://" in address}
        assert {host.split(":")[0] for host in hosts} == {HOST}
    finally:
        page.close(verbose=False)
    assert [line["value"] for line in lines_of(file)] == [4, 5, *[3] * 9, None]


@pytest.mark.install
@needs_browser
def test_two_raters_choose_at_once_and_a_stopped_server_loses_nothing(
    tmp_path: Path, browser: Browser
) -> None:
    file = RatingFile(tmp_path, Sheet("made", 1, SHEET.questions[:2]))
    page, address = open_page(file, rater="me", pairs=True, port=0)
    try:
        tabs = {name: begin(browser, address, name) for name in ("Ann", "Ben")}
        for number in range(1, 4):
            for tab in tabs.values():
                tab.wait_field("progress", f"{number} of 6")
            for tab in tabs.values():
                tab.click("answer-1")
    finally:
        end = time.monotonic() + 30
        while time.monotonic() < end and (not file.path.exists() or len(lines_of(file)) < 6):
            time.sleep(0.05)
        page.close(verbose=False)
    page, address = open_page(file, rater="me", pairs=True, port=0)
    try:
        begin(browser, address, "Ben").wait_field("progress", "4 of 6")
    finally:
        page.close(verbose=False)
    answers, remarks = file.read()
    assert remarks == []
    assert sorted(answer.rater for answer in answers) == ["Ann"] * 3 + ["Ben"] * 3
