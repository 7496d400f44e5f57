"""Systems that write sentences from nothing: drawn from, kept, and read back.

Legend: B batch, T sentence length.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

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
from seqgan.text.vocabularies import keep_vocabulary, refuse_misfit

ROWS = 500  # sentences written at once
WRITER_FILE, WEIGHTS_FILE = "writer.json", "writer.safetensors"
LENGTH_FILE = "length.json"
OWN = "generator."  # what the generator keeps itself
MOST_CANDIDATES = 1000
SYSTEMS = ("MLE", "continued MLE", "adversarial")
RESAMPLED = ("MLE, resampled", "adversarial, resampled")
BASELINES = ("MLE", "continued MLE")  # whose curves together are what likelihood reaches
PRODUCT = "MLE product"  # of the generator and its judge, both as likelihood left them: a rival
IN_ORDER = (
    *("MLE", "MLE, resampled", "continued MLE", PRODUCT),
    *("adversarial", "adversarial, resampled"),
)
TRAINED = ("adversarial", *RESAMPLED)  # whose place against the curve of MLE a table tells
NOISE_SCALES = (0.5, 0.75, 1.0, 1.25, 1.5)
"""The dial of a system without a distribution over words: how many times the noise of training."""
LONGEST = 100  # subwords of a sentence, where a folder does not keep how many were judged


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

        Where there is a choice it is among `candidates` (by default as many as it names). Where
        words are drawn from no distribution, `temperature` is the scale of the noise.
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
            tokens_BT = written(self.writer, source_BS, rng=rng, noise_scale=temperature)
        return lengthened(tokens_BT, length, pad=pad)


def save_writing(system: Writing, tokenizer: Tokenizer, folder: Path, *, length: int) -> None:
    """Write the system's models and vocabulary into the folder, whole or not at all.

    `length` is the longest sentence that it is judged by, in subwords.
    """
    with replacing(folder) as fresh:
        tokenizer.save_pretrained(fresh)
        (fresh / LENGTH_FILE).write_text(json.dumps({"length": length}) + "\n", encoding="utf-8")
        if system.choice is not None:
            save_choice(system.choice, fresh)
            keep_vocabulary(tokenizer, fresh / DISCRIMINATOR)
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
            refuse_misfit(choice.discriminator, generator, folder / DISCRIMINATOR, tokenizer)
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


def judged_length(system: Writing, folder: Path) -> int:
    """Return the longest sentence that a folder's system is judged by, in subwords.

    Folders of old runs do not keep it: what the system itself says, or 100. `UserError` if damaged.
    """
    if (path := folder / LENGTH_FILE).exists():
        try:
            return int(json.loads(path.read_text(encoding="utf-8"))["length"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is damaged: {error!r}; copy it again") from None
    if system.choice is not None:
        return system.choice.length
    return LONGEST if system.writer is None else system.writer.length


def finished_systems(config: Any, run: Path, *, first: Sequence[str] = ()) -> list[str]:
    """Return the names of the systems that the run keeps, in the order of its table.

    `config` are its options, `first` systems that its recipe has before all others. Raises
    `UserError` if one is missing that they ask for.
    """
    idle = {
        "continued MLE": config.continued_updates == 0,
        "adversarial": config.adversarial_updates == 0,
    }
    wanted = [*first, *(name for name in SYSTEMS if not idle.get(name))]
    if config.discriminator == "language":
        wanted.append(PRODUCT)
    missing = [name for name in wanted if not (run / folder_of(name)).is_dir()]
    if missing:
        raise UserError(f"{run} has no {folder_of(missing[0])}/: finish it with --resume first")
    return [*first, *(name for name in IN_ORDER if (run / folder_of(name)).is_dir())]


def refuse_temperatures(temperatures: Sequence[float]) -> None:
    """Raise `UserError` unless there are sampling temperatures, all in (0, 100]."""
    if not temperatures or not all(0 < value <= HOTTEST for value in temperatures):
        given = " ".join(f"{value:g}" for value in temperatures) or "empty"
        raise UserError(f"--temperatures is {given}: all must be above 0 and at most {HOTTEST}")


def sweep_of(systems: Sequence[Writing]) -> dict[str, list[str]]:
    """Return whose curves a report compares: what likelihood reaches, what learned from a judge.

    A rival is more than one model of likelihood: what stands against the baselines stands against
    it in a sentence of its own.
    """
    kinds = {"baselines": BASELINES, "trained": TRAINED, "rivals": (PRODUCT,)}
    return {
        kind: [system.name for system in systems if system.name in names]
        for kind, names in kinds.items()
    }


def folder_of(system: str) -> str:
    """Return the folder of a system's model within a run.

    >>> folder_of("continued MLE"), folder_of("MLE, resampled")
    ('continued-mle', 'mle-resampled')
    """
    return system.replace(",", "").replace(" ", "-").lower()
