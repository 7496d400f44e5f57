"""Adversarial generation of sequences and text: players, games and schedules on one trainer."""

from typing import TYPE_CHECKING

from seqgan.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from seqgan.text.chatbot import Chatbot

__all__ = ["__version__", "load"]


def load(run: "str | Path") -> "Chatbot":
    """Return the chatbot trained by a run: `seqgan.load("runs/chatbot_pg/1").reply("hello")`.

    Raises `seqgan.errors.UserError` when the folder holds no finished or saved model.
    """
    from seqgan.text.chatbot import Chatbot

    return Chatbot.load(run)
