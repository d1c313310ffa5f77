"""Which examples go to training, validation and test: stratified by label, shuffled, fixed by a key, which is the data set's
name, or of a user's file a checksum of its contents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import Split
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Indices = NDArray[np.intp]
    ThreeIndices = tuple[Indices, Indices, Indices]


def split_indices(
    key: str, n: int, labels: NDArray[Any] | None = None, official_test: NDArray[np.bool_] | None = None
) -> ThreeIndices:
    """Positions of the training, validation and test examples, each shuffled.

    60/20/20 within every label (to the nearest example); a label with two examples has both in training. Where the test
    examples are given by the mask ``official_test`` (n,), validation is a fifth of the others.
    """
    rng = np.random.default_rng(derive_seed("split", key))
    strata = np.zeros(n, dtype=np.int64) if labels is None else labels
    order = rng.permutation(n)
    if official_test is None:
        test, validation, train = _fifths(order, strata, 2, rng)
    else:
        test = order[official_test[order]]
        validation, train = _fifths(order[~official_test[order]], strata, 1, rng)
    return train, validation, test


def last_examples_indices(key: str, n_train: int, n_validation: int, n_test: int) -> ThreeIndices:
    """Positions where training examples, of which the last are for validation, come before the test examples."""
    rng = np.random.default_rng(derive_seed("split", key))
    return (
        rng.permutation(n_train - n_validation),
        rng.permutation(np.arange(n_train - n_validation, n_train)),
        rng.permutation(np.arange(n_train, n_train + n_test)),
    )


def take(x: NDArray[Any], y: NDArray[np.int64] | None, indices: ThreeIndices) -> tuple[Split, Split, Split]:
    """The splits at the given positions."""
    train, validation, test = (Split(x[index], None if y is None else y[index]) for index in indices)
    return train, validation, test


def _fifths(order: Indices, strata: NDArray[Any], parts: int, rng: np.random.Generator) -> list[Indices]:
    """``parts`` times a fifth of each stratum's examples, then the rest; each in random order."""
    pieces = []
    for stratum in np.unique(strata[order]):
        members = order[strata[order] == stratum]
        fifth = round(len(members) / 5)
        pieces.append(np.split(members, [fifth * (part + 1) for part in range(parts)]))
    return [rng.permutation(np.concatenate(part)) for part in zip(*pieces, strict=True)]
