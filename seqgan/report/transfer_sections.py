"""The parts of a report that style transfer adds: strength, directions, failures, texts."""

import dataclasses

from seqgan.report.charts import tradeoff_chart
from seqgan.report.comparison import compared, find_row
from seqgan.report.gate import STYLE_GATES, gate_sentence, passage
from seqgan.report.markdown import metric_heads
from seqgan.report.markup import Html, element, join, number, percent, table
from seqgan.report.metric_names import metric, ordered
from seqgan.report.results_section import NO_CLAIM
from seqgan.report.run_folder import Record, Results, Row, RunFolder, section_of
from seqgan.report.systems import TRANSFERS, systems_list
from seqgan.report.text_sections import OVERLAP, baselines_of, intervals_section, swept
from seqgan.report.transfer_texts import (
    EXAMPLES,
    changed_section,
    examples_section,
    failed_texts,
    listed,
    objects_of,
)

DIAL, PLAIN = "strength", 1.0
TUNED_ON = "a5ebacb63c707dc29fa58caf1e1e2991cb9bb04eeb6d3c137cf0d6abceecc3da"
"""The checksum of the sentences of Yelp, on whose development files some settings were tuned."""
CHARTS = (
    ("accuracy_ngram", "source_bleu"),
    ("accuracy_neural", "source_bleu"),
    ("accuracy_neural", "perplexity"),
    ("source_bleu", "perplexity"),
    ("overuse", "source_bleu"),
)
"""What is drawn upward, and across."""
SUMMED_UP = (
    "accuracy_ngram",
    "accuracy_neural",
    "source_bleu",
    "perplexity",
    "contains_source",
    "overuse",
    "direction_gap",
)


def is_transfer(record: Record) -> bool:
    """Return whether these are results of style transfer: rows along a strength."""
    return record.get("dial") == DIAL


def by_strength(results: Results) -> Results:
    """Return the results with the strength of each row in the place of a temperature.

    At strength 1 a system is as it was trained, as text is at temperature 1: what compares systems
    there compares them here. Results of other recipes come back as they are.
    """
    given = listed(results.record.get("rows"))
    if not is_transfer(results.record) or len(given) != len(results.rows):
        return results
    rows = [
        dataclasses.replace(row, temperature=_number(each.get(DIAL)))
        for row, each in zip(results.rows, given, strict=True)
    ]
    return Results(rows, results.record)


def transfer_headline(results: Results) -> Html:
    """Return the systems compared beside the trivial ones, and the gates in words."""
    names = compared(results.record)
    systems = [find_row(results.rows, name) for name in (names.control, names.treated)]
    rows = [row for row in systems if row is not None]
    rows += [row for row in results.rows if row.temperature is None and row not in rows]
    columns = [name for name in SUMMED_UP if any(name in row.metrics for row in rows)]
    if not columns:
        return Html("")
    body = [[row.system, *_figures(row.metrics, columns)] for row in rows]
    words = (
        "Only all columns together say how good a transfer is: a copy has the highest source BLEU, "
        "a phrase behind every source a high accuracy, and generic text a low perplexity."
    )
    return element(
        "div",
        element("p", words),
        sources_note(results.record),
        element("div", table(["", *metric_heads(columns)], body), class_="figures wrapped"),
        systems_list(results.rows, TRANSFERS, results.record),
        gates_list(results),
        element("p", element("strong", NO_CLAIM)),
        class_="headline",
    )


def sources_note(record: Record) -> Html:
    """Return which sentences are rewritten, and whether settings were tuned on them."""
    sizes = {style: each.get("test") for style, each in objects_of(record.get("sizes"))}
    counts = {style: count for style, count in sizes.items() if isinstance(count, int)}
    if not counts:
        return Html("")
    data = section_of(record, "data")
    name = "" if section_of(record, "config").get("styles") else str(data.get("corpus", ""))
    told = ", ".join(f"{count:,} {style}" for style, count in counts.items())
    words = (
        f"Rewritten are {sum(counts.values()):,} test sentences{f' of {name}' if name else ''} "
        f"({told}), from which nothing learned."
    )
    if data.get("checksum") == TUNED_ON:
        words += " They are Yelp's development files, on which some settings were tuned."
    return element("p", words, class_="soft")


def gates_list(results: Results) -> Html:
    """Return where systems with a sweep stand, and what the sentences mean; empty without any."""
    lines = [element("li", sentence) for sentence in _gates(results)]
    if not lines:
        return Html("")
    note = (
        "At equal source BLEU: a system lies outside another's curve at a setting (a strength) "
        "where its figure is better than the best that the other reaches, at any strength, with "
        "at least as much source BLEU, and inside elsewhere. The gap is by how much, in units of "
        "the figure, above 0 outside. Settings beyond the sweep have none of the other's to "
        "compare with; those that the system's own curve beats do not count."
    )
    return join([element("p", note, class_="soft"), element("ul", *lines)])


def transfer_sections(run: RunFolder, results: Results) -> list[tuple[str, Html]]:
    """Return titles and bodies of the sections; those that have nothing to show are empty."""
    shown = run.document(EXAMPLES) or {}
    return [
        ("Strength", strength_section(results)),
        ("Directions", directions_section(results)),
        ("Failures", failures_section(results, shown)),
        ("Side by side", examples_section(shown)),
        ("Words that changed most", changed_section(shown)),
        ("Intervals", intervals_section(results)),
    ]


def strength_section(results: Results) -> Html:
    """Return accuracy, content and fluency against each other, every baseline in the figures."""
    charts = []
    for upward, across in CHARTS:
        y_label, x_label = metric_heads([upward, across])
        if systems := swept(results.rows, upward, across):
            log_x = across == "perplexity"  # trivial systems lie far out
            charts.append(tradeoff_chart(systems, x_label=x_label, y_label=y_label, log_x=log_x))
    if not charts:
        return Html("")
    note = (
        "Each line is a system along its strength: the less, the nearer to saying the same, 1 is "
        "the system as it was trained, more exaggerates. Its texts are the likeliest words one "
        "by one, where “seqgan transfer --strength” chooses among several texts. The ends of a "
        "line and 1 are marked; "
        f"{OVERLAP}. Baselines and real text are points. Arrows at the axes say which way is "
        "better."
    )
    return join([element("p", note, class_="soft"), element("div", *charts, class_="plots")])


def directions_section(results: Results) -> Html:
    """Return every figure of each direction alone: at strength 1, and folded up at all."""
    found = [
        (str(direction), row, section_of(figures, "metrics"))
        for row, given in zip(results.rows, listed(results.record.get("rows")), strict=False)
        for direction, figures in objects_of(given.get("directions"))
    ]
    columns = ordered({name for _, _, figures in found for name in figures})
    if not columns:
        return Html("")
    header = ["system", "direction", DIAL, *metric_heads(columns)]
    lines = [
        (_at_rest(row), [row.system, direction, _strength(row), *_figures(figures, columns)])
        for direction, row, figures in sorted(found, key=lambda each: each[0])
    ]
    resting = table(header, [line for rests, line in lines if rests], row_heads=2)
    parts = [element("div", resting, class_="figures wrapped")]
    if not all(rests for rests, _ in lines):
        whole = table(header, [line for _, line in lines], row_heads=2)
        summary = element("summary", "At every strength")
        parts.append(element("details", summary, element("div", whole, class_="figures wrapped")))
    return join(parts)


def failures_section(results: Results, shown: Record) -> Html:
    """Return the share of each kind of failure at strength 1, and random texts of each kind."""
    found = [
        (row.system, shares)
        for row, given in zip(results.rows, listed(results.record.get("rows")), strict=False)
        if _at_rest(row) and (shares := section_of(given, "failures"))
    ]
    if not found:
        return Html("")
    kinds = list(dict.fromkeys(kind for _, shares in found for kind in shares))
    body = [[system, *[_share(shares.get(kind)) for kind in kinds]] for system, shares in found]
    meanings = section_of(results.record, "failure_kinds")
    lines = [element("li", element("b", kind), f": {words}") for kind, words in meanings.items()]
    return join(
        [
            element("p", "Each text counts once, for the first kind that holds.", class_="soft"),
            element("div", table(["system", *kinds], body), class_="figures"),
            element("ul", *lines) if lines else Html(""),
            failed_texts(shown),
        ]
    )


def _gates(results: Results) -> list[str]:
    """Return where each system with a sweep stands against the curve of what did not play."""
    baselines = baselines_of(results.record)
    systems = dict.fromkeys(row.system for row in results.rows if row.temperature is not None)
    found = [
        passage(results.rows, gate, system=system, baselines=baselines)
        for gate in STYLE_GATES
        for system in systems
        if system not in baselines
    ]
    return [gate_sentence([each]) for each in found if each is not None]


def _at_rest(row: Row) -> bool:
    return row.temperature in (None, PLAIN)


def _strength(row: Row) -> str:
    return "–" if row.temperature is None else f"{row.temperature:g}"


def _figures(metrics: Record, columns: list[str]) -> list[str]:
    return [number(_number(metrics.get(at)), digits=metric(at).digits) for at in columns]


def _share(value: object) -> str:
    share = _number(value)
    return "–" if share is None else percent(share)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
