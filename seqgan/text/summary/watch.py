"""What is measured while a summarizer learns, without any pair: reconstruction, length, copies."""

from collections.abc import Callable, Mapping, Sequence

from seqgan.core.monitor import Alarm
from seqgan.core.run import Run
from seqgan.core.tracking import JsonLines
from seqgan.metrics.rouge import ROUGE, Rouge
from seqgan.text.generators.base import Generator
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.summary.setup import Material, reconstructed, summary_ids
from seqgan.text.words import count_words

SHOWN = 3  # examples

ALARMS = [
    Alarm("adversarial/missed", "summaries miss their word budget by half", high=0.5),
    Alarm("adversarial/same", "many documents get one and the same summary", high=0.2),
]


class Watch:
    """Summarizes documents of the validation part as the model that plays does now.

    ROUGE is shown where people's short texts are known, and never chooses anything.

    Args:
        run: whose log shows examples.
        material: texts and vocabulary.
        reconstructor: the run's own.
        playing: the phase and the generator to watch at an update.
        count: documents.
    """

    def __init__(
        self,
        run: Run,
        material: Material,
        reconstructor: PointerGenerator,
        playing: Callable[[int], tuple[str, Generator]],
        *,
        count: int,
    ) -> None:
        self.run, self.material, self.reconstructor = run, material, reconstructor
        self.playing = playing
        pairs = [pair for pair in material.texts.validation if pair.document][:count]
        self.documents = [pair.document for pair in pairs]
        shorts = [pair.short for pair in pairs]
        self.shorts = shorts if all(shorts) else []

    def __call__(self, update: int) -> Mapping[str, float]:
        """Return the figures of the model that plays at this update."""
        phase, generator = self.playing(update)
        material = self.material
        ids = summary_ids(
            generator,
            material.vocabulary,
            self.documents,
            material.texts.usual_words,
            max_source=material.max_source,
            max_length=material.max_length,
        )
        written = [material.vocabulary.tokenizer.decode(row) for row in ids]
        figures = self.figures(written)
        told = ", ".join(f"{name} {value:.3g}" for name, value in figures.items())
        self.run.say(f"update {update}: {told}")
        self.show(update, written)
        return {f"{phase}/{name}": value for name, value in figures.items()}

    def figures(self, written: Sequence[str]) -> dict[str, float]:
        """Return reconstruction in nats a token, missed budgets, repeated outputs, ROUGE."""
        words = self.material.texts.usual_words
        nats = reconstructed(
            self.reconstructor,
            self.material.vocabulary.tokenizer,
            self.documents,
            written,
            recovered=self.material.recovered,
        )
        missed = [abs(count_words(text) - words) / words for text in written]
        found = {
            "reconstruction": -sum(nats) / len(nats),
            "missed": sum(missed) / len(missed),
            "same": 1 - len(set(written)) / len(written),
        }
        if self.shorts:
            means = Rouge(self.shorts).f1(written, self.shorts).mean(0).tolist()
            found |= dict(zip(ROUGE, means, strict=True))
        return found

    def show(self, update: int, written: Sequence[str]) -> None:
        """Say and keep the first summaries, of the same documents every time."""
        shown = [
            {"document": document, "summary": summary}
            for document, summary in zip(self.documents[:SHOWN], written[:SHOWN], strict=True)
        ]
        for each in shown:
            self.run.say(f"  {each['document'][:80]}... -> {each['summary']}")
        if self.run.main:
            JsonLines(self.run.folder / "samples" / "summaries.jsonl").replace(update, shown)
