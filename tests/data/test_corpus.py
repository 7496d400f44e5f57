"""Corpora are found by file, unknown names suggest the nearest, importing fetches nothing."""

import subprocess
import sys

import pytest

from seqgan.data.corpus import Row, all_corpora, find_any, find_corpus, rows_checksum
from seqgan.data.picture_corpus import find_pictures
from seqgan.data.styled_corpus import find_styled
from seqgan.data.summary_corpus import find_summary
from seqgan.errors import UserError


def test_corpora_are_found_and_complete() -> None:
    corpora = all_corpora()
    assert list(corpora) == sorted(corpora)
    assert {"friends", "dailydialog", "digits", "mnist", "gaussians", "reviews"} <= set(corpora)
    assert {"packages", "gigaword", "cnn_dailymail", "xsum"} <= set(corpora)
    for name, corpus in corpora.items():
        assert find_any(name) is corpus
        assert all([corpus.summary, corpus.source, corpus.licence, corpus.content_licence])
    kinds = {"dialogue", "pictures", "points", "texts in styles", "documents and short texts"}
    assert {corpus.holds for corpus in corpora.values()} == kinds
    assert find_corpus("friends") is corpora["friends"]
    assert find_pictures("digits") is corpora["digits"]
    assert find_summary("packages") is corpora["packages"]


def test_a_corpus_of_another_kind_is_refused() -> None:
    with pytest.raises(UserError, match="'mnist' holds pictures, not dialogue: known are dailyd"):
        find_corpus("mnist")
    with pytest.raises(UserError, match="'friends' holds dialogue, not pictures: known are cifar"):
        find_pictures("friends")
    with pytest.raises(UserError, match="'gaussians' holds points, not pictures"):
        find_pictures("gaussians")
    with pytest.raises(
        UserError, match="'friends' holds dialogue, not texts in styles: known are re"
    ):
        find_styled("friends")
    told = "'reviews' holds texts in styles, not documents and short texts: known are cnn_dailymail"
    with pytest.raises(UserError, match=told):
        find_summary("reviews")


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'friends'"):
        find_corpus("freinds")
    with pytest.raises(UserError, match=r"known are dailydialog, friends;.*--corpus-path"):
        find_corpus("zzz")
    with pytest.raises(UserError, match=r"known are cifar10, cnn_dailymail, dailydialog"):
        find_any("zzz")


def test_import_opens_no_connection() -> None:
    forbid = (
        "import socket\n"
        "def refuse(*given): raise SystemExit('connected at import')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "import seqgan.data.corpus as c; c.all_corpora()"
    )
    subprocess.run([sys.executable, "-c", forbid], check=True)


def test_checksum_tells_rows_apart() -> None:
    rows = [Row(0, "A", "hi"), Row(0, "B", "ho")]
    same = rows_checksum(iter(rows))
    assert same == rows_checksum(rows)
    changed = [
        rows[::-1],
        rows[:1],
        [Row(0, "A", "hi"), Row(1, "B", "ho")],
        [Row(0, "A", "hi"), Row(0, "B", "ho", "test")],
        [Row(0, "Ah", "i"), Row(0, "B", "ho")],
    ]
    assert len({same, *map(rows_checksum, changed)}) == 6
