"""The rules of the house that no linter sees, held by walking the source."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LIBRARY = sorted((ROOT / "seqgan").rglob("*.py"))
FRONT = sorted([*(ROOT / "recipes").glob("*.py"), *(ROOT / "corpora").glob("*.py")])
WINGS = ("text", "image", "audio", "video")
STARTERS = re.compile(r"seqgan/cli(/.*)?\.py|seqgan/cli\.py|seqgan/data/corpus\.py")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield every module that the source imports, relative ones with their dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def test_the_walk_sees_every_kind_of_import() -> None:
    source = "import a.b\ndef f():\n    from c import d\nfrom . import e\n"
    assert set(imports(ast.parse(source))) == {"a.b", "c", "c.d", ".", "..e"}


@pytest.mark.parametrize("path", FRONT, ids=name_of)
def test_recipes_and_corpora_import_the_library_and_never_each_other(path: Path) -> None:
    for module in imports(tree_of(path)):
        assert not module.startswith("."), f"{name_of(path)} imports its neighbour {module}"
        for package in ("recipes", "corpora", "seqgan.recipes", "seqgan.corpora", "seqgan.cli"):
            assert not is_within(module, package), f"{name_of(path)} imports {module}"


def test_the_library_never_imports_recipes_or_corpora() -> None:
    """They are started by name, through `importlib`, in two places."""
    for path in LIBRARY:
        tree = tree_of(path)
        for module in imports(tree):
            for package in ("recipes", "corpora", "seqgan.recipes", "seqgan.corpora"):
                assert not is_within(module, package), f"{name_of(path)} imports {module}"
        texts = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        started = any(re.match(r"seqgan\.(recipes|corpora)(\.[\w{]*)?$", text) for text in texts)
        assert not started or STARTERS.fullmatch(name_of(path)), f"{name_of(path)} starts them"


@pytest.mark.parametrize("wing", WINGS)
def test_wings_never_meet(wing: str) -> None:
    others = [f"seqgan.{other}" for other in WINGS if other != wing]
    for path in (ROOT / "seqgan" / wing).rglob("*.py"):
        for module in imports(tree_of(path)):
            assert not any(is_within(module, other) for other in others), name_of(path)


def test_third_party_imports_are_declared() -> None:
    """A fresh environment holds what `dependencies` names, and nothing else may be imported."""
    given = {re.split(r"[<>=!~\[ ]", text)[0] for text in PROJECT["project"]["dependencies"]}
    owners = packages_distributions()
    for path in [*LIBRARY, *FRONT]:
        for top in {module.split(".")[0] for module in imports(tree_of(path))}:
            if top in sys.stdlib_module_names or top in ("seqgan", ""):
                continue
            names = {re.sub(r"[-_.]+", "-", name).lower() for name in owners.get(top, [])}
            assert names & given, f"{name_of(path)} imports {top}, which is not a dependency"


def test_pyproject_lists_the_folders_that_exist() -> None:
    mapped = {"seqgan.recipes": "recipes", "seqgan.corpora": "corpora"}
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts) for path in LIBRARY if path.stem == "__init__"
    }
    assert sorted(PROJECT["tool"]["setuptools"]["packages"]) == sorted({*folders, *mapped})
    assert PROJECT["tool"]["setuptools"]["package-dir"] == {"seqgan": "seqgan", **mapped}
    without = {path.parent for path in LIBRARY} - {
        p.parent for p in LIBRARY if p.stem == "__init__"
    }
    assert not without, "a folder without __init__.py is no package"
    for folder in mapped.values():
        assert (ROOT / folder / "__init__.py").exists()


def test_test_modules_have_unique_names() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", sorted((ROOT / "recipes").glob("[!_]*.py")), ids=name_of)
def test_a_recipe_fits_on_a_few_screens(path: Path) -> None:
    """A recipe is the paper's algorithm box; what grows belongs into the library."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 150


def test_the_core_stays_small() -> None:
    core = (ROOT / "seqgan" / "core").rglob("*.py")
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in core}
    assert sum(lines.values()) < 1200
    assert all(count <= 300 for count in lines.values())


def passed_on(function: ast.AST, name: str) -> bool:
    """Return whether a function calls another with `**name`."""
    return any(
        isinstance(node, ast.keyword)
        and node.arg is None
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        for node in ast.walk(function)
    )


def test_no_arguments_passed_through_and_no_catch_all_handlers() -> None:
    """`f(**kwargs)` and bare `except` swallow misspellings and mistakes."""
    for path in [*LIBRARY, *FRONT]:
        for node in ast.walk(tree_of(path)):
            where = f"{name_of(path)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                rest = node.args.kwarg
                assert rest is None or not passed_on(node, rest.arg), f"{where} passes **{rest}"
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else ""
                assert caught not in ("", "Exception", "BaseException"), f"{where} catches all"


def test_nothing_fetches_by_address() -> None:
    """Corpora come through pip or the hub's client, and neither's host stands in our files."""
    fetchers = {"urllib.request", "http.client", "ftplib", "requests", "httpx", "aiohttp", "socket"}
    for path in [*LIBRARY, *FRONT]:
        found = {module for module in imports(tree_of(path)) if module in fetchers}
        assert not found, f"{name_of(path)} imports {found}"
    registry = re.compile(r"pypi\.org|pythonhosted|index[-_]url|download\.pytorch", re.IGNORECASE)
    files = [".ci/run", "Makefile", "pyproject.toml", "README.md", "CONTRIBUTING.md"]
    for path in [*LIBRARY, *FRONT, *(ROOT / name for name in files)]:
        text = path.read_text(encoding="utf-8")
        assert not registry.search(text), f"{name_of(path)} names a registry host"


def test_files_and_functions_are_small_rooms() -> None:
    """The ceiling lies above the habit (300 lines, 40 a function): beyond it a seam is overdue."""
    for path in [*LIBRARY, *FRONT]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 320, name_of(path)
