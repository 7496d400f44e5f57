"""A finished run that writes sentences, asked for some."""

from pathlib import Path

from seqgan.errors import UserError
from seqgan.text.decoding import HOTTEST
from seqgan.text.sentences.writing import (
    MOST_CANDIDATES,
    PRODUCT,
    RESAMPLED,
    SYSTEMS,
    Writing,
    folder_of,
    judged_length,
    load_writing,
)
from seqgan.text.tokenizer import Tokenizer


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
            if system == PRODUCT:
                raise UserError(f"{missing}only runs with --discriminator language have one")
            raise UserError(
                f"{missing}finish it with --resume first (a phase of no updates leaves no system)"
            )
        writing, tokenizer = load_writing(system, folder)
        return cls(writing, tokenizer, length=judged_length(writing, folder))

    def sample(
        self,
        count: int,
        *,
        seed: int = 0,
        temperature: float = 1.0,
        candidates: int | None = None,
        noise_scale: float = 1.0,
    ) -> list[str]:
        """Return `count` sentences, the same ones for the same seed.

        Raises `UserError` for a temperature where the system's sentences have no likelihood, for
        candidates where none are chosen among, for a scale of noise where none is, and for a
        temperature or scale of 0 or less; ValueError if `count` is below 1.
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
        if noise_scale != 1:
            self._refuse_noise(noise_scale)
            temperature = noise_scale
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
            "sharpen; leave it at 1, and give a --noise-scale"
        )

    def _refuse_noise(self, scale: float) -> None:
        if self.writing.writer is None:
            other = "a --temperature" if self.writing.choice is None else "more --candidates"
            raise UserError(
                f"--noise-scale {scale:g}: {self.writing.name} draws its words and starts from no "
                f"noise; leave it at 1, and give {other}"
            )
        if not 0 < scale <= HOTTEST:
            raise UserError(f"--noise-scale is {scale:g}: it must be above 0 and at most {HOTTEST}")

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
