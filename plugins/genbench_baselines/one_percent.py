"""Nearly all noise, and hardly less likely (Theis et al. 2016)."""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genbench import DataSpec, Draws, FitContext, Model, Split
from genbench_baselines.uniform import Uniform

SHARE = 0.01


def one_percent(base: type[Model]) -> type[Model]:
    """The model whose density is one hundredth that of ``base``, which has ``log_prob`` and ``sample``, and for the rest
    that of uniform noise over the range of the data. No example loses more than log 100 nats; 99 of 100 samples are noise.

    Its hyperparameters are those of the constructor of ``base``.
    """

    class OnePercent(Model):
        supports = base.supports
        needs_labels = base.needs_labels
        deterministic_fit = base.deterministic_fit
        continuous_density = base.continuous_density

        @functools.wraps(base.__init__)
        def __init__(self, data: DataSpec, **hyperparameters: Any) -> None:
            super().__init__(data)
            self.model: Any = base(data, **hyperparameters)
            # What is dequantised for a density is continuous for its noise, too.
            self.noise = Uniform(replace(data, levels=None) if base.continuous_density else data)

        @classmethod
        def refuses(cls, data: DataSpec) -> str | None:
            return base.refuses(data)

        def fit(self, train: Split, validation: Split, context: FitContext) -> None:
            self.model.fit(train, validation, context)
            self.noise.fit(train, validation, context)

        def log_prob(self, x: Tensor) -> NDArray[np.float64]:
            log_q = in_float64(self.model.log_prob(x))
            return np.logaddexp(math.log(SHARE) + log_q, math.log1p(-SHARE) + self.noise.log_prob(x))

        def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> NDArray[np.float64]:
            samples = in_float64(self.model.sample(n, draws, y))
            noisy = draws.uniform(n).cpu().numpy() >= SHARE
            samples[noisy] = self.noise.sample(n, draws)[noisy]
            return samples

        def state(self) -> dict[str, Any] | None:
            kept: dict[str, Any] | None = self.model.state()
            return kept and {**kept, **{f"noise.{name}": array for name, array in (self.noise.state() or {}).items()}}

        def restore(self, state: dict[str, Any]) -> None:
            self.model.restore({name: array for name, array in state.items() if not name.startswith("noise.")})
            self.noise.restore({name.removeprefix("noise."): array for name, array in state.items()})

    OnePercent.__name__ = OnePercent.__qualname__ = f"{base.__name__}OnePercent"
    OnePercent.__doc__ = f"A hundredth is {base.__name__}, the rest uniform noise."
    return OnePercent


def in_float64(answer: Any) -> NDArray[np.float64]:
    """A copy, as an array, of what a model answers: a tensor or an array."""
    return torch.as_tensor(answer).detach().cpu().numpy().astype(np.float64)
