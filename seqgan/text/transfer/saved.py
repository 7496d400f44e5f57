"""A system of a style transfer as a folder of its run, and the judges that the run keeps."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from seqgan.core.run import write_whole
from seqgan.errors import UserError
from seqgan.text.generators.store import load_generator, replacing, save_generator
from seqgan.text.habits import NONE, Habits
from seqgan.text.kept_systems import folder_of
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.transfer.guidance import Family
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.ranking import Scorers

STYLING_FILE = "transfer.json"
PART = "generator-"
STYLE_FOLDER, FLUENCY_FOLDER = "style-scorer", "fluency-scorer"
FAMILIES: tuple[Family, ...] = ("cycle", "common")


@dataclass(frozen=True)
class Styling:
    """How a generator is told a style.

    Attributes: styles (their names), family (what sources begin with, see `guidance.aimed`), tags
    (an id for each style), mask (what stood for hidden words), max_length (subwords of a sentence),
    habits (of the sentences that it learned from), words (that people use there: sentences have
    these and their own alone; () allows any), language (see `language_of`).
    """

    styles: tuple[str, ...]
    family: Family
    tags: tuple[int, ...]
    mask: int
    max_length: int
    habits: Habits = NONE
    words: tuple[str, ...] = ()
    language: str = ""

    @property
    def marks(self) -> frozenset[int]:
        """The ids that are no words."""
        return frozenset((*self.tags, self.mask))

    def save(self, folder: Path) -> None:
        """Write `transfer.json` beside the generator."""
        text = json.dumps(asdict(self), ensure_ascii=False)
        write_whole(folder / STYLING_FILE, text + "\n")

    @classmethod
    def load(cls, folder: Path) -> "Styling":
        """Return what `save` wrote; raises `UserError` if it is missing or broken."""
        path = folder / STYLING_FILE
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            styling = cls(
                styles=tuple(map(str, saved["styles"])),
                family=saved["family"],
                tags=tuple(map(int, saved["tags"])),
                mask=int(saved["mask"]),
                max_length=int(saved["max_length"]),
                habits=Habits.from_json(saved.get("habits", {})),  # runs of before have none
                words=tuple(map(str, saved.get("words", ()))),  # nor these
                language=str(saved.get("language", "")),  # nor this
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(f"{path} cannot be read: {error!r}; copy it again") from None
        fits = len(styling.styles) == len(styling.tags) >= 2 and styling.max_length >= 1
        if not fits or styling.family not in FAMILIES:
            raise UserError(f"{path} is damaged: two styles or more, a tag each; copy it again")
        return styling


def save_system(
    generator: StyleGenerator, tokenizer: Tokenizer, styling: Styling, folder: Path
) -> None:
    """Write a system into a folder of the run, whole or not at all.

    One generator lies in the folder itself, several in folders of their own.

    Raises:
        UserError: if the folder holds something else or cannot be written.
    """
    inner = [generator.inner(place) for place in range(len(generator.generators))]
    with replacing(folder) as fresh:
        if len(inner) == 1:
            inner[0].save_pretrained(fresh)
            tokenizer.save_pretrained(fresh)
        else:
            about = {"architecture": StyleGenerator.__name__, "arguments": {}}
            (fresh / "config.json").write_text(json.dumps(about) + "\n", encoding="utf-8")
            for place, one in enumerate(inner):
                save_generator(one, tokenizer, fresh / f"{PART}{place}")
        styling.save(fresh)


def load_system(
    run: Path, system: str, *, device: torch.device | str
) -> tuple[StyleGenerator, Tokenizer, Styling]:
    """Return a system of a run, in evaluation mode.

    Raises `UserError` if the run has none of that name, or a damaged one.
    """
    folder = folder_of(run, system, STYLING_FILE)
    styling = Styling.load(folder)
    parts = [folder / f"{PART}{place}" for place in range(len(styling.tags))]
    parts = parts if parts[0].is_dir() else [folder]
    loaded = [load_generator(part, device=device, offline=True) for part in parts]
    if not all(0 <= mark < loaded[0][0].vocab_size for mark in styling.marks):
        raise UserError(f"{folder / STYLING_FILE} does not belong to the model: copy both again")
    first, *others = (one.word_vectors() for one, _ in loaded)
    if not all(torch.equal(first, each) for each in others):
        raise UserError(
            f"{folder} has generators that read words of their own each, as runs once did: train "
            "it again"
        )
    generator = StyleGenerator(
        [one for one, _ in loaded], styling.tags, told_source=styling.family == "common"
    )
    return generator.to(device).eval(), loaded[0][1], styling


def load_scorers(run: Path, *, num_styles: int) -> Scorers:
    """Return the judges that the run keeps for ranking, None for one that it lacks.

    Raises `UserError` for a damaged one, or for one of other styles.
    """
    style = fluency = None
    if (folder := run / STYLE_FOLDER).is_dir():
        from seqgan.text.transfer.judges import NeuralClassifier  # scikit-learn takes a second

        style = NeuralClassifier.load(folder)
        if style.num_styles != num_styles:
            raise UserError(
                f"{folder} tells {style.num_styles} styles apart, the run has {num_styles}: they "
                "do not belong together"
            )
    if (folder := run / FLUENCY_FOLDER).is_dir():
        from seqgan.text.evaluation.fluency import FluencyScorer

        fluency = FluencyScorer.load(folder)
    return Scorers(style, fluency)
