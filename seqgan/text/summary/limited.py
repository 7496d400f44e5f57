"""A generator that keeps to the word budget which its source names.

Legend: B batch, S source length, T summary length, V vocabulary.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from seqgan.text.generators.base import IMPOSSIBLE, Generator, State
from seqgan.text.summary.vocabulary import BudgetVocabulary
from seqgan.text.whole_words import WholeWordsGenerator

BUDGET, LEFT, FIRST = "words.budget", "words.left", "words.first"


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
        kept = {BUDGET: budget_B, LEFT: budget_B, FIRST: torch.ones_like(budget_B)}
        return {**self.generator.start(source_BS), **kept}

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V), without what the budget forbids, and the state."""
        budget_B, left_B, first_B = (state[name] for name in (BUDGET, LEFT, FIRST))
        own = {name: part for name, part in state.items() if name not in (BUDGET, LEFT, FIRST)}
        # The first piece begins a word, also where the vocabulary does not show it.
        written_B = (previous_B != self.bos).long()
        left_B = left_B - torch.maximum(self.begun_V[previous_B], first_B) * written_B
        first_B = first_B * (1 - written_B)
        logits_BV, own = self.generator.step(own, previous_B)
        begun_BV = torch.maximum(self.begun_V, first_B.unsqueeze(1))
        forbidden_BV = begun_BV > left_B.unsqueeze(1)
        forbidden_BV[:, self.eos] = left_B == budget_B
        logits_BV = logits_BV + self.ban_V + IMPOSSIBLE * forbidden_BV
        return logits_BV, {**own, BUDGET: budget_B, LEFT: left_B, FIRST: first_B}

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


def kept_within(generator: Generator, vocabulary: BudgetVocabulary) -> Generator:
    """Return the generator within budgets and, where people's words are known, in whole words."""
    limited = LimitedGenerator(generator, vocabulary, banned=vocabulary.unwritten)
    words = vocabulary.whole_words
    return limited if words is None else WholeWordsGenerator(limited, words, num_marks=1)
