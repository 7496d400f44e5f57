"""Which options of a style transfer say something only beside others."""

from typing import TYPE_CHECKING

from seqgan.games.adversary import NO_PRETRAINING
from seqgan.games.idle_options import Use

if TYPE_CHECKING:
    from seqgan.text.transfer.options import TransferOptions

WRITTEN = ("choice", "policy")
"""Gradients for which the critic reads words as they are written, and no slope passes them."""
TRANSFER_USES: tuple[Use["TransferOptions"], ...] = (
    Use(
        (
            *("denoising_updates", "translation_updates", "choosing_updates"),
            *("continued_updates", "learning_rate", "continued_lr"),
        ),
        "learning before play, which --start-from spares",
        lambda of: of.start_from is None or of.resume is not None,  # a resumed one is sized
    ),
    Use(
        ("back_weight", "denoising_weight", "style_rate", "word_rate", "reach", "plain_share"),
        "learning before play, which --start-from spares (play keeps it with --chosen-weight 0)",
        lambda of: of.start_from is None or not of.chosen_weight,
    ),
    Use(("start_from",), "phases before play, which --plain is without", lambda of: not of.plain),
    Use(
        (
            *("denoising_weight", "back_weight", "chosen_weight", "semantic_weight"),
            *("learning_rate", "continued_lr", "style_rate", "word_rate", "reach", "plain_share"),
            "salience",
        ),
        "denoising and back-translation, which --plain is without",
        lambda of: not of.plain,
    ),
    Use(
        (
            *("critic_updates", "critic_lr", "objective", "alpha", "alternative", "margin"),
            *("penalty", "penalty_every", "gamma", "slope_weight", "clip"),
        ),
        "a critic: --adversarial-weight above 0",
        lambda of: of.adversarial_weight > 0 or of.resume is not None,
    ),
    Use(
        ("denoising_updates", "translation_updates", "choosing_updates", "continued_updates"),
        "phases before play, which --plain is without",
        lambda of: not of.plain or of.resume is not None,
    ),
    Use(
        ("denoising_updates",),
        "--denoising-weight above 0",
        lambda of: of.denoising_weight > 0 or of.resume is not None,
    ),
    Use(
        ("choosing_updates",),
        "--chosen-weight above 0",
        lambda of: of.chosen_weight > 0 or of.resume is not None,
    ),
    Use(
        ("drawn_ways",),
        "the best of several ways being chosen",
        lambda of: of.chooses or of.resume is not None,  # runs of before had none by default
    ),
    Use(("earning_ways",), "--gradient policy", lambda of: of.path == "policy"),
    Use(
        ("choice_share",),
        "--gradient policy, a critic, and the best of several ways being chosen",
        lambda of: of.path == "policy" and of.adversarial_weight > 0 and of.chooses,
    ),
    Use(
        ("first_temperature", "last_temperature"),
        "--gradient soft, gumbel or straight-through",
        lambda of: of.path not in ("vectors", *WRITTEN),
    ),
    Use(
        ("cycle_weight", "semantic_weight"),
        "--gradient soft, gumbel, straight-through or vectors",
        lambda of: of.path not in WRITTEN,
    ),
    NO_PRETRAINING,
)
