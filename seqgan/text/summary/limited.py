"""A generator that keeps to the word budget which its source names.

Legend: B batch, S source length, T summary length, V vocabulary.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from seqgan.text.generators.base import IMPOSSIBLE, Generator, State
from seqgan.text.generators.narrowed import NarrowedGenerator
from seqgan.text.summary.vocabulary import BudgetVocabulary
from seqgan.text.whole_words import WholeWordsGenerator

BUDGET, LEFT = "words.budget", "words.left"


class LimitedGenerator(NarrowedGenerator):
    """A generator that begins a word at least and not one more than its budget allows.

    Its sources are those of the game: a budget's mark, then a document's words.

    Args:
        generator: what writes; it is shared, not copied.
        vocabulary: the marks of budgets, and how many words each id begins.
        banned: ids that are never written, beside the marks.
    """

    ban_V: Tensor
    begun_V: Tensor
    first_V: Tensor

    def __init__(
        self, generator: Generator, vocabulary: BudgetVocabulary, *, banned: Sequence[int] = ()
    ) -> None:
        super().__init__(generator)
        self.vocabulary = vocabulary
        device = next((weight.device for weight in generator.parameters()), None)
        ban_V = torch.zeros(self.vocab_size)
        ban_V[[*banned, *vocabulary.marks]] = IMPOSSIBLE
        begun_V, first_V = vocabulary.begun_V.clone(), vocabulary.begun_first_V.clone()
        begun_V[[self.bos, self.eos]] = 0
        self.register_buffer("ban_V", ban_V.to(device=device))
        self.register_buffer("begun_V", begun_V.to(device=device))
        self.register_buffer("first_V", first_V.to(device=device))

    def start(self, source_BS: Tensor) -> State:
        """Return the generator's state, and how many words each row may begin."""
        budget_B = self.vocabulary.budgets(source_BS)
        return {**self.generator.start(source_BS), BUDGET: budget_B, LEFT: budget_B}

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Return the next token's logits (B, V), without what the budget forbids, and the state."""
        budget_B, left_B = state[BUDGET], state[LEFT]
        own = {name: part for name, part in state.items() if name not in (BUDGET, LEFT)}
        first_B = (left_B == budget_B) & (previous_B != self.bos)
        left_B = left_B - self.first_V[previous_B].where(first_B, self.begun_V[previous_B])
        logits_BV, own = self.generator.step(own, previous_B)
        forbidden_BV = self.begun_V > left_B.unsqueeze(1)
        forbidden_BV[:, self.eos] = left_B == budget_B
        logits_BV = logits_BV + self.ban_V + IMPOSSIBLE * forbidden_BV
        return logits_BV, {**own, BUDGET: budget_B, LEFT: left_B}


def kept_within(generator: Generator, vocabulary: BudgetVocabulary) -> Generator:
    """Return the generator within budgets and, where people's words are known, in whole words."""
    limited = LimitedGenerator(generator, vocabulary, banned=vocabulary.unwritten)
    words = vocabulary.whole_words
    return limited if words is None else WholeWordsGenerator(limited, words, num_marks=1)
