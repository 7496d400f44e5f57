"""What is measured while a style transfer learns: accuracy, content, fluency, copies, overuse.

A setting of the dial that gives more sentences the style keeps less of them, so a generator at one
setting says little of what it can do: once it can rewrite, its answers are measured, each as strong
as its sentence needs (`StyleTransferModel`), and it is these that early stopping compares.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from statistics import fmean

from sacrebleu.metrics.bleu import BLEU

from seqgan.core.monitor import Alarm
from seqgan.core.run import Run
from seqgan.core.tracking import JsonLines
from seqgan.metrics.words import all_chinese
from seqgan.text.evaluation.judge_words import normalized_words
from seqgan.text.generators.base import Generator
from seqgan.text.transfer.baselines import Transfer
from seqgan.text.transfer.model import StyleTransferModel
from seqgan.text.transfer.overuse import Usage
from seqgan.text.transfer.ranking import FLUENCY_WEIGHT, Scorers
from seqgan.text.transfer.setup import Material, transferred

SHOWN = 2  # examples of each direction

ALARMS = [
    Alarm("adversarial/copied", "sentences come back as they were", high=0.5),
    Alarm("adversarial/source_bleu", "the content of sentences is lost", low=10.0),
]


def development_score(
    accuracy: float, source_bleu: float, worse: float = 0.0, overused: float = 0.0
) -> float:
    """Return the geometric mean of an accuracy without mere copies and of content, both in percent.

    Content that reads `worse` than real text, so many nats a word, counts for less by as much as
    where answers are chosen (`ranking.total`). Without that nothing that makes sentences read
    better is ever found to be worth its content. The share of the words that is `overused`, beyond
    that of real text, counts for nothing, or no moment of play were ever better for using fewer.

    >>> development_score(90.0, 40.0), round(development_score(90.0, 40.0, worse=1.0), 2)
    (60.0, 50.87)
    >>> development_score(90.0, 40.0, overused=0.19)
    54.0
    """
    fluent = math.exp(-FLUENCY_WEIGHT * max(worse, 0.0))
    return float((accuracy * source_bleu * fluent * (1 - max(overused, 0.0))) ** 0.5)


class Watch:
    """Transfers sentences of the validation part and judges them by the run's own classifier.

    Args:
        run: whose log shows examples.
        material: texts and vocabulary.
        scorers: trained on the same half as the generator; never the judges of the report.
        playing: the phase and the generator to watch at an update.
        count: sentences of each style.
        plain: phases in which the generator is watched at the dial's 1, as it learns there: it
            cannot answer yet.
    """

    def __init__(
        self,
        run: Run,
        material: Material,
        scorers: Scorers,
        playing: Callable[[int], tuple[str, Generator]],
        *,
        count: int,
        plain: Collection[str] = (),
    ) -> None:
        assert scorers.style is not None
        self.run, self.material, self.scorers = run, material, scorers
        self.classifier = scorers.style
        self.playing, self.plain = playing, plain
        self.texts = [sentences[:count] for sentences in material.texts.validation]
        self.chinese = all_chinese(self.texts[0])
        self.bleu = BLEU(tokenize="zh" if self.chinese else "13a", force=True)
        self.real_nats = self.nats([text for texts in self.texts for text in texts])
        self.usage = [Usage.of(self.words(texts)) for texts in material.texts.train]
        self.real_overuse = [
            usage.overused(self.words(texts))
            for usage, texts in zip(self.usage, self.texts, strict=True)
        ]

    def __call__(self, update: int) -> Mapping[str, float]:
        """Return the figures of the model that plays at this update."""
        phase, generator = self.playing(update)
        found = self.measured(generator, update, plainly=phase in self.plain)
        return {f"{phase}/{name}": value for name, value in found.items()}

    def measured(
        self, generator: Generator, update: int, *, plainly: bool = False
    ) -> dict[str, float]:
        """Return the figures of a generator, and show what it writes."""
        writes = self.plainly(generator) if plainly else self.answers(generator)
        pairs: list[tuple[str, str]] = []
        hits: list[bool] = []
        overused: list[float] = []
        shown: list[dict[str, str]] = []
        styles = range(len(self.texts))
        for style, target in ((s, t) for s in styles for t in styles if s != t):
            sources = self.texts[style]
            written = writes(sources, style, target)
            told_N = self.classifier.probabilities(written).argmax(1)
            hits += (told_N == target).tolist()
            share = self.usage[target].overused(self.words(written))
            overused.append(share - self.real_overuse[target])
            shown += self.examples(sources, written, target)
            pairs += zip(sources, written, strict=True)
        if self.run.main:
            JsonLines(self.run.folder / "samples" / "transfers.jsonl").replace(update, shown)
        figures = self.figures(pairs, hits, fmean(overused))
        self.run.say(
            f"update {update}: accuracy {figures['accuracy']:.1f}, source-BLEU "
            f"{figures['source_bleu']:.1f}, copied {figures['copied']:.1%}, overused "
            f"{figures['overused']:.1%}"
            + (f", {figures['nats']:.2f} nats a word" if "nats" in figures else "")
        )
        return figures

    def words(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the words of each text."""
        return [normalized_words(text, chinese=self.chinese) for text in texts]

    def nats(self, texts: Sequence[str]) -> float | None:
        """Return the nats a word of texts by the run's own language model, None without one."""
        if self.scorers.fluency is None:
            return None
        nats, words = map(sum, zip(*self.scorers.fluency.nll(texts), strict=True))
        return float(nats / words)

    def answers(self, generator: Generator) -> Transfer:
        """Return the generator as `seqgan transfer --source` uses it."""
        words, styling = self.material.vocabulary.tokenizer, self.material.styling
        return StyleTransferModel(generator, words, styling, scorers=self.scorers).rewritten

    def plainly(self, generator: Generator) -> Transfer:
        """Return the generator at the dial's 1."""
        return partial(
            transferred, generator, self.material.vocabulary, max_length=self.material.max_length
        )

    def figures(
        self, pairs: Sequence[tuple[str, str]], hits: Sequence[bool], overused: float
    ) -> dict[str, float]:
        """Return accuracy, source-BLEU, copies, nats a word of (source, output), and `overused`.

        `shortfall` is what is to fall.
        """
        same = [source.casefold() == output.casefold() for source, output in pairs]
        right = sum(hit and not copy for hit, copy in zip(hits, same, strict=True))
        outputs = [output for _, output in pairs]
        bleu = self.bleu.corpus_score(outputs, [[source for source, _ in pairs]]).score
        earned, nats = 100 * right / len(pairs), self.nats(outputs)
        worse = 0.0 if nats is None or self.real_nats is None else nats - self.real_nats
        return {
            "accuracy": 100 * sum(hits) / len(pairs),
            "source_bleu": bleu,
            "copied": sum(same) / len(pairs),
            "overused": overused,
            "shortfall": 100 - development_score(earned, bleu, worse, overused),
        } | ({} if nats is None else {"nats": nats})

    def examples(
        self, sources: Sequence[str], written: Sequence[str], target: int
    ) -> list[dict[str, str]]:
        """Say and return the first sentences, the same ones every time."""
        name = self.material.texts.styles[target]
        shown = [
            {"source": source, "output": output, "to": name}
            for source, output in zip(sources[:SHOWN], written[:SHOWN], strict=True)
        ]
        for each in shown:
            self.run.say(f"  to {name}: {each['source']} -> {each['output']}")
        return shown
