"""A fixed classifier, trained on real examples, that says which label an example looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.svm import SVC

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.errors import Unavailable
from genbench.evaluation.features import feature_name, features

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Judge:
    """Support vector machine with scikit-learn's settings, written out, on pixels or features.

    Raises :class:`Unavailable` if the examples are all of one class.
    """

    def __init__(self, examples: Split, data: DataSpec) -> None:
        if len(np.unique(examples.y)) < 2:
            raise Unavailable("the examples that the classifier would be trained on are all of one class")
        self.data = data
        self.classifier = SVC(C=1.0, kernel="rbf", gamma="scale").fit(features(examples.x, data), examples.y)

    def labels(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """(n, *shape) -> (n,)."""
        return np.asarray(self.classifier.predict(features(x, self.data)), dtype=np.int64)


def judge_name(data: DataSpec) -> str:
    """What the classifier is called in estimators."""
    return f"svc[{feature_name(data)}]"
