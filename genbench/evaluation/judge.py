"""A fixed classifier, trained on real examples, that says which label an example looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import Pipeline, make_pipeline
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


def support_vector_machine() -> Pipeline:
    """With scikit-learn's settings, written out, on standardised vectors."""
    return make_pipeline(StandardScaler(), SVC(C=1.0, kernel="rbf", gamma="scale"))


class Judge:
    """A support vector machine on pixels or features.

    Raises :class:`Unavailable` if the examples are all of one class.
    """

    def __init__(self, examples: Split, data: DataSpec) -> None:
        examples = examples[:EXAMPLES]
        if len(np.unique(examples.y)) < 2:
            raise Unavailable("the examples that the classifier would be trained on are all of one class")
        self.name, self._data = f"svc[{feature_name(data)}]", data
        self._machine = support_vector_machine().fit(features(examples.x, data), examples.y)

    def labels(self, x: NDArray[Any]) -> NDArray[np.int64]:
        """(n, *shape) -> (n,)."""
        return np.asarray(self._machine.predict(features(x, self._data)), dtype=np.int64)
