"""What is watched while a style transfer learns: the dial's 1 first, then whole answers."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from made_transfer import STYLES, LengthFluency, WordStyles, made_generator, sentences
from seqgan.text.habits import NONE
from seqgan.text.tokenizer import SubwordTokenizer
from seqgan.text.transfer.batches import StyledRows
from seqgan.text.transfer.model import StyleTransferModel
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.noise import StyleWords
from seqgan.text.transfer.ranking import Scorers
from seqgan.text.transfer.setup import Material, transferred
from seqgan.text.transfer.vocabulary import StyleVocabulary, marks_of
from seqgan.text.transfer.watch import Watch

SOURCES = [sentences(style)[:6] for style in STYLES]
SCORERS = Scorers(WordStyles(), LengthFluency())


def watched(phase: str) -> tuple[Watch, StyleGenerator]:
    texts = [text for style in STYLES for text in sentences(style)]
    words = SubwordTokenizer.train(texts * 3, vocab_size=70, exact=False, marks=marks_of(2))
    vocabulary = StyleVocabulary(words, STYLES)
    rows = [vocabulary.encode(sentences(style)) for style in STYLES]
    generator = StyleGenerator([made_generator(words)], vocabulary.tags, told_source=False)
    whole = [sentences(style) for style in STYLES]
    parts: Any = SimpleNamespace(styles=STYLES, validation=SOURCES, train=whole)
    train = StyledRows.of(rows, StyleWords(rows), pad=words.pad)
    quiet: Any = SimpleNamespace(say=lambda text: None, main=False)
    watch = Watch(
        quiet,
        Material(parts, vocabulary, train, 24, NONE),
        SCORERS,
        lambda update: (phase, generator),
        count=6,
        plain={"denoising"},
    )
    return watch, generator


@pytest.mark.parametrize("phase", ["denoising", "choosing"])
def test_answers_are_measured_once_it_can_give_them(
    phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, generator = watched(phase)
    material = watch.material
    seen: list[Sequence[str]] = []

    def spy(sources: Sequence[str], written: Sequence[str], target: int) -> list[dict[str, str]]:
        seen.append(written)
        return []

    monkeypatch.setattr(watch, "examples", spy)
    figures = watch(1)
    assert set(figures) == {
        f"{phase}/{name}"
        for name in ("accuracy", "source_bleu", "copied", "overused", "nats", "shortfall")
    }
    model = StyleTransferModel(
        generator, material.vocabulary.tokenizer, material.styling, scorers=SCORERS
    )
    for (source, target), written in zip(((0, 1), (1, 0)), seen, strict=True):
        sources = SOURCES[source]
        plain = transferred(generator, material.vocabulary, sources, source, target, max_length=24)
        found = model.transfer(sources, STYLES[target], source=STYLES[source])
        answers = [each.text for each in found]
        assert plain != answers
        assert written == (plain if phase == "denoising" else answers)


def test_what_reads_better_is_worth_some_content() -> None:
    """Two answers, equally right: the one that keeps less may win if it reads better."""
    watch, _ = watched("choosing")
    sources = [text for texts in SOURCES for text in texts]
    hits = [True] * len(sources)

    def shortfall(outputs: list[str], nats: float) -> float:
        fluency: Any = SimpleNamespace(nll=lambda texts: [(nats, 1) for _ in texts])
        watch.scorers = Scorers(WordStyles(), fluency)
        return watch.figures(list(zip(sources, outputs, strict=True)), hits, 0.0)["shortfall"]

    watch.real_nats = 4.0
    full = [f"{text} indeed" for text in sources]
    less = [f"{text.rsplit(maxsplit=2)[0]} indeed" for text in sources]
    assert shortfall(less, 4.0) > shortfall(full, 4.0)
    assert shortfall(less, 4.0) < shortfall(full, 9.0)
    assert shortfall(full, 3.0) == shortfall(full, 4.0)  # no more is asked than real text has


def test_what_people_say_as_often_is_not_overused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence for all is, and every share of the words that is counts for nothing."""
    watch, _ = watched("choosing")
    real = {target: SOURCES[target] for target in (0, 1)}
    same = {target: [SOURCES[target][0]] * 6 for target in (0, 1)}

    def figures(written: dict[int, list[str]]) -> dict[str, float]:
        monkeypatch.setattr(watch, "answers", lambda generator: lambda t, s, to: written[to])
        generator: Any = None
        return watch.measured(generator, 1)

    honest, lazy = figures(real), figures(same)
    assert honest["overused"] == pytest.approx(0.0)  # no more than the validation part itself
    assert lazy["overused"] > 0.2
    fair = watch.figures([("a b c d e", "a b c d f")] * 6, [True] * 6, 0.0)
    stale = watch.figures([("a b c d e", "a b c d f")] * 6, [True] * 6, lazy["overused"])
    kept = (100 - stale["shortfall"]) / (100 - fair["shortfall"])
    assert kept**2 == pytest.approx(1 - lazy["overused"])
