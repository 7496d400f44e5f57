"""What a table of settings says of the data that its runs learned from."""

from collections import Counter
from collections.abc import Iterator, Mapping

from seqgan.report.run_folder import Results, section_of

Runs = Mapping[str, Mapping[object, Results]]
"""Runs by setting ("" is the default), then by seed."""


def data_notes(runs: Runs) -> Iterator[str]:
    """Yield a line for what corpora remark on their texts, and for settings with data of their own.

    Data are the same where their checksums are.
    """
    told: dict[str, list[str]] = {}
    sums: dict[str, set[str]] = {}
    for setting, seeds in runs.items():
        for run in seeds.values():
            data = section_of(run.record, "data")
            remarks = data.get("remarks", [])
            for remark in remarks if isinstance(remarks, list) else []:
                told.setdefault(str(remark), []).append(setting or "default")
            if checksum := data.get("checksum"):
                sums.setdefault(setting or "default", set()).add(str(checksum))
    for remark, settings in told.items():
        names = list(dict.fromkeys(settings))
        whose = "" if len(names) == len(runs) else f" of {', '.join(names)}"
        yield f"- data{whose}: {remark}."
    counts = Counter(checksum for own in sums.values() for checksum in own)
    most = max(counts, key=lambda checksum: counts[checksum], default="")
    if others := [setting for setting, own in sums.items() if own - {most}]:
        yield f"- other data than the rest, not to be compared: {', '.join(others)}."
