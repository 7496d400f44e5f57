"""A generator that keeps to the word budget which its source names.

Legend: B batch, S source length, T summary length, V vocabulary.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from seqgan.text.generators.base import IMPOSSIBLE, Generator, State
from seqgan.text.summary.vocabulary import BudgetVocabulary

BUDGET, LEFT = "words.budget", "words.left"


class LimitedGenerator(Generator):
    """A generator that begins a word at least and not one more than its budget allows.

    Its sources are those of the game: a budget's mark, then a document's words.

    Args:
        generator: what writes; it is shared, not copied.
        vocabulary: the marks of budgets, and how many words each id begins.
        banned: ids that are never written, beside the marks.
    """

    ban_V: Tensor
    begun_V: Tensor

    def __init__(
        self, generator: Generator, vocabulary: BudgetVocabulary, *, banned: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self.generator, self.vocabulary = generator, vocabulary
        self.pad, self.bos, self.eos = generator.pad, generator.bos, generator.eos
        self.vocab_size = generator.vocab_size
        device = next((weight.device for weight in generator.parameters()), None)
        ban_V = torch.zeros(self.vocab_size)
        ban_V[[*banned, *vocabulary.marks]] = IMPOSSIBLE
        begun_V = vocabulary.begun_V.clone()
        begun_V[[self.bos, self.eos]] = 0
        self.register_buffer("ban_V", ban_V.to(device=device))
        self.register_buffer("begun_V", begun_V.to(device=device))

    def start(self, source_BS: Tensor) -> State:
        """Return the generator's state, and how many words each row may begin."""
        budget_B = self.vocabulary.budgets(source_BS)
        return {**self.generator.start(source_BS), BUDGET: budget_B, LEFT: budget_B}

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V), without what the budget forbids, and the state."""
        own = {name: part for name, part in state.items() if name not in (BUDGET, LEFT)}
        left_B = state[LEFT] - self.begun_V[previous_B]
        logits_BV, own = self.generator.step(own, previous_B)
        forbidden_BV = self.begun_V > left_B.unsqueeze(1)
        forbidden_BV[:, self.eos] = left_B == state[BUDGET]
        logits_BV = logits_BV + self.ban_V + IMPOSSIBLE * forbidden_BV
        return logits_BV, {**own, BUDGET: state[BUDGET], LEFT: left_B}

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """Raise NotImplementedError: a mixture of words begins no whole number of words."""
        raise NotImplementedError("LimitedGenerator counts words: give it tokens")

    def word_vectors(self) -> Tensor:
        """Return the generator's word vectors, shape (V, D)."""
        return self.generator.word_vectors()

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V) within the budget."""
        return self.logits_from(self.start(source_BS), tokens_BT)

    def save_pretrained(self, folder: Path) -> None:
        """Write the generator; its budget is a choice of use and is not kept."""
        self.generator.save_pretrained(folder)
