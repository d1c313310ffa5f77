"""The classes of a labelled set as its modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from genbench.data.classifier import image_classifier
from genbench.data.dataset import Split
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.features import has_own_classifier
from genbench.evaluation.judge import Judge

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Classifier(Protocol):
    """Tells the classes of a data set."""

    @property
    def name(self) -> str:
        """Stands in the estimator."""

    def labels(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """Examples (n, *shape) to labels (n,)."""


def classes_as_modes(context: EvaluationContext) -> ClassModes:
    """Told by a classifier that is trained on the training split: the data set's own for images, else a support vector
    machine."""
    assert context.train is not None, "declared by sees_training_data"
    train, data = context.train, context.data
    classifier = image_classifier(train, data) if has_own_classifier(data) else Judge(train, data)
    return ClassModes(classifier, train, context.test_subset, data.classes)


class ClassModes:
    """One mode a class; its true share is that in the training split. A classifier cannot tell a good example from a poor
    one. ``hits`` (n,) are the test examples that it tells right."""

    has_quality = False

    def __init__(self, classifier: Classifier, train: Split, test: Split, classes: int) -> None:
        self.name, self._classifier = classifier.name, classifier
        self.weights = np.bincount(train.y, minlength=classes) / len(train)
        self.hits: NDArray[np.bool_] = classifier.labels(test.x) == test.y

    def assign(self, x: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The class of each example (n,), and that all are taken for good (n,)."""
        return self._classifier.labels(x), np.ones(len(x), dtype=bool)
