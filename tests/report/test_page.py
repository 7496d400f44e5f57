"""The report of finished, unfinished and damaged runs."""

import html.parser
import json
import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from made_run import made_metrics, made_results, write_lines

from seqgan.report.page import write_report

VOID = {"meta", "br"}


class _Reader(html.parser.HTMLParser):
    """Checks that elements nest, and collects their names, addresses and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.struck: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.addresses += [value or "" for key, value in attrs if key in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "s":
            self.struck.append(data)
        if "style" not in self.open:
            self.text += data + "\n"


def _read(run: Path) -> _Reader:
    reader = _Reader()
    reader.feed(write_report(run).read_text(encoding="utf-8"))
    assert not reader.open
    return reader


def test_a_finished_run_has_every_section_and_its_words(run_folder: Path) -> None:
    text = _read(run_folder).text
    for words in [
        "Results",
        "Quality against diversity",
        "Replies of all systems",
        "Rewards of tokens",
        "Curves",
        "Samples over time",
        "How to make it again",
        "one seed: no claim",
        "measured better on adversarial success, relevance and worse on nothing",
        "word-shuffled human replies score 0.051",
        "你今天想吃什么?",
        "面条和蛋糕。",
        "reply at 1500",
        "pairs.train",
        "361 seconds",
        "Replies lost diversity at update 1,350.",
    ]:
        assert words.lower() in text.lower(), words


def test_nothing_is_fetched_and_nothing_runs(run_folder: Path) -> None:
    reader = _read(run_folder)
    page = (run_folder / "report.html").read_text(encoding="utf-8")
    assert "script" not in reader.names
    assert not {"link", "iframe", "img", "object"} & reader.names
    assert all(address.startswith("#") for address in reader.addresses)
    assert set(re.findall(r"https?://[^\"<\s]*", page)) <= {
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    }
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_text_of_the_corpus_stays_text(run_folder: Path) -> None:
    reader = _read(run_folder)
    assert not {"u", "i"} & reader.names
    assert "<script>alert(1)</script>" in reader.text


def test_drawings_are_xml_and_refer_to_what_exists_once(run_folder: Path) -> None:
    page = write_report(run_folder).read_text(encoding="utf-8")
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(drawings) == 4 + 2  # figures of the log, trade-offs
    ids: list[str] = []
    for drawing in drawings:
        ET.fromstring(drawing)
        own = re.findall(r'\bid="([^"]+)"', drawing)
        assert set(re.findall(r'(?:url\(|href=")#([^")]+)', drawing)) <= set(own)
        ids += [name for name in own if name not in ids or not name.startswith("m")]
    clips = [name for name in ids if name.startswith("p")]
    assert len(clips) == len(set(clips))


def test_the_same_run_gives_the_same_page(run_folder: Path) -> None:
    first = write_report(run_folder).read_bytes()
    assert write_report(run_folder).read_bytes() == first


def test_void_metrics_are_struck_through_with_a_reason(run_folder: Path) -> None:
    results = made_results()
    results["controls"]["shuffled"] = 0.17
    for row in results["rows"]:
        row["void"] = ["adversarial_success"]
    (run_folder / "results.json").write_text(json.dumps(results))
    reader = _read(run_folder)
    assert len(reader.struck) == len(results["rows"])
    assert "Struck through is void" in reader.text
    assert "shuffled 0.17" in reader.text
    assert "better on relevance and" in reader.text  # no difference of a void metric
    results["void_reasons"] = ["coins fell on their edge"]
    (run_folder / "results.json").write_text(json.dumps(results))
    assert "is void: coins fell on their edge." in _read(run_folder).text


def test_an_unfinished_run_says_so_and_where_it_stands(run_folder: Path) -> None:
    (run_folder / "results.json").unlink()
    with (run_folder / "metrics.jsonl").open("a") as log:
        log.write('{"update": 1500, "pha')
    text = _read(run_folder).text
    assert "There are no results yet" in text
    assert "adversarial, update 1,495" in text
    assert "metrics.jsonl: left out what is no JSON object, line 301" in text
    assert "Curves" in text


@pytest.mark.parametrize(
    ("file", "line", "context"),
    [
        (
            "transfers",
            {"source": "so cold", "output": "so warm", "to": "good"},
            "so cold (to good)",
        ),
        ("summaries", {"document": "so cold", "summary": "so warm"}, "so cold"),
    ],
)
def test_texts_of_a_run_are_shown_while_it_trains(
    tmp_path: Path, file: str, line: dict[str, str], context: str
) -> None:
    (tmp_path / "samples").mkdir()
    lines = [json.dumps({"update": update, **line}) for update in (200, 100)]
    (tmp_path / "samples" / f"{file}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    text = _read(tmp_path).text
    assert "Samples over time" in text
    assert context in text
    assert text.index("100") < text.index("200")
    (tmp_path / "results.json").write_text("{", "utf-8")
    assert "The results cannot be read" in _read(tmp_path).text


def test_an_empty_folder_is_a_page_too(tmp_path: Path) -> None:
    assert "There are no results yet" in _read(tmp_path).text


def test_broken_files_are_named(run_folder: Path) -> None:
    (run_folder / "results.json").write_text('{"rows": [{"metrics": 3}]}')
    (run_folder / "config.json").write_text("{")
    text = _read(run_folder).text
    assert "results.json: a row needs `system`" in text
    assert "config.json cannot be read" in text


def test_what_is_not_finite_or_not_there_is_a_dash(run_folder: Path) -> None:
    results = made_results()
    results["rows"][4]["metrics"] = {"perplexity": math.inf, "bleu": math.nan}
    results["rows"] = results["rows"][:5]
    (run_folder / "results.json").write_text(json.dumps(results))
    lines = [
        *made_metrics(),
        {"update": 1500, "phase": "adversarial", "figures": {"g/x": math.nan}},
    ]
    write_lines(run_folder / "metrics.jsonl", lines)
    text = _read(run_folder).text
    assert "∞" in text
    assert "nan" not in text
    assert "does not say what the adversarial phase bought" in text


def test_a_lone_surrogate_in_a_sample_does_not_cost_the_report(run_folder: Path) -> None:
    line = '{"prompt": "p", "human": "h", "reply": "\\ud800"}\n'
    (run_folder / "samples/000250.jsonl").write_text(line)
    _read(run_folder)


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_report(tmp_path / "nowhere")
