"""The classes of a labelled set as its modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.errors import Unavailable
from genbench.evaluation.features import feature_name, features

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXAMPLES = 5_000
"""At most so many training examples, the first ones, are behind a support vector machine."""


class Classifier(Protocol):
    """Tells the classes of a data set."""

    @property
    def name(self) -> str:
        """Stands in the estimator."""

    def labels(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """Examples (n, *shape) to labels (n,)."""


class FeatureClassifier:
    """A support vector machine with scikit-learn's settings, written out, on standardised features.

    Raises :class:`Unavailable` if the training examples are all of one class.
    """

    def __init__(self, train: Split, data: DataSpec) -> None:
        train = train[:EXAMPLES]
        if len(np.unique(train.y)) < 2:
            raise Unavailable("the training examples are all of one class")
        self.name, self._data = f"svc[{feature_name(data)}]", data
        self._scaler = StandardScaler().fit(features(train.x, data))
        self._machine = SVC(C=1.0, kernel="rbf", gamma="scale").fit(self._vectors(train.x), train.y)

    def labels(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """Examples (n, *shape) to labels (n,)."""
        return np.asarray(self._machine.predict(self._vectors(x)), dtype=np.int64)

    def _vectors(self, x: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(self._scaler.transform(features(x, self._data)))


class ClassModes:
    """One mode a class; its true share is that in the training split. A classifier cannot tell a good example from a poor
    one. ``accuracy`` is that of the classifier on the test examples."""

    has_quality = False

    def __init__(self, classifier: Classifier, train: Split, test: Split, classes: int) -> None:
        self.name, self._classifier = classifier.name, classifier
        self.weights = np.bincount(train.y, minlength=classes) / len(train)
        self.accuracy = float(np.mean(classifier.labels(test.x) == test.y))

    def assign(self, x: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The class of each example (n,), and that all are taken for good (n,)."""
        return self._classifier.labels(x), np.ones(len(x), dtype=bool)
