"""A fixed classifier, trained on real examples, that says which label an example looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
"""At most so many, the first ones, are behind the classifier."""


class Judge:
    """Support vector machine with scikit-learn's settings, written out, on standardised pixels or features.

    Raises :class:`Unavailable` if the examples are all of one class.
    """

    def __init__(self, examples: Split, data: DataSpec) -> None:
        examples = examples[:EXAMPLES]
        if len(np.unique(examples.y)) < 2:
            raise Unavailable("the examples that the classifier would be trained on are all of one class")
        self.name, self._data = judge_name(data), data
        self._scaler = StandardScaler().fit(features(examples.x, data))
        self._machine = SVC(C=1.0, kernel="rbf", gamma="scale").fit(self._vectors(examples.x), examples.y)

    def labels(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """(n, *shape) -> (n,)."""
        return np.asarray(self._machine.predict(self._vectors(x)), dtype=np.int64)

    def _vectors(self, x: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(self._scaler.transform(features(x, self._data)))


def judge_name(data: DataSpec) -> str:
    """What the classifier is called in estimators."""
    return f"svc[{feature_name(data)}]"
