"""What a treatment bought over its control: at equal temperature, and at equal diversity."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from seqgan.report.metric_names import metric
from seqgan.report.run_folder import Record, Row, section_of

TREATED = "adversarial"
CONTROL = "continued MLE"
DIVERSITY = "distinct_2"


@dataclass(frozen=True)
class Compared:
    """The names of the two systems that a run was made to compare."""

    treated: str
    control: str


def compared(record: Record) -> Compared:
    """Return whom to compare: `"comparison": {"treated", "control"}` of the results, if given.

    Else the control is the last of the likelihood models whose curves the results compare: the one
    that went on for the time of the game, where there is one.
    """
    given = section_of(record, "comparison")
    baselines = section_of(record, "sweep").get("baselines")
    usual = baselines[-1] if isinstance(baselines, list) and baselines else CONTROL
    return Compared(str(given.get("treated", TREATED)), str(given.get("control", usual)))


def find_row(rows: Sequence[Row], system: str, *, temperature: float = 1.0) -> Row | None:
    """Return the row of `system` at `temperature`; one without temperature stands for all.

    Of those that write from noise it is the row of the noise that they were trained with.
    """
    for row in rows:
        usual = row.noise_scale in (1.0, None)
        if row.system == system and usual and row.temperature in (temperature, None):
            return row
    return None


def differences(rows: Sequence[Row], systems: Compared) -> dict[str, float]:
    """Return treated minus control at temperature 1 for each metric valid in both, by name."""
    treated = find_row(rows, systems.treated)
    control = find_row(rows, systems.control)
    if treated is None or control is None:
        return {}
    return {
        name: metric(name).gauge(value) - metric(name).gauge(control.metrics[name])
        for name, value in treated.metrics.items()
        if name in control.metrics and name not in treated.void | control.void
    }


def matched_differences(rows: Sequence[Row], systems: Compared) -> dict[str, float]:
    """Return treated at temperature 1 minus control at the temperature of equal distinct-2.

    The control's figures are interpolated between the two temperatures around that point. Empty
    if the control's sweep does not reach the diversity of the treated system.
    """
    treated = find_row(rows, systems.treated)
    sweep = sorted(
        (row for row in rows if row.system == systems.control and DIVERSITY in row.metrics),
        key=lambda row: row.metrics[DIVERSITY],
    )
    if treated is None or DIVERSITY not in treated.metrics:
        return {}
    aim = treated.metrics[DIVERSITY]
    for low, high in pairwise(sweep):
        start, end = low.metrics[DIVERSITY], high.metrics[DIVERSITY]
        if start <= aim <= end and start < end:
            return _interpolated(treated, low, high, (aim - start) / (end - start))
    return {}


def _interpolated(treated: Row, low: Row, high: Row, share: float) -> dict[str, float]:
    void = treated.void | low.void | high.void
    return {
        name: metric(name).gauge(value)
        - metric(name).gauge(low.metrics[name] * (1 - share) + high.metrics[name] * share)
        for name, value in treated.metrics.items()
        if name != DIVERSITY and name not in void and name in low.metrics and name in high.metrics
    }
