"""The judges of style transfers, trained once: two classifiers, a language model, a lexicon.

They learn from the half of the training texts that no system learns or decodes with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from seqgan.metrics.words import all_chinese
from seqgan.text.evaluation.fluency import FluencyScorer
from seqgan.text.evaluation.judge_words import normalized_words
from seqgan.text.transfer.judges import StyleClassifier, neural_classifier, ngram_classifier
from seqgan.text.transfer.lexicon import Lexicon

NOBODY = -1
"""The style of a text without words."""


@dataclass(frozen=True)
class Reading:
    """What the judges say of one text."""

    words: tuple[str, ...]
    """Its normalized words (Chinese: characters)."""
    styles: tuple[int, ...]
    """The style by each classifier, n-grams first; a text without words has none."""
    nll: float
    """Nats under the language model."""
    num_words: int
    """Words that the nats are shared out over, the end one of them."""

    @property
    def nats(self) -> float:
        """Nats a word."""
        return self.nll / self.num_words


@dataclass(frozen=True)
class Panel:
    """All judges together; what they said of a text is kept, for systems often agree."""

    classifiers: Sequence[StyleClassifier]
    language_model: FluencyScorer
    lexicon: Lexicon
    chinese: bool
    _known: dict[str, Reading] = field(default_factory=dict)

    @classmethod
    def train(
        cls,
        texts: list[list[str]],
        *,
        seed: int,
        classifier_updates: int,
        language_updates: int,
        say: Callable[[str], None],
    ) -> "Panel":
        """Return judges of the styles that have these texts; so many updates train them at most.

        Raises `UserError` without texts of two styles.
        """
        every = [text for each in texts for text in each]
        say(f"training the judges on {len(every):,} texts that no system learned from ...")
        linear = ngram_classifier(texts, seed=seed)
        lexicon = Lexicon.train(texts)
        network = neural_classifier(texts, seed=seed, max_updates=classifier_updates)
        model = FluencyScorer.train(every, seed=seed, max_updates=language_updates)
        return cls([linear, network], model, lexicon, all_chinese(every))

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return what the judges say of each text."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            words = [tuple(normalized_words(text, chinese=self.chinese)) for text in fresh]
            guesses = [each.probabilities(fresh).argmax(1).tolist() for each in self.classifiers]
            styles = zip(*guesses, strict=True)
            for text, said, style, (nll, count) in zip(
                fresh, words, styles, self.language_model.nll(fresh), strict=True
            ):
                heard = style if said else (NOBODY,) * len(style)
                self._known[text] = Reading(said, heard, nll, count)
        return [self._known[text] for text in texts]
