"""`seqgan chat --decode`: which way replies are found, the tree shown, what is refused."""

import io
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from seqgan.cli import main
from seqgan.text.generators.store import load_scorer, save_scorer
from seqgan.text.prefix_scorers import ProjectionScorer
from seqgan.text.reply_scorers import ConvScorer

MCTS = ("--decode", "mcts", "--num-simulations", "5")
NODE = re.compile(r"^ +(\d+) +(\d+) +(\d\.\d{3}) +(\d\.\d{3})  ( *)([> ]) (.+)$")


@pytest.fixture(autouse=True)
def _short_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every subword of a reply is a search of its own."""
    monkeypatch.setattr("seqgan.text.search.reply.MAX_REPLY", 6)


def say(
    monkeypatch: pytest.MonkeyPatch, run: Path, *args: str, text: str = "the cat sleeps .\n"
) -> int:
    """Pipe a text into `seqgan chat` and return the exit code."""
    monkeypatch.setattr(
        "sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode()), isatty=lambda: False)
    )
    return main(["chat", str(run), *args])


def test_a_tree_search_answers_a_pipe_line_by_line_whatever_the_seed(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = set()
    for seed in "01":
        text = "the cat sleeps .\n\nthe moon shines .\n"
        assert say(monkeypatch, finished_run, *MCTS, "--seed", seed, text=text) == 2
        said.add(capsys.readouterr().out)
    (out,) = said
    assert len(out.splitlines()) == 3
    assert out.splitlines()[1] == ""


def test_the_tree_is_shown_before_what_is_said(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say(monkeypatch, finished_run, *MCTS, "--show-tree") == 0
    header, *lines, said = capsys.readouterr().out.splitlines()
    assert header.split() == ["depth", "visits", "value", "prior", "token"]
    found = [match for line in lines if (match := NODE.match(line))]
    assert len(found) == len(lines)
    taken = [match for match in found if match[6] == ">"]
    assert [int(match[1]) for match in taken] == list(range(1, len(taken) + 1))
    assert all(len(match[5]) == 2 * (int(match[1]) - 1) for match in found)
    letters = "".join(match[7] for match in taken if match[7] != "(end)")
    assert letters.replace("(space)", "") == said.replace(" ", "")


def test_a_seed_repeats_a_search_of_rollouts(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trees = []
    for seed in "112":
        args = (*MCTS, "--num-rollouts", "1", "--show-tree", "--seed", seed)
        assert say(monkeypatch, finished_run, *args) == 0
        trees.append(capsys.readouterr().out)
    assert trees[0] == trees[1] != trees[2]


def test_a_beam_by_name_is_a_beam_of_five(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for args in (("--decode", "beam"), ("--beam-size", "5")):
        assert say(monkeypatch, finished_run, *args) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


@pytest.fixture
def copied_run(finished_run: Path, tmp_path: Path) -> Path:
    """A copy of the finished run that a test may spoil."""
    return Path(shutil.copytree(finished_run, tmp_path / "run"))


def test_a_run_without_discriminator_cannot_be_searched(
    copied_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(copied_run / "discriminator")
    assert say(monkeypatch, copied_run, *MCTS) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "no discriminator was saved" in err
    assert "--decode sample or beam" in err


def test_a_discriminator_of_whole_replies_needs_rollouts(
    copied_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = load_scorer(copied_run / "discriminator")
    whole = ConvScorer(trained.arguments["vocab_size"], pad=trained.pad, dim=8)
    save_scorer(whole, copied_run / "discriminator")
    assert say(monkeypatch, copied_run, *MCTS) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "give --num-rollouts 1 or more" in err
    assert say(monkeypatch, copied_run, *MCTS, "--num-rollouts", "1") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("args", [(), MCTS])
def test_a_discriminator_of_another_vocabulary_is_refused(
    copied_run: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: tuple[str, ...],
) -> None:
    save_scorer(ProjectionScorer(5, pad=0, dim=8), copied_run / "discriminator")
    assert say(monkeypatch, copied_run, *args) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "has another vocabulary than the generator (5 tokens, not 60)" in line


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("--show-tree",), "go with --decode mcts, not with --decode sample"),
        (("--num-simulations", "9"), "go with --decode mcts"),
        (("--decode", "beam", "--num-rollouts", "2"), "not with --decode beam"),
        (("--decode", "mcts", "--num-simulations", "0"), "--num-simulations 0 must be 1 or more"),
        (("--decode", "mcts", "--num-rollouts", "-1"), "--num-rollouts -1 0 or more"),
        (("--decode", "mcts", "--beam-size", "3"), "neither beams nor candidates"),
        (("--decode", "mcts", "--show-candidates"), "see what it looked at with --show-tree"),
        (("--decode", "beam", "--show-candidates"), "says one reply, the likeliest"),
        (("--beam-size", "3", "--show-candidates"), "says one reply, the likeliest"),
    ],
)
def test_options_without_meaning_together(
    finished_run: Path,
    args: tuple[str, ...],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert say(monkeypatch, finished_run, *args) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert reason in err
