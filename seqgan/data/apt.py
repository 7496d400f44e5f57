"""The package descriptions of this machine's Debian or Ubuntu, read through apt.

apt keeps all it fetches in a temporary folder, so neither root nor the system's own lists are
touched, and it runs none of the commands that the system's settings tie to an update. It verifies
signatures itself, with the system's keys. Sources of third parties may be broken: only the
distribution's own archive counts.
"""

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from seqgan.errors import UserError

HELPER = Path("/usr/lib/apt/apt-helper")
SETTINGS = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::Languages;
Acquire::Languages "en";
Acquire::IndexTargets::deb::Packages::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Dir::State "{folder}/state";
Dir::State::lists "{folder}/state/lists";
Dir::Cache "{folder}/cache";
"""
COMPONENTS = ("main", "universe")  # of free software
DISTRIBUTIONS = {"debian", "ubuntu"}
ELSEWHERE = (
    "give a list fetched elsewhere with --corpus-path (such as"
    " https://deb.debian.org/debian/dists/stable/main/i18n/Translation-en.xz), or another corpus:"
    " --corpus gigaword, xsum or cnn_dailymail, or your own files with --documents and --shorts"
)


@dataclass(frozen=True)
class Descriptions:
    """Lists of descriptions in apt's format, and the release of the archive they are from."""

    text: str
    release: str


def fetch_descriptions() -> Descriptions:
    """Return the English descriptions of the packages of this machine's distribution.

    Raises:
        UserError: this machine has no apt, or apt could fetch no list of descriptions.
    """
    if shutil.which("apt-get") is None or not HELPER.is_file():
        raise UserError(
            "corpus 'packages' is read through apt, which Debian and Ubuntu have and this machine"
            f" has not: {ELSEWHERE}"
        )
    tqdm.write("fetching the package descriptions of this machine's distribution with apt ...")
    with tempfile.TemporaryDirectory(prefix="seqgan-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # apt fetches as a user of its own where root calls it
        for inner in ("state/lists/partial", "cache/archives/partial"):
            (folder / inner).mkdir(parents=True)
        settings = folder / "apt.conf"
        settings.write_text(SETTINGS.format(folder=folder), encoding="utf-8")
        update = call(["apt-get", "update", "-c", str(settings)])
        targets = call(["apt-get", "indextargets", "-c", str(settings)])
        chosen = own_archive(read_targets(targets.stdout))
        if not chosen:
            refuse(update.stderr + targets.stderr)
        texts = []
        for target in chosen:
            text = call([str(HELPER), "-c", str(settings), "cat-file", target["Filename"]])
            if text.returncode != 0 or not text.stdout:
                refuse(text.stderr)
            texts.append(text.stdout)
        return Descriptions("\n".join(texts), release_of(chosen[0]))


def call(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Return what a command of apt wrote, in English whatever the user's language."""
    return subprocess.run(
        command,
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C"},
    )


def refuse(output: str) -> NoReturn:
    """Raise the UserError that no list could be fetched, with the first error that apt told."""
    told = [line for line in output.splitlines() if line[:2] in ("E:", "W:")]
    lines = sorted(told, key=lambda line: line[:2])  # errors before warnings, else in their order
    reason = lines[0][2:].strip() if lines else "no source of the distribution's own is set up"
    raise UserError(
        f"apt fetched no package descriptions ({reason}): try again online, or {ELSEWHERE}"
    )


def read_targets(text: str) -> list[dict[str, str]]:
    """Return what `apt-get indextargets` says of each file: fields by name.

    >>> read_targets("Suite: stable\\nURI: http://a/b\\n\\nSuite: testing\\n")
    [{'Suite': 'stable', 'URI': 'http://a/b'}, {'Suite': 'testing'}]
    """
    stanzas = [stanza.splitlines() for stanza in text.split("\n\n") if stanza.strip()]
    return [
        {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
        for lines in stanzas
    ]


def own_archive(targets: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return the lists of descriptions of the distribution's largest archive that were fetched.

    Updates and security fixes are archives of their own, far smaller than the release.
    """
    names = own_names()
    archives: dict[tuple[str, str], list[dict[str, str]]] = {}
    for target in targets:
        if (
            target.get("Created-By") == "Translations"
            and target.get("Language") == "en"
            and target.get("Origin", "").lower() in names
            and target.get("Component") in COMPONENTS
            and Path(target["Filename"]).is_file()
        ):
            place = (target.get("Repo-URI", ""), target.get("Release", ""))
            archives.setdefault(place, []).append(target)
    largest = max(
        archives, key=lambda place: (sum(map(size_of, archives[place])), place), default=None
    )
    return [] if largest is None else sorted(archives[largest], key=lambda one: one["Component"])


def size_of(target: dict[str, str]) -> int:
    """Return the bytes of a fetched file."""
    return Path(target["Filename"]).stat().st_size


def own_names() -> set[str]:
    """Return what this distribution, and those it is made from, call themselves."""
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return DISTRIBUTIONS
    return DISTRIBUTIONS | {told.get("ID", "").lower(), *told.get("ID_LIKE", "").lower().split()}


def release_of(target: dict[str, str]) -> str:
    """Return the name of a file's release and the day it was made."""
    file = Path(target["Filename"])
    prefix, _, _ = file.name.partition(target["MetaKey"].replace("/", "_"))
    name = " ".join(target[key] for key in ("Origin", "Version", "Codename") if target.get(key))
    for kind in ("InRelease", "Release"):
        if (signed := file.with_name(prefix + kind)).is_file():
            for line in signed.read_text(encoding="utf-8", errors="replace").splitlines():
                if line.startswith("Date:"):
                    return f"{name} of {line.removeprefix('Date:').strip()}"
    return name
