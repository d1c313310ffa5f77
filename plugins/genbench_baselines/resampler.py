"""What samples a set of examples over again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from genbench import Draws, FitContext, Model, Split


class Resampler(Model):
    """Samples training examples with replacement, of the labels asked for; for a label without examples, any of them."""

    supports = frozenset({"real", "unit", "binary", "categorical", "mixed"})
    deterministic_fit = True

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        self.x = train.x.cpu().numpy()
        self.y = None if train.y is None else train.y.cpu().numpy()

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> NDArray[np.float32]:
        rng = draws.numpy()
        chosen = rng.integers(len(self.x), size=n)
        if y is not None and self.y is not None:
            asked = y.cpu().numpy()
            for label in np.intersect1d(asked, self.y):
                of_label = np.flatnonzero(self.y == label)
                chosen[asked == label] = rng.choice(of_label, size=(asked == label).sum())
        return self.x[chosen]
