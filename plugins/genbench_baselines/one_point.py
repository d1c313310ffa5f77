"""The generator that has collapsed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from genbench import Draws, FitContext, Model, Split, as_rows


class OnePoint(Model):
    """Always the training example that is nearest to the mean. Labels are ignored."""

    supports = frozenset({"real", "unit", "binary", "categorical", "mixed"})
    deterministic_fit = True
    fitted_attributes = ("point",)

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        x = as_rows(train.x)
        self.point = train.x[int(np.square(x - x.mean(axis=0)).sum(axis=1).argmin())].cpu().numpy()

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> NDArray[np.float32]:
        return np.repeat(self.point[None], n, axis=0)
