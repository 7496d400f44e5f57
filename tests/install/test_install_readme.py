"""README.md's commands are what a newcomer types: they must be there, and be those that CI runs."""

import re
from pathlib import Path

from seqgan.cli import VERBS

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_first_block_holds_the_two_commands() -> None:
    block = re.search(r"^```bash\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert block is not None
    commands = [line.split(" #")[0].rstrip() for line in block[1].splitlines()]
    assert commands == [
        "pip install -e . && accelerate launch recipes/chatbot_pg.py",
        'pip install -e ".[test]" && pytest',
    ]


def test_every_file_that_readme_names_exists() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), f"README.md points to {target}"


def test_every_verb_that_readme_shows_exists() -> None:
    shown = set(re.findall(r"^\s*seqgan ([a-z]+)", README, re.MULTILINE))
    assert shown
    assert shown <= set(VERBS)
