"""Systems that write sentences from nothing: drawn from, kept, and read back.

Legend: B batch, T sentence length.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from seqgan.core.trainer import seed_at
from seqgan.errors import UserError
from seqgan.text.decoding import HOTTEST, sample
from seqgan.text.generators.base import FeatureGenerator, Generator
from seqgan.text.generators.store import load_generator, replacing
from seqgan.text.relaxed import RelaxedWriter, VectorWriter, lengthened, written
from seqgan.text.resampling import (
    DISCRIMINATOR,
    Candidates,
    Choice,
    calibration,
    load_choice,
    save_choice,
)
from seqgan.text.rollouts import without_dropout
from seqgan.text.tokenizer import Tokenizer
from seqgan.text.vocabularies import refuse_misfit

ROWS = 500  # sentences written at once
WRITER_FILE, WEIGHTS_FILE = "writer.json", "writer.safetensors"
OWN = "generator."  # what the generator keeps itself
MOST_CANDIDATES = 1000
SYSTEMS = ("MLE", "continued MLE", "adversarial")
RESAMPLED = ("MLE, resampled", "adversarial, resampled")
TRAINED = ("adversarial", *RESAMPLED)  # whose place against the curve of MLE a table tells
LONGEST = 100  # subwords of a sentence that is asked for, where its end is the system's to choose


@dataclass(frozen=True)
class Writing:
    """A system that writes sentences.

    `generator` is None where words are not drawn from a distribution, `writer` then writes; with a
    `choice` each sentence is one of several candidates. In neither case is there a likelihood.
    """

    name: str
    generator: Generator | None
    writer: RelaxedWriter | VectorWriter | None = None
    choice: Choice | None = None

    @property
    def has_likelihood(self) -> bool:
        """Whether a sentence's probability can be computed."""
        return self.generator is not None and self.choice is None

    def draw(
        self,
        count: int,
        *,
        length: int,
        seed: int,
        temperature: float = 1.0,
        candidates: int | None = None,
    ) -> Tensor:
        """Return sentences, padded, shape (count, length).

        Where there is a choice it is among `candidates` (by default as many as it names).
        """
        if self.choice is None:
            return self._plain(count, length=length, seed=seed, temperature=temperature)
        most = candidates or self.choice.candidates
        return self.candidates(count, length=length, seed=seed, most=most).chosen(most)

    @torch.no_grad()
    def candidates(self, count: int, *, length: int, seed: int, most: int) -> Candidates:
        """Return `most` candidates for each of `count` sentences, with their scores.

        The first of them are what the system writes without a choice, and with more candidates
        the first ones stay the same.
        """
        assert self.choice is not None
        tokens, scores = [], []
        for place in range(most):
            own = seed if place == 0 else seed_at(seed, place, 0, "candidate")
            tokens.append(self._plain(count, length=length, seed=own))
            scores.append(self.choice.scores(tokens[-1]).cpu())
        decides = torch.Generator().manual_seed(seed_at(seed, 0, 0, "choice"))
        return Candidates(
            torch.stack(tokens, dim=1),
            torch.stack(scores, dim=1),
            torch.rand(count, generator=decides),
            self.choice.temperature,
        )

    def calibrated(self, held_out_BT: Tensor, *, seed: int) -> "Writing":
        """Return the system with its scores made log-ratios by sentences it has not learned from.

        As many are written. A system without a choice stays as it is.
        """
        if self.choice is None:
            return self
        real_B = self.choice.scores(held_out_BT)
        own = seed_at(seed, 0, 0, "calibration")
        fake_B = self.choice.scores(self._plain(len(real_B), length=self.choice.length, seed=own))
        temperature = self.choice.temperature * calibration(real_B.cpu(), fake_B.cpu())
        return replace(self, choice=replace(self.choice, temperature=temperature))

    @torch.no_grad()
    def _plain(self, count: int, *, length: int, seed: int, temperature: float = 1.0) -> Tensor:
        rng = torch.Generator().manual_seed(seed)
        module = self.generator or self.writer
        assert module is not None
        device = next(module.parameters()).device
        with without_dropout(module):
            parts = [
                self._rows(min(ROWS, count - begin), device, length, temperature, rng)
                for begin in range(0, count, ROWS)
            ]
        return torch.cat(parts)

    def _rows(
        self,
        rows: int,
        device: torch.device,
        length: int,
        temperature: float,
        rng: torch.Generator,
    ) -> Tensor:
        source_BS = torch.empty(rows, 0, dtype=torch.long, device=device)
        if self.generator is not None:
            pad = self.generator.pad
            tokens_BT = sample(
                self.generator, source_BS, max_length=length, rng=rng, temperature=temperature
            )
        else:
            assert self.writer is not None
            pad = self.writer.generator.pad
            tokens_BT = written(self.writer, source_BS, rng=rng)
        return lengthened(tokens_BT, length, pad=pad)


def save_writing(system: Writing, tokenizer: Tokenizer, folder: Path) -> None:
    """Write the system's models and vocabulary into the folder, whole or not at all."""
    with replacing(folder) as fresh:
        tokenizer.save_pretrained(fresh)
        if system.choice is not None:
            save_choice(system.choice, fresh)
        if system.writer is None:
            assert system.generator is not None
            system.generator.save_pretrained(fresh)
            return
        writer = system.writer
        writer.generator.save_pretrained(fresh)
        kind = "vectors" if isinstance(writer, VectorWriter) else "soft"
        about = json.dumps({"kind": kind, "length": writer.length})
        (fresh / WRITER_FILE).write_text(about + "\n", encoding="utf-8")
        rest = {
            name: tensor.contiguous()
            for name, tensor in writer.state_dict().items()
            if not name.startswith(OWN)
        }
        save_file(rest, fresh / WEIGHTS_FILE)


def load_writing(name: str, folder: Path) -> tuple[Writing, Tokenizer]:
    """Return the system of a folder and its vocabulary; `UserError` if there is none."""
    generator, tokenizer = load_generator(folder, offline=True)
    if not (folder / WRITER_FILE).exists():
        choice = load_choice(folder)
        if choice is not None:
            refuse_misfit(choice.discriminator, generator, folder / DISCRIMINATOR)
        return Writing(name, generator, choice=choice), tokenizer
    try:
        about = json.loads((folder / WRITER_FILE).read_text(encoding="utf-8"))
        length = int(about["length"])
        writer: RelaxedWriter | VectorWriter = RelaxedWriter(generator, "soft", length=length)
        if about["kind"] == "vectors":
            assert isinstance(generator, FeatureGenerator)
            writer = VectorWriter(generator, generator.word_vectors(), length=length)
        own = {OWN + key: value for key, value in generator.state_dict().items()}
        writer.load_state_dict({**own, **load_file(folder / WEIGHTS_FILE)})
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise UserError(f"{folder} holds a damaged model: {error}") from None
    return Writing(name, None, writer.eval()), tokenizer


class SentenceModel:
    """A system of a finished run that writes sentences.

    `seqgan.load("runs/text_gan/1").sample(5)` returns five sentences.
    """

    def __init__(self, writing: Writing, tokenizer: Tokenizer, *, length: int) -> None:
        self.writing, self.tokenizer, self.length = writing, tokenizer, length

    @classmethod
    def load(cls, run: str | Path, *, system: str = "adversarial") -> "SentenceModel":
        """Return a system of a run; raises `UserError` if the run has not come to its end."""
        folder = Path(run) / folder_of(system)
        if not folder.is_dir():
            missing = f"{run} has no {folder.name}/: "
            if system in RESAMPLED and (Path(run) / folder_of(SYSTEMS[0])).is_dir():
                raise UserError(
                    f"{missing}the run kept no discriminator of it (--candidates 0, or no update "
                    "against it)"
                )
            raise UserError(
                f"{missing}finish it with --resume first (a phase of no updates leaves no system)"
            )
        writing, tokenizer = load_writing(system, folder)
        length = LONGEST if writing.writer is None else writing.writer.length
        if writing.choice is not None:
            length = writing.choice.length
        return cls(writing, tokenizer, length=length)

    def sample(
        self,
        count: int,
        *,
        seed: int = 0,
        temperature: float = 1.0,
        candidates: int | None = None,
    ) -> list[str]:
        """Return `count` sentences, the same ones for the same seed.

        Raises `UserError` for a temperature where the system's sentences have no likelihood, for
        one of 0 or less, and for candidates where none are chosen among; ValueError if `count` is
        below 1.
        """
        if count < 1:
            raise ValueError(f"{count} sentences cannot be drawn: 1 is the least")
        if not 0 < temperature <= HOTTEST:
            raise UserError(
                f"--temperature is {temperature:g}: it must be above 0 and at most {HOTTEST}"
            )
        if temperature != 1 and not self.writing.has_likelihood:
            raise UserError(f"--temperature {temperature:g}: {self._why_not_tempered()}")
        if candidates is not None:
            self._refuse_candidates(candidates)
        drawn_NT = self.writing.draw(
            count, length=self.length, seed=seed, temperature=temperature, candidates=candidates
        )
        return [self.tokenizer.decode(row) for row in drawn_NT.tolist()]

    def _why_not_tempered(self) -> str:
        if self.writing.choice is not None:
            return (
                "the discriminator that chooses these sentences learned from samples at "
                "temperature 1; leave it there, and choose among more or fewer --candidates"
            )
        return (
            "these sentences start from noise and have no likelihood that a temperature could "
            "sharpen; leave it at 1"
        )

    def _refuse_candidates(self, candidates: int) -> None:
        if self.writing.choice is None:
            raise UserError(
                f"--candidates {candidates}: {self.writing.name} writes without a choice; take "
                f"--system {' or '.join(map(repr, RESAMPLED))}"
            )
        if not 1 <= candidates <= MOST_CANDIDATES:
            raise UserError(
                f"--candidates is {candidates}: it must lie between 1 and {MOST_CANDIDATES}"
            )


def refuse_temperatures(temperatures: Sequence[float]) -> None:
    """Raise `UserError` unless there are sampling temperatures, all in (0, 100]."""
    if not temperatures or not all(0 < value <= HOTTEST for value in temperatures):
        given = " ".join(f"{value:g}" for value in temperatures) or "empty"
        raise UserError(f"--temperatures is {given}: all must be above 0 and at most {HOTTEST}")


def folder_of(system: str) -> str:
    """Return the folder of a system's model within a run.

    >>> folder_of("continued MLE"), folder_of("MLE, resampled")
    ('continued-mle', 'mle-resampled')
    """
    return system.replace(",", "").replace(" ", "-").lower()
