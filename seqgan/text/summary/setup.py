"""What a summarizer starts with: texts, vocabulary, the networks, and how it writes."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from seqgan.core.run import Run, write_whole
from seqgan.ops.masks import stack_padded
from seqgan.text.decoding import beam_search
from seqgan.text.generators.base import Generator
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.rollouts import without_dropout
from seqgan.text.setup import (
    DATA_FILE,
    OWN_GENERATORS,
    load_encoder_decoder,
    own_generator,
    own_vocabulary,
    refuse_other_data,
)
from seqgan.text.summary.batches import Texts
from seqgan.text.summary.corpus import SummaryTexts, load_summary_texts, taught
from seqgan.text.summary.game import recovered_logp
from seqgan.text.summary.limited import kept_within
from seqgan.text.summary.options import SummaryOptions
from seqgan.text.summary.rare_words import RareWords
from seqgan.text.summary.titleness import Titleness
from seqgan.text.summary.vocabulary import (
    MOST_CHARACTERS,
    MOST_WORDS,
    BudgetVocabulary,
    marks_of,
)
from seqgan.text.tokenizer import SubwordTokenizer, Tokenizer
from seqgan.text.whole_words import words_used

ROWS = 100  # documents summarized at once
MOST_TOKENS = 3  # of a summary for each word of its budget


@dataclass(frozen=True)
class Material:
    """Texts, their vocabulary, the training sides as ids, and sizes in ids.

    max_source: of a document; max_length: of a summary with its end; recovered: of what is to be
    recovered; rare: how rare words are in documents.
    """

    texts: SummaryTexts
    vocabulary: BudgetVocabulary
    train: Texts
    rare: RareWords
    max_source: int
    max_length: int
    recovered: int


def load_material(
    options: SummaryOptions, run: Run
) -> tuple[Generator, PointerGenerator, Material]:
    """Return the generator and the reconstructor on the run's device, and the texts.

    Raises `UserError` for whatever files, a corpus or a model folder can get wrong.
    """
    with run.accelerator.main_process_first():
        texts = load_summary_texts(options, offline=run.options.offline)
        if run.options.resume is not None:
            refuse_other_data(run.folder, texts.checksum)
        usual = MOST_CHARACTERS if texts.chinese else MOST_WORDS
        most = max(usual, 2 * texts.usual_words)
        generator, tokenizer = make_generator(options, texts, run, marks_of(most))
        if run.main:
            write_whole(run.folder / DATA_FILE, texts.checksum + "\n")
            tokenizer.save_pretrained(run.folder / "tokenizer")
    for remark in texts.remarks:
        run.warn(remark)
    vocabulary = BudgetVocabulary(tokenizer, most, words_used(texts.shorts, chinese=texts.chinese))
    reconstructor = PointerGenerator(
        tokenizer.vocab_size,
        pad=tokenizer.pad,
        bos=tokenizer.bos,
        eos=tokenizer.eos,
        dim=options.generator_dim,
        dropout=options.dropout,
        marks=vocabulary.marks,
    )
    material = material_of(options, texts, vocabulary)
    return generator.to(run.device), reconstructor.to(run.device), material


def material_of(
    options: SummaryOptions, texts: SummaryTexts, vocabulary: BudgetVocabulary
) -> Material:
    """Return the texts in the vocabulary."""
    titleness = Titleness.of(texts.shorts, texts.documents, chinese=texts.chinese)
    pairs = [(pair.document, pair.short) for pair in taught(texts, options.pairs)]
    longest = MOST_TOKENS * vocabulary.most_words
    train = Texts.encode(
        texts.documents, texts.shorts, pairs, vocabulary, titleness, longest=longest
    )
    unit = 1 if texts.chinese else 2  # ids a word, about
    return Material(
        texts,
        vocabulary,
        train,
        RareWords.of(train.documents, vocabulary),
        max_source=max(map(len, train.documents)),
        max_length=max(map(len, train.shorts)),
        recovered=unit * options.recovered_words,
    )


def make_generator(
    options: SummaryOptions, texts: SummaryTexts, run: Run, marks: Sequence[str]
) -> tuple[Generator, Tokenizer]:
    """Return the generator and its vocabulary."""
    if options.generator not in OWN_GENERATORS:
        return load_encoder_decoder(
            options.generator,
            vocab_size=options.vocab_size,
            offline=options.offline,
            marks=marks,
        )
    saved = run.folder / "tokenizer"
    if saved.exists() and (run.options.resume is not None or not run.main):
        tokenizer = SubwordTokenizer.load(saved)
    else:
        every = [*texts.documents, *texts.shorts]
        tokenizer = own_vocabulary(every, options.vocab_size, marks=marks)
    return own_generator(
        options.generator,
        tokenizer,
        dim=options.generator_dim,
        dropout=options.dropout,
        marks=[tokenizer.mark(name) for name in marks],
    ), tokenizer


@torch.no_grad()
def summary_ids(
    generator: Generator,
    vocabulary: BudgetVocabulary,
    texts: Sequence[str],
    words: int,
    *,
    max_source: int,
    max_length: int,
    beam_size: int = 1,
) -> list[list[int]]:
    """Return the ids of each document's likeliest summary for one word budget, in order.

    The best at every step; or by beam search, and then never beyond the budget. Their end is left
    out, and so is a last word that may be cut.
    """
    device = next(generator.parameters()).device
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    written: list[list[int]] = []
    writer = generator
    if beam_size > 1:
        writer = kept_within(generator, vocabulary)
    with without_dropout(generator):
        for begin in range(0, len(order), ROWS):
            rows = [texts[place] for place in order[begin : begin + ROWS]]
            source_BL = vocabulary.sources(rows, words, longest=max_source, device=device)
            tokens_BT = beam_search(writer, source_BL, max_length=max_length, beam_size=beam_size)
            written += map(vocabulary.ended, tokens_BT.tolist())
    back = sorted(range(len(order)), key=order.__getitem__)
    return [written[place] for place in back]


def reconstructed(
    reconstructor: PointerGenerator,
    tokenizer: Tokenizer,
    documents: Sequence[str],
    summaries: Sequence[str],
    *,
    recovered: int,
) -> list[float]:
    """Return the log-likelihood of each document given its summary, nats a token."""
    ids = [list(map(tokenizer.encode, texts)) for texts in (documents, summaries)]
    return reconstructed_ids(reconstructor, *ids, recovered=recovered)


@torch.no_grad()
def reconstructed_ids(
    reconstructor: PointerGenerator,
    documents: Sequence[list[int]],
    summaries: Sequence[list[int]],
    *,
    recovered: int,
) -> list[float]:
    """Do as `reconstructed` with texts as ids, however they were cut into these."""
    pad, device = reconstructor.pad, next(reconstructor.parameters()).device
    found: list[float] = []
    with without_dropout(reconstructor):
        for begin in range(0, len(documents), ROWS):
            document_BS, summary_BT = (
                stack_padded(list(rows[begin : begin + ROWS]), pad=pad, device=device)
                for rows in (documents, summaries)
            )
            found += recovered_logp(
                reconstructor, document_BS, summary_BT, longest=recovered
            ).tolist()
    return found
