"""The parts of a report that files of a picture run give: rounds, neighbors, strips, figures."""

from collections.abc import Iterator

from seqgan.report.inlining import Inliner
from seqgan.report.markup import Html, element, join
from seqgan.report.run_folder import Record, RunFolder
from seqgan.report.samples import evenly

MAX_ROUNDS = 6
REAL = "samples/real.png"
ANIMATIONS = ("samples/training.gif", "samples/training.png")


def rounds_of(run: RunFolder) -> list[tuple[int, str]]:
    """Return the updates at which `samples/NNNNNN.png` were drawn and the files, oldest first."""
    names = [file.name for file in (run.path / "samples").glob("*.png")]
    rounds = [(int(name[:-4]), f"samples/{name}") for name in names if name[:-4].isdecimal()]
    return sorted(rounds)


def rounds(run: RunFolder, inline: Inliner) -> Html:
    """Return samples of a few updates from first to last, real pictures behind them."""
    drawn = rounds_of(run)
    if not drawn:
        return Html("")
    real = _tile(inline, REAL, "real pictures", style="real")
    shown = evenly(drawn, MAX_ROUNDS - bool(real))
    tiles = [_tile(inline, name, f"update {update:,}") for update, name in shown]
    note = f"Samples at {len(shown)} of {len(drawn)} updates, evenly spaced; not chosen by hand."
    return element(
        "div",
        element("div", *tiles, real, class_="rounds"),
        element("p", note, class_="soft"),
    )


def animation(inline: Inliner) -> Html:
    """Return the animation of training, if the run has one."""
    return join([_tile(inline, name, "training, round after round") for name in ANIMATIONS])


def all_rounds(run: RunFolder, inline: Inliner, moving: Html) -> Html:
    """Return the animation of training beside the last samples and real pictures, enlarged."""
    drawn = rounds_of(run)
    tiles = [moving]
    if drawn:
        update, name = drawn[-1]
        tiles.append(_tile(inline, name, f"the last samples, update {update:,}"))
    tiles.append(_tile(inline, REAL, "real pictures", style="real"))
    return element("div", *tiles, class_="large") if any(tiles) else Html("")


def neighbors_section(inline: Inliner) -> Html:
    """Return samples beside the training pictures that are nearest to them."""
    note = (
        "In each pair a sample and, to its right, the training picture nearest to it; below them "
        "how far apart they are. Pairs that are the same picture are copies."
    )
    return _single(inline, "samples/nearest.png", note, alt="samples and nearest training pictures")


def latent_section(inline: Inliner) -> Html:
    """Return strips on the way from one code to another."""
    note = (
        "Each row goes from one code of the generator to another in equal steps. Where the steps "
        "are smooth and every picture on the way is a good one, samples are not memories."
    )
    return _single(inline, "samples/latent.png", note, alt="strips from one code to another")


def figures_section(record: Record, inline: Inliner) -> Html:
    """Return the drawings that the results name, each with its title and caption."""
    figures = []
    for file, title, caption in _listed(record):
        image = inline.image(file, alt=title or file, drawn=True)
        if image:
            words = element("figcaption", element("b", title), " ", caption)
            figures.append(element("figure", image, words))
    return element("div", *figures, class_="plots") if figures else Html("")


def _listed(record: Record) -> Iterator[tuple[str, str, str]]:
    given = record.get("figures")
    for each in given if isinstance(given, list) else []:
        if isinstance(each, dict) and each.get("file"):
            title, caption = str(each.get("title", "")), str(each.get("caption", ""))
            yield str(each["file"]), title, caption


def _tile(inline: Inliner, name: str, caption: str, *, style: str = "tile") -> Html:
    image = inline.image(name, alt=f"samples, {caption}" if style == "tile" else caption)
    return (
        element("figure", image, element("figcaption", caption), class_=style) if image else image
    )


def _single(inline: Inliner, name: str, note: str, *, alt: str) -> Html:
    image = inline.image(name, alt=alt)
    if not image:
        return image
    return join([element("p", note, class_="soft"), element("div", image, class_="single")])
