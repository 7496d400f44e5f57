"""`seqgan results TABLE`: run the missing cells of a table one by one, and write it into the docs.

A table is a TOML file: the recipe, its corpora (where it has a choice), and settings with their
seeds, options and, where they differ, recipe and corpora. A cell is one run; its figures (no text
of a corpus) are kept beside the table as `TABLE/CORPUS-SETTING-SEED.json`. A run that was stopped
goes on where it stood; one whose losses left the numbers is a result, and its row says when. A
setting whose `start` is the name of another goes on from the models of that one's run of the same
corpus and seed (`--start-from`), which is made first where it is not there. Under `picture` a table
names settings whose sweeps are drawn, a picture a corpus above its table.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from seqgan.core.run import write_whole
from seqgan.errors import UserError
from seqgan.report.run_command import train_command
from seqgan.report.setting_curve import SettingCurve, curve_pictures
from seqgan.report.sweep_picture import sweep_pictures
from seqgan.report.table import results_table

TableFile = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="TABLE")]
PRIVATE = ("corpus_path", "output_dir", "resume", "start_from")
REFUSED, DIVERGED = 2, 3


class RefusedCellError(UserError):
    """A cell that cannot run here, while others may: a corpus that is not there, say."""


@dataclass(frozen=True)
class ResultsOptions:
    """Run the missing cells of a results table, then write the table into the docs."""

    table: TableFile
    """The table, for example recipes/results/chatbot_pg.toml."""
    corpus_path: tuple[str, ...] = ()
    """Local copies of corpora: NAME=PATH ..."""
    only: str = ""
    """Run only cells whose name contains this."""
    most: int = 0
    """Run at most so many cells (0: all)."""
    docs: Path = Path("recipes/README.md")
    """File with the lines `<!-- table NAME -->` and `<!-- end -->` around the table's place."""
    dry: bool = False
    """Run nothing: only write the table from what is there."""


@dataclass(frozen=True)
class Cell:
    """One run of a table."""

    name: str
    recipe: str
    corpus: str
    setting: str
    seed: int
    options: tuple[str, ...]
    file: Path
    start: str = ""  # the cell whose models it goes on from


def cells_of(table: Path) -> list[Cell]:
    """Return all cells of a table; raises `UserError` for a broken file."""
    try:
        return list(_cells(table, tomllib.loads(table.read_text(encoding="utf-8"))))
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise UserError(f"{table} is no table of results: {error!r}") from None


def _cells(table: Path, content: dict[str, Any]) -> Iterator[Cell]:
    for setting, details in content["settings"].items():
        recipe = str(details.get("recipe", content["recipe"]))
        for corpus in details.get("corpora", content.get("corpora", [""])):
            for seed in details["seeds"]:
                name = name_of(corpus, setting, seed)
                file = table.with_suffix("") / f"{name}.json"
                options = tuple(map(str, details.get("options", ())))
                start = name_of(corpus, details["start"], seed) if "start" in details else ""
                yield Cell(name, recipe, corpus, setting, int(seed), options, file, start)


def name_of(corpus: str, setting: str, seed: int) -> str:
    """Return the name of a cell.

    >>> name_of("digits", "GAN, soft", 1)
    'digits-GAN_soft-1'
    """
    parts = (corpus, re.sub("[^A-Za-z0-9.]+", "_", setting), str(seed))
    return "-".join(filter(None, parts))


def paths_of(options: ResultsOptions) -> dict[str, str]:
    """Return the local copies of corpora by name."""
    pairs = [item.partition("=") for item in options.corpus_path]
    if wrong := [name for name, sign, path in pairs if not (name and sign and path)]:
        raise UserError(f"--corpus-path {wrong[0]}: write NAME=PATH")
    return {name: path for name, _, path in pairs}


def run_cell(
    cell: Cell, cells: Mapping[str, Cell], paths: Mapping[str, str], folder: Path
) -> dict[str, Any]:
    """Train and judge one cell, after the one that it starts from; return its results.

    Raises `UserError` if the run fails or starts from a cell that the table does not have,
    `RefusedCellError` where the run itself refuses.
    """
    run = folder / cell.name
    options = ["--seed", str(cell.seed)]
    options += ["--corpus", cell.corpus] if cell.corpus else []
    options += ["--corpus-path", paths[cell.corpus]] if cell.corpus in paths else []
    if cell.start:
        if cell.start not in cells:
            raise UserError(f"cell {cell.name} starts from {cell.start}, which is none")
        if cells[cell.start].start:
            raise UserError(f"cell {cell.name} starts from {cell.start}, which has a start itself")
        if not (folder / cell.start / "results.json").exists():
            print(f"first {cell.start}, from which it starts", flush=True)
            run_cell(cells[cell.start], cells, paths, folder)
            if not (folder / cell.start / "results.json").exists():
                raise UserError(f"cell {cell.start} diverged: {cell.name} cannot start from it")
        options += ["--start-from", str(folder / cell.start)]
    command = train_command(cell.recipe, run, [*options, *cell.options])
    code = subprocess.run(command, check=False).returncode
    if code == REFUSED:
        raise RefusedCellError(f"cell {cell.name} is passed over: its run refuses, see above")
    if code not in (0, DIVERGED):
        raise UserError(f"cell {cell.name} ended with code {code}; the same command goes on there")
    return diverged(cell, run) if code else read_object(run / "results.json")


def read_object(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file that a run wrote."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def diverged(cell: Cell, run: Path) -> dict[str, Any]:
    """Return results without figures, whose only row names the last update that was logged."""
    log = run / "metrics.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    update = json.loads(lines[-1])["update"] if lines else 0
    return {
        "recipe": cell.recipe,
        "config": read_object(run / "config.json")["config"],
        "seed": cell.seed,
        "data": {"corpus": cell.recipe},
        "rows": [{"system": f"diverged after update {update}", "metrics": {}}],
        "table": "settings",
    }


def keep_figures(cell: Cell, results: dict[str, Any]) -> None:
    """Keep the figures of a run beside the table, without the paths of this machine."""
    results["config"] = {k: v for k, v in results["config"].items() if k not in PRIVATE}
    results["data"]["corpus"] = cell.corpus or results["data"]["corpus"]
    results["setting"] = "" if cell.setting == "default" else cell.setting
    if cell.start:
        results["started_from"] = cell.start
    for row in results["rows"]:
        row.pop("divergence_curve", None)  # a drawing: it stays with the run
    cell.file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(cell.file, json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def stale(cell: Cell) -> str:
    """Return what the results of a cell were made with that the table has otherwise now, or ""."""
    kept = read_object(cell.file)
    config = {**kept["config"], "started_from": kept.get("started_from", "")}
    wanted = {**options_of(cell.options), "started_from": [cell.start]}
    other = [
        f"{name} {config.get(name, 'not there yet')}, now {' '.join(values)}"
        for name, values in wanted.items()
        if not is_said(config.get(name), values)
    ]
    return "; ".join(other)


def options_of(arguments: Sequence[str]) -> dict[str, list[str]]:
    """Return what a command line gives, by the name of the option.

    >>> options_of(["--quick", "--no-tied", "--augment", "color", "flip"])
    {'quick': ['True'], 'tied': ['False'], 'augment': ['color', 'flip']}
    """
    found: dict[str, list[str]] = {}
    name = ""
    for each in arguments:
        if each.startswith("--"):
            name = each[2:].replace("-", "_")
            found[name] = []
        else:
            found[name].append(each)
    return {
        name if values else name.removeprefix("no_"): values or [str(not name.startswith("no_"))]
        for name, values in found.items()
    }


def is_said(value: object, values: Sequence[str]) -> bool:
    """Return whether a value is what the command line gives.

    >>> is_said(5e-4, ["0.0005"]), is_said(["a"], ["a"]), is_said(None, ["1"]), is_said(1, ["1.5"])
    (True, True, False, False)
    """
    if isinstance(value, list):
        return list(map(str, value)) == list(values)
    try:
        return [float(str(value))] == list(map(float, values))
    except ValueError:
        return [str(value)] == list(values)


def write_table(options: ResultsOptions, cells: Sequence[Cell]) -> None:
    """Put the table between its two marks in the docs."""
    begin, end = f"<!-- table {options.table.stem} -->", "<!-- end -->"
    try:
        text = options.docs.read_text(encoding="utf-8")
        body = pictures_of(options, cells) + results_table([cell.file for cell in cells])
        told = [(cell, stale(cell)) for cell in cells if cell.file.exists()]
        body += "".join(f"- `{cell.name}`: made with {words}\n" for cell, words in told if words)
    except (OSError, ValueError) as error:
        raise UserError(f"the table cannot be written: {error}") from None
    head, found, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise UserError(f"{options.docs} lacks the lines {begin} and {end}")
    write_whole(options.docs, f"{head}{begin}\n\n{body}\n{end}{tail}")


def pictures_of(options: ResultsOptions, cells: Sequence[Cell]) -> str:
    """Write the pictures that the table names; return the lines that show them."""
    content = tomllib.loads(options.table.read_text(encoding="utf-8"))
    files = [cell.file for cell in cells]
    drawn = [
        (corpus, f"{corpus}: quality against diversity", svg)
        for corpus, svg in sweep_pictures(files, list(map(str, content.get("picture", [])))).items()
    ]
    if "curve" in content:
        try:
            curve = SettingCurve(**content["curve"])
        except TypeError as error:
            raise UserError(f"{options.table} has a broken curve: {error}") from None
        drawn += [
            (f"{corpus}-curve", f"{corpus}: what {curve.label} change", svg)
            for corpus, svg in curve_pictures(files, curve).items()
        ]
    lines = []
    for name, title, svg in drawn:
        file = options.table.with_suffix("") / f"{name}.svg"
        write_whole(file, svg)
        lines.append(f"![{title}]({os.path.relpath(file, options.docs.parent)})\n\n")
    return "".join(lines)


def run_results(args: Sequence[str]) -> int:
    """Fill a table; returns the exit code.

    A cell whose run refuses is passed over; `UserError` names it at the end.
    """
    options = tyro.cli(ResultsOptions, args=args, prog="seqgan results")
    cells = cells_of(options.table)
    if not any(options.only in cell.name for cell in cells):
        raise UserError(
            f"--only {options.only}: no cell is called so; {cells[0].name} is the first of "
            f"{len(cells)}"
        )
    paths = paths_of(options)
    write_table(options, cells)  # whatever is wrong with it shows before anything runs
    missing = [cell for cell in cells if options.only in cell.name and not cell.file.exists()]
    if options.dry:
        missing = []
    by_name = {each.name: each for each in cells}
    passed: list[str] = []
    for number, cell in enumerate(missing[: options.most or None], start=1):
        print(f"cell {number} of {len(missing)}: {cell.name}", flush=True)
        try:
            results = run_cell(cell, by_name, paths, Path("runs") / options.table.stem / "cells")
        except RefusedCellError as error:
            print(error, file=sys.stderr, flush=True)
            passed.append(cell.name)
            continue
        keep_figures(cell, results)
        write_table(options, cells)
    if passed:
        raise UserError(f"{len(passed)} cells were passed over, see above: {', '.join(passed)}")
    return 0
