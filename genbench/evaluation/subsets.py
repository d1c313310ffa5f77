"""Nested, stratified random subsets of the training examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray


def subset_order(labels: NDArray[np.int64], index: int) -> NDArray[np.int64]:
    """An order (n,) of the training examples; its first m, for growing m, are nested, stratified random subsets.

    One example of each class comes first, so that none is lacking once m allows it; the rest follows in proportion.
    """
    rng = np.random.default_rng(derive_seed("learning-curve", index))
    position = np.empty(len(labels))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        position[members] = (np.arange(len(members)) + rng.random(len(members))) / len(members)
        position[members[0]] -= 1
    return np.argsort(position)
