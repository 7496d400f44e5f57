"""Every cell of the tables of sentences can be run, and ablations vary one thing at a time."""

from pathlib import Path

import pytest
import tyro

from seqgan.cli.results import Cell, cells_of
from seqgan.recipes import chatbot_pg, oracle, style_transfer, summarize, text_gan
from seqgan.text.sentences import options

RESULTS = Path(__file__).parents[2] / "recipes" / "results"
TABLES = {
    "oracle": (oracle.Config, ["--corpus-path", "oracle.npz", "--corpus"]),
    "text_gan": (text_gan.Config, ["--corpus-path", "captions", "--corpus"]),
    "style_transfer": (style_transfer.Config, ["--corpus"]),
    "summarize": (summarize.Config, ["--corpus"]),
}
ASKED = ["reward", "discriminator-dropout", "candidates", "baseline", "likelihood-weight"]
JUDGED = {"--candidates"}
"""Resampling chooses among what is written: beside the base alone it is judged, too."""


def choices_of(cell: Cell) -> dict[str, tuple[str, ...]]:
    """Return the values of each option of a cell."""
    chosen: dict[str, tuple[str, ...]] = {}
    for word in cell.options:
        if word.startswith("--"):
            chosen[name := word] = ()
        else:
            chosen[name] = (*chosen[name], word)
    return chosen


@pytest.mark.parametrize("table", TABLES)
def test_every_cell_is_a_run_that_makes_sense(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given the encoder that some of them play against."""
    monkeypatch.setattr(options, "encoder_folder", lambda given, *, option: Path(given))
    recipe, given = TABLES[table]
    names = {cell.name for cell in cells_of(RESULTS / f"{table}.toml")}
    for cell in cells_of(RESULTS / f"{table}.toml"):
        assert cell.start in {"", *names}
        start = ["--start-from", cell.start] if cell.start else []
        config = tyro.cli(recipe, args=[*given, cell.corpus, *start, *cell.options])
        config.refuse_nonsense()


def test_every_cell_of_the_chatbot_is_a_run_that_makes_sense() -> None:
    for cell in cells_of(RESULTS / "chatbot_pg.toml"):
        config = tyro.cli(chatbot_pg.Config, args=["--corpus", cell.corpus, *cell.options])
        config.refuse_policy(config.discriminator)


def test_ablations_vary_one_thing_beside_their_base() -> None:
    cells = [
        cell for cell in cells_of(RESULTS / "oracle.toml") if cell.setting.startswith("quarter, ")
    ]
    named = {cell.setting.removeprefix("quarter, "): choices_of(cell) for cell in cells}
    for name, chosen in named.items():
        beside = named[name.partition(",")[0] if "," in name else "base"]
        assert beside.keys() <= chosen.keys(), name
        varied = {option for option, values in chosen.items() if beside.get(option) != values}
        varied -= JUDGED
        assert len(varied) == (name != "base"), name
    every = {option for chosen in named.values() for option in chosen}
    assert every >= {f"--{option}" for option in ASKED}


@pytest.mark.parametrize(
    ("table", "base_name", "asked"),
    [
        (
            "oracle",
            "language judge",
            {
                *("--discriminator-models", "--teacher-every", "--kl-weight"),
                *("--replies-per-prompt", "--reward", "--generator-lr"),
            },
        ),
        ("text_gan", "pooled, language judge", {"--generator-lr"}),
    ],
)
def test_ablations_of_the_language_judge_vary_one_thing(
    table: str, base_name: str, asked: set[str]
) -> None:
    cells = cells_of(RESULTS / f"{table}.toml")
    chosen_by = {cell.setting: choices_of(cell) for cell in cells}
    every = []
    for cell in cells:
        if cell.setting.startswith((f"{base_name}, ", "three language judges")):
            three = cell.setting.startswith("three language judges, ")
            base = chosen_by["three language judges" if three else base_name]
            chosen = chosen_by[cell.setting]
            varied = {
                option for option in base.keys() | chosen if base.get(option) != chosen.get(option)
            }
            assert len(varied) == 1, cell.setting
            every += varied
    assert asked <= set(every)
