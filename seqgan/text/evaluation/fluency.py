"""How fluent a text is: its likelihood under a language model, a whitespace word at a time.

The model reads normalized words (Chinese: characters), as the classifiers do, so neither case nor
the spaces around marks make a text likely. What is divided by is the number of whitespace words
(Chinese: characters) and the end, whatever the model's vocabulary.

Legend: N texts.
"""

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from seqgan.errors import UserError
from seqgan.metrics.perplexity import perplexity
from seqgan.metrics.words import all_chinese
from seqgan.nn.saving import load_weights, read_config, save_module
from seqgan.text.evaluation.judge_words import READING, normalized_words, read_reading
from seqgan.text.evaluation.language_scores import LanguageScorer, ScoreModel, ScoreVocabulary
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.generators.store import build, replacing
from seqgan.text.words import first_words

MAX_WORDS = 64
"""Words read of a text: of a longer one the first, which are then all that is divided by."""
MAX_KNOWN = 20_000
BATCH_SIZE = 64
MAX_UPDATES, MIN_UPDATES, MAX_ROUNDS = 1300, 200, 4
DROPOUT = 0.1
"""A large corpus is read but once."""
SMALL, SMALL_DROPOUT = 30_000, 0.3
"""Texts below which the model reads them several times, and must not learn them by heart."""


class FluencyScorer:
    """A language model of real text; `FluencyScorer.train` makes one."""

    def __init__(
        self, model: RecurrentLanguageModel, known: list[str], num_rare: int, *, chinese: bool
    ) -> None:
        """Wrap a trained model of the words in `known`; `num_rare` others were seen once.

        Attributes: vocab_size (special tokens counted).
        """
        self._model, self._known, self._num_rare = model.eval(), known, num_rare
        self._chinese = chinese
        vocabulary = _vocabulary(known, num_rare)
        self.vocab_size = vocabulary.size
        self._scorer = LanguageScorer(model, vocabulary, ScoreModel(max_words=2 * MAX_WORDS))

    @classmethod
    def train(
        cls, texts: Sequence[str], *, seed: int, max_updates: int = MAX_UPDATES
    ) -> "FluencyScorer":
        """Return a model of the texts; the global random state is left as it was.

        Raises `UserError` without a text that has words.
        """
        chinese = all_chinese(texts)
        words = [read for text in texts if (read := normalized_words(text, chinese=chinese))]
        if not words:
            raise UserError("no text to learn a language model from: every line is empty")
        counts = Counter(word for each in words for word in each)
        known = [word for word, count in counts.most_common(MAX_KNOWN) if count > 1]
        num_rare = len(counts) - len(known)
        rounds = MAX_ROUNDS * -(-len(words) // BATCH_SIZE)
        size = ScoreModel(
            epochs=1,
            min_updates=min(max(rounds, MIN_UPDATES), max_updates),
            dropout=DROPOUT if len(words) >= SMALL else SMALL_DROPOUT,
            max_words=2 * MAX_WORDS,
        )
        if len(words) > max_updates * BATCH_SIZE:
            words = random.Random(seed).sample(words, max_updates * BATCH_SIZE)
        scorer = LanguageScorer.train(words, _vocabulary(known, num_rare), size=size, seed=seed)
        return cls(scorer.model, known, num_rare, chinese=chinese)

    def nll(self, texts: Sequence[str]) -> list[tuple[float, int]]:
        """Return of each text the nats of all of it, and its number of words, its end one more."""
        read = [first_words(text, MAX_WORDS) for text in texts]
        words = [normalized_words(text, chinese=self._chinese) for text in read]
        nats = self._scorer.score(words).nll_S.tolist()
        counts = map(len, words if self._chinese else [text.split() for text in read])
        return [(each, count + 1) for each, count in zip(nats, counts, strict=True)]

    def perplexity(self, texts: Sequence[str]) -> float:
        """Return the perplexity a word (Chinese: character), ends of texts counted.

        Raises ValueError without texts.
        """
        scores = self.nll(texts)
        return perplexity(sum(nats for nats, _ in scores), sum(count for _, count in scores))

    def save(self, folder: Path) -> None:
        """Write model and words into the folder, whole or not at all.

        Raises `UserError` if the folder holds something else or cannot be written.
        """
        reading = {"chinese": self._chinese, "known": self._known, "num_rare": self._num_rare}
        with replacing(folder) as fresh:
            save_module(self._model, self._model.arguments, fresh)
            text = json.dumps(reading, ensure_ascii=False) + "\n"
            (fresh / READING).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "FluencyScorer":
        """Return the scorer that `save` wrote; `UserError` if it is missing or damaged."""
        model = build((RecurrentLanguageModel,), read_config(folder), folder)
        load_weights(model, folder)
        reading = read_reading(folder)
        known, num_rare = reading.get("known"), reading.get("num_rare")
        if not isinstance(known, list) or not isinstance(num_rare, int):
            raise UserError(f"{folder / READING} lacks the words of the model: copy it again")
        scorer = cls(model, known, num_rare, chinese=bool(reading.get("chinese")))
        if scorer.vocab_size != model.vocab_size:
            raise UserError(
                f"{folder}: the model knows {model.vocab_size} words, {READING} names "
                f"{scorer.vocab_size}; the files do not belong together"
            )
        return scorer


def _vocabulary(known: list[str], num_rare: int) -> ScoreVocabulary:
    """Return the vocabulary of a text in which the known words stand twice and so many once."""
    return ScoreVocabulary([known, known, [f"\0{place}" for place in range(num_rare)]])
