"""Adversarial generation of sequences and text: players, games and schedules on one trainer."""

import os
from typing import TYPE_CHECKING

from seqgan.version import __version__

# Must stand before torch is loaded. By default OpenMP threads that wait spin long: where another
# program takes one of two cores, a policy-gradient update takes 5 to 10 s, with this 1.4 s, and
# .59 s with and without on an idle machine (.69 s if threads never spin).
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
# Large tensors on Linux take pages of 2 MiB in place of 4 KiB: fresh pages are most of what a
# large product costs. A policy-gradient update of the chatbot's takes .46 s in place of .51, one
# of a Transformer over 5,000 words 2.5 s in place of 2.9, and peak memory stays as it is.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

if TYPE_CHECKING:
    from pathlib import Path

    from seqgan.image.model import PictureModel
    from seqgan.text.dialogue.chatbot import Chatbot
    from seqgan.text.sentences.model import SentenceModel
    from seqgan.text.summary.model import SummaryModel
    from seqgan.text.transfer.model import StyleTransferModel

__all__ = ["__version__", "load"]


def load(
    run: "str | Path",
) -> "Chatbot | PictureModel | SentenceModel | StyleTransferModel | SummaryModel":
    """Return what a run trained.

    `seqgan.load("runs/chatbot_pg/1").reply("hello")`;
    `seqgan.load("runs/image_gan/1").sample(64)`;
    `seqgan.load("runs/text_gan/1").sample(5)`;
    `seqgan.load("runs/style_transfer/1").transfer(["the food was cold"], to="positive")`;
    `seqgan.load("runs/summarize/1").summarize(["This package contains ..."], words=8)`.
    Raises `seqgan.errors.UserError` when the folder holds no finished or saved model.
    """
    from pathlib import Path

    from seqgan.cli.wings import (
        learns_oracle,
        makes_pictures,
        refuse_mute,
        summarizes,
        transfers_style,
        writes_sentences,
    )

    if makes_pictures(Path(run)):
        from seqgan.image.model import PictureModel

        return PictureModel.load(run)
    if writes_sentences(Path(run)) or learns_oracle(Path(run)):
        from seqgan.text.sentences.model import SentenceModel

        return SentenceModel.load(run)
    if transfers_style(Path(run)):
        from seqgan.text.transfer.model import StyleTransferModel

        return StyleTransferModel.load(run)
    if summarizes(Path(run)):
        from seqgan.text.summary.model import SummaryModel

        return SummaryModel.load(run)
    refuse_mute(Path(run))
    from seqgan.text.dialogue.chatbot import Chatbot

    return Chatbot.load(run)
