"""What a table of settings says of the data that its runs learned from."""

import re
from collections.abc import Iterable, Iterator, Mapping

from seqgan.report.run_folder import Results, section_of

Runs = Mapping[str, Mapping[object, Results]]
"""Runs by setting ("" is the default), then by seed."""

BOUNDS = re.compile(r"\[([+-][\d.]+), ([+-][\d.]+)\]")
MANY = 20


def chance_note(parts: Iterable[str]) -> Iterator[str]:
    """Yield, where so many 95 % intervals are printed, how many would exclude 0 by chance.

    >>> list(chance_note(["[+0.1, +0.2] [-0.1, +0.1] " * 20]))
    ['Of the 40 intervals above 20 exclude 0; about 2 would by chance.\\n']
    """
    bounds = [tuple(map(float, found)) for part in parts for found in BOUNDS.findall(part)]
    if len(bounds) >= MANY:
        count = sum(low > 0 or high < 0 for low, high in bounds)
        chance = f"about {len(bounds) / 20:.0f} would by chance"
        yield f"Of the {len(bounds)} intervals above {count} exclude 0; {chance}.\n"


def data_notes(runs: Runs) -> Iterator[str]:
    """Yield a line for what corpora remark on their texts, and one where settings had other data.

    Data are the same where their checksums are.
    """
    told: dict[str, list[str]] = {}
    names_of: dict[str, list[str]] = {}
    for setting, seeds in runs.items():
        name = setting or "default"
        for run in seeds.values():
            data = section_of(run.record, "data")
            remarks = data.get("remarks", [])
            for remark in remarks if isinstance(remarks, list) else []:
                told.setdefault(str(remark), []).append(name)
            if checksum := data.get("checksum"):
                names_of.setdefault(str(checksum), []).append(name)
    for remark, settings in told.items():
        names = list(dict.fromkeys(settings))
        whose = "" if len(names) == len(runs) else f" of {', '.join(names)}"
        yield f"- data{whose}: {remark}."
    if len(names_of) > 1:
        groups = [", ".join(dict.fromkeys(names)) for names in names_of.values()]
        yield f"- not to be compared, for their data are not the same: {'; '.join(groups)}."
