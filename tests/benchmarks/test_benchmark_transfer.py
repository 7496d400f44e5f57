"""Style transfer: tokens a second of training in each phase, sentences a second of use."""

import time
from pathlib import Path

import pytest
import torch
from made_batches import Record
from made_texts import made_run, made_sentences, made_tokenizer, seconds_a_phase

from seqgan.text.evaluation.fluency import FluencyScorer
from seqgan.text.habits import Habits
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.setup import own_generator
from seqgan.text.transfer.batches import StyledRows, StyledShare
from seqgan.text.transfer.cast import make_cast, phases_of
from seqgan.text.transfer.finish import OwnScorers
from seqgan.text.transfer.judges import NETWORKS, neural_classifier
from seqgan.text.transfer.model import StyleTransferModel
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.noise import StyleWords
from seqgan.text.transfer.options import TransferOptions
from seqgan.text.transfer.saved import Styling
from seqgan.text.transfer.setup import transferred
from seqgan.text.transfer.vocabulary import StyleVocabulary, marks_of
from seqgan.text.whole_words import words_used

QUICK_UPDATES = 30  # of the run's own scorers: how good they are is not asked here

pytestmark = pytest.mark.benchmark

STYLES = ("negative", "positive")


def test_style_transfer(tmp_path: Path, updates: int, threads: int, record: Record) -> None:
    """Sentences of 5 to 15 words, 4,000 subwords, everything else by default."""
    run, options = made_run(tmp_path / "run", threads), TransferOptions()
    texts = [made_sentences(2000, words=(5, 15), seed=style) for style in range(2)]
    tokenizer = made_tokenizer([*texts[0], *texts[1]], marks=marks_of(2))
    vocabulary = StyleVocabulary(tokenizer, STYLES)
    marks = [vocabulary.mask, *vocabulary.tags]
    torch.manual_seed(0)
    inner = own_generator(
        options.network, tokenizer, dim=options.generator_dim, dropout=0.2, marks=marks
    )
    generator = StyleGenerator([inner], vocabulary.tags, told_source=False)
    rows = [vocabulary.encode(sentences) for sentences in texts]
    data = StyledRows.of(rows, StyleWords(rows), pad=tokenizer.pad)
    longest = 1 + max(len(ids) for sentences in rows for ids in sentences)
    models = LikelihoodModels(generator, measure="", early_stop=False)
    judges = OwnScorers(
        neural_classifier(texts, seed=0, max_updates=QUICK_UPDATES, kinds=NETWORKS),
        FluencyScorer.train([*texts[0], *texts[1]], seed=0, max_updates=QUICK_UPDATES),
    )
    cast = make_cast(
        options,
        vocabulary,
        models,
        judges,
        max_length=longest,
        mean_length=data.mean_length,
    )
    seconds = seconds_a_phase(
        run,
        cast.game,
        list(cast.players.values()),
        phases_of(options, cast, models),
        StyledShare(run, data, batch_size=options.batch_size),
        updates=updates,
    )
    tokens = options.batch_size * sum(map(len, rows[0] + rows[1])) / 4000
    figures = {f"{name}_tokens_per_second": tokens / each for name, each in seconds.items()}

    words = words_used([*texts[0], *texts[1]], chinese=False)
    styling = Styling(
        STYLES,
        "cycle",
        vocabulary.tags,
        vocabulary.mask,
        longest,
        Habits.of(texts),
        words,
    )
    model = StyleTransferModel(generator, tokenizer, styling, scorers=judges)
    start = time.perf_counter()
    model.transfer(texts[0][:1], to="positive", strength=None)
    figures["seconds_to_the_first_answer"] = time.perf_counter() - start
    start = time.perf_counter()
    transferred(generator, vocabulary, texts[0], style=0, target=1, max_length=longest)
    figures["sentences_per_second"] = len(texts[0]) / (time.perf_counter() - start)
    start = time.perf_counter()
    model.transfer(texts[0][:500], to="positive", strength=None)
    figures["sentences_per_second_as_the_command_does"] = 500 / (time.perf_counter() - start)
    record("style transfer", {**figures, "threads": torch.get_num_threads()})
