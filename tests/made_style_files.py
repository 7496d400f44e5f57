"""Text files of two made styles, one file each.

Runs write little of them: sentencepiece takes for a piece what two words have in common, so words
come in families.
"""

from pathlib import Path

WORDS = {"dull": ("cold", "colder", "coldest"), "fine": ("hot", "hotter", "hottest")}
THINGS = ("tea seems", "teas seem", "bus seems", "buses seem", "pie seems", "pies seem")
ENDS = ("now", "nowhere", "then")


def write_styles(folder: Path, *, end: str = ".") -> Path:
    """Return the folder, which is made, with the sentences of each style."""
    folder.mkdir()
    for style, own in WORDS.items():
        lines = [
            f"the {thing} {first} , {second} {when} {end}"
            for thing in THINGS
            for first in own
            for second in own
            for when in ENDS
            if first != second
        ]
        (folder / f"{style}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
