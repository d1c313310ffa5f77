"""Fitted models that decode a latent code, as annealed importance sampling sees them: every answer's shape is checked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from genbench.errors import ModelOutputError, Unavailable
from genbench.evaluation.fitted import Fitted

if TYPE_CHECKING:
    from torch import Tensor

    from genbench.draws import Draws


class LikelihoodDecoder:
    """A model with a prior p(z), a likelihood p(x | z) and draws from both, for :mod:`genbench.evaluation.annealing`.

    Examples are as the model sees them: dequantised, if it is a density on data with levels.
    """

    def __init__(self, fitted: Fitted) -> None:
        self.fitted = fitted

    def codes(self, n: int, draws: Draws) -> Tensor:
        z = self.asked("prior_code", n, draws)
        if z.dim() != 2 or len(z) != n or not z.isfinite().all():
            raise ModelOutputError(f"prior_code returned shape {tuple(z.shape)}, expected {n} codes of finite numbers")
        return z

    def log_prior(self, z: Tensor) -> Tensor:
        return self.shaped("log_prior", (len(z),), z)

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        return self.shaped("log_likelihood", (len(z),), x, z)

    def simulate(self, z: Tensor, draws: Draws) -> Tensor:
        """An example (n, *shape) of each code, drawn from p(x | z)."""
        return self.shaped("sample_given", (len(z), *self.fitted.data.shape), z, draws)

    def shaped(self, capability: str, shape: tuple[int, ...], *arguments: Any) -> Tensor:
        answer = self.asked(capability, *arguments)
        if tuple(answer.shape) != shape:
            raise ModelOutputError(f"{capability} returned shape {tuple(answer.shape)}, expected {shape}")
        return answer

    def asked(self, capability: str, *arguments: Any) -> Tensor:
        method = getattr(self.fitted.model, capability, None)
        if method is None:
            raise Unavailable(f"the model has no {capability}")
        answer = method(*arguments)
        if not isinstance(answer, torch.Tensor):
            raise ModelOutputError(
                f"{capability} returned {type(answer).__name__}, expected a tensor that has gradients"
            )
        if not answer.is_floating_point():
            raise ModelOutputError(
                f"{capability} returned numbers of type {answer.dtype}, expected real ones such as float32"
            )
        return answer


class NoisyDecoder(LikelihoodDecoder):
    """A model whose decoder has no likelihood, given one: p(x | z) = N(x; mean_given(z), sigma^2 I) (Wu et al. 2017)."""

    def __init__(self, fitted: Fitted, sigma: float) -> None:
        super().__init__(fitted)
        self.sigma = sigma

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        errors = (x - self.mean(z)).flatten(1) / self.sigma
        return -0.5 * errors.square().sum(1) - errors.shape[1] * math.log(self.sigma * math.sqrt(2 * math.pi))

    def simulate(self, z: Tensor, draws: Draws) -> Tensor:
        mean = self.mean(z)
        return mean + self.sigma * draws.normal(*mean.shape)

    def mean(self, z: Tensor) -> Tensor:
        return self.shaped("mean_given", (len(z), *self.fitted.data.shape), z)
