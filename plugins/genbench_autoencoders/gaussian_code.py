"""A diagonal Gaussian q(z | x)."""

from __future__ import annotations

import math
from typing import NamedTuple

from torch import Tensor

from genbench import Draws


class GaussianCode(NamedTuple):
    """Mean and log standard deviation of the code of each example, (n, latent) each."""

    mean: Tensor
    log_std: Tensor

    @classmethod
    def of(cls, output: Tensor) -> GaussianCode:
        """From an encoder's output (n, 2 * latent)."""
        return cls(*output.chunk(2, -1))

    def noise(self, draws: Draws, *leading: int) -> Tensor:
        """Standard normal numbers (*leading, n, latent)."""
        return draws.normal(*leading, *self.mean.shape)

    def at(self, noise: Tensor) -> Tensor:
        """The codes mean + std * noise."""
        return self.mean + self.log_std.exp() * noise

    def log_density(self, noise: Tensor) -> Tensor:
        """log q(z | x) (..., n) at the codes of the noise."""
        return standard_normal(noise) - self.log_std.sum(-1)

    def kl_to_standard_normal(self) -> Tensor:
        """KL(q(z | x) || N(0, I)) (n,): Kingma & Welling 2014, appendix B."""
        return self.kl_by_dimension().sum(-1)

    def kl_by_dimension(self) -> Tensor:
        """The terms of :meth:`kl_to_standard_normal` (n, latent), one a dimension of the code."""
        return 0.5 * (self.mean.square() + (2 * self.log_std).exp() - 1 - 2 * self.log_std)


def standard_normal(z: Tensor) -> Tensor:
    """log N(z; 0, I) over the last axis."""
    return -0.5 * (z.square() + math.log(2 * math.pi)).sum(-1)
