"""Stacked digits: three of MNIST's digits as red, green and blue, 1,000 modes to find.

Made from `mnist` when it is loaded, always the same: training stacks from its training digits,
held-out ones from the others. The label is the number that the three digits spell, red first.
"""

from pathlib import Path

from seqgan.data.picture_corpus import PictureCorpus, load_pictures
from seqgan.data.pictures import PictureParts
from seqgan.data.stacking import stack_parts


def build(offline: bool) -> PictureParts:
    """Return stacks of the digits of `mnist`, which is fetched if need be."""
    return stack_parts(load_pictures("mnist", offline=offline))


def read(path: Path) -> PictureParts:
    """Return stacks of the digits of a local copy of `mnist`."""
    return stack_parts(load_pictures("mnist", path=path))


CORPUS = PictureCorpus(
    name="stacked",
    summary=(
        "three of mnist's digits as red, green and blue: 1,000 modes, 60,000 and 26,000 held out"
    ),
    source="mnist, of which it is made, or a local copy of that with --corpus-path",
    licence="as mnist",
    picture_licence="as mnist",
    version=1,
    build=build,
    read=read,
    suffixes=("",),
    kept=False,
)
