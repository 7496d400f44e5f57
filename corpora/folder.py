"""Folder: any folder of pictures, given with --corpus-path."""

from pathlib import Path

from seqgan.data.labels import BY_DEFAULT
from seqgan.data.picture_corpus import PictureCorpus, read_own
from seqgan.data.pictures import PictureParts
from seqgan.errors import UserError


def build(offline: bool) -> PictureParts:
    """Refuse: there are no pictures without a path."""
    raise UserError(
        "corpus 'folder' is your own pictures: say where with --corpus-path, a folder of pictures"
        " or an .npz of arrays"
    )


def read(path: Path) -> PictureParts:
    """Return the two parts of the user's own pictures."""
    return read_own(path, size=None, label_column=BY_DEFAULT)


CORPUS = PictureCorpus(
    name="folder",
    summary=(
        "your own pictures: a folder (subfolders are labels; sizes, grey and alpha may be mixed) or"
        " an .npz; for `summarize` your own texts: files named documents and shorts"
    ),
    source="where --corpus-path says",
    licence="-",
    picture_licence="yours",
    version=1,
    build=build,
    read=read,
    kept=False,
)
