"""A run as one HTML page that needs nothing else: no network, no script."""

import os
from collections.abc import Sequence
from pathlib import Path

from seqgan.report.curves import History, curves_section, history
from seqgan.report.diagnosis_section import kinds_section, verdict
from seqgan.report.dialogue_sections import (
    final_replies,
    replies_over_time,
    texts_over_time,
    token_rewards,
)
from seqgan.report.inlining import Inliner
from seqgan.report.markup import Html, element, join, page
from seqgan.report.picture_sections import (
    all_rounds,
    animation,
    figures_section,
    latent_section,
    neighbors_section,
    rounds,
)
from seqgan.report.results_section import headline, results_table_section, tradeoff_section
from seqgan.report.run_folder import Record, Results, RunFolder
from seqgan.report.settings import settings_section
from seqgan.report.summary_bracket import left_out
from seqgan.report.summary_sections import (
    by_words,
    is_summary,
    summary_headline,
    summary_sections,
)
from seqgan.report.text_sections import text_sections
from seqgan.report.transfer_sections import (
    by_strength,
    is_transfer,
    transfer_headline,
    transfer_sections,
)


def write_report(run: Path) -> Path:
    """Write `report.html` from what the folder `run` holds so far and return its path.

    Works on an unfinished run: missing files leave their section out, broken ones are named on
    the page. Raises FileNotFoundError if there is no such folder.
    """
    if not run.is_dir():
        raise FileNotFoundError(f"no run folder {run}")
    path = run / "report.html"
    aside = run / "report.html.part"
    text = _page(RunFolder(run))
    # A lone surrogate in a sample must not cost the whole report.
    aside.write_text(text, encoding="utf-8", errors="replace")
    os.replace(aside, path)
    return path


def _page(run: RunFolder) -> Html:
    config = run.document("config.json") or {}
    results = run.results()
    results = by_words(by_strength(results)) if results else None
    past = history(run.lines("metrics.jsonl"))
    opening = _opening(run, results, past, inline := Inliner(run))
    record = results.record if results else {}
    moving, figures = animation(inline), figures_section(record, inline)
    neighbors, strips = neighbors_section(inline), latent_section(inline)
    sections = [
        # What is shown enlarged stands on the page already: it takes the room that is left.
        ("Round by round", all_rounds(run, inline, moving)),
        ("Figures", figures),
        ("Kinds", kinds_section(record)),
        ("Nearest training pictures", neighbors),
        ("Between codes", strips),
        ("Results", _table(results) if results else Html("")),
        ("Quality against diversity", tradeoff_section(results.rows) if results else Html("")),
        *_text_sections(run, results),
        ("Replies of all systems", final_replies(run)),
        ("Rewards of tokens", token_rewards(run)),
        ("Curves", curves_section(past)),
        ("Samples over time", replies_over_time(run) or texts_over_time(run)),
        ("How to make it again", settings_section(config, record)),
    ]
    sections = [(title, body) for title, body in sections if body]
    name = _name(run.path, config, results)
    top = [
        element("h1", name),
        _contents([title for title, _ in sections]),
        opening,
        *[element("p", text, class_="warning") for text in _warnings(run, results)],
    ]
    bodies = [
        element("section", element("h2", title), body, id=_anchor(title))
        for title, body in sections
    ]
    return page(name, join([element("main", *top, *bodies)]))


def _table(results: Results) -> Html:
    return results_table_section(results, remark=left_out(results))


def _text_sections(run: RunFolder, results: Results | None) -> list[tuple[str, Html]]:
    """Return the sections that the recipe's kind of text has."""
    if results and is_transfer(results.record):
        return transfer_sections(run, results)
    if results and is_summary(results.record):
        return summary_sections(run, results)
    return text_sections(run, results)


def _opening(run: RunFolder, results: Results | None, past: History, inline: Inliner) -> Html:
    """Return what stands first: in words what the run came to, for pictures beside its rounds."""
    shown = rounds(run, inline)
    if results is None:
        words = _unfinished(past, damaged=(run.path / "results.json").exists())
    elif shown or any(name in results.record for name in ("diagnosis", "extractor", "figures")):
        words = verdict(results)
    elif is_transfer(results.record):
        words = transfer_headline(results)
    elif is_summary(results.record):
        words = summary_headline(results)
    else:
        words = headline(results)
    return element("div", words, shown, class_="opening") if shown else words


def _name(path: Path, config: Record, results: Results | None) -> str:
    recipe = (results.record if results else config).get("recipe") or config.get("recipe")
    folder = path.resolve()
    return f"{recipe}, run {folder.name}" if recipe else f"Run {folder.parent.name}/{folder.name}"


def _unfinished(past: History, *, damaged: bool) -> Html:
    words = "There are no results yet: the run has not reached its end, or was stopped before it."
    if damaged:
        words = "The results cannot be read: seqgan evaluate and the run's folder makes them again."
    if past.phases:
        phase = past.phases[-1]
        words += f" Last logged: {phase.name or 'training'}, update {phase.end:,.0f}."
    return element("div", element("p", words), class_="headline")


def _warnings(run: RunFolder, results: Results | None) -> list[str]:
    given = results.record.get("warnings") if results else None
    return [*map(str, given if isinstance(given, list) else []), *run.problems]


def _contents(titles: Sequence[str]) -> Html:
    return element("nav", *[element("a", title, href=f"#{_anchor(title)}") for title in titles])


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
