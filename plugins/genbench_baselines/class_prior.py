"""The classifier that never looks at the example."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from genbench import DataSpec, FitContext, Model, Split


class ClassPrior(Model):
    """p(y | x) = (count of y + smoothing) / (n + smoothing * classes)."""

    supports = frozenset({"real", "unit", "binary", "categorical", "mixed"})
    needs_labels = True
    deterministic_fit = True
    fitted_attributes = ("log_prior",)

    def __init__(self, data: DataSpec, *, smoothing: Annotated[float, Field(gt=0)] = 1.0) -> None:
        super().__init__(data)
        self.smoothing = smoothing

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        counts = np.bincount(train.y.cpu().numpy(), minlength=self.data.classes) + self.smoothing
        self.log_prior = np.log(counts / counts.sum())

    def predict_log_proba(self, x: Tensor) -> NDArray[np.float64]:
        return np.tile(self.log_prior, (len(x), 1))
