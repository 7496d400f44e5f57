"""Several language models as one: the normalized geometric mean of their next-word probabilities.

Legend: B batch, S source length, T response length, N real tokens, V vocabulary.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from seqgan.nn.saving import save_module
from seqgan.ops.masks import at_least_float32
from seqgan.text.generators.base import Generator, State, join_states, part_states
from seqgan.text.generators.language_model import RecurrentLanguageModel
from seqgan.text.generators.transformer import TransformerGenerator

EXPERTS = {kind.__name__: kind for kind in (RecurrentLanguageModel, TransformerGenerator)}


class ProductOfExperts(Generator):
    """A product of experts with equal exponents (Hinton 2002), normalized word by word.

    What several likelihood models of the same text know together: the rival of a game whose
    discriminator is a language model.

    Args:
        experts: the models themselves, which are shared, not copied; or how each is built: its
            `architecture` and `arguments`, as in its `config.json`.

    Raises:
        ValueError: for no experts, of other kinds, or of different vocabularies.
    """

    def __init__(self, experts: Sequence[Generator | Mapping[str, Any]]) -> None:
        super().__init__()
        models = [each if isinstance(each, Generator) else built(each) for each in experts]
        self.experts = nn.ModuleList(models)
        self.arguments = {"experts": [described(model) for model in models]}
        words = {(model.vocab_size, model.pad, model.bos, model.eos) for model in models}
        if len(words) != 1:
            raise ValueError(f"a product needs experts of one vocabulary, not of {len(words)}")
        ((self.vocab_size, self.pad, self.bos, self.eos),) = words

    def models(self) -> list[Generator]:
        """Return the experts."""
        return [expert for expert in self.experts if isinstance(expert, Generator)]

    def start(self, source_BS: Tensor) -> State:
        """Return the states of all experts before the first token."""
        return join_states([model.start(source_BS) for model in self.models()])

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V) and the new states."""
        both = [
            model.step(own, previous_B)
            for model, own in zip(self.models(), part_states(state, len(self.experts)), strict=True)
        ]
        return mean_logp([logits for logits, _ in both]), join_states([own for _, own in both])

    def word_vectors(self) -> Tensor:
        """NotImplementedError: every expert reads vectors of its own."""
        raise NotImplementedError("a product of experts reads words alone")

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """NotImplementedError: every expert reads vectors of its own."""
        raise NotImplementedError("a product of experts reads words alone")

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V)."""
        return mean_logp([model.logits(source_BS, tokens_BT) for model in self.models()])

    def real_logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits of the real tokens alone, (N, V), row after row."""
        return mean_logp([model.real_logits(source_BS, tokens_BT) for model in self.models()])

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json` and `model.safetensors` into the folder."""
        save_module(self, self.arguments, folder)


def built(config: Mapping[str, Any]) -> Generator:
    """Return an untrained expert; ValueError for one of another kind."""
    kind = EXPERTS.get(config.get("architecture", ""))
    if kind is None:
        raise ValueError(f"{config!r:.60} is none of {', '.join(EXPERTS)}")
    return kind(**config["arguments"])


def described(model: Generator) -> dict[str, Any]:
    """Return how an expert is built; ValueError for one of another kind."""
    if not isinstance(model, RecurrentLanguageModel | TransformerGenerator):
        raise ValueError(f"a product takes {', '.join(EXPERTS)}, not {type(model).__name__}")
    return {"architecture": type(model).__name__, "arguments": model.arguments}


def experts(model: Generator) -> list[Generator]:
    """Return the models that a product is made of; of another model itself."""
    return model.models() if isinstance(model, ProductOfExperts) else [model]


def mean_logp(logits: Sequence[Tensor]) -> Tensor:
    """Return logits of the normalized geometric mean of these distributions.

    >>> mean_logp([torch.tensor([0.0, 0.0]), torch.tensor([0.0, 2.0])]).softmax(-1)
    tensor([0.2689, 0.7311])
    """
    return torch.stack([at_least_float32(each).log_softmax(-1) for each in logits]).mean(0)
