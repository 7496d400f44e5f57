"""`seqgan corpora ...` as a user types it, with one made corpus in place of the real ones."""

from pathlib import Path

import pytest
import tyro

from made_pictures import write_pictures
from seqgan.cli import corpora
from seqgan.corpora import digits, folder, gaussians
from seqgan.data import corpus as found
from seqgan.data.corpus import Corpus, Row
from seqgan.data.styled_corpus import StyledCorpus, StyledRow, StyledRows
from seqgan.data.summary_corpus import SummaryCorpus, SummaryRow, SummaryRows
from seqgan.errors import UserError

ROWS = [Row(n, who, f"line {n} of {who}") for n in range(2) for who in ("Ada", "Bo")]
MADE = Corpus("made", "a made corpus", "here", "MIT", "free", 1, lambda: ROWS, lambda path: [])


@pytest.fixture(autouse=True)
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQGAN_CACHE", str(tmp_path))
    monkeypatch.setattr(found, "all_corpora", lambda: {"made": MADE})
    monkeypatch.setattr(corpora, "all_corpora", lambda: {"made": MADE})


def seqgan_corpora(*words: str) -> None:
    tyro.extras.subcommand_cli_from_dict(corpora.VERBS, args=list(words))


def test_a_corpus_comes_and_goes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def say(*words: str) -> str:
        seqgan_corpora(*words)
        return capsys.readouterr().out

    listed = say("list").splitlines()
    assert " ".join(listed[0].split()) == "NAME HOLDS CACHED LICENCE LICENCE OF THE CONTENT"
    assert listed[1].split() == ["made", "dialogue", "no", "MIT", "free"]
    assert "made: 4 turns in 2 dialogues" in say("get", "made")
    assert " MB " in say("list").splitlines()[1]
    shown = say("show", "made", "--num", "3", "--offline").splitlines()
    assert shown[1] == "    0  Bo   line 0 of Bo"
    assert shown[3:] == ["... and 1 more turns"]
    assert "freed" in say("remove", "made")
    assert say("remove", "made") == "made was not in the cache\n"
    assert list((tmp_path / "corpora").iterdir()) == []


def test_pictures_and_points(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = {"digits": digits.CORPUS, "folder": folder.CORPUS, "gaussians": gaussians.CORPUS}
    monkeypatch.setattr(found, "all_corpora", lambda: known)
    monkeypatch.setattr(corpora, "all_corpora", lambda: known)

    def say(*words: str) -> str:
        seqgan_corpora(*words)
        return capsys.readouterr().out

    listed = say("list").splitlines()
    assert listed[1].split()[:3] == ["digits", "pictures", "-"]
    assert listed[3].split()[:3] == ["gaussians", "points", "-"]
    assert "1,497 pictures of 10 classes to train and 300 held out, 8 x 8 grey" in say(
        "get", "digits"
    )
    shown = say("show", "digits", "--num", "2", "--offline").splitlines()
    assert len(shown) == 11
    assert shown[0].split() == ["0", "1"]
    assert all(len(line) <= 34 for line in shown[:10])
    assert "%%" in "".join(shown[1:9])
    assert "0.05" in say("show", "gaussians")
    assert "nothing to keep" in say("get", "gaussians")
    own = write_pictures(tmp_path / "own", 20)
    (own / "broken.png").write_bytes(b"")
    assert "skipped 1 of 21 files that cannot be read: broken.png (not a picture)" in say(
        "show", "folder", "--path", str(own)
    )
    with pytest.raises(UserError, match="--path is for corpora of pictures, and gaussians holds"):
        seqgan_corpora("show", "gaussians", "--path", str(own))
    assert say("remove", "digits") == "digits was not in the cache\n"


def test_texts_in_styles(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [StyledRow(style, f"{style} {n}") for n in range(3) for style in ("new", "older")]
    content = StyledRows(rows, ("a remark",))
    styled = StyledCorpus(
        "styled", "made", "here", "MIT", "free", 1, lambda: content, lambda path: content
    )
    monkeypatch.setattr(found, "all_corpora", lambda: {"styled": styled})
    monkeypatch.setattr(corpora, "all_corpora", lambda: {"styled": styled})

    def say(*words: str) -> str:
        seqgan_corpora(*words)
        return capsys.readouterr().out

    assert " ".join(say("list").splitlines()[1].split()) == "styled texts in styles no MIT free"
    assert "styled: 6 sentences (3 new, 3 older), " in say("get", "styled")
    assert say("show", "styled", "--num", "2", "--offline").splitlines() == [
        "new    new 0",
        "new    new 1",
        "older  older 0",
        "older  older 1",
        "6 sentences (3 new, 3 older)",
        "a remark",
    ]
    with pytest.raises(UserError, match="--path is for corpora of pictures, and styled holds"):
        seqgan_corpora("show", "styled", "--path", "x")


def test_documents_and_short_texts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = SummaryRows([SummaryRow("long", "short"), SummaryRow("longer", "")], ("a remark",))
    made = SummaryCorpus("news", "", "", "", "", 1, lambda: content, lambda path: content)
    monkeypatch.setattr(found, "all_corpora", lambda: {"news": made})
    seqgan_corpora("get", "news")
    assert "news: 2 documents, 1 short texts, " in capsys.readouterr().out
    seqgan_corpora("show", "news", "--num", "1", "--offline")
    shown = ["long", "  -> short", "2 documents, 1 short texts", "a remark"]
    assert capsys.readouterr().out.splitlines() == shown


@pytest.mark.parametrize("verb", ["get", "show", "remove"])
def test_unknown_name(verb: str) -> None:
    with pytest.raises(UserError, match="did you mean 'made'"):
        seqgan_corpora(verb, "maed")


def test_mistakes() -> None:
    with pytest.raises(UserError, match="--num 0"):
        seqgan_corpora("show", "made", "--num", "0")
    with pytest.raises(UserError, match="--offline"):
        seqgan_corpora("get", "made", "--offline")


DOCUMENTED = {
    "list": ["licences"],
    "get": ["NAME", "Which corpus", "Never use the network"],
    "show": ["NAME", "Which corpus", "How many turns", "Never use the network", "A local copy"],
    "remove": ["NAME", "Which corpus"],
}


@pytest.mark.parametrize("verb", corpora.VERBS)
def test_help_documents_every_option(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        seqgan_corpora(verb, "--help")
    text = capsys.readouterr().out
    assert [words for words in DOCUMENTED[verb] if words not in text] == []
