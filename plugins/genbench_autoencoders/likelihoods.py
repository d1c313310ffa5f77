"""The distribution of an example given the decoder's output: by the support of the data.

All work on rows: x (n, d), the decoder's output (..., n, maps * d), log densities (..., n) in nats.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus

from genbench import DataSpec, Draws

Scale = Literal["shared", "feature", "example"]
"""Whether a continuous feature's scale is one number, one for each feature, or another output of the decoder."""

QUICK = 10.0
"""Factor on the parameters of log scales. Adam moves a parameter by its learning rate a step at most; a scale of 0.01
(log: -4.6) would take thousands of steps."""
LOWEST_LOG_SCALE = -9.0
"""So that the density of a feature that the decoder gets right exactly stays bounded."""


def likelihood(data: DataSpec, scale: Scale) -> Likelihood:
    """Bernoulli for ``binary`` data, a discretised logistic for data with levels, a logistic truncated to [0, 1] for other
    ``unit`` data, a Gaussian for ``real`` data."""
    if data.support == "binary":
        return Bernoulli()
    if data.levels is not None:
        return DiscretisedLogistic(data.dim, scale, data.levels)
    return TruncatedLogistic(data.dim, scale) if data.support == "unit" else Gaussian(data.dim, scale)


class Likelihood(nn.Module):
    """p(x | z). ``maps`` is how many numbers it wants from the decoder for each feature."""

    maps = 1

    @abstractmethod
    def log_prob(self, x: Tensor, output: Tensor) -> Tensor:
        """x (n, d), output (..., n, maps * d) -> (..., n) nats."""

    @abstractmethod
    def mean(self, output: Tensor) -> Tensor:
        """The expected example, or for a location family its centre, in the data's own space. (..., d)"""

    @abstractmethod
    def sample(self, output: Tensor, draws: Draws) -> Tensor:
        """An example for each row of the decoder's output. (..., d)"""


class Bernoulli(Likelihood):
    """Independent zeros and ones; the decoder gives logits."""

    def log_prob(self, x: Tensor, output: Tensor) -> Tensor:
        return -binary_cross_entropy_with_logits(output, x.expand_as(output), reduction="none").sum(-1)

    def mean(self, output: Tensor) -> Tensor:
        return output.sigmoid()

    def sample(self, output: Tensor, draws: Draws) -> Tensor:
        return draws.bernoulli(output.sigmoid())


class LocationScale(Likelihood):
    """A location from the decoder, and a scale that is learned."""

    first_log_scale = -1.0
    """Where training starts, on standardised features: with a scale of 1 the prior alone explains the data, and the code
    is given up before it is used."""

    def __init__(self, dim: int, scale: Scale) -> None:
        super().__init__()
        self.dim = dim
        if scale == "example":
            self.maps = 2
        else:
            self.log_scale_parameter = nn.Parameter(torch.zeros(dim if scale == "feature" else 1))

    def parameters_of(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """Location (..., d) and log scale, which broadcasts against it."""
        if self.maps == 2:
            location, log_scale = output.split(self.dim, -1)
        else:
            location, log_scale = output, QUICK * self.log_scale_parameter
        return location, (self.first_log_scale + log_scale).clamp(min=LOWEST_LOG_SCALE)

    def mean(self, output: Tensor) -> Tensor:
        return self.parameters_of(output)[0]


class Gaussian(LocationScale):
    """Independent Gaussians with learned standard deviations."""

    def log_prob(self, x: Tensor, output: Tensor) -> Tensor:
        location, log_scale = self.parameters_of(output)
        standardised = (x - location) * torch.exp(-log_scale)
        return (-0.5 * (standardised.square() + math.log(2 * math.pi)) - log_scale).sum(-1)

    def sample(self, output: Tensor, draws: Draws) -> Tensor:
        location, log_scale = self.parameters_of(output)
        return location + log_scale.exp() * draws.normal(*location.shape)


class UnitLocationScale(LocationScale):
    """A logistic on [0, 1]; a decoder's output of 0 means the middle."""

    first_log_scale = -2.0

    def parameters_of(self, output: Tensor) -> tuple[Tensor, Tensor]:
        location, log_scale = super().parameters_of(output)
        return 0.5 + location, log_scale

    def mean(self, output: Tensor) -> Tensor:
        return super().mean(output).clamp(0, 1)


class DiscretisedLogistic(UnitLocationScale):
    """The mass of a logistic in the bin of a level k / (L - 1), half a spacing to either side; the two outer bins take the
    tails, so that the masses of all levels sum to one (Salimans et al. 2017, PixelCNN++)."""

    def __init__(self, dim: int, scale: Scale, levels: int) -> None:
        super().__init__(dim, scale)
        self.levels = levels

    def log_prob(self, x: Tensor, output: Tensor) -> Tensor:
        location, log_scale = self.parameters_of(output)
        rate = torch.exp(-log_scale)
        centre, half = (x - location) * rate, rate * (0.5 / (self.levels - 1))
        above, below = x.sign(), (1 - x).sign()  # 0 at the lowest and at the highest level, else 1
        inside = torch.log(-torch.expm1(-2 * half))
        return (below * logsigmoid(half + centre) + above * logsigmoid(half - centre) + above * below * inside).sum(-1)

    def sample(self, output: Tensor, draws: Draws) -> Tensor:
        location, log_scale = self.parameters_of(output)
        noise = torch.logit(draws.uniform(*location.shape))
        level = ((location + log_scale.exp() * noise) * (self.levels - 1)).round()
        return level.clamp(0, self.levels - 1) / (self.levels - 1)


class TruncatedLogistic(UnitLocationScale):
    """The density of a logistic, divided by its mass in [0, 1]."""

    def log_prob(self, x: Tensor, output: Tensor) -> Tensor:
        location, log_scale = self.parameters_of(output)
        rate = torch.exp(-log_scale)
        t = (x - location) * rate
        return (-t - 2 * softplus(-t) - log_scale - self._log_mass(location, rate)).sum(-1)

    def sample(self, output: Tensor, draws: Draws) -> Tensor:
        location, log_scale = self.parameters_of(output)
        rate = torch.exp(-log_scale)
        low, high = torch.sigmoid(-location * rate), torch.sigmoid((1 - location) * rate)
        quantile = low + draws.uniform(*location.shape) * (high - low)
        return (location + log_scale.exp() * torch.logit(quantile)).clamp(0, 1)

    @staticmethod
    def _log_mass(location: Tensor, rate: Tensor) -> Tensor:
        """log(sigmoid(b) - sigmoid(a)) = log sigmoid(b) + log sigmoid(-a) + log(1 - exp(a - b)), without cancellation."""
        return logsigmoid((1 - location) * rate) + logsigmoid(location * rate) + torch.log(-torch.expm1(-rate))
