"""Test examples that were seen in training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from genbench.data.dataset import Dataset, Split

MANY = 0.05
"""Share of the test examples from which on it is told."""
MEASURED = 20
"""A measured number has more values than this."""


def repeat_warnings(dataset: Dataset) -> Iterator[str]:
    """A line if many test examples are training examples, too, though such examples would not repeat by nature."""
    seen = {example.tobytes() for example in dataset.train.x}
    repeated = sum(example.tobytes() in seen for example in dataset.test.x)
    if repeated > MANY * len(dataset.test) and (dataset.spec.is_image or _numbers_of_their_own(dataset.train)):
        yield (
            f"{repeated} of the {len(dataset.test)} test examples are among the training examples, so that what was "
            "learned by heart looks like skill; remove repeated examples from the file"
        )


def _numbers_of_their_own(split: Split) -> bool:
    """Whether one of several features tells most of the different examples apart, as a measured number does and a count or
    a category does not."""
    different = np.unique(split.x.reshape(len(split), -1), axis=0)
    values = [len(np.unique(feature)) for feature in different.T]
    return len(values) > 1 and max(values) > max(len(different) / 2, MEASURED)
