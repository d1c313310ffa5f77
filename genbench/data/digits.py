"""scikit-learn's 8x8 digits (the test rows of UCI's optdigits): as they are, in black and white, and stacked in threes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import Dataset
from genbench.data.levels import from_levels
from genbench.data.source import DataSource
from genbench.data.spec import DataSpec
from genbench.data.splitting import split_indices, take
from genbench.data.stacked import stacked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.splitting import ThreeIndices

LEVELS = 17
CLASS_NAMES = tuple("0123456789")
INK = 8
"""A pixel of ``digits-binary`` is 1 from this level (of 0, ..., 16) on: half of the scale."""


def digits(source: DataSource) -> Dataset:
    """1,797 handwritten digits; a pixel is a level k of 0, ..., 16, as the value k / 16."""
    levels, labels = _load()
    spec = DataSpec("digits", (1, 8, 8), "unit", classes=10, levels=LEVELS, class_names=CLASS_NAMES)
    return Dataset(spec, *take(from_levels(levels, LEVELS), labels, _indices(labels)))


def digits_binary(source: DataSource) -> Dataset:
    """The digits with the same splits, each pixel 1 if its level is at least 8 of 16."""
    levels, labels = _load()
    spec = DataSpec("digits-binary", (1, 8, 8), "binary", classes=10, class_names=CLASS_NAMES)
    splits = take((levels >= INK).astype(np.float32), labels, _indices(labels))
    return Dataset(spec, *splits, notes=(f"a pixel is 1 if its level is at least {INK} of 16",))


def stacked_digits(source: DataSource) -> Dataset:
    """Three random digits as the channels of one image: 1,000 modes (as stacked MNIST, Metz et al. 2017, on 8x8 digits).

    A split's triples are drawn from the same split of ``digits``.
    """
    base = digits(source)
    return stacked("stacked_digits", base, DigitMachine(base), (20_000, 2_000, 5_000))


class DigitMachine:
    """A support vector machine with fixed settings, fitted to the training split of ``digits`` when first asked."""

    name = "digits-svc-v1"

    def __init__(self, digits: Dataset) -> None:
        self._digits = digits

    def labels(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """The digit in each image (n, 8, 8), any values in [0, 1]."""
        return np.asarray(self._machine.predict(np.asarray(x, dtype=np.float64).reshape(-1, 64)), dtype=np.int64)

    @cached_property
    def _machine(self) -> Any:
        from sklearn.svm import SVC

        # gamma is that of scikit-learn's example on these digits (0.001 on the scale of 0 to 16), written out so that
        # a new default cannot change the classifier.
        return SVC(C=1.0, kernel="rbf", gamma=0.256).fit(self._digits.train.x.reshape(-1, 64), self._digits.train.y)


def _load() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Levels (1797, 1, 8, 8) and labels (1797,)."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.images[:, None].astype(np.int64), bunch.target.astype(np.int64)


def _indices(labels: NDArray[np.int64]) -> ThreeIndices:
    return split_indices("digits", len(labels), labels)
