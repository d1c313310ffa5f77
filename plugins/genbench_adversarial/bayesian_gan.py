"""Bayesian GAN: a mixture of generators, each kept near a prior and shaken by noise."""

from __future__ import annotations

import math
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor, nn

from genbench import DataSpec, Draws
from genbench_adversarial.adversarial import Rate, Scalars, Width
from genbench_adversarial.gan import GAN


class Mixture(nn.ModuleList):
    """Generators: (n, latent) -> (n, *shape), each making an equal share, in order."""

    def forward(self, z: Tensor) -> Tensor:
        parts = z.tensor_split(len(self))
        return torch.cat([generator(part) for generator, part in zip(self, parts, strict=True)])


class BayesianGAN(GAN):
    """Saatchi & Wilson 2017, with J generators and one discriminator: their weights have Gaussian priors, and stochastic
    gradient Hamiltonian Monte Carlo wanders through the posteriors. In training they make
    equal shares of a batch; a sample comes from one of them, drawn at random.

    As in its authors' code, prior and friction noise are terms of the losses, divided by the number of observations,
    and Adam takes the step. Adam rescales the noise with the gradient, so this is an ensemble of generators with prior
    and noise, not a sampler with a known stationary distribution; its members are the last states of the J chains.

    generators    J; 10 in the paper.
    prior_scale   standard deviation of the weights' prior.
    friction      alpha of the paper; the noise added to the gradient of the log posterior has variance 2 alpha / rate.
    observations  that prior and noise are weighed against.
    """

    normal_noise = False
    generator: Mixture

    def __init__(
        self,
        data: DataSpec,
        *,
        generators: Width = 4,
        prior_scale: Rate = 1.0,
        friction: Annotated[float, Field(ge=0, le=1)] = 0.01,
        observations: Width = 10_000,
        **inherited: Any,
    ) -> None:
        super().__init__(data, **inherited)
        self.prior_scale, self.friction, self.observations = prior_scale, friction, observations
        self.generator = Mixture([self.networks.generator(self.latent) for _ in range(generators)])

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        """(n, *shape), each from a generator drawn at random."""
        z, chosen = self.noise(n, draws), draws.integers(len(self.generator), n)
        outputs = torch.stack([generator(z) for generator in self.generator], 1)
        return self.discretise(outputs[torch.arange(n, device=chosen.device), chosen], draws)

    def discriminator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        loss, scalars = super().discriminator_loss(x, y, draws)
        return loss + self.prior_and_noise(self.discriminator, self.rates[1], draws), scalars

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        deception = self.loss_of_generator(self.judge(self.generate(len(x), draws))).mean()
        return deception + self.prior_and_noise(self.generator, self.rates[0], draws), {"deception": deception}

    def prior_and_noise(self, module: nn.Module, rate: float, draws: Draws) -> Tensor:
        """Minus the log density of a module's weights under the prior, up to a constant, and a term whose gradient is the
        noise, both for one observation. Scalar."""
        size = math.sqrt(2 * self.friction / rate)
        terms = [
            weight.square().sum() / (2 * self.prior_scale**2) + size * (draws.normal(*weight.shape) * weight).sum()
            for weight in module.parameters()
        ]
        return torch.stack(terms).sum() / self.observations
