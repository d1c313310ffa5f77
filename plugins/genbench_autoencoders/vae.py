"""The variational autoencoder and its importance-weighted, beta- and mixture-prior kin."""

from __future__ import annotations

import math
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor, nn

from genbench import DataSpec, Draws
from genbench_autoencoders.gaussian_code import GaussianCode, standard_normal
from genbench_autoencoders.latent_variable import LatentVariableModel
from genbench_autoencoders.likelihoods import Scale, likelihood
from genbench_autoencoders.networks import Network, Widths, decoder, default_latent, encoder

Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0)]


class VAE(LatentVariableModel):
    """Kingma & Welling 2014: a standard normal code z, and minus the evidence lower bound as the loss.

    latent   dimension of z; None: a quarter of the data's dimension, at least 2 and at most 50.
    hidden   units of the encoder's hidden layers; the decoder has them in reverse. Without any, both are linear;
             None: one layer, see :func:`genbench_autoencoders.networks.default_hidden`.
    network  multilayer perceptrons, or two convolutions before (and after) them.
    scale    the scale of features that are not binary: see :data:`genbench_autoencoders.likelihoods.Scale`.
    lr       learning rate of Adam.
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        latent: Count | None = None,
        hidden: Widths | None = None,
        network: Network = "mlp",
        scale: Scale = "example",
        lr: Rate = 2e-3,
    ) -> None:
        super().__init__(data, lr)
        self.latent = latent or default_latent(data)
        self.likelihood = likelihood(data, scale)
        given = data.classes if self.needs_labels else 0
        self.encoder = encoder(data, 2 * self.latent, hidden, network, given)
        self.decoder = decoder(data, self.latent + given, self.likelihood.maps, hidden, network)

    kl_weight = 1.0

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        rows = x.flatten(1)
        code = GaussianCode.of(self.encoder(rows))
        noise = code.noise(draws)
        misfit = -self.likelihood.log_prob(rows, self.decoder(code.at(noise))).mean()
        kl = self.kl(code, noise).mean()
        return misfit + self.kl_weight * kl, {"misfit": misfit, "kl": kl}

    def kl(self, code: GaussianCode, noise: Tensor) -> Tensor:
        """KL(q(z | x) || p(z)) (n,), or an unbiased estimate from the noise."""
        return code.kl_to_standard_normal()

    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z) (...)."""
        return standard_normal(z)

    def prior_code(self, n: int, draws: Draws) -> Tensor:
        return draws.normal(n, self.latent)

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x | z) (n,)."""
        return self.likelihood.log_prob(x.flatten(1), self.decoder(z))

    def log_weights(self, rows: Tensor, draws: Draws, k: int) -> Tensor:
        code = GaussianCode.of(self.encoder(rows))
        noise = code.noise(draws, k)
        z = code.at(noise)
        return self.likelihood.log_prob(rows, self.decoder(z)) + self.log_prior(z) - code.log_density(noise)

    def posterior_code(self, rows: Tensor, draws: Draws) -> Tensor:
        code = GaussianCode.of(self.encoder(rows))
        return code.at(code.noise(draws))

    def embed(self, x: Tensor) -> Tensor:
        """The mean of q(z | x) (n, latent)."""
        return GaussianCode.of(self.encoder(x.flatten(1))).mean


class BetaVAE(VAE):
    """Higgins et al. 2017: the KL divergence of the loss counts ``beta`` times; the bound is that of the VAE."""

    def __init__(self, data: DataSpec, *, beta: Rate = 4.0, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.kl_weight = beta


class IWAE(VAE):
    """Burda et al. 2016: the loss is minus the bound from ``k`` importance samples."""

    def __init__(self, data: DataSpec, *, k: Count = 5, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.k = k

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        log_weights = self.log_weights(x.flatten(1), draws, self.k)
        bound = (log_weights.logsumexp(0) - math.log(self.k)).mean()
        return -bound, {"elbo": log_weights.mean()}


class VAEGMM(VAE):
    """A VAE whose prior is a mixture of diagonal Gaussians, learned with the rest (VampPrior's baseline "MoG": Tomczak &
    Welling 2018). Its KL divergence is estimated from the one code that is drawn.

    components  of the mixture.
    """

    def __init__(self, data: DataSpec, *, components: Count = 10, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.prior_logits = nn.Parameter(torch.zeros(components))
        self.prior_means = nn.Parameter(torch.randn(components, self.latent))
        self.prior_log_stds = nn.Parameter(torch.zeros(components, self.latent))

    def kl(self, code: GaussianCode, noise: Tensor) -> Tensor:
        return code.log_density(noise) - self.log_prior(code.at(noise))

    def log_prior(self, z: Tensor) -> Tensor:
        standardised = (z.unsqueeze(-2) - self.prior_means) * torch.exp(-self.prior_log_stds)
        components = standard_normal(standardised) - self.prior_log_stds.sum(-1)
        return (components + self.prior_logits.log_softmax(0)).logsumexp(-1)

    def prior_code(self, n: int, draws: Draws) -> Tensor:
        component = draws.categorical(self.prior_logits.softmax(0), n)
        noise = draws.normal(n, self.latent)
        return self.prior_means[component] + self.prior_log_stds[component].exp() * noise
