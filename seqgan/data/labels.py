"""Labels as numbers from 0, whatever they were written as."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqgan.errors import UserError

BY_DEFAULT = "labels"  # the column that is taken if it is there, and not missed otherwise
REMEDY = "name another with --label-column"


def number_labels(
    values: np.ndarray[Any, Any], column: str, where: str, names: tuple[str, ...] = ()
) -> tuple[Tensor, tuple[str, ...]]:
    """Return a label for each value, int64 (N,), and the labels' names.

    With `names` values are places in it; without, each different value is a label of its own.

    Raises:
        UserError: a value is out of range, neither text nor whole, or nearly each picture has
            another one.
    """
    if values.dtype.kind not in "biuU":
        raise UserError(
            f"the label column {column!r} of {where} holds {values.dtype}: expected whole numbers"
            f" or text; {REMEDY}"
        )
    if names and values.dtype.kind in "iu":
        wrong = values[(values < 0) | (values >= len(names))]
        if wrong.size:
            raise UserError(
                f"the label column {column!r} of {where} is out of range: it holds {wrong[0]} and"
                f" there are {len(names)} names (0 to {len(names) - 1}); {REMEDY}"
            )
        return torch.from_numpy(values.astype(np.int64)), names
    found, numbers = np.unique(values, return_inverse=True)
    if len(found) > max(2, len(values) // 2):
        raise UserError(
            f"the label column {column!r} of {where} tells no classes: {len(found):,} different"
            f" values in {len(values):,} pictures; {REMEDY}"
        )
    labels = torch.from_numpy(numbers.reshape(-1).astype(np.int64))
    texts = ("no", "yes") if values.dtype.kind == "b" else None
    return labels, tuple(texts[int(value)] if texts else str(value) for value in found)
