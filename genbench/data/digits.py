"""scikit-learn's 8x8 digits (the test rows of UCI's optdigits): as they are, in black and white, and stacked in threes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.dataset import Dataset, Split
from genbench.data.levels import from_levels
from genbench.data.source import DataSource
from genbench.data.spec import DataSpec
from genbench.data.splitting import split_indices, take
from genbench.seeding import derive_seed

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

    def stack(part: str, single: Split, size: int) -> Split:
        rng = np.random.default_rng(derive_seed("stacked_digits", part))
        return Split(single.x[rng.integers(len(single), size=(size, 3)), 0])

    splits = (
        stack("train", base.train, 20_000),
        stack("validation", base.validation, 2_000),
        stack("test", base.test, 5_000),
    )
    spec = DataSpec("stacked_digits", (3, 8, 8), "unit", levels=LEVELS)
    return Dataset(spec, *splits, modes=StackedDigitModes(base))


class StackedDigitModes:
    """The 1,000 triples of digits. Mode 100 a + 10 b + c has the digits a, b, c in its channels.

    The digits are told by a support vector machine with fixed settings, fitted to the training split of ``digits`` when
    first asked. It cannot tell a good digit from a poor one.
    """

    name = "digits-svc-v1"
    has_quality = False

    def __init__(self, digits: Dataset) -> None:
        self._digits = digits
        share = np.bincount(digits.train.y, minlength=10) / len(digits.train)
        self.weights: NDArray[np.float64] = np.einsum("a,b,c->abc", share, share, share).ravel()

    def assign(self, x: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The mode of each example (n,), and that all are taken for good (n,). x (n, 3, 8, 8), any values in [0, 1]."""
        flat = np.asarray(x, dtype=np.float64).reshape(-1, 64)
        modes = self._classifier.predict(flat).reshape(-1, 3) @ np.array([100, 10, 1])
        return modes.astype(np.int64), np.ones(len(modes), dtype=bool)

    @cached_property
    def accuracy(self) -> float:
        """Share of single digits of the test split that the classifier tells right."""
        test = self._digits.test
        return float(self._classifier.score(test.x.reshape(-1, 64), test.y))

    @cached_property
    def _classifier(self) -> Any:
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
