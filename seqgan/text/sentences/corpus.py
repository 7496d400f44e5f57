"""Sentences without prompts in four parts: train, evaluators, validation, test.

One sentence a line of a text file, or the replies of a corpus of dialogues. 70 % train the game,
15 % the evaluators that judge it, 5 % choose among models, 10 % are the test; in an order that the
line numbers alone decide, never a run's seed. Where a folder says which file trains and which
tests, the training file trains (5 % of it validate), and the test file is halved between evaluators
and test.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seqgan.data.corpus import Corpus, all_corpora
from seqgan.data.files import numbered_lines, split_of
from seqgan.errors import UserError
from seqgan.text.batches import EncodedPairs
from seqgan.text.dialogue.corpus import SHARES, load_dialogues
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.words import count_words, normalize_spaces

LEAST_SENTENCES = 100
LEAST_KINDS = 20  # different words


@dataclass(kw_only=True, frozen=True)
class SentenceOptions:
    """The sentences to learn from."""

    corpus: str = "friends"
    """A corpus of dialogues, whose replies are the sentences; for a file of your own a name."""
    corpus_path: Path | None = None
    """Your own text file, one sentence a line, or a folder with files such as NAME.train.txt and
    NAME.test.txt; or local files of a named corpus."""
    pool: bool = False
    """Share out a folder's files anew, whatever their names say of training and test: where the
    two were not drawn alike, a perfect model of the one fails on the other."""
    max_words: int = 25
    """Longest sentence in words (Chinese: characters); longer ones are left out."""
    vocab_size: int = 0
    """Subwords in the vocabulary; 0 takes 4,000, or as many as a small corpus allows."""


@dataclass(frozen=True)
class Sentences:
    """Different sentences in four parts, a checksum of them all, and what a user should know."""

    train: list[str]
    evaluators: list[str]
    validation: list[str]
    test: list[str]
    checksum: str
    remarks: list[str] = field(default_factory=list)


def load_sentences(options: SentenceOptions, *, offline: bool) -> Sentences:
    """Return the sentences of the options; raises `UserError` for what cannot be learned from."""
    if options.max_words < 1:
        raise UserError(f"--max-words is {options.max_words}: 1 is the least")
    path = options.corpus_path
    if path is None or is_copy(options.corpus, path):
        if options.pool:
            raise UserError(f"--pool is for your own files: {options.corpus} has its own parts")
        return of_dialogues(options, offline=offline)
    lines = read_lines(path)
    if options.pool:
        lines = {"": [text for texts in lines.values() for text in texts]}
    remarks, kept = [], {part: different(texts) for part, texts in lines.items()}
    short = {
        part: [text for text in texts if count_words(text) <= options.max_words]
        for part, texts in kept.items()
    }
    if dropped := sum(map(len, kept.values())) - sum(map(len, short.values())):
        remarks.append(f"{dropped} sentences of more than {options.max_words} words were left out")
    parts = shared_out(short)
    refuse_little(parts, name=str(path))
    return Sentences(**parts, checksum=checksum_of(lines), remarks=remarks)


def is_copy(corpus: str, path: Path) -> bool:
    """Return whether the path looks like a local copy of the named corpus."""
    source = all_corpora().get(corpus)
    return isinstance(source, Corpus) and path.exists() and source.reads(path)


def of_dialogues(options: SentenceOptions, *, offline: bool) -> Sentences:
    """Return the replies of a corpus of dialogues, in its own four parts."""
    dialogues = load_dialogues(
        options.corpus, path=options.corpus_path, max_words=options.max_words, offline=offline
    )
    texts = {part: [pair.response for pair in getattr(dialogues, part)] for part in SHARES}
    return Sentences(**unseen(texts), checksum=dialogues.checksum)


def read_lines(path: Path) -> dict[str, list[str]]:
    """Return the lines of a file under "", or of a folder's files under what their names say."""
    if not path.exists():
        raise UserError(f"there is no file or folder {path}: check --corpus-path")
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    if not files:
        raise UserError(f"the folder {path} holds no .txt file: one sentence a line is expected")
    lines: dict[str, list[str]] = {}
    for file in files:
        split = split_of(file) if path.is_dir() else ""
        texts = [normalize_spaces(text) for _, text in numbered_lines(file)]
        lines.setdefault(split, []).extend(text for text in texts if text)
    return lines


def different(texts: Sequence[str]) -> list[str]:
    """Return each text once, at its first place.

    >>> different(["b", "a", "b"])
    ['b', 'a']
    """
    return list(dict.fromkeys(texts))


def mixed(texts: Sequence[str]) -> list[str]:
    """Return the texts in the order of the sha256 of their places: always the same one."""
    keys = [hashlib.sha256(str(place).encode()).digest() for place in range(len(texts))]
    return [texts[place] for place in sorted(range(len(texts)), key=keys.__getitem__)]


def shared_out(lines: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the four parts; no sentence stands in two."""
    open_lines = mixed([*lines.get("", []), *lines.get("train", [])])
    if "test" in lines:
        test = mixed(lines["test"])
        validation = lines.get("validation") or open_lines[: len(open_lines) // 20]
        train = open_lines if "validation" in lines else open_lines[len(validation) :]
        half = len(test) // 2
        parts = {"evaluators": test[:half], "test": test[half:]}
        return unseen({"train": train, "validation": validation, **parts})
    total, begin, parts = len(open_lines), 0, {}
    for part, share in SHARES.items():
        count = -(-total * share // 100) if part != "train" else total * share // 100
        parts[part] = open_lines[begin : begin + count]
        begin += count
    return unseen(parts)


def unseen(parts: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the parts with each sentence in the first one that holds it alone, whatever its case.

    >>> unseen({"train": ["A b", "c"], "test": ["a b", "d", "d"]})
    {'train': ['A b', 'c'], 'test': ['d']}
    """
    seen: set[str] = set()
    kept: dict[str, list[str]] = {}
    for part, texts in parts.items():
        kept[part] = []
        for text in texts:
            if text.casefold() not in seen:
                seen.add(text.casefold())
                kept[part].append(text)
    return kept


def refuse_little(parts: dict[str, list[str]], *, name: str) -> None:
    """Raise `UserError` for too few different sentences or words."""
    total = sum(map(len, parts.values()))
    if total < LEAST_SENTENCES or any(len(texts) < 2 for texts in parts.values()):
        raise UserError(
            f"{name} holds {total} different sentences that are short enough: at least "
            f"{LEAST_SENTENCES} are needed"
        )
    kinds = {character for text in parts["train"] for character in text.split()}
    kinds |= set("".join(parts["train"])) if len(kinds) < LEAST_KINDS else set()
    if len(kinds) < LEAST_KINDS:
        raise UserError(
            f"{name} repeats {len(kinds)} words and characters: a language of at least "
            f"{LEAST_KINDS} is needed"
        )


def checksum_of(lines: dict[str, list[str]]) -> str:
    """Return the sha256 over all lines, hexadecimal."""
    digest = hashlib.sha256()
    for split, texts in lines.items():
        for text in (split, *texts):
            digest.update(text.encode() + b"\n")
    return digest.hexdigest()


def encoded(texts: Sequence[str], tokenizer: Tokenizer, *, longest: int) -> EncodedPairs:
    """Return the sentences as ids behind empty prompts, each with its `eos`, cut at `longest`."""
    rows = [[*tokenizer.encode(text), tokenizer.eos] for text in texts]
    cut = sum(len(row) > longest for row in rows)
    return EncodedPairs([[]] * len(rows), [row[:longest] for row in rows], tokenizer.pad, cut)
