"""A wheel works without the clone: what lies in it, and a recipe run from it in an empty folder."""

import email
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.install

ROOT = Path(__file__).parent.parent.parent
SOURCES = ("seqgan", "recipes", "corpora", "pyproject.toml", "README.md", "LICENSE")


def run(command: list[str | Path], *, folder: Path) -> str:
    """Run a command in a folder; return its output, or fail with it."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, f"{command} gave {done.returncode}:\n{done.stdout[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources: building in the clone leaves a build/ behind."""
    copy, dist = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("dist")
    skip = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=skip)
        else:
            shutil.copy(ROOT / name, copy / name)
    run([sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "-w", dist], folder=copy)
    (built,) = dist.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with nothing but the wheel; its dependencies are this environment's.

    Their folder is named by a .pth file, which does not follow the .pth files in that folder: the
    editable install of this clone stays out of sight.
    """
    folder = tmp_path_factory.mktemp("environment") / "venv"
    run([sys.executable, "-m", "venv", folder], folder=wheel.parent)
    install = ["-m", "pip", "install", "--no-deps", "--no-index", wheel]
    run([folder / "bin" / "python", *install], folder=wheel.parent)
    site = sysconfig.get_path("purelib", vars={"base": str(folder)})
    others = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(site, "dependencies.pth").write_text("\n".join(sorted(others)) + "\n", encoding="utf-8")
    return folder / "bin"


def test_the_wheel_holds_the_packages_and_nothing_generic(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"seqgan"}
    held = {name for name in names if name.startswith("seqgan/")}
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "seqgan").rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }
    for folder in ("recipes", "corpora"):
        expected |= {f"seqgan/{folder}/{path.name}" for path in (ROOT / folder).glob("*.py")}
    assert held == expected


def test_the_wheel_carries_the_licence_and_the_requirements(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (path,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(archive.read(path))
        licence = archive.read(path.replace("METADATA", "licenses/LICENSE"))
    assert licence == (ROOT / "LICENSE").read_bytes()
    assert metadata["License-Expression"] == "Apache-2.0"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    plain = [text for text in metadata.get_all("Requires-Dist", []) if "extra ==" not in text]
    assert len(plain) == len(project["dependencies"])
    barred = ("torchvision", "torchaudio", "torch-fidelity")
    assert not any(name in text for name in barred for text in metadata.get_all("Requires-Dist"))


def test_python_finds_the_wheel_and_not_the_clone(environment: Path, tmp_path: Path) -> None:
    program = (
        "import seqgan, seqgan.recipes, seqgan.corpora as c; print(seqgan.__file__, c.__file__)"
    )
    for path in run([environment / "python", "-c", program], folder=tmp_path).split():
        assert Path(path).is_relative_to(environment.parent), path


def test_the_command_says_its_version_and_lists_its_corpora(
    environment: Path, tmp_path: Path
) -> None:
    version = {}
    exec((ROOT / "seqgan" / "version.py").read_text(encoding="utf-8"), version)
    shown = run([environment / "seqgan", "--version"], folder=tmp_path)
    assert shown.strip() == f"seqgan {version['__version__']}"
    listed = run([environment / "seqgan", "corpora", "list"], folder=tmp_path)
    for path in (ROOT / "corpora").glob("[!_]*.py"):
        assert path.stem in listed


def test_a_recipe_runs_in_an_empty_folder(environment: Path, tmp_path: Path) -> None:
    """Train on a made corpus, talk with the result, and find everything in the run's folder."""
    nouns = [f"{size} {thing}" for size in ("red", "old", "big") for thing in ("car", "cat", "hat")]
    places = [f"the {place}" for place in ("barn", "lake", "shed", "yard", "hall", "gate", "pond")]
    with (tmp_path / "tiny.jsonl").open("w", encoding="utf-8") as file:
        for noun in nouns:
            for place in places:
                pair = {"prompt": f"where is the {noun}?", "response": f"the {noun} is in {place}."}
                file.write(json.dumps(pair) + "\n")
    few = ["--max-updates", "2", "--test-prompts", "5", "--judge-prompts", "10"]
    small = ["--generator-dim", "16", "--discriminator-dim", "16", "--offline"]
    train = [environment / "seqgan", "train", "chatbot_pg", "--quick"]
    run([*train, "--corpus-path", "tiny.jsonl", *few, *small], folder=tmp_path)
    made = tmp_path / "runs" / "chatbot_pg" / "1"
    for name in ("config.json", "metrics.jsonl", "results.json", "report.html", "generator"):
        assert (made / name).exists(), name
    program = "import seqgan; print(repr(seqgan.load('runs/chatbot_pg/1').reply('where is it?')))"
    assert run([environment / "python", "-c", program], folder=tmp_path)
