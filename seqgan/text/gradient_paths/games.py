"""The games of `gradient_paths.py`: critics of words on two dials, and writers who learn from one.

Legend: B batch, K settings of the dials, N rows of each setting, I input and O output width, T
words of a sentence, V vocabulary.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn

from seqgan.games.latent import LatentGame
from seqgan.games.objectives import ObjectiveName, PenaltyName, make_objective, make_penalties
from seqgan.ops.relaxations import one_hot
from seqgan.text.batches import TextBatch
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.gradient_paths.language import MadeLanguage, blurred
from seqgan.text.relaxed import RealWords, Relaxation, RelaxedCritic, RelaxedWriter
from seqgan.text.sentence_scorer import SentenceScorer

JENSEN_SHANNON, WASSERSTEIN = "Jensen-Shannon", "Wasserstein"
SHARPNESS = (0.25, 0.5, 0.75, 0.9, 1.0)
RIGHTNESS = (0.0, 0.25, 0.5, 0.75, 1.0)
VOCAB_SIZE, LENGTH, CONTRAST = 8, 5, 2.0
WIDTH = 64
SLOPE_WEIGHT = 10.0

Device = torch.device | str


def made_language(seed: int) -> MadeLanguage:
    """Return the language of the page."""
    return MadeLanguage.make(vocab_size=VOCAB_SIZE, length=LENGTH, contrast=CONTRAST, seed=seed)


class Setting(NamedTuple):
    """Where the two dials stand, each from 0 to 1."""

    sharpness: float
    rightness: float


SETTINGS = tuple(Setting(*pair) for pair in itertools.product(SHARPNESS, RIGHTNESS))


class DialedSentences(nn.Module):
    """Sentences as right and words as sharp as the dials say; the same number of each setting.

    Args:
        language: what a right sentence is taken from.
        settings: K.
    """

    def __init__(self, language: MadeLanguage, settings: tuple[Setting, ...] = SETTINGS) -> None:
        super().__init__()
        self.language, self.num_settings = language, len(settings)
        self.dials_K2: Tensor
        self.register_buffer("dials_K2", torch.tensor(settings), persistent=False)

    def draw(self, count: int, rng: Generator) -> Tensor:
        """Return sentences, shape (B, T): B a multiple of K, setting after setting."""
        rightness_B = self._dial(1, count)
        right_B = torch.rand(count, generator=rng, device=rng.device) < rightness_B
        right_BT, even_BT = self.language.draw(count, rng), self.language.draw_evenly(count, rng)
        return torch.where(right_B.unsqueeze(1), right_BT, even_BT)

    def forward(self, tokens_BT: Tensor) -> Tensor:
        """Return the words of the sentences as numbers, shape (B, T, V)."""
        sharpness_B = self._dial(0, len(tokens_BT))
        return blurred(tokens_BT, sharpness_B, vocab_size=self.language.vocab_size)

    def _dial(self, dial: int, count: int) -> Tensor:
        return self.dials_K2[:, dial].repeat_interleave(count // self.num_settings)


class LinearBank(nn.Module):
    """K linear layers, each for rows of its own: (K, N, I) to (K, N, O)."""

    def __init__(self, num: int, dim_in: int, dim_out: int) -> None:
        super().__init__()
        self.weight_KIO = nn.Parameter(torch.randn(num, dim_in, dim_out) * math.sqrt(2 / dim_in))
        self.bias_K1O = nn.Parameter(torch.zeros(num, 1, dim_out))

    def forward(self, x_KNI: Tensor) -> Tensor:
        """Return the outputs."""
        return torch.baddbmm(self.bias_K1O, x_KNI, self.weight_KIO)


class CriticBank(nn.Module):
    """K small critics that never meet, computed at once: critic k reads the k-th share of rows.

    Their optimizer must treat every weight by itself, as Adam does.

    Args:
        num: K.
        dim_in: numbers of a sentence, T V.
        width: values of each of two hidden layers.
    """

    def __init__(self, num: int, dim_in: int, *, width: int = WIDTH) -> None:
        super().__init__()
        self.num = num
        self.layers = nn.Sequential(
            LinearBank(num, dim_in, width),
            nn.LeakyReLU(0.2),
            LinearBank(num, width, width),
            nn.LeakyReLU(0.2),
            LinearBank(num, width, 1),
        )

    def forward(self, words_BTV: Tensor) -> Tensor:
        """Return one score a sentence, shape (B,)."""
        score_KN1: Tensor = self.layers(words_BTV.flatten(1).unflatten(0, (self.num, -1)))
        return score_KN1.flatten()


def dial_game(
    language: MadeLanguage, measure: str, device: Device = "cpu", *, width: int = WIDTH
) -> LatentGame:
    """Return the game of a critic for every setting of the dials; no generator moves in it."""
    wasserstein = measure == WASSERSTEIN
    fakes = DialedSentences(language)
    numbers = language.length * language.vocab_size
    return LatentGame(
        fakes.to(device),
        CriticBank(len(SETTINGS), numbers, width=width).to(device),
        make_objective("wasserstein" if wasserstein else "minimax"),
        draw=fakes.draw,
        penalties=make_penalties("gp", weight=SLOPE_WEIGHT) if wasserstein else {},
        read=lambda tokens_BT: (one_hot(tokens_BT, language.vocab_size), ()),
    )


@dataclass(frozen=True)
class Path:
    """How a writer's words stay differentiable, and what it learns from."""

    how: Relaxation
    objective: ObjectiveName
    penalty: PenaltyName
    weight: float


SOFT_JS, SOFT_WASSERSTEIN = "soft words, Jensen-Shannon", "soft words, Wasserstein"
PATHS = {
    SOFT_JS: Path("soft", "non-saturating", "none", 0.0),
    SOFT_WASSERSTEIN: Path("soft", "wasserstein", "gp", SLOPE_WEIGHT),
    "Gumbel-softmax, relativistic": Path("gumbel", "relativistic", "r1r2", 1.0),
    "straight-through, relativistic": Path("straight-through", "relativistic", "r1r2", 1.0),
}


def writer_game(
    language: MadeLanguage,
    path: Path,
    device: Device = "cpu",
    *,
    temperature: Callable[[], float] = lambda: 1.0,
) -> LatentGame:
    """Return the game of a fresh writer against a critic of its words."""
    words, length = language.vocab_size, language.length
    generator = RecurrentLanguageModel(
        words, pad=words, bos=0, eos=words + 1, dim=16, hidden=32, noise_dim=16
    )
    writer = RelaxedWriter(generator, path.how, length=length, temperature=temperature)
    scorer = SentenceScorer(
        words, pad=words, dim=16, widths=(1, 2, 3), num_filters=(32, 64, 64), dropout=0.0
    )
    return LatentGame(
        writer.to(device),
        RelaxedCritic(scorer, of_words=True).to(device),
        make_objective(path.objective),
        draw=writer.noise(device),
        penalties=make_penalties(path.penalty, weight=path.weight),
        read=RealWords(words, length=length, pad=words),
    )


@dataclass(frozen=True)
class Experiments:
    """All games of the page: critics of the dials by what they measure, writers by their path."""

    language: MadeLanguage
    dials: Mapping[str, LatentGame]
    writers: Mapping[str, LatentGame]

    @classmethod
    def make(
        cls,
        language: MadeLanguage,
        device: Device = "cpu",
        *,
        temperature: Callable[[str], float] = lambda name: 1.0,
    ) -> "Experiments":
        """Return the games with fresh networks; `temperature` is asked by the name of a path."""
        return cls(
            language,
            {name: dial_game(language, name, device) for name in (JENSEN_SHANNON, WASSERSTEIN)},
            {
                name: writer_game(language, path, device, temperature=partial(temperature, name))
                for name, path in PATHS.items()
            },
        )

    @property
    def games(self) -> dict[str, LatentGame]:
        """All games by a name of their own."""
        return self.dial_games | {**self.writers}

    @property
    def dial_games(self) -> dict[str, LatentGame]:
        """The games of the dials by a name of their own."""
        return {f"{name} dials": game for name, game in self.dials.items()}

    def takes(self, batch_size: int) -> dict[str, Callable[[Tensor], Any]]:
        """Return what each game takes of the sentences of a batch; writers take `batch_size`."""

        def text(tokens_BT: Tensor) -> TextBatch:
            tokens_BT = tokens_BT[:batch_size]
            return TextBatch(tokens_BT[:, :0], tokens_BT)

        return dict.fromkeys(self.writers, text)
