"""The parts of a report that summaries add: word budgets, the guard, rewards, texts."""

import dataclasses
import re

from seqgan.metrics.words import CJK
from seqgan.report.charts import tradeoff_chart
from seqgan.report.comparison import compared, find_row
from seqgan.report.markdown import metric_heads
from seqgan.report.markup import Html, element, join, number, percent, table
from seqgan.report.metric_names import metric
from seqgan.report.results_section import NO_CLAIM
from seqgan.report.run_folder import Record, Results, Row, RunFolder, section_of
from seqgan.report.summary_bracket import INSIDE, ROUGE, enough_inside
from seqgan.report.summary_rewards import rewards_section, worth_section
from seqgan.report.systems import SUMMARIES, systems_list
from seqgan.report.text_sections import OVERLAP, intervals_section, swept
from seqgan.report.transfer_texts import EXAMPLES, listed, seed_note

DIAL = "words"
SUMMED_UP = (
    *ROUGE,
    *INSIDE,
    "words",
    "perplexity",
    "realness",
    "copied_words",
    "novel_bigrams",
    "reconstruction_gain",
    "survives",
)
CHARTS = (
    *[(kind, "words") for kind in ROUGE],
    ("perplexity", "words"),
    ("copied_words", "words"),
    ("novel_bigrams", "words"),
    ("rougeL", "perplexity"),
)
"""What is drawn upward, and across."""
SPREAD = "perplexity"
"""What differs by factors between systems: its axis is logarithmic."""
GUARDED = ("reconstruction_nats", "reconstruction_plain", "reconstruction_gain", "retokenizing")
UNIT = re.compile(rf"{CJK.pattern}|(?:(?!{CJK.pattern})\w)+|[^\w]+")


def is_summary(record: Record) -> bool:
    """Return whether these are results of summaries: rows along a number of words."""
    return record.get("dial") == DIAL


def by_words(results: Results) -> Results:
    """Return the results with the number of words of each row, over the usual, as temperature.

    In the usual length, at 1, systems compare, as those of text do at temperature 1. Of other
    lengths figures of few texts are left out. Results of other recipes come back as they are.
    """
    given = listed(results.record.get("rows"))
    usual = results.record.get("usual_words")
    if (
        not is_summary(results.record)
        or len(given) != len(results.rows)
        or not isinstance(usual, int | float)
        or usual <= 0
    ):
        return results
    rows = []
    for row, each in zip(results.rows, given, strict=True):
        words = each.get(DIAL)
        if isinstance(words, int | float):
            row = dataclasses.replace(row, temperature=words / usual, label=f"{words:g}")
            row = dataclasses.replace(row, metrics=enough_inside(row, results.record))
        rows.append(row)
    return Results(rows, results.record)


def summary_headline(results: Results) -> Html:
    """Return all systems in the usual length, and whether the treated one beats trivial ones."""
    rows = _at_rest(results)
    columns = [name for name in SUMMED_UP if any(name in row.metrics for row in rows)]
    if not columns:
        return Html("")
    words = (
        "Only all columns together say how good a summary is: kept words have a high ROUGE and "
        "nobody would write them, first words are fluent copies, and a text about something else "
        "can be fluent and real."
    )
    body = [[row.system, *[_cell(row, name) for name in columns]] for row in rows]
    lines = [element("li", sentence) for sentence in standing(results)]
    return element(
        "div",
        element("p", words),
        element("div", table(["", *metric_heads(columns)], body), class_="figures wrapped"),
        systems_list(rows, SUMMARIES, results.record),
        element("ul", *lines) if lines else Html(""),
        realness_controls(results),
        element("p", element("strong", NO_CLAIM)),
        class_="headline",
    )


def realness_controls(results: Results) -> Html:
    """Return what the classifiers behind realness score where the answer is known."""
    controls = section_of(results.record, "realness_controls")
    shuffled, real = controls.get("shuffled"), controls.get("real_vs_real")
    if not isinstance(shuffled, int | float) or not isinstance(real, int | float):
        return Html("")
    words = (
        f"Controls of realness: word-shuffled short texts of people score {shuffled:.3f} (void "
        f"from {controls.get('most', 'a limit')} on: the order of a few words says less than that "
        f"of a reply), people's texts against other people's {real:.3f} (0.5 within noise)."
    )
    return element("p", words, class_="soft")


def standing(results: Results) -> list[str]:
    """Return where the treated system stands against the best trivial one and its control.

    In ROUGE and in perplexity, each in a sentence.
    """
    names = compared(results.record)
    rows = _at_rest(results)
    treated, control = (find_row(rows, name) for name in (names.treated, names.control))
    given = results.record.get("trivial")
    trivial = [row for row in rows if row.system in (given if isinstance(given, list) else [])]
    found = []
    for name in (*INSIDE, "perplexity"):
        rivals = [row for row in trivial if name in row.metrics and name not in row.void]
        if treated is None or name not in treated.metrics or name in treated.void or not rivals:
            continue
        higher = metric(name).better == "higher"
        best = (max if higher else min)(rivals, key=lambda row: row.metrics[name])
        against = [(best, "the best trivial summary")]
        against += [(control, "its control")] if control and name in control.metrics else []
        parts = [_against(treated, row, kind, name) for row, kind in against]
        digits = metric(name).digits
        figure = number(treated.metrics[name], digits=digits)
        found.append(f"{metric(name).label} of {treated.system}: {figure}, {' and '.join(parts)}.")
    return found


def summary_sections(run: RunFolder, results: Results) -> list[tuple[str, Html]]:
    """Return titles and bodies of the sections; those that have nothing to show are empty."""
    return [
        ("Quality against word budget", budget_section(results)),
        ("What the reconstruction rests on", guard_section(results)),
        ("Rewards against each other", rewards_section(results.record)),
        ("What the rewards are worth", worth_section(results.record)),
        ("Side by side", examples_section(run.document(EXAMPLES) or {})),
        ("Intervals", intervals_section(results)),
    ]


def budget_section(results: Results) -> Html:
    """Return ROUGE, fluency and copying against the length of the summaries."""
    charts = []
    for upward, across in CHARTS:
        y_label, x_label = metric_heads([upward, across])
        if systems := swept(results.rows, upward, across):
            chart = tradeoff_chart(
                systems,
                x_label=x_label,
                y_label=y_label,
                log_x=across == SPREAD,
                log_y=upward == SPREAD,
            )
            charts.append(chart)
    if not charts:
        return Html("")
    note = (
        "Each line is a system along its word budget; the length is what it really wrote. The ends "
        f"of a line and the usual length are marked with the budget; {OVERLAP}. Other systems and "
        "people's texts are points. Systems compare at equal length alone: ROUGE rewards longer "
        "texts. What is not the usual length is measured on fewer documents."
    )
    return join([element("p", note, class_="soft"), element("div", *charts, class_="plots")])


def guard_section(results: Results) -> Html:
    """Return what the reconstructor makes of summaries as written and in their plain form."""
    rows = [row for row in _at_rest(results) if "reconstruction_gain" in row.metrics]
    if not rows:
        return Html("")
    note = (
        "A generator and a reconstructor that learn together may agree on signs that mean nothing "
        "to people. The plain form of a summary has small letters and no marks, is tokenized anew, "
        "and keeps words only that people use or the document has. People's texts and trivial "
        "summaries hide nothing: what survives of theirs is the measure, and words taken from the "
        "document are the other way to help the reconstructor."
    )
    columns = [*GUARDED, "survives", "copied_words"]
    body = [
        [
            row.system,
            *[number(row.metrics.get(name), digits=metric(name).digits) for name in GUARDED],
            *[_share(row.metrics.get(name)) for name in columns[len(GUARDED) :]],
        ]
        for row in rows
    ]
    figures = table(["system", *metric_heads(columns)], body)
    return join([element("p", note, class_="soft"), element("div", figures, class_="figures")])


def examples_section(shown: Record) -> Html:
    """Return random documents with what every system made of them, new words in bold."""
    parts: list[str] = []
    for each in listed(shown.get("examples")):
        outputs = section_of(each, "outputs")
        if not outputs:
            continue
        document = str(each.get("document", ""))
        body = [[str(name), marked(document, text)] for name, text in outputs.items()]
        parts.append(element("p", document))
        parts.append(element("div", table(["system", "summary"], body), class_="texts"))
    if not parts:
        return Html("")
    note = "Bold are words that the document does not have."
    return join([seed_note(shown), element("p", note, class_="soft"), *parts])


def marked(document: str, summary: object) -> Html | str:
    """Return the summary, words that the document does not have in bold; a dash for none.

    >>> print(marked("Reads old maps.", "A map (old)"), marked("读图", "读书"), marked("", None))
    <b>A</b> <b>map</b> (old) 读<b>书</b> –
    """
    if not isinstance(summary, str):
        return "–"
    known = {unit.lower() for unit in UNIT.findall(document)}
    return join(
        [
            element("b", unit) if unit[0].isalnum() and unit.lower() not in known else unit
            for unit in UNIT.findall(summary)
        ]
    )


def _at_rest(results: Results) -> list[Row]:
    """Return the rows of the usual length, people's among them."""
    return [row for row in results.rows if row.temperature in (None, 1.0)]


def _against(treated: Row, other: Row, kind: str, name: str) -> str:
    """Return how a figure is beside that of another row, as both are shown.

    >>> rows = [Row(name, None, {"perplexity": nats}) for name, nats in (("a", 9.0), ("b", 8.0))]
    >>> _against(*rows, "its control", "perplexity")
    'worse than its control (b, 8.0)'
    """
    digits = metric(name).digits
    ours, theirs = (round(row.metrics[name], digits) for row in (treated, other))
    higher = metric(name).better == "higher"
    side = (
        "equal to"
        if ours == theirs
        else "better than"
        if (ours > theirs) == higher
        else "worse than"
    )
    return f"{side} {kind} ({other.system}, {number(theirs, digits=digits)})"


def _cell(row: Row, name: str) -> Html | str:
    value = number(row.metrics.get(name), digits=metric(name).digits)
    return element("s", value, title="void") if name in row.void else value


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)
