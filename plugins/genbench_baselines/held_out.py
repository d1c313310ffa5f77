"""Real data that no model was trained on."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from genbench import Draws, FitContext, Split
from genbench_baselines.resampler import Resampler


class HeldOut(Resampler):
    """Samples the validation split: what two halves of the real data are apart is the floor of every distance.

    Without replacement, until all have been drawn; of labels asked for with replacement.
    """

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        super().fit(validation, validation, context)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> NDArray[np.float32]:
        if y is not None:
            return super().sample(n, draws, y)
        rng, size = draws.numpy(), len(self.x)
        rounds = [rng.permutation(size) for _ in range(math.ceil(n / size))]
        return self.x[np.concatenate(rounds)[:n]]
