"""Rewards of single tokens as coloured text; the figure shows when a pointer rests on a token."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from seqgan.report.markup import Html, element, join

LOW_RGB = "224,122,30"
HIGH_RGB = "47,134,201"


@dataclass(frozen=True)
class Credited:
    """A sequence of readable pieces with a reward each; `author` says who wrote it."""

    prompt: str
    author: str
    tokens: Sequence[str]
    rewards: Sequence[float]


def heatmap_section(sequences: Sequence[Credited]) -> Html:
    """Return the sequences, each token coloured from the lowest to the highest reward of all."""
    finite = [value for each in sequences for value in each.rewards if math.isfinite(value)]
    if not finite:
        return Html("")
    low, high = min(finite), max(finite)
    legend = element(
        "p",
        "Lowest reward ",
        _token(f" {low:.3f} ", low, low, high),
        " to highest ",
        _token(f" {high:.3f} ", high, low, high),
        "; in between paler. Rest on a token to read its reward; the mean stands behind each line.",
        class_="soft heat",
    )
    return join([legend, *[_sequence(each, low, high) for each in sequences]])


def _sequence(each: Credited, low: float, high: float) -> Html:
    tokens = [
        _token(piece, reward, low, high)
        for piece, reward in zip(each.tokens, each.rewards, strict=False)
    ]
    mean = math.fsum(each.rewards) / len(each.rewards) if each.rewards else math.nan
    return element(
        "div",
        element("p", _label("prompt"), each.prompt),
        element("p", _label(each.author), *tokens, _label(f"  mean {mean:.3f}"), class_="heat"),
        class_="exchange",
    )


def _label(text: str) -> Html:
    return element("span", text, class_="label")


def _token(piece: str, reward: float, low: float, high: float) -> Html:
    shown = piece.replace("▁", " ").replace("Ġ", " ")
    if not math.isfinite(reward):
        return element("span", shown, title="reward is not finite")
    place = 2 * (reward - low) / (high - low) - 1 if high > low else 0.0
    color = f"rgba({HIGH_RGB if place > 0 else LOW_RGB},{abs(place) * 0.75:.2f})"
    return element("span", shown, title=f"{reward:.4f}", style=f"background:{color}")
