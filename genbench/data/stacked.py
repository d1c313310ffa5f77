"""Three random digits as the channels of one image: 1,000 modes (Metz et al. 2017)."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from genbench.data.dataset import Dataset, Split
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray


class DigitClassifier(Protocol):
    """Tells digits: always the same ones, for it is pinned."""

    @property
    def name(self) -> str:
        """Stands in the estimator."""

    def labels(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """Images (n, height, width) with values in [0, 1] to digits (n,)."""


def stacked(
    name: str, base: Dataset, classifier: DigitClassifier, sizes: tuple[int, int, int], samples: int | None = None
) -> Dataset:
    """So many training, validation and test triples, those of a split drawn from the same split of ``base``."""

    def stack(part: str, single: Split, size: int) -> Split:
        rng = np.random.default_rng(derive_seed(name, part))
        return Split(single.x[rng.integers(len(single), size=(size, 3)), 0])

    splits = (
        stack("train", base.train, sizes[0]),
        stack("validation", base.validation, sizes[1]),
        stack("test", base.test, sizes[2]),
    )
    spec = replace(base.spec, name=name, shape=(3, *base.spec.shape[1:]), classes=0, class_names=())
    return Dataset(spec, *splits, modes=StackedModes(base, classifier, samples))


class StackedModes:
    """The 1,000 triples of digits. Mode 100 a + 10 b + c has the digits a, b, c in its channels.

    A pinned classifier tells the digits; it cannot tell a good digit from a poor one.
    """

    has_quality = False

    def __init__(self, base: Dataset, classifier: DigitClassifier, samples: int | None = None) -> None:
        self._base, self.classifier, self.samples = base, classifier, samples
        share = np.bincount(base.train.y, minlength=10) / len(base.train)
        self.weights: NDArray[np.float64] = np.einsum("a,b,c->abc", share, share, share).ravel()

    @property
    def name(self) -> str:
        return self.classifier.name

    def assign(self, x: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The mode of each example (n,), and that all are taken for good (n,). x (n, 3, height, width) in [0, 1]."""
        digits = self.classifier.labels(x.reshape(-1, *x.shape[2:])).reshape(-1, 3)
        return digits @ np.array([100, 10, 1]), np.ones(len(x), dtype=bool)

    @cached_property
    def hits(self) -> NDArray[np.bool_]:
        """Whether the classifier tells a digit right, of the single digits of the test split (n,)."""
        test = self._base.test
        return np.asarray(self.classifier.labels(test.x[:, 0]) == test.y)
