"""The summarizer: tokens a second of training in each phase, documents a second of use."""

import time
from functools import partial
from pathlib import Path

import pytest
import torch
from made_batches import Record
from made_texts import made_run, made_sentences, made_tokenizer, seconds_a_phase

from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.setup import own_generator
from seqgan.text.summary.batches import SummaryShare, Texts
from seqgan.text.summary.cast import make_cast, phases_of
from seqgan.text.summary.model import SummaryModel
from seqgan.text.summary.options import SummaryOptions
from seqgan.text.summary.rare_words import RareWords
from seqgan.text.summary.saved import Summarizing
from seqgan.text.summary.setup import reconstructed, summary_ids
from seqgan.text.summary.titleness import Titleness
from seqgan.text.summary.vocabulary import MOST_WORDS, BudgetVocabulary, marks_of

pytestmark = pytest.mark.benchmark


@pytest.mark.parametrize("gradient", ["policy", "straight-through"])
def test_summarizer(
    tmp_path: Path, updates: int, threads: int, record: Record, gradient: str
) -> None:
    """Documents of 15 to 55 words, short texts of 4 to 10, everything else by default."""
    run = made_run(tmp_path / "run", threads)
    options = SummaryOptions(gradient=gradient)  # type: ignore[arg-type]
    documents = made_sentences(2000, words=(15, 55), seed=0)
    shorts = made_sentences(2000, words=(4, 10), seed=1)
    tokenizer = made_tokenizer([*documents, *shorts], marks=marks_of(MOST_WORDS))
    vocabulary = BudgetVocabulary(tokenizer, MOST_WORDS)
    titleness = Titleness.of(shorts, documents, chinese=False)
    texts = Texts.encode(documents, shorts, [], vocabulary, titleness, longest=48)
    dim, marks = options.generator_dim, vocabulary.marks
    torch.manual_seed(0)
    generator, reconstructor = (
        own_generator(options.generator, tokenizer, dim=dim, dropout=0.2, marks=marks)
        for _ in range(2)
    )
    assert isinstance(reconstructor, PointerGenerator)
    longest, recovered = max(map(len, texts.shorts)), 2 * options.recovered_words
    models = LikelihoodModels(generator, measure="", early_stop=False)
    cast = make_cast(
        options,
        vocabulary,
        models,
        reconstructor,
        RareWords.of(texts.documents, vocabulary),
        max_length=longest,
        mean_length=texts.mean_length,
        recovered=recovered,
        mean_recovered=texts.mean_recovered(recovered),
    )
    seconds = seconds_a_phase(
        run,
        cast.game,
        list(cast.players.values()),
        phases_of(options, cast, models, keep=lambda: None),
        SummaryShare(run, texts, batch_size=options.batch_size),
        updates=updates,
    )
    tokens = options.batch_size * sum(map(len, texts.documents + texts.shorts)) / 2000
    figures = {f"{name}_tokens_per_second": tokens / each for name, each in seconds.items()}
    start, most = time.perf_counter(), max(map(len, texts.documents))
    ids = summary_ids(generator, vocabulary, documents, 7, max_source=most, max_length=longest)
    _ = [tokenizer.decode(row) for row in ids]
    figures["greedy_documents_per_second"] = len(documents) / (time.perf_counter() - start)
    summarizing = Summarizing(
        budgets=vocabulary.marks,
        max_source=most,
        document_words=55,
        max_length=3 * MOST_WORDS,  # as of people's longest short text
        usual_words=7,
        recovered=recovered,
        chinese=False,
        words=tuple(sorted({word for text in shorts for word in text.split()})),
    )
    reconstruct = partial(reconstructed, reconstructor, tokenizer, recovered=recovered)
    model = SummaryModel(generator, tokenizer, summarizing, reconstruct=reconstruct)
    start, some = time.perf_counter(), documents[:500]
    model.summarize(some, 7)
    figures["documents_per_second"] = len(some) / (time.perf_counter() - start)
    record(f"summarizer, {gradient}", {**figures, "threads": torch.get_num_threads()})
