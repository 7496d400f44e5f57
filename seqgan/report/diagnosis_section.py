"""What a picture run came to, in plain words, and the kinds of pictures with their shares."""

from collections.abc import Mapping, Sequence

from seqgan.report.markup import Html, element, join, number, percent, table
from seqgan.report.metric_names import metric
from seqgan.report.results_section import NO_CLAIM
from seqgan.report.run_folder import Record, Results, section_of

FINDINGS = {
    "unreal": "Not yet like the corpus",
    "collapse": "Mode collapse",
    "dropping": "Dropped modes",
    "narrow": "Narrow",
    "copying": "Copying",
    "overfitting": "Overfitting",
    "fine": "No fault found",
}
KEY_METRICS = (
    "fid",
    "modes",
    "modes_kl",
    "high_quality",
    "precision",
    "recall",
    "coverage",
    "duplicates",
)
MAX_KEY_METRICS = 6
MAX_KEY_SYSTEMS = 3
MAX_KINDS = 24


def verdict(results: Results) -> Html:
    """Return the findings of the diagnosis, the key figures and how they were measured."""
    parts = [_findings(section_of(results.record, "diagnosis")), _key_figures(results)]
    parts.append(_measured(section_of(results.record, "extractor")))
    parts.append(element("p", NO_CLAIM, class_="soft"))
    return element("div", *parts, class_="headline")


def _findings(diagnosis: Record) -> Html:
    given = diagnosis.get("findings")
    items = [
        element(
            "li",
            element("b", FINDINGS.get(kind, kind.replace("_", " ").capitalize())),
            " ",
            str(each.get("text", "")),
            class_="fine" if kind == "fine" else "fault" if kind in FINDINGS else "said",
        )
        for each in (given if isinstance(given, list) else [])
        if isinstance(each, dict) and (kind := str(each.get("kind", "")))
    ]
    return element("ul", *items, class_="findings") if items else Html("")


def _key_figures(results: Results) -> Html:
    """Return few figures of few systems, systems side by side; the whole table comes below."""
    rows = [row for row in results.rows if row.metrics]
    if not 0 < len(rows) <= MAX_KEY_SYSTEMS:
        return Html("")
    names = [name for name in KEY_METRICS if any(name in row.metrics for row in rows)]
    body = [
        [
            f"{metric(name).label}\N{NO-BREAK SPACE}{metric(name).arrow}",
            *[number(row.metrics.get(name), digits=metric(name).digits) for row in rows],
        ]
        for name in names[:MAX_KEY_METRICS]
    ]
    header = ["", *[row.system for row in rows]]
    return element("div", table(header, body), class_="figures") if body else Html("")


def _measured(extractor: Record) -> Html:
    if not extractor:
        return Html("")
    words = "Measured"
    if isinstance(extractor.get("samples"), int):
        words += f" on {extractor['samples']:,} samples"
    if extractor.get("name"):
        words += f" in the features of {extractor['name']}"
    if isinstance(extractor.get("accuracy"), int | float):
        told = extractor.get("told", "kind")
        words += (
            f", which names the {told} of {percent(extractor['accuracy'])} of held-out pictures"
        )
    return element("p", f"{words}.", class_="soft")


def kinds_section(record: Record) -> Html:
    """Return a bar for each kind of picture: its share of the samples, a mark at its real share."""
    kinds = _shares(section_of(section_of(record, "diagnosis"), "classes"))
    if not kinds:
        return Html("")
    missing = sum(share == 0 for share, _ in kinds.values())
    words = "Bars are shares of the samples, marks the shares of real pictures. "
    if missing:
        have = "has" if missing == 1 else "have"
        words += f"{missing:,} of {len(kinds):,} kinds {have} no sample. "
    shown = list(kinds.items())
    if len(kinds) > MAX_KINDS:
        shown.sort(key=lambda entry: _thinness(*entry[1]))
        shown = shown[:MAX_KINDS]
        words += f"Shown are the {MAX_KINDS} that are thinnest against their marks."
    longest = max(max(pair) for _, pair in shown) or 1.0
    bars = [_bar(name, share, real, longest) for name, (share, real) in shown]
    return join([element("p", words, class_="soft"), element("div", *bars, class_="bars")])


def _shares(given: Mapping[str, object]) -> dict[str, tuple[float, float]]:
    shares = {}
    for name, entry in given.items():
        pair = [entry.get("share"), entry.get("real_share")] if isinstance(entry, dict) else []
        figures = [float(value) for value in pair if isinstance(value, int | float)]
        if len(figures) == 2 and all(0 <= value <= 1 for value in figures):
            shares[str(name)] = (figures[0], figures[1])
    return shares


def _thinness(share: float, real: float) -> float:
    return share / real if real else float("inf")


def _bar(name: str, share: float, real: float, longest: float) -> Html:
    place: Sequence[str] = [f"{100 * value / longest:.1f}%" for value in (share, real)]
    bar = element(
        "span",
        element("i", style=f"width:{place[0]}"),
        element("b", style=f"left:{place[1]}"),
        class_="bar",
    )
    figures = element("span", percent(share), class_="share")
    told = element("span", f"real {percent(real)}", class_="soft")
    style = "kind missing" if share == 0 else "kind"
    return element("div", element("span", name, class_="name"), bar, figures, told, class_=style)
