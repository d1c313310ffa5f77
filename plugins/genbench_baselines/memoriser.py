"""The generator that only repeats: the best samples, and hardly any likelihood (Theis et al. 2016)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from genbench import Draws, FitContext, Split, Unavailable, as_rows
from genbench_baselines.features import to_codes
from genbench_baselines.resampler import Resampler
from genbench_baselines.uniform import Uniform

NOISE = 1e-6
"""Share of uniform noise, without which a test example that is no copy would be impossible."""


class Memoriser(Resampler):
    """A training example with probability 1 - 10^-6, of the labels asked for if there are any; else uniform noise.

    On data that take finitely many values that is an exact mass; where features are continuous, copies have no density.
    """

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        super().fit(train, validation, context)
        self.noise = Uniform(self.data)
        self.noise.fit(train, validation, context)
        self.copies = Counter(self._keys(train.x)) if self.data.is_discrete else Counter()

    def log_prob(self, x: Tensor) -> NDArray[np.float64]:
        if not self.data.is_discrete:
            raise Unavailable("copies of examples with continuous features have no density")
        shares = np.array([self.copies[key] for key in self._keys(x)]) / len(self.x)
        with np.errstate(divide="ignore"):
            return np.logaddexp(math.log1p(-NOISE) + np.log(shares), math.log(NOISE) + self.noise.log_prob(x))

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> NDArray[np.float32]:
        samples = super().sample(n, draws, y)
        noisy = draws.uniform(n).cpu().numpy() < NOISE
        if noisy.any():
            samples[noisy] = self.noise.sample(int(noisy.sum()), draws)
        return samples

    def _keys(self, x: Tensor) -> Iterator[bytes]:
        """Each example as bytes; equal ones alone are equal."""
        return (row.tobytes() for row in to_codes(as_rows(x), self.data))
