"""Pictures inside the page: a report is one file, and stays small enough to mail."""

import base64
import struct
from pathlib import Path

from seqgan.report.markup import Html, element
from seqgan.report.run_folder import RunFolder

MAX_CHARACTERS = 7_400_000
"""All pictures of a page together, as base64."""
COARSE_WIDTH = 400
"""Pictures up to this width in pixels keep hard pixel edges where the page enlarges them."""


class Inliner:
    """Gives pictures of a run as elements; what the page has no room for is named as a problem."""

    def __init__(self, run: RunFolder, *, room: int = MAX_CHARACTERS) -> None:
        self.run = run
        self.room = room
        self.shown: set[str] = set()

    def image(self, name: str, *, alt: str, drawn: bool = False) -> Html:
        """Return the picture in the file `name` of the run; empty markup if it is not there.

        `drawn` is for charts: on white paper. A picture that the page has already is not named if
        there is no room for it once more.
        """
        file = self.run.path / name
        if not file.resolve().is_relative_to(self.run.path.resolve()):
            self.run.problems.append(f"{name} lies outside the run's folder; it is left out.")
            return Html("")
        data = self._read(file, name)
        if data is None:
            return Html("")
        kind, width, height = picture_kind(data)
        if not kind:
            self.run.problems.append(f"{name} is no PNG, GIF, JPEG, WebP or SVG; it is left out.")
            return Html("")
        if 4 * -(-len(data) // 3) > self.room:
            if name in self.shown:
                return Html("")
            megabytes = len(data) / 1e6
            self.run.problems.append(
                f"{name} ({megabytes:.1f} MB) is left out: this page would grow too large. "
                "Look at it in the run's folder."
            )
            return Html("")
        text = base64.b64encode(data).decode("ascii")
        self.room -= len(text)
        self.shown.add(name)
        style = "pixels" if 0 < width <= COARSE_WIDTH else "drawn" if drawn else "picture"
        source = f"data:image/{kind};base64,{text}"
        if not width:
            return element("img", src=source, alt=alt, class_=style)
        size = (str(width), str(height))
        return element("img", src=source, alt=alt, class_=style, width=size[0], height=size[1])

    def _read(self, file: Path, name: str) -> bytes | None:
        if not file.is_file():
            return None
        try:
            return file.read_bytes()
        except OSError as error:
            self.run.problems.append(f"{name} cannot be read ({error}); it is left out.")
            return None


def picture_kind(data: bytes) -> tuple[str, int, int]:
    """Return the kind, width and height of a picture file; sizes are 0 where not looked up.

    The kind is empty if `data` is none of the kinds that every browser shows.

    >>> picture_kind(b"GIF89a" + bytes([3, 0, 2, 0])), picture_kind(b"text")
    (('gif', 3, 2), ('', 0, 0))
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return "png", *struct.unpack(">II", data[16:24])
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        return "gif", *struct.unpack("<HH", data[6:10])
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg", 0, 0
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp", 0, 0
    if b"<svg" in data[:1000] and data.lstrip().startswith((b"<?xml", b"<svg", b"<!--")):
        return "svg+xml", 0, 0
    return "", 0, 0
