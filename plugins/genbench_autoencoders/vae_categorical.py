"""A VAE with categorical codes."""

from __future__ import annotations

import math
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from genbench import DataSpec, Draws
from genbench_autoencoders.latent_variable import LatentVariableModel
from genbench_autoencoders.likelihoods import Scale, likelihood
from genbench_autoencoders.networks import Network, Widths, decoder, encoder
from genbench_autoencoders.vae import Count, Rate


class VAECategorical(LatentVariableModel):
    """Jang et al. 2017, Maddison et al. 2017: the code is ``variables`` categorical variables with uniform prior.

    The loss draws a relaxed code (Gumbel-softmax) and takes the KL divergence of the categorical variables themselves;
    the criterion and the bound draw one-hot codes, so that they are those of the discrete model.

    variables    categorical variables; None: a quarter of the data's dimension, at least 2 and at most 20.
    categories   of each.
    temperature  of the relaxation.
    hidden, network, scale, lr  as for the VAE.
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        variables: Count | None = None,
        categories: Annotated[int, Field(ge=2)] = 10,
        temperature: Rate = 0.5,
        hidden: Widths | None = None,
        network: Network = "mlp",
        scale: Scale = "example",
        lr: Rate = 2e-3,
    ) -> None:
        super().__init__(data, lr)
        self.shape = (variables or min(20, max(2, data.dim // 4)), categories)
        self.temperature = temperature
        self.likelihood = likelihood(data, scale)
        self.encoder = encoder(data, math.prod(self.shape), hidden, network)
        self.decoder = decoder(data, math.prod(self.shape), self.likelihood.maps, hidden, network)

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        rows = x.flatten(1)
        log_q = self.log_posterior(rows)
        relaxed = ((log_q + gumbel(draws, log_q.shape)) / self.temperature).softmax(-1)
        misfit = -self.likelihood.log_prob(rows, self.decoder(relaxed.flatten(-2))).mean()
        kl = self.kl(log_q).mean()
        return misfit + kl, {"misfit": misfit, "kl": kl}

    def criterion(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        rows = x.flatten(1)
        log_q = self.log_posterior(rows)
        code = one_hot_of_largest(log_q + gumbel(draws, log_q.shape))
        return (self.kl(log_q) - self.likelihood.log_prob(rows, self.decoder(code.flatten(-2)))).mean()

    def log_posterior(self, rows: Tensor) -> Tensor:
        """log q (n, variables, categories)."""
        return self.encoder(rows).unflatten(-1, self.shape).log_softmax(-1)

    def kl(self, log_q: Tensor) -> Tensor:
        """KL divergence (n,) to uniform categories, all variables together."""
        return (log_q.exp() * (log_q + math.log(self.shape[1]))).sum((-1, -2))

    def log_weights(self, rows: Tensor, draws: Draws, k: int) -> Tensor:
        log_q = self.log_posterior(rows)
        code = one_hot_of_largest(log_q + gumbel(draws, (k, *log_q.shape)))
        log_prior = -self.shape[0] * math.log(self.shape[1])
        log_code = (code * log_q).sum((-1, -2))
        return self.likelihood.log_prob(rows, self.decoder(code.flatten(-2))) + log_prior - log_code

    def posterior_code(self, rows: Tensor, draws: Draws) -> Tensor:
        log_q = self.log_posterior(rows)
        return one_hot_of_largest(log_q + gumbel(draws, log_q.shape)).flatten(-2)

    def prior_code(self, n: int, draws: Draws) -> Tensor:
        return one_hot_of_largest(gumbel(draws, (n, *self.shape))).flatten(-2)

    def embed(self, x: Tensor) -> Tensor:
        """The probabilities of all categories of all variables (n, variables * categories)."""
        return self.log_posterior(x.flatten(1)).exp().flatten(-2)


def gumbel(draws: Draws, shape: tuple[int, ...]) -> Tensor:
    """Standard Gumbel noise: -log(-log u)."""
    tiny = torch.finfo(torch.float32).tiny
    return -torch.log(-torch.log(draws.uniform(*shape).clamp(min=tiny)))


def one_hot_of_largest(perturbed: Tensor) -> Tensor:
    """One-hot vectors of the largest number on the last axis; of log q + Gumbel noise, a draw from q (Gumbel-max)."""
    return (perturbed == perturbed.amax(-1, keepdim=True)).float()
