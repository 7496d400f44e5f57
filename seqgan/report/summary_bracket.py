"""ROUGE of the summaries of the usual length alone, where there are enough of them."""

from seqgan.report.run_folder import Record, Results, Row, section_of
from seqgan.report.transfer_texts import listed

ROUGE = ("rouge1", "rouge2", "rougeL")
INSIDE = tuple(f"{kind}_inside" for kind in ROUGE)
"""Of texts of the usual length alone: a longer one has more words in common with any other."""
LEAST_TEXTS = 20
"""Texts in the bracket below which these figures of another word budget say nothing."""


def enough_inside(row: Row, record: Record) -> dict[str, float]:
    """Return the row's figures; of another budget than the usual without those of few texts."""
    count, share = num_swept(record), row.metrics.get("inside")
    few = count is not None and share is not None and round(share * count) < LEAST_TEXTS
    if row.temperature in (None, 1.0) or not few:
        return dict(row.metrics)
    return {name: value for name, value in row.metrics.items() if name not in INSIDE}


def num_swept(record: Record) -> int | None:
    """Return how many documents are summarized in other lengths than the usual.

    >>> num_swept({"evaluation": {"num_swept": 500}, "sizes": {"test": 2000}}), num_swept({})
    (500, None)
    """
    most = section_of(record, "evaluation").get("num_swept")
    test = section_of(record, "sizes").get("test")
    return min(most, test) if isinstance(most, int) and isinstance(test, int) else None


def left_out(results: Results) -> str:
    """Return that figures of few texts are dashes; "" where none is left out."""
    for row, given in zip(results.rows, listed(results.record.get("rows")), strict=False):
        figures = section_of(given, "metrics")
        if any(figures.get(name) is not None and name not in row.metrics for name in INSIDE):
            return (
                f"ROUGE in the bracket is left out (–) where fewer than {LEAST_TEXTS} summaries "
                "of another word budget than the usual lie in it."
            )
    return ""
