"""Which samples are copies: whole sentences that stand in the training text."""

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def copied(
    samples: Sequence[Sequence[Hashable]], train: Iterable[Sequence[Hashable]]
) -> NDArray[np.bool_]:
    """Return for each sample whether the same words stand in `train` as a whole sentence, (S,).

    >>> copied([["a", "b"], ["a"]], [["a", "b"], ["c"]]).tolist()
    [True, False]
    """
    known = {tuple(words) for words in train}
    return np.array([tuple(words) in known for words in samples], dtype=np.bool_)
