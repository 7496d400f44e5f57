"""What is wrong with a generator of pictures, in words: collapse, dropping, copying, overfitting.

Collapse comes late: samples become copies of one another, or alike within a kind. Dropping is
there from start to end: kinds that never come, or too seldom, while the others are sound.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from seqgan.data.pictures import PictureParts
from seqgan.image.evidence import DUPLICATES, SPREAD, Evidence, gather
from seqgan.image.extractor import Extractor
from seqgan.image.judging import Judge
from seqgan.image.watch import DECENT, Snapshot, decent

COPIES = 0.05  # more copies of training pictures than this, beyond held-out ones: copying
NARROW = 0.5  # of the held-out pictures' recall
BY_HEART = 0.5  # of the critic's gap between training pictures and fakes
SHOWN = 8  # names in a sentence


@dataclass(frozen=True)
class Finding:
    """One thing found: its kind, and what was seen, in words with figures."""

    kind: str
    text: str


@dataclass(frozen=True)
class Diagnosis:
    """What was found, and the figures behind it; `class_shares` are (share, real share)."""

    findings: list[Finding]
    class_shares: dict[str, tuple[float, float]]
    within_spread: float
    duplicates: float
    copies: float

    def as_json(self) -> dict[str, Any]:
        """Return what a results file keeps."""
        return {
            "findings": [{"kind": f.kind, "text": f.text} for f in self.findings],
            "classes": {
                name: {"share": share, "real_share": real}
                for name, (share, real) in self.class_shares.items()
            },
            "within_spread": self.within_spread,
            "duplicates": self.duplicates,
            "copies": self.copies,
        }


def diagnose(
    samples: Tensor,
    parts: PictureParts,
    extractor: Extractor,
    history: Sequence[Snapshot] = (),
    *,
    judge: Judge | None = None,
) -> Diagnosis:
    """Return what is wrong with uint8 samples; `history` is what a `Watch` saw in training.

    A `judge` made for as many samples saves the time to make one.
    """
    judge = judge or Judge(parts, extractor, num_samples=len(samples))
    seen = gather(samples, judge)
    found = [
        finding
        for part in (_unreal(seen), _collapse(seen, history), _dropping(seen, history))
        for finding in part
    ]
    found += [] if found else _narrow(seen)
    found += [*_copying(seen), *_overfitting(history)]
    shares = zip(seen.share_K.tolist(), seen.real_share_K.tolist(), strict=True)
    return Diagnosis(
        found or [_fine(seen)],
        dict(zip(seen.names, shares, strict=True)),
        seen.spread,
        seen.duplicates,
        seen.copies,
    )


def _unreal(seen: Evidence) -> Iterator[Finding]:
    if seen.unreal:
        yield Finding(
            "unreal",
            f"The samples are not yet like the corpus: {seen.figures['precision']:.0%} lie among"
            f" real pictures (held-out ones: {seen.real_figures['precision']:.0%}), at a density of"
            f" {seen.figures['density']:.2f} (held-out ones: {seen.real_figures['density']:.2f}).",
        )


def _collapse(seen: Evidence, history: Sequence[Snapshot]) -> Iterator[Finding]:
    if not seen.collapsed:
        return
    text = (
        f"{seen.duplicates:.0%} of the samples are near-copies of other samples (real pictures:"
        f" {seen.real_duplicates:.0%}), and samples of a kind spread {seen.spread:.2f} times as far"
        " as real ones."
    )
    narrow = [int(k) for k in np.argsort(seen.spread_K) if seen.spread_K[k] < SPREAD]
    if narrow:
        shown = (f"{seen.names[k]} ({seen.spread_K[k]:.2f})" for k in narrow)
        text += f" Narrowest: {_listed(shown, len(narrow))}."
    went = [k for k in seen.missing if not _ever_missing(seen.names[k], history)]
    if went:
        text += f" Missing with it: {_listed((seen.names[k] for k in went), len(went))}."
    yield Finding("collapse", text + _when(seen, history))


def _when(seen: Evidence, history: Sequence[Snapshot]) -> str:
    """Return since when samples are alike, as far as training was watched."""
    if not history:
        return ""
    for past in sorted(decent(history), key=lambda past: past.duplicates - min(past.spread, 1.0)):
        if past.duplicates <= seen.duplicates - DUPLICATES or past.spread * SPREAD >= seen.spread:
            return (
                f" It came late: at update {past.update} the spread was {past.spread:.2f} and the"
                f" near-copies {past.duplicates:.0%}."
            )
    return " It was so from the start, as far as training was watched."


def _dropping(seen: Evidence, history: Sequence[Snapshot]) -> Iterator[Finding]:
    missing, thin = seen.missing, seen.thin
    if seen.unreal and seen.likeness < DECENT:  # then it makes no sense to name kinds
        return
    if seen.collapsed:  # what went with the collapse is told there
        missing, thin = [k for k in missing if _ever_missing(seen.names[k], history)], []
    if not missing and not thin:
        return
    sound = len(seen.names) - len(missing) - len(thin)
    text = f"{sound} of {len(seen.names)} kinds come as they should."
    if missing:
        text += f" Missing: {_listed((_share(seen, k) for k in missing), len(missing))}."
    if thin:
        text += f" Thin: {_listed((_share(seen, k) for k in thin), len(thin))}."
    always = [seen.names[k] for k in missing if _ever_missing(seen.names[k], history)]
    if always:
        text += f" Missing from start to end: {_listed(always, len(always))}."
    late = [seen.names[k] for k in missing if history and seen.names[k] not in always]
    if late:
        text += f" Lost on the way: {_listed(late, len(late))}."
    yield Finding("dropping", text)


def _narrow(seen: Evidence) -> Iterator[Finding]:
    """Say that diversity is bought with quality, where nothing above says why."""
    now, real = seen.figures, seen.real_figures
    if now["recall"] < NARROW * real["recall"]:
        yield Finding(
            "narrow",
            f"Quality without diversity: {now['precision']:.0%} of the samples lie among real"
            f" pictures (held-out ones: {real['precision']:.0%}), but they reach only"
            f" {now['recall']:.0%} of the real ones (held-out: {real['recall']:.0%}), though no"
            " kind is missing. Pictures that are averaged or blurred do this.",
        )


def _copying(seen: Evidence) -> Iterator[Finding]:
    if seen.copies > seen.real_copies + COPIES:
        yield Finding(
            "copying",
            f"{seen.copies:.0%} of the samples are training pictures, or as good as (held-out"
            f" pictures: {seen.real_copies:.0%}).",
        )


def _overfitting(history: Sequence[Snapshot]) -> Iterator[Finding]:
    known = [past for past in history if past.overfitting is not None][-3:]
    if not known:
        return
    heart = float(np.median([past.overfitting for past in known if past.overfitting is not None]))
    if heart > BY_HEART:
        yield Finding(
            "overfitting",
            f"The critic knows its training pictures by heart: held-out pictures lie {heart:.0%} of"
            " the way from training pictures to fakes in its scores.",
        )


def _fine(seen: Evidence) -> Finding:
    real = seen.real_figures
    return Finding(
        "fine",
        f"Nothing to object: {seen.figures['precision']:.0%} of the samples lie among real pictures"
        f" (held-out ones: {real['precision']:.0%}), which is quality; they reach"
        f" {seen.figures['recall']:.0%} of the real ones (held-out: {real['recall']:.0%}), which is"
        f" diversity; no kind is thin; {seen.duplicates:.0%} are near-copies of other samples and"
        f" {seen.copies:.0%} of training pictures.",
    )


def _ever_missing(name: str, history: Sequence[Snapshot]) -> bool:
    """Return whether a kind was missing in four of five decent snapshots or more."""
    before = decent(history)
    absent = sum(name in past.missing for past in before)
    return bool(before) and absent >= 0.8 * len(before)


def _share(seen: Evidence, k: int) -> str:
    share, real = seen.share_K[k], seen.real_share_K[k]
    return f"{seen.names[k]} ({share:.1%} of the samples, {real:.1%} of real pictures)"


def _listed(names: Iterable[str], count: int) -> str:
    """Return the first names with commas, and how many more there are.

    >>> _listed("abcdefghij", 10)
    'a, b, c, d, e, f, g, h and 2 more'
    """
    shown = [name for name, _ in zip(names, range(SHOWN), strict=False)]
    more = f" and {count - len(shown)} more" if count > len(shown) else ""
    return ", ".join(shown) + more
