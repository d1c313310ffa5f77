"""The spaces in which sets of examples are compared: named, and fixed once the training split is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.data.classifier import ImageClassifier
from genbench.data.encoding import one_hot
from genbench.data.spec import DataSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.dataset import Split

COMPONENTS = 64
"""Of ``pca64``."""
PCA_EXAMPLES = 20_000
"""At most so many training examples, the first ones, are behind the principal components."""


@dataclass(frozen=True)
class Space:
    """A name, and what takes examples (n, *shape) to vectors (n, d) in float64."""

    name: str
    vectors: Callable[[NDArray[Any]], NDArray[np.float64]]


def feature_name(data: DataSpec) -> str:
    """``pixels`` of images, ``onehot`` of tables with categorical columns, ``features`` of points and other tables."""
    if data.is_image:
        return "pixels"
    return "onehot" if data.support in ("categorical", "mixed") else "features"


def features(x: NDArray[Any], data: DataSpec) -> NDArray[np.float64]:
    """Examples (n, *shape) as vectors (n, d) of that space."""
    if feature_name(data) == "onehot":
        return one_hot(x, data)
    return np.asarray(x, dtype=np.float64).reshape(len(x), -1)


def has_own_classifier(data: DataSpec) -> bool:
    return data.is_image and data.classes > 1


def derived_spaces(train: Split, data: DataSpec, classifier: ImageClassifier | None) -> Iterator[Space]:
    """Besides the examples themselves: ``pca64``, their first 64 principal components, where there are more dimensions
    (and examples) than that, and the features of the data set's own classifier."""
    rows = features(train.x[:PCA_EXAMPLES], data)
    if min(rows.shape) > COMPONENTS:
        mean, components = _principal_components(rows)
        yield Space(f"pca{COMPONENTS}", lambda x: (features(x, data) - mean) @ components)
    if classifier is not None:
        yield Space(classifier.name, classifier.features)


def _principal_components(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean (d,) and the 64 directions of most variance (d, 64)."""
    mean = rows.mean(axis=0)
    centred = rows - mean
    return mean, np.linalg.eigh(centred.T @ centred)[1][:, -COMPONENTS:]
