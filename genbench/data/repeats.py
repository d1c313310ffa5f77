"""Test examples that were seen in training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from genbench.data.dataset import Dataset, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANY = 0.05
"""Share of the test examples from which on it is told."""
MEASURED = 20
"""A measured number has more values than this."""
BY_CHANCE = 1e-3
"""Probability below which it is no chance that all counts have a common divisor."""
FEW_CELLS = 6
"""A table of no more different rows may be a design in which each has the same number of rows on purpose."""


def repeat_warnings(dataset: Dataset) -> Iterator[str]:
    """Yield a line if many test examples are training examples, too, though such examples would not repeat by nature."""
    seen = {example.tobytes() for example in dataset.train.x}
    repeated = sum(example.tobytes() in seen for example in dataset.test.x)
    if repeated <= MANY * len(dataset.test):
        return
    if dataset.spec.is_image or (dataset.spec.dim > 1 and (_numbers_of_their_own(dataset.train) or _copied(dataset))):
        yield (
            f"{repeated} of the {len(dataset.test)} test examples are among the training examples, so that what was "
            "learned by heart looks like skill; remove repeated examples from the file"
        )


def _numbers_of_their_own(split: Split) -> bool:
    """Tell whether one of several features tells most of the different examples apart, as a measured number does and a
    count or a category does not."""
    different = np.unique(split.x.reshape(len(split), -1), axis=0)
    values = [len(np.unique(feature)) for feature in different.T]
    return max(values) > max(len(different) / 2, MEASURED)


def _copied(dataset: Dataset) -> bool:
    """Tell whether all examples, or all of a class, are there so many times that a number divides all the counts.

    That is so after every example was copied as often, whatever its values. Of counts that come about by themselves, a
    number g divides each of k with a probability of about 1/g, and the last if it divides the others and their sum.
    """
    splits = (dataset.train, dataset.validation, dataset.test)
    labels = np.concatenate([np.zeros(len(split)) if split.y is None else split.y for split in splits])
    examples = [example.tobytes() for split in splits for example in split.x]
    counts = Counter(zip(labels.tolist(), examples, strict=True))
    groups = [np.array(list(counts.values()))]
    groups += [np.array([n for (one, _), n in counts.items() if one == label]) for label in np.unique(labels)]
    return any(_have_divisor(group) for group in groups)


def _have_divisor(counts: NDArray[np.int64]) -> bool:
    divisor = int(np.gcd.reduce(counts))
    return len(counts) > FEW_CELLS and divisor > 1 and float(divisor) ** -(len(counts) - 1) < BY_CHANCE
