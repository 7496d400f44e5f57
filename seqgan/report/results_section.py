"""The headline, the big table with its controls, and the trade-off drawings."""

from collections.abc import Sequence

from seqgan.metrics.significance import MIN_SEEDS
from seqgan.report.charts import Point, tradeoff_chart
from seqgan.report.comparison import (
    DIVERSITY,
    Compared,
    compared,
    differences,
    find_row,
    matched_differences,
)
from seqgan.report.markup import Html, element, join, number, table
from seqgan.report.metric_names import metric, ordered
from seqgan.report.run_folder import Results, Row, section_of

NO_CLAIM = (
    "One seed: no claim. A difference counts with "
    f"{MIN_SEEDS} seeds or more, paired by seed, when its 95 % t-interval excludes 0."
)
TRADEOFFS = (
    ("adversarial_success", DIVERSITY),
    ("relevance", DIVERSITY),
    ("precision", "recall"),
    ("density", "coverage"),
)


def headline(results: Results) -> Html:
    """Return in plain words what the treatment bought over its control at temperature 1."""
    systems = compared(results.record)
    changes = differences(results.rows, systems)
    if not changes:
        words = (
            f"There is no row of “{systems.treated}” and of “{systems.control}” at temperature 1 "
            "to compare, so this page does not say what the adversarial phase bought."
        )
        return element("div", element("p", words), class_="headline")
    better = [name for name, change in changes.items() if metric(name).improved(change) is True]
    worse = [name for name, change in changes.items() if metric(name).improved(change) is False]
    summary = (
        f"In this one run, sampled at temperature 1, {systems.treated} measured "
        f"{_listed('better', better)} and {_listed('worse', worse)} than {systems.control}."
    )
    return element(
        "div",
        element("p", summary),
        _changes(results.rows, systems, changes),
        element("p", element("strong", NO_CLAIM)),
        class_="headline",
    )


def _listed(word: str, names: Sequence[str]) -> str:
    if not names:
        return f"{word} on nothing"
    return f"{word} on {', '.join(metric(name).label for name in ordered(set(names)))}"


def _changes(rows: Sequence[Row], systems: Compared, changes: dict[str, float]) -> Html:
    treated, control = find_row(rows, systems.treated), find_row(rows, systems.control)
    assert treated is not None
    assert control is not None
    matched = matched_differences(rows, systems)
    body = []
    for name in ordered(set(changes)):
        digits = metric(name).digits
        equal = f"{matched[name]:+.{digits}f}" if name in matched else "–"
        body.append(
            [
                f"{metric(name).label} {metric(name).arrow}",
                number(control.metrics[name], digits=digits),
                number(treated.metrics[name], digits=digits),
                f"{changes[name]:+.{digits}f}",
                equal,
            ]
        )
    header = ["", systems.control, systems.treated, "difference", "at equal distinct-2"]
    note = "At equal distinct-2: treated at temperature 1 against the control's interpolated sweep."
    return join(
        [element("div", table(header, body), class_="figures"), element("p", note, class_="soft")]
    )


def results_table_section(results: Results, *, remark: str = "") -> Html:
    """Return the table of all rows and metrics with their meaning, and the controls beneath.

    A `remark` stands above it.
    """
    names = ordered({name for row in results.rows for name in row.metrics})
    if not names:
        return Html("")
    reason = _void_reason(results)
    dialed = any(row.dial is not None for row in results.rows)
    dial = str(results.record.get("dial", "temperature"))
    header = ["system", *([dial] if dialed else [])] + [
        f"{metric(name).label} {metric(name).arrow}".strip() for name in names
    ]
    body = [
        [row.system, *([_dial(row)] if dialed else [])]
        + [_cell(row, name, reason) for name in names]
        for row in results.rows
    ]
    meanings = [
        element("li", element("b", metric(name).label), f": {metric(name).meaning}")
        for name in names
        if metric(name).meaning
    ]
    note = "Arrows say which way is better. Nothing is set in bold: one seed ranks no systems."
    return join(
        [
            element("p", f"{note} {remark}".strip(), class_="soft"),
            element("div", table(header, body), class_="figures wrapped"),
            _controls(results, reason),
            element(
                "details", element("summary", "What the columns mean"), element("ul", *meanings)
            ),
        ]
    )


def _dial(row: Row) -> str:
    plain = row.candidates is None and row.noise_scale is None and not row.label
    if plain and row.temperature is not None and row.temperature != round(row.temperature, 1):
        return row.setting  # .55 and .6 are two settings
    return number(row.temperature, digits=1) if plain else row.setting


def _cell(row: Row, name: str, reason: str) -> Html | str:
    value = number(row.metrics.get(name), digits=metric(name).digits)
    return element("s", value, title=reason) if name in row.void else value


def _void_reason(results: Results) -> str:
    given = results.record.get("void_reasons")
    if isinstance(given, list) and given:
        return "; ".join(map(str, given))
    controls = section_of(results.record, "controls")
    figures = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in controls.items())
    return f"the metric's controls are not as they must be: {figures or 'not run'}"


def _controls(results: Results, reason: str) -> Html:
    controls = section_of(results.record, "controls")
    parts = []
    if any(row.void for row in results.rows):
        parts.append(element("p", f"Struck through is void: {reason}.", class_="warning"))
    shuffled, real = controls.get("shuffled"), controls.get("real_vs_real")
    if isinstance(shuffled, int | float) and isinstance(real, int | float):
        words = (
            "Controls of adversarial success: word-shuffled human replies score "
            f"{shuffled:.3f} (must be below 0.1), human replies against other human replies "
            f"{real:.3f} (must be 0.5 within noise)."
        )
        parts.append(element("p", words))
    return join(parts)


def tradeoff_section(rows: Sequence[Row]) -> Html:
    """Return each quality against its diversity, a line a system; void figures are left out."""
    charts = []
    dials = False
    for quality, diversity in TRADEOFFS:
        systems: dict[str, list[Point]] = {}
        for row in rows:
            wanted = {quality, diversity}
            if wanted <= row.metrics.keys() and not wanted & row.void:
                point = Point(row.metrics[diversity], row.metrics[quality], row.setting)
                systems.setdefault(row.system, []).append(point)
                dials = dials or bool(row.setting)
        if systems:
            charts.append(
                tradeoff_chart(
                    list(systems.items()),
                    x_label=metric(diversity).label,
                    y_label=metric(quality).label,
                )
            )
    if not charts:
        return Html("")
    note = "Up and to the right is better: quality upward, diversity to the right."
    if dials:
        note = (
            "Up and to the right is better; numbers are temperatures. A model wins where its curve "
            "lies outside the other's."
        )
    return join([element("p", note, class_="soft"), element("div", *charts, class_="plots")])
