"""Package descriptions from lists in apt's form, and apt itself told to touch nothing of ours."""

import doctest
import lzma
import os
from pathlib import Path
from types import ModuleType

import pytest

from seqgan.corpora import packages
from seqgan.data import apt
from seqgan.data.summary_corpus import SummaryRow
from seqgan.errors import UserError

WORDS = " ".join(f"word{letter * 3}" for letter in "abcdefghijklmnopq")  # 17
ONE = WORDS.split()[:13]


def entry(name: str, synopsis: str, *lines: str) -> str:
    long = "\n".join(f" {line}" for line in lines)
    return f"Package: {name}\nDescription-md5: 0\nDescription-en: {synopsis}\n{long}\n"


def listed(*entries: str) -> str:
    fill = [entry(f"fill{n}", "fill", "Too short to tell.") for n in range(packages.LEAST)]
    return "\n".join((*entries, *fill))


@pytest.mark.parametrize("module", [packages, apt])
def test_examples_hold(module: ModuleType) -> None:
    held = doctest.testmod(module)
    assert (held.failed, held.attempted > 0) == (0, True)


def test_first_paragraphs_become_documents_and_siblings_one_row() -> None:
    text = listed(
        entry("lib-doc", "a library (documentation)", f"{WORDS} 1.", ".", "It is the manual."),
        entry("lib", "a library", f"{WORDS} 2."),
        entry("lib-dev", "the library", f"{WORDS.upper()} 3."),  # longer than "a library"
        entry("lists", "it lists", "wordaaa wordbbb", " * an item", WORDS, "  more of it"),
        entry("same", "it begins so too", *ONE, "and ends otherwise"),
        entry("few", "few words", " ".join(WORDS.split()[:14])),
        entry("none", "", WORDS[::-1]),
    )
    content = packages.rows_of(text, "Made 1")
    by_short = {row.short: row for row in content.rows}
    assert set(by_short) == {"a library", "it lists", "it begins so too"}
    assert by_short["a library"].document == f"{WORDS} 2."
    assert by_short["it lists"].document == f"wordaaa wordbbb {WORDS}"
    assert by_short["it begins so too"].group == by_short["a library"].group
    assert by_short["it lists"].group != by_short["a library"].group
    told = (
        "Made 1: 107 descriptions of packages, 5 with a first paragraph of 15 words or more, 3 of"
    )
    assert content.remarks[0].startswith(told)
    entries = text.split("\n\n")
    turned = packages.rows_of("\n\n".join(reversed(entries)), "Made 1")
    assert set(turned.rows) == set(content.rows)


def test_packages_of_one_program_are_one_group() -> None:
    """By their names, their synopses, or both on the way; a first word in common is not enough."""

    def told(letter: str) -> str:
        return " ".join(f"{word}{letter}" for word in WORDS.split())

    named = [
        *(("libacl1", "access to lists"), ("libacl1-dev", "headers")),
        *(("acl-utils", "tools of it"), ("other", "Tools of IT!"), ("other-2.0", "a second one")),
        *(("r-cran-a", "some maps"), ("r-cran-b", "more maps")),
    ]
    text = listed(
        *(entry(*one, told(letter)) for one, letter in zip(named, "abcdefg", strict=True))
    )
    content = packages.rows_of(text, "Made 1")
    group = {row.short: row.group for row in content.rows}
    assert len({group[short] for _, short in named[:5]}) == 1
    assert len({group[short] for _, short in named}) == 3
    assert content.remarks[0].endswith("7 of which differ, of 3 programs")
    nameless = "\n".join(line for line in text.split("\n") if not line.startswith("Package"))
    groups = {row.group for row in packages.rows_of(nameless, "Made 1").rows}
    assert len(groups) == 6  # the same synopsis stays


def test_a_list_fetched_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "Translation-en.xz"
    path.write_bytes(lzma.compress(listed(entry("a", "b", WORDS)).encode()))
    assert packages.CORPUS.reads(path)
    assert not packages.CORPUS.reads(tmp_path)  # a folder is the user's own
    group = " ".join(WORDS.split()[: packages.BEGINNING])
    assert packages.read(path).rows == [SummaryRow(WORDS, "b", group)]
    for raw, told in (
        (path.read_bytes()[:-9], "cannot be unpacked"),
        (lzma.compress(b"\xff\xfe"), "cannot be unpacked"),
        (lzma.compress(b"some text\n"), r"Translation-en\.xz holds 0 descriptions of packages"),
    ):
        path.write_bytes(raw)
        with pytest.raises(UserError, match=told) as raised:
            packages.read(path)
        assert "\n" not in str(raised.value)


def test_only_the_distributions_own_largest_archive_counts(tmp_path: Path) -> None:
    def target(number: int, size: int, **other: str) -> dict[str, str]:
        file = tmp_path / f"{number}_main_i18n_Translation-en"
        file.write_bytes(b"x" * size)
        usual = {"Created-By": "Translations", "Language": "en", "Origin": "Debian"}
        usual |= {"Component": "main", "Repo-URI": "http://a", "Release": "stable"}
        return {**usual, "MetaKey": "main/i18n/Translation-en", "Filename": str(file), **other}

    stable = [target(0, 50, Component="universe"), target(1, 60)]
    others = [
        target(2, 70, Release="stable-updates"),
        target(3, 500, Origin="A company"),
        target(4, 500, Component="non-free"),
        target(5, 500, Language="de"),
        {**target(6, 500), "Filename": str(tmp_path / "missing")},
        {**target(7, 500), "Created-By": "Packages"},
    ]
    assert apt.own_archive([*others, *stable]) == stable[::-1]
    assert apt.own_archive(others[1:]) == []
    told = target(8, 1, Version="12.3", Codename="made")
    assert apt.release_of(told) == "Debian 12.3 made"
    (tmp_path / "8_InRelease").write_text("Suite: x\nDate: Sat, 01 Jan 2000 00:00:00 UTC\n")
    assert apt.release_of(told) == "Debian 12.3 made of Sat, 01 Jan 2000 00:00:00 UTC"


FAKE = """#!/bin/sh
# update and indextargets of apt-get, and cat-file of apt-helper, which gets -c first
if [ "$1" = -c ]; then cat "$4"; exit; fi
lists=$(sed -n 's/^Dir::State::lists "\\(.*\\)";/\\1/p' "$3")
file=$lists/made_main_i18n_Translation-en
if [ "$1" = update ]; then
  cp "$3" "$SEEN"
  echo "W: a third party is broken" >&2
  [ -z "$FAILS" ] || { echo "E: $FAILS" >&2; exit 100; }
  printf 'Package: a\\nDescription-en: b\\n c\\n' > "$file"
  exit 100
fi
printf 'Created-By: Translations\\nLanguage: en\\nOrigin: Debian\\nComponent: main\\n'
printf 'MetaKey: main/i18n/Translation-en\\nFilename: %s\\n' "$file"
"""


@pytest.fixture
def fake_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("apt-get", "apt-helper"):
        (tools / name).write_text(FAKE)
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    monkeypatch.setenv("FAILS", "")
    monkeypatch.setattr(apt, "HELPER", tools / "apt-helper")
    return tmp_path / "seen"


def test_apt_keeps_to_a_folder_that_goes_again(fake_apt: Path) -> None:
    assert apt.fetch_descriptions().text == "Package: a\nDescription-en: b\n c\n"
    settings = fake_apt.read_text().splitlines()
    folders = [line.split('"')[1] for line in settings if line.startswith("Dir::")]
    names = {line.split()[0] for line in settings if line.startswith("Dir::")}
    assert names == {"Dir::State", "Dir::State::lists", "Dir::Cache"}
    assert not any(Path(folder).exists() for folder in folders)
    with pytest.raises(UserError, match=r"fetched 1 descriptions of Debian, expected 20,000"):
        packages.build()  # of the whole release's list nothing came
    hooks = {"Pre-Invoke", "Post-Invoke", "Post-Invoke-Success"}
    assert {f"#clear APT::Update::{hook};" for hook in hooks} <= set(settings)


def test_what_apt_cannot_fetch_is_told(fake_apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS", "it is not signed")
    with pytest.raises(UserError, match=r"fetched no .*\(it is not signed\): .*--documents and"):
        apt.fetch_descriptions()
    monkeypatch.setattr(apt, "HELPER", fake_apt.with_name("none"))
    told = "which Debian and Ubuntu have and this machine has not: .*gigaword, xsum or cnn_dailym"
    with pytest.raises(UserError, match=told):
        apt.fetch_descriptions()
