"""What every dialogue recipe starts with: the corpus as ids, the vocabulary, the networks."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seqgan.core.run import Run, write_whole
from seqgan.errors import UserError
from seqgan.text.batches import EncodedPairs
from seqgan.text.dialogue.corpus import Dialogues, load_dialogues
from seqgan.text.generators.base import Generator
from seqgan.text.generators.loading import load_pretrained
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.generators.pretrained import EncoderDecoderGenerator
from seqgan.text.generators.recurrent import RecurrentGenerator
from seqgan.text.generators.store import load_generator
from seqgan.text.generators.transformer import TransformerGenerator
from seqgan.text.options import DialogueOptions, NetworkOptions
from seqgan.text.tokenizer import SubwordTokenizer, Tokenizer

DEFAULT_VOCAB_SIZE = 4000
DATA_FILE = "data.sha256"
OWN_GENERATORS = ("recurrent", "pointer", "transformer")


@dataclass(frozen=True)
class Material:
    """A corpus made ready: its four parts as text, two of them as ids, and the longest reply."""

    dialogues: Dialogues
    tokenizer: Tokenizer
    train: EncodedPairs
    validation: EncodedPairs
    max_length: int


def own_vocabulary(
    texts: Sequence[str], vocab_size: int, *, marks: Sequence[str] = ()
) -> SubwordTokenizer:
    """Return a vocabulary of the texts: of that size, or of the usual one at most where it is 0.

    `marks` are names of ids of their own.
    """
    return SubwordTokenizer.train(
        texts, vocab_size=vocab_size or DEFAULT_VOCAB_SIZE, exact=vocab_size > 0, marks=marks
    )


def own_generator(
    name: str, tokenizer: Tokenizer, *, dim: int, dropout: float, marks: Sequence[int] = ()
) -> Generator:
    """Return a generator of ours for the vocabulary; `marks` are ids that are no words."""
    size, pad, bos, eos = tokenizer.vocab_size, tokenizer.pad, tokenizer.bos, tokenizer.eos
    if name == "pointer":
        return PointerGenerator(
            size, pad=pad, bos=bos, eos=eos, dim=dim, dropout=dropout, marks=marks
        )
    kind = TransformerGenerator if name == "transformer" else RecurrentGenerator
    return kind(size, pad=pad, bos=bos, eos=eos, dim=dim, dropout=dropout)


def load_encoder_decoder(
    name: str, *, vocab_size: int, offline: bool, marks: Sequence[str]
) -> tuple[Generator, Tokenizer]:
    """Return a pretrained encoder-decoder whose vocabulary has the marks beside its own words.

    Raises `UserError` for a misspelled name of our own, a `vocab_size`, and other models.
    """
    refuse_pretrained(name, vocab_size=vocab_size)
    generator, tokenizer = load_pretrained(name, offline=offline, marks=marks)
    if not isinstance(generator, EncoderDecoderGenerator):
        raise UserError(f"{name} has no encoder to read a text with: give an encoder-decoder")
    return generator, tokenizer


def refuse_pretrained(name: str, *, vocab_size: int) -> None:
    """Raise `UserError` for a generator that is hardly meant to be a pretrained model."""
    close = difflib.get_close_matches(name, OWN_GENERATORS, n=1)
    if close and not Path(name).exists():
        raise UserError(f"unknown --generator {name}: did you mean {close[0]}?")
    if vocab_size:
        raise UserError(f"--vocab-size goes with our own generators; {name} brings its own")


def load_material(
    options: DialogueOptions, *, tokenizer: Tokenizer | None, offline: bool
) -> Material:
    """Return the corpus of the options; trains a vocabulary unless one is given.

    Raises `UserError` for everything that a user's file or choice of corpus can get wrong.
    """
    dialogues = load_dialogues(
        options.corpus,
        path=options.corpus_path,
        history=options.history,
        max_words=options.max_words,
        prompt_column=options.prompt_column,
        response_column=options.response_column,
        offline=offline,
    )
    if tokenizer is None:
        tokenizer = own_vocabulary(
            [text for pair in dialogues.train for text in (pair.prompt, pair.response)],
            options.vocab_size,
        )
    longest = 2 * options.max_words
    train, validation = (
        EncodedPairs.encode(
            part, tokenizer, max_source=longest * options.history, max_response=longest
        )
        for part in (dialogues.train, dialogues.validation)
    )
    return Material(dialogues, tokenizer, train, validation, max(map(len, train.responses)))


def refuse_other_data(folder: Path, checksum: str) -> None:
    """Raise `UserError` if the corpus is not the one the run was started with.

    Its parts would be others: what was trained on could stand in the test.
    """
    if has_other_data(folder, checksum):
        raise UserError(f"the data are not those that {folder} was trained on: start a new run")


def has_other_data(folder: Path, checksum: str) -> bool:
    """Return whether a run says that it learned from other data."""
    path = folder / DATA_FILE
    return path.exists() and path.read_text(encoding="utf-8").strip() != checksum


def keep_checksum(run: Run, checksum: str) -> None:
    """Keep what the run is trained on; raises `UserError` if a resumed one has other data now."""
    if run.options.resume is not None:
        refuse_other_data(run.folder, checksum)
    if run.main:
        write_whole(run.folder / DATA_FILE, checksum + "\n")


def load_networks(
    networks: NetworkOptions, dialogue: DialogueOptions, run: Run
) -> tuple[Generator, Material]:
    """Return the generator on the run's device and the corpus in its vocabulary.

    The main process fetches, trains the vocabulary and saves it with the run; a resumed run takes
    it from there. Raises `UserError` for whatever a file, corpus or model folder can get wrong.
    """
    networks.refuse_sizes()
    generator: Generator | None = None
    tokenizer: Tokenizer | None = None
    saved = run.folder / "tokenizer"
    own = networks.generator in OWN_GENERATORS
    if not own:
        refuse_pretrained(networks.generator, vocab_size=dialogue.vocab_size)
        offline = run.options.offline
        generator, tokenizer = load_generator(Path(networks.generator), offline=offline)
    with run.accelerator.main_process_first():
        if own and (run.options.resume is not None or not run.main) and saved.exists():
            tokenizer = SubwordTokenizer.load(saved)
        material = load_material(dialogue, tokenizer=tokenizer, offline=run.options.offline)
        if run.options.resume is not None:
            refuse_other_data(run.folder, material.dialogues.checksum)
        if run.main:
            write_whole(run.folder / DATA_FILE, material.dialogues.checksum + "\n")
        if own and run.main:
            material.tokenizer.save_pretrained(saved)
    if generator is None:
        generator = own_generator(
            networks.generator,
            material.tokenizer,
            dim=networks.generator_dim,
            dropout=networks.dropout,
        )
    cut = material.train.num_cut + material.validation.num_cut
    if cut:
        run.warn(
            f"{cut} prompts or replies were cut: more than {2 * dialogue.max_words} subwords a turn"
        )
    if turns := material.dialogues.figures["cut"]:
        run.warn(f"{turns} turns of more than {dialogue.max_words} words (--max-words) were cut")
    return generator.to(run.device), material
