"""The parts of a report that unconditional text adds: sweeps, gates, intervals, random samples."""

from collections.abc import Sequence

from seqgan.report.charts import Point, tradeoff_chart
from seqgan.report.comparison import compared
from seqgan.report.gate import PLANES, Passage, gate_sentence, passages
from seqgan.report.markup import Html, element, join, number, table
from seqgan.report.metric_names import metric, ordered
from seqgan.report.run_folder import Record, Results, Row, RunFolder, section_of

SAMPLES = "samples/texts.json"
PLAIN_DIAL = 1.0
REVERSE = "reverse_lm_score"
OVERLAP = "of marks that would lie on each other only one is written"


def baselines_of(record: Record) -> list[str]:
    """Return whose curves the gate is: `"sweep": {"baselines"}` of the results, else the control.

    A baseline that went on for the time of the game counts where it is better.
    """
    names = section_of(record, "sweep").get("baselines")
    return list(map(str, names)) if isinstance(names, list) else [compared(record).control]


def real_of(record: Record) -> str:
    """Return the name of the row of real text: `"sweep": {"real"}` of the results."""
    return str(section_of(record, "sweep").get("real", "real text"))


def rivals_of(record: Record) -> list[str]:
    """Return the names under `"sweep": {"rivals"}`: what else the trained systems must beat."""
    names = section_of(record, "sweep").get("rivals")
    return list(map(str, names)) if isinstance(names, list) else []


def run_passages(results: Results) -> list[Passage]:
    """Return where a run's systems stand against its baselines, rivals among them.

    What was trained stands against each rival as well.
    """
    record = results.record
    found = passages(results.rows, baselines=baselines_of(record), real=real_of(record))
    trained = section_of(record, "sweep").get("trained", [])
    for rival in rivals_of(record):
        every = passages(results.rows, baselines=[rival], real=real_of(record))
        found += [each for each in every if each.system in trained]
    return found


def text_sections(run: RunFolder, results: Results | None) -> list[tuple[str, Html]]:
    """Return titles and bodies of the sections; those that have nothing to show are empty."""
    return [
        ("Outside the baseline's curve?", gate_section(results) if results else Html("")),
        ("Sweeps", sweep_section(results) if results else Html("")),
        ("Divergence curves", divergence_section(results) if results else Html("")),
        ("Intervals", intervals_section(results) if results else Html("")),
        ("Random samples", random_texts_section(run)),
    ]


def gate_sentences(results: Results) -> list[str]:
    """Return a sentence for each system and gate that has figures."""
    return [gate_sentence([each]) for each in run_passages(results)]


def gate_section(results: Results) -> Html:
    """Return a line for each system and gate; empty markup where no gate has figures."""
    found = gate_sentences(results)
    if not found:
        return Html("")
    note = (
        "A model lies outside where its quality is better than the best that the baseline "
        "reaches, at any temperature, with at least the same diversity. Gaps are in units of the "
        "quality; above 0 is outside."
    )
    lines = [element("li", each) for each in found]
    return join([element("p", note, class_="soft"), element("ul", *lines)])


def sweep_section(results: Results) -> Html:
    """Return quality against diversity for every gate, all systems and real text in one figure."""
    charts = [
        tradeoff_chart(systems, x_label=axis(diversity), y_label=axis(quality))
        for quality, diversity in PLANES
        if (systems := swept(results.rows, quality, diversity))
    ]
    if not charts:
        return Html("")
    note = (
        "Each line is a system along its dial; arrows at the axes say which way is better. The "
        "ends of a line and temperature 1 are marked: with the temperature, with “of N” where a "
        "discriminator chooses among N candidates, with “noise” and its scale where words are "
        f"drawn from no distribution; {OVERLAP}."
    )
    return join([element("p", note, class_="soft"), element("div", *charts, class_="plots")])


def swept(rows: Sequence[Row], quality: str, diversity: str) -> list[tuple[str, list[Point]]]:
    """Return the points of each system in the order of its dial; nothing where all lack figures.

    Systems that lack them have no points, so that the others keep their colors.
    """
    systems: dict[str, list[Row]] = {}
    for row in rows:
        shown = systems.setdefault(row.system, [])
        if {quality, diversity} <= row.metrics.keys() and not {quality, diversity} & row.void:
            shown.append(row)
    if not any(systems.values()):
        return []
    return [(name, points_of(found, quality, diversity)) for name, found in systems.items()]


def divergence_section(results: Results) -> Html:
    """Return the curve whose area MAUVE is, of each system where that is highest."""
    best: dict[str, tuple[float, list[Point]]] = {}
    for row, kept in zip(results.rows, results.record.get("rows", []), strict=False):
        area, points = row.metrics.get("mauve"), kept.get("divergence_curve") or []
        if area is not None and points and area > best.get(row.system, (-1.0, []))[0]:
            best[row.system] = (area, [Point(across, up, "") for across, up in points])
    if not best:
        return Html("")
    note = (
        "Each system at the setting with the highest MAUVE, the area below its curve. How far a "
        "curve runs along the top says how much of real text the samples cover (diversity); how "
        "high it stays at the right, how much of the samples is like real text (quality). "
        "arXiv:2102.01454."
    )
    chart = tradeoff_chart(
        [(f"{name}, {area:.3f}", points) for name, (area, points) in best.items()],
        x_label="real text that samples cover →",
        y_label="samples that are like real text ↑",
        marked=False,
    )
    return join([element("p", note, class_="soft"), element("div", chart, class_="plots")])


def intervals_section(results: Results) -> Html:
    """Return every figure with its bootstrap interval, as rows keep them under `intervals`."""
    rows = results.record.get("rows", [])
    kept = [section_of(row, "intervals") for row in rows if isinstance(row, dict)]
    names = ordered({name for intervals in kept for name in intervals})
    if not names or len(kept) != len(results.rows):
        return Html("")
    body = [
        [row.system, row.setting or "–"] + [_interval(row, name, intervals) for name in names]
        for row, intervals in zip(results.rows, kept, strict=True)
    ]
    reverse = "; the reverse LM score resamples the reference" if REVERSE in names else ""
    note = (
        f"95 % bootstrap intervals over texts with fixed seeds{reverse}. They hold the trained "
        "models fixed: differences between systems are claimed over seeds alone."
    )
    dial = str(results.record.get("dial", "temperature"))
    figures = table(["system", dial, *[metric(name).label for name in names]], body)
    return element(
        "details",
        element("summary", "Every figure with its interval"),
        element("p", note, class_="soft"),
        element("div", figures, class_="figures"),
    )


def random_texts_section(run: RunFolder) -> Html:
    """Return the samples in `samples/texts.json`, drawn with the seed it names."""
    record = run.document(SAMPLES)
    if record is None:
        return Html("")
    parts = [element("p", f"Drawn at random with seed {record.get('seed', '?')}.", class_="soft")]
    for name, texts in section_of(record, "systems").items():
        if isinstance(texts, list) and texts:
            lines = [element("li", str(text)) for text in texts]
            parts.append(join([element("h3", str(name)), element("ul", *lines)]))
    return join(parts) if len(parts) > 1 else Html("")


def points_of(rows: Sequence[Row], quality: str, diversity: str) -> list[Point]:
    """Return rows as points, diversity to the right; ends and temperature 1 carry their dial."""
    if not rows:
        return []
    in_order = sorted(rows, key=lambda row: row.dial or 0.0)
    marked = {in_order[0].dial, in_order[-1].dial, PLAIN_DIAL}
    return [
        Point(
            row.metrics[diversity],
            row.metrics[quality],
            row.setting if row.dial in marked else "",
        )
        for row in in_order
    ]


def axis(name: str) -> str:
    """Return a metric's name with the arrow that says which way is better."""
    return f"{metric(name).label} {metric(name).arrow}".strip()


def _interval(row: Row, name: str, intervals: Record) -> str:
    digits, bounds = metric(name).digits, intervals.get(name)
    shown = number(row.metrics.get(name), digits=digits)
    if name not in row.metrics or not isinstance(bounds, list) or len(bounds) != 2:
        return shown
    if not all(isinstance(bound, int | float) for bound in bounds):
        return shown
    return f"{shown} [{number(bounds[0], digits=digits)}, {number(bounds[1], digits=digits)}]"
