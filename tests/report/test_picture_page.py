"""The report of picture runs: finished, unfinished, damaged, and ones too large for a page."""

import base64
import html.parser
import json
import re
from pathlib import Path
from typing import Any

import pytest
from made_picture_run import made_picture_results, make_picture_run

from seqgan.report.diagnosis_section import MAX_KINDS
from seqgan.report.inlining import Inliner, picture_kind
from seqgan.report.page import write_report
from seqgan.report.picture_sections import MAX_ROUNDS
from seqgan.report.run_folder import RunFolder


class _Pictures(html.parser.HTMLParser):
    """Collects pictures with what stands for them, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[dict[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.pictures.append({key: value or "" for key, value in attrs})

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def _read(run: Path) -> _Pictures:
    reader = _Pictures()
    reader.feed(write_report(run).read_text(encoding="utf-8"))
    return reader


@pytest.fixture
def picture_run(tmp_path: Path) -> Path:
    """A finished picture run."""
    return make_picture_run(tmp_path / "image_gan" / "001")


def _change(run: Path, **changes: Any) -> None:
    (run / "results.json").write_text(json.dumps(made_picture_results() | changes))


def test_the_first_screen_is_the_diagnosis_beside_the_rounds(picture_run: Path) -> None:
    page = write_report(picture_run).read_text(encoding="utf-8")
    opening = page[page.index('class="opening"') : page.index('class="warning"')]
    found = re.findall(r"<figcaption>(.*?)</figcaption>", opening)
    updates = [f"update {update:,}" for update in range(0, 8001, 2000)]
    assert found == [*updates, "real pictures"]
    assert len(found) == MAX_ROUNDS
    for words in [
        "<b>Dropped modes</b> 2 of 6 classes are missing or thin",
        "<b>Mode collapse</b> 31 % of the samples",
        "500 samples in the features of shapes-classifier, which names the kind of 98.7 % of",
        "One seed: no claim",
        "5 of 9 updates",
    ]:
        assert words in opening, words
    assert opening.index("Dropped") < opening.index("Fréchet") < opening.index("update 0")


def test_sections_appear_with_their_files(picture_run: Path) -> None:
    titles = re.findall(r"<h2>(.*?)</h2>", write_report(picture_run).read_text())
    assert titles == [
        "Round by round",
        "Figures",
        "Kinds",
        "Nearest training pictures",
        "Between codes",
        "Results",
        "Quality against diversity",
        "Curves",
        "How to make it again",
    ]
    for file in ("nearest.png", "latent.png", "slopes.svg"):
        (picture_run / "samples" / file).unlink()
    less = re.findall(r"<h2>(.*?)</h2>", write_report(picture_run).read_text())
    assert less == [
        title
        for title in titles
        if title not in ("Figures", "Nearest training pictures", "Between codes")
    ]


def test_pictures_are_in_the_page_whole_with_size_and_words(picture_run: Path) -> None:
    reader = _read(picture_run)
    assert len(reader.pictures) == MAX_ROUNDS + 3 + 1 + 2  # enlarged, figure, strips
    for picture in reader.pictures:
        assert picture["alt"]
        assert picture["src"].startswith("data:image/")
    held = {base64.b64decode(each["src"].partition(",")[2]) for each in reader.pictures}
    assert (picture_run / "samples/008000.png").read_bytes() in held
    assert (picture_run / "samples/training.gif").read_bytes() in held
    first = reader.pictures[0]
    assert (first["width"], first["height"], first["class"]) == ("238", "238", "pixels")
    page = (picture_run / "report.html").read_text()
    assert "image-rendering: pixelated" in page
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)


def test_no_dialogue_is_spoken_of(picture_run: Path) -> None:
    text = _read(picture_run).text
    for words in ("adversarial phase", "temperature", "distinct-2", "Replies"):
        assert words not in text, words
    assert "precision against recall" in text
    assert "density against coverage" in text


def test_an_unfinished_run_shows_the_rounds_it_has(picture_run: Path) -> None:
    (picture_run / "results.json").unlink()
    for file in (picture_run / "samples").glob("*"):
        if file.name not in ("000000.png", "001000.png"):
            file.unlink()
    reader = _read(picture_run)
    assert "There are no results yet" in reader.text
    assert "Samples at 2 of 2 updates" in reader.text
    alts = [picture["alt"] for picture in reader.pictures]
    assert alts[:2] == ["samples, update 0", "samples, update 1,000"]


def test_updates_are_in_the_order_of_numbers(picture_run: Path) -> None:
    late = picture_run / "samples/1000000.png"
    (picture_run / "samples/008000.png").rename(late)
    alts = [picture["alt"] for picture in _read(picture_run).pictures]
    assert alts[4] == "samples, update 1,000,000"


def test_broken_entries_of_the_results_do_no_harm(picture_run: Path) -> None:
    findings = ["no object", {"text": "without a kind"}, {"kind": "new_kind", "text": "<b>bold"}]
    classes = {"a": 3, "b": {"share": "x", "real_share": 0.5}, "c": {"share": 7, "real_share": 1}}
    _change(
        picture_run,
        diagnosis={"findings": findings, "classes": classes},
        figures=["x", {}, {"file": "samples/not_there.png"}],
        extractor=[],
    )
    page = write_report(picture_run).read_text()
    assert "<b>New kind</b> &lt;b&gt;bold" in page
    assert "<h2>Kinds" not in page
    assert "<h2>Figures" not in page


def test_only_pictures_of_the_run_are_shown(picture_run: Path) -> None:
    secret = picture_run.parent / "secret.png"
    secret.write_bytes((picture_run / "samples/real.png").read_bytes())
    (picture_run / "samples/text.png").write_text("no picture")
    names = ["../secret.png", str(secret), "samples/text.png"]
    _change(picture_run, figures=[{"file": name, "title": "t"} for name in names])
    reader = _read(picture_run)
    assert "../secret.png lies outside" in reader.text
    assert f"{secret} lies outside" in reader.text
    assert "samples/text.png is no PNG" in reader.text
    assert "t" not in [picture["alt"] for picture in reader.pictures]


def test_what_the_page_has_no_room_for_is_named(picture_run: Path) -> None:
    run = RunFolder(picture_run)
    size = (picture_run / "samples/real.png").stat().st_size
    inline = Inliner(run, room=4 * -(-size // 3))
    assert inline.image("samples/real.png", alt="real")
    assert inline.room == 0
    assert not inline.image("samples/000000.png", alt="first")
    assert not inline.image("samples/real.png", alt="real, enlarged")  # once more: not missed
    (problem,) = run.problems
    assert "samples/000000.png (" in problem
    assert "too large" in problem


def test_many_classes_are_cut_to_the_thinnest(picture_run: Path) -> None:
    shares = {f"c{i}": {"share": i / 1000, "real_share": 0.01} for i in range(100)}
    _change(picture_run, diagnosis={"classes": dict(reversed(shares.items()))})
    page = write_report(picture_run).read_text()
    names = re.findall(r'<span class="name">(.*?)</span>', page)
    assert names == [f"c{i}" for i in range(MAX_KINDS)]
    assert "1 of 100 kinds has no sample" in page
    assert page.count('class="kind missing"') == 1


def test_bars_are_as_long_as_the_shares(picture_run: Path) -> None:
    """The longest figure is 31 %: its bar is full, and 1/6 lies at 53.8 % of it."""
    page = write_report(picture_run).read_text()
    assert re.findall(r"width:([\d.]+)%", page)[0] == "100.0"
    assert set(re.findall(r"left:([\d.]+)%", page)) == {"53.8"}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"RIFF0000WEBPVP8 ", "webp"),
        (b"<?xml version='1.0'?><svg/>", "svg+xml"),
        (b"<html><svg/></html>", ""),
        (b"\x89PNG\r\n\x1a\n", ""),  # cut off
        (b"", ""),
    ],
)
def test_kinds_are_told_by_content(data: bytes, kind: str) -> None:
    assert picture_kind(data)[0] == kind
