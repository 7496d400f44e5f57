"""A trained chatbot to talk with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.errors import UserError
from seqgan.ops.masks import last_real, stack_padded, token_mask
from seqgan.text.decoding import beam_search, sample
from seqgan.text.generators.base import Generator
from seqgan.text.generators.store import load_generator, load_scorer
from seqgan.text.tokenizer import TURN, SubwordTokenizer, Tokenizer
from seqgan.text.vocabularies import refuse_misfit
from seqgan.text.words import count_words, last_words, normalize_spaces

MAX_REPLY = 40


@dataclass(frozen=True)
class Candidate:
    """A reply and the discriminator's score of it: the probability that a person wrote it."""

    text: str
    score: float


class Chatbot:
    """A generator with its vocabulary, and the discriminator that trained it.

    Replies are drawn with random numbers of its own, the same ones after each `load`.
    """

    def __init__(
        self,
        generator: Generator,
        tokenizer: Tokenizer,
        discriminator: nn.Module | None = None,
        *,
        history: int = 1,
        max_words: int = 20,
        seed: int = 0,
    ) -> None:
        self.generator, self.tokenizer = generator.eval(), tokenizer
        self.discriminator = None if discriminator is None else discriminator.eval()
        self.history, self.max_words = history, max_words
        self.rng = torch.Generator().manual_seed(seed)

    @classmethod
    def load(cls, run: str | Path, *, seed: int = 0) -> "Chatbot":
        """Return the chatbot of a finished run.

        Raises `UserError` when the folder is no run, its training has not come to an end, or its
        discriminator is another run's.
        """
        folder = Path(run)
        if not (folder / "config.json").exists():
            raise UserError(f"{folder} is no run: it has no config.json; runs lie under runs/")
        if not (folder / "generator").is_dir():
            raise UserError(f"{folder} has no trained model yet: finish it with --resume {folder}")
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))["config"]
            history, max_words = int(config["history"]), int(config["max_words"])
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{folder / 'config.json'} cannot be read: {error}") from None
        generator, tokenizer = load_generator(folder / "generator", offline=True)
        scorer = None
        if (folder / "discriminator").is_dir():
            scorer = load_scorer(folder / "discriminator")
            refuse_misfit(scorer, generator, folder / "discriminator", tokenizer)
        return cls(generator, tokenizer, scorer, history=history, max_words=max_words, seed=seed)

    def remarks(self, text: str) -> list[str]:
        """Return what is wrong with a line of chat, a sentence each; empty if nothing is."""
        text = normalize_spaces(text)
        if not text:
            return ["the line is empty: say something"]
        remarks = []
        if (words := count_words(text)) > self.max_words:
            remarks.append(f"only the last {self.max_words} of {words} words are read")
        if isinstance(self.tokenizer, SubwordTokenizer):
            ids = self.tokenizer.encode(text)
            unknown = sum(token == self.tokenizer.unk for token in ids)
            if unknown:
                remarks.append(f"{unknown} characters or signs are unknown to the vocabulary")
        return remarks

    def prompt(self, text: str, history: Sequence[str] = ()) -> str:
        """Return the prompt: the last turns, cut to what the model was trained on."""
        turns = [normalize_spaces(turn) for turn in (*history, text)][-self.history :]
        return f" {TURN} ".join(last_words(turn, self.max_words) for turn in turns if turn)

    def source(self, text: str, history: Sequence[str] = ()) -> Tensor:
        """Return the prompt as ids, shape (1, S)."""
        ids = self.tokenizer.encode(self.prompt(text, history))
        device = next(self.generator.parameters()).device
        return stack_padded([ids], pad=self.generator.pad, device=device)

    def likeliest(self, text: str, history: Sequence[str] = (), *, beam_size: int = 5) -> str:
        """Return the likeliest reply that a beam search finds."""
        tokens_1T = beam_search(
            self.generator,
            self.source(text, history),
            max_length=MAX_REPLY,
            beam_size=beam_size,
        )
        return self.tokenizer.decode(tokens_1T[0].tolist())

    @torch.no_grad()
    def candidates(
        self,
        text: str,
        history: Sequence[str] = (),
        *,
        num: int = 4,
        temperature: float = 0.8,
        top_k: int = 0,
        top_p: float = 0.95,
    ) -> list[Candidate]:
        """Return `num` sampled replies, the best score first (in drawing order without a scorer).

        `history` holds the earlier turns of both sides, oldest first; as many are read as the
        model was trained with (`--history`).
        """
        source_NS = self.source(text, history).repeat(num, 1)
        tokens_NT = sample(
            self.generator,
            source_NS,
            max_length=MAX_REPLY,
            rng=self.rng,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
        )
        texts = [self.tokenizer.decode(row) for row in tokens_NT.tolist()]
        if self.discriminator is None:
            return [Candidate(reply, float("nan")) for reply in texts]
        score = self.discriminator(source_NS, tokens_NT)
        if score.dim() == 2:
            score = last_real(score, token_mask(tokens_NT, pad=self.generator.pad))
        scored = zip(texts, score.sigmoid().tolist(), strict=True)
        ranked = [Candidate(reply, value) for reply, value in scored]
        return sorted(ranked, key=lambda candidate: -candidate.score)

    def reply(
        self,
        text: str,
        history: Sequence[str] = (),
        *,
        num_candidates: int = 4,
        temperature: float = 0.8,
    ) -> str:
        """Return the reply to `text`: the best of several by the discriminator's score.

        Raises `UserError` for an empty text.
        """
        if not normalize_spaces(text):
            raise UserError("nothing to reply to: the text is empty")
        ranked = self.candidates(text, history, num=num_candidates, temperature=temperature)
        return ranked[0].text
