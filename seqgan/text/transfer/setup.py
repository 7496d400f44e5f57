"""What a style transfer starts with: texts, vocabulary, generator, and how it is watched."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import torch

from seqgan.core.run import Run, write_whole
from seqgan.metrics.words import all_chinese
from seqgan.ops.masks import stack_padded
from seqgan.text.decoding import sample
from seqgan.text.generators.base import Generator
from seqgan.text.generators.emitting import EmittingGenerator
from seqgan.text.habits import Habits
from seqgan.text.language import language_of
from seqgan.text.rollouts import without_dropout
from seqgan.text.setup import (
    DATA_FILE,
    OWN_GENERATORS,
    load_encoder_decoder,
    own_generator,
    own_vocabulary,
    refuse_other_data,
)
from seqgan.text.tokenizer import SubwordTokenizer, Tokenizer
from seqgan.text.transfer.batches import StyledRows
from seqgan.text.transfer.corpus import StyledTexts, load_styles
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.noise import StyleWords
from seqgan.text.transfer.options import TransferOptions
from seqgan.text.transfer.saved import Styling
from seqgan.text.transfer.vocabulary import StyleVocabulary, marks_of
from seqgan.text.whole_words import words_used

ROWS = 200  # sentences transferred at once


@dataclass(frozen=True)
class Material:
    """Texts in styles, their vocabulary, the training half as ids, the longest sentence in ids.

    used: the words of that half; none of Chinese, where a word is a character.
    """

    texts: StyledTexts
    vocabulary: StyleVocabulary
    train: StyledRows
    max_length: int
    habits: Habits
    used: tuple[str, ...] = ()

    @cached_property
    def styling(self) -> Styling:
        """How a generator is told a style."""
        words = self.vocabulary
        return Styling(
            words.styles,
            words.family,
            words.tags,
            words.mask,
            self.max_length,
            self.habits,
            self.used,
            language_of(chain.from_iterable(zip(*self.texts.train, strict=False))),
        )


def load_material(options: TransferOptions, run: Run) -> tuple[StyleGenerator, Material]:
    """Return the generator on the run's device, and the texts in its vocabulary.

    Raises `UserError` for whatever files, a corpus or a model folder can get wrong.
    """
    with run.accelerator.main_process_first():
        texts = load_styles(options, offline=run.options.offline)
        if run.options.resume is not None:
            refuse_other_data(run.folder, texts.checksum)
        marks = marks_of(len(texts.styles))
        inner, tokenizer = make_generators(options, texts, run, marks)
        if run.main:
            write_whole(run.folder / DATA_FILE, texts.checksum + "\n")
            tokenizer.save_pretrained(run.folder / "tokenizer")
    for remark in texts.remarks:
        run.warn(remark)
    vocabulary = StyleVocabulary(tokenizer, texts.styles, options.family == "common")
    rows = [vocabulary.encode(sentences) for sentences in texts.train]
    words = StyleWords(rows, threshold=options.salience)
    train = StyledRows.of(rows, words, pad=tokenizer.pad)
    max_length = 1 + max(len(ids) for sentences in rows for ids in sentences)
    generator = StyleGenerator(inner, vocabulary.tags, told_source=vocabulary.told_source)
    habits = Habits.of(texts.train)
    every = [text for sentences in texts.train for text in sentences]
    used = words_used(every, chinese=all_chinese(texts.train[0]))
    return generator.to(run.device), Material(texts, vocabulary, train, max_length, habits, used)


def make_generators(
    options: TransferOptions, texts: StyledTexts, run: Run, marks: Sequence[str]
) -> tuple[list[Generator], Tokenizer]:
    """Return one generator, or one for each style, and their vocabulary."""
    if options.network not in OWN_GENERATORS:
        generator, tokenizer = load_encoder_decoder(
            options.network,
            vocab_size=options.vocab_size,
            offline=options.offline,
            marks=marks,
        )
        return [generator], tokenizer
    saved = run.folder / "tokenizer"
    if saved.exists() and (run.options.resume is not None or not run.main):
        tokenizer = SubwordTokenizer.load(saved)
    else:
        every = [text for sentences in texts.train for text in sentences]
        tokenizer = own_vocabulary(every, options.vocab_size, marks=marks)
    dim, dropout = options.generator_dim, options.dropout
    if options.path == "vectors":
        size, pad, bos, eos = tokenizer.vocab_size, tokenizer.pad, tokenizer.bos, tokenizer.eos
        emitting = EmittingGenerator(size, pad=pad, bos=bos, eos=eos, dim=dim, dropout=dropout)
        return [emitting], tokenizer
    ids = [tokenizer.mark(name) for name in marks]
    return [
        own_generator(options.network, tokenizer, dim=dim, dropout=dropout, marks=ids)
        for _ in range(len(texts.styles) if options.separate else 1)
    ], tokenizer


@torch.no_grad()
def transferred(
    generator: Generator,
    vocabulary: StyleVocabulary,
    texts: Sequence[str],
    style: int,
    target: int,
    *,
    max_length: int,
) -> list[str]:
    """Return the likeliest rewriting of each text that has a style in another one, in order."""
    device = next(generator.parameters()).device
    pad, written = vocabulary.tokenizer.pad, []
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    rng = torch.Generator()
    with without_dropout(generator):
        for begin in range(0, len(order), ROWS):
            ids = vocabulary.encode([texts[place] for place in order[begin : begin + ROWS]])
            words_BS = stack_padded(ids, pad=pad, device=device)
            style_B = torch.full((len(ids),), style, device=device)
            source_BL = vocabulary.source(words_BS, torch.full_like(style_B, target), style_B)
            tokens_BT = sample(
                generator, source_BL, max_length=max_length, rng=rng, temperature=0.0
            )
            written += [vocabulary.tokenizer.decode(row) for row in tokens_BT.tolist()]
    back = sorted(range(len(order)), key=order.__getitem__)
    return [written[place] for place in back]
