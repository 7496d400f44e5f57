"""The reply that a tree search finds, guided by the discriminator that trained the run."""

from collections.abc import Sequence

import torch
from torch import nn

from seqgan.errors import UserError
from seqgan.text.dialogue.chatbot import MAX_REPLY, Chatbot
from seqgan.text.policy import PREFIX_SCORERS
from seqgan.text.rewards import LastPrefix, ReplyScorer, ScaledScore
from seqgan.text.search.drawing import draw_tree
from seqgan.text.search.tree_search import TreeSearch, mcts_decode

NUM_CHILDREN = 16


def make_search(
    bot: Chatbot,
    *,
    num_simulations: int,
    num_rollouts: int,
    temperature: float,
    top_k: int,
    top_p: float,
) -> TreeSearch:
    """Return a search for the reply that the discriminator takes for a person's.

    `top_k` is the number of tokens that may follow a prefix; 0 stands for 16.

    Raises:
        UserError: if there is no discriminator, or one of whole replies and no rollouts.
    """
    score = _score_of(bot.discriminator, bot.generator.pad, num_rollouts=num_rollouts)
    return TreeSearch(
        generator=bot.generator,
        score=score,
        max_length=MAX_REPLY,
        num_simulations=num_simulations,
        num_children=top_k or NUM_CHILDREN,
        num_rollouts=num_rollouts,
        temperature=temperature,
        top_p=top_p,
    )


def _score_of(discriminator: nn.Module | None, pad: int, *, num_rollouts: int) -> ReplyScorer:
    if discriminator is None:
        raise UserError(
            "--decode mcts looks for the reply that the run's discriminator scores best, and no "
            "discriminator was saved with this run: use --decode sample or beam"
        )
    score = ScaledScore(discriminator, scale=torch.sigmoid, pad=pad)
    if isinstance(discriminator, PREFIX_SCORERS):
        return LastPrefix(score, pad=pad)
    if num_rollouts < 1:
        raise UserError(
            "this run's discriminator scores whole replies, no prefixes: give --num-rollouts 1 or "
            "more, so that --decode mcts completes each prefix before it is scored"
        )
    return score


def searched_reply(
    bot: Chatbot, search: TreeSearch, text: str, history: Sequence[str] = ()
) -> tuple[str, list[str]]:
    """Return the reply found, and its tree as lines of text."""
    tokens_1T, trees = mcts_decode(search, bot.source(text, history), rng=bot.rng)

    def spell(token: int) -> str:
        if token == bot.generator.eos:
            return "(end)"
        return bot.tokenizer.pieces([token])[0].strip() or "(space)"

    return bot.tokenizer.decode(tokens_1T[0].tolist()), draw_tree(trees, 0, spell=spell)
