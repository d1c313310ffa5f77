"""The examples of a data set as random splits divide them, again and again, into training and test examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.data.dataset import Dataset, Split
from genbench.data.spec import DataSpec, Support
from genbench.evaluation.subsets import subset_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_EXAMPLES = 3_000
"""Of a larger set the first so many (its splits are shuffled) are divided."""
TESTED_SHARE = 1 / 3


@dataclass(frozen=True)
class Pool:
    """All examples of a set, and for each random split an order of them.

    Split i of size m is fitted to the examples ``orders[i, :m]`` and tested on the last ``tested`` of ``orders[i]``: nested,
    and stratified by class in both parts.
    """

    data: DataSpec
    examples: Split
    orders: NDArray[np.int64]
    sizes: tuple[int, ...]
    tested: int

    @property
    def training(self) -> NDArray[np.int64]:
        """Positions of the training examples of each split, as many as the largest size needs."""
        return self.orders[:, : self.sizes[-1]]

    @property
    def test(self) -> NDArray[np.int64]:
        """Positions of the test examples of each split (splits, tested)."""
        return self.orders[:, -self.tested :]


def pool_of(dataset: Dataset, splits: int, sizes: int) -> Pool:
    """The pool of all three splits of a data set, without the classes that have fewer than three examples, which cannot be
    in training and test. The sizes grow geometrically from two examples a class to two thirds of the pool."""
    parts = (dataset.train, dataset.validation, dataset.test)
    x, y = (np.concatenate([getattr(part, name) for part in parts])[:MOST_EXAMPLES] for name in ("x", "y"))
    spec, examples = _without_rare_classes(dataset.spec, Split(x, y))
    orders = np.stack([subset_order(examples.y, index) for index in range(splits)])
    tested = int(len(examples) * TESTED_SHARE)
    largest = len(examples) - tested
    steps = np.geomspace(min(2 * spec.classes, largest), largest, sizes)
    return Pool(spec, examples, orders, tuple(int(m) for m in np.unique(steps.round())), tested)


def variants(name: str, dataset: Dataset) -> Iterator[tuple[str, Dataset]]:
    """The set itself, or what Ng & Jordan (2001) made of it: pairs of digits; a mixed table's columns of one kind."""
    if name == "optdigits":
        yield "optdigits-0-1", _with_classes(dataset, (0, 1))
        yield "optdigits-2-3", _with_classes(dataset, (2, 3))
    yield name, dataset
    if dataset.spec.support == "mixed":
        categorical = np.array(dataset.spec.categories) > 0
        yield f"{name}-continuous", _with_columns(dataset, np.flatnonzero(~categorical), "real")
        yield f"{name}-discrete", _with_columns(dataset, np.flatnonzero(categorical), "categorical")


def _without_rare_classes(spec: DataSpec, examples: Split) -> tuple[DataSpec, Split]:
    counts = np.bincount(examples.y, minlength=spec.classes)
    kept = np.flatnonzero(counts >= 3)
    if len(kept) == spec.classes:
        return spec, examples
    chosen = examples[np.isin(examples.y, kept)]
    names = tuple(spec.class_names[k] for k in kept) if spec.class_names else ()
    fewer = replace(spec, classes=len(kept), class_names=names)
    return fewer, Split(chosen.x, np.searchsorted(kept, chosen.y))


def _with_classes(dataset: Dataset, classes: tuple[int, ...]) -> Dataset:
    def restricted(split: Split) -> Split:
        chosen = split[np.isin(split.y, classes)]
        return Split(chosen.x, np.searchsorted(classes, chosen.y))

    spec = replace(dataset.spec, classes=len(classes), class_names=tuple(dataset.spec.class_names[k] for k in classes))
    return _changed(dataset, spec, restricted)


def _with_columns(dataset: Dataset, columns: NDArray[np.intp], support: Support) -> Dataset:
    spec = replace(
        dataset.spec, shape=(len(columns),), support=support, columns=tuple(dataset.spec.columns[j] for j in columns)
    )
    return _changed(dataset, spec, lambda split: Split(split.x[:, columns], split.y))


def _changed(dataset: Dataset, spec: DataSpec, change: Callable[[Split], Split]) -> Dataset:
    train, validation, test = (change(split) for split in (dataset.train, dataset.validation, dataset.test))
    return Dataset(spec, train, validation, test, notes=dataset.notes)
