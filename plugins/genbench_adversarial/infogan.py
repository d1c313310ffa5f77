"""InfoGAN: a GAN some of whose noise can be read off what it generates."""

from __future__ import annotations

import math
from typing import Annotated, Any, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from genbench import DataSpec, Draws
from genbench_adversarial.adversarial import Scalars, Weight
from genbench_adversarial.gan import GAN
from genbench_adversarial.networks import Discriminator, one_hot
from genbench_adversarial.spectral import refresh

Count = Annotated[int, Field(ge=0)]
LOG_SCALES = (-3.0, 3.0)
"""Range of the logarithm of the standard deviation that Q gives to a continuous code."""


class Code(NamedTuple):
    """A category (n,) and continuous codes (n, continuous) in [-1, 1)."""

    category: Tensor
    continuous: Tensor


class InfoGAN(GAN):
    """Chen et al. 2016: the generator is given a uniform category and uniform continuous codes beside its noise, and Q, a
    head on the discriminator's features, reads them off. All maximise the lower bound L_I on the mutual information of
    codes and examples, the generator and the discriminator each beside its own loss.

    categories   values of the categorical code.
    continuous   how many continuous codes.
    information  lambda of the category, 1 in the paper; ``continuous_information`` that of the continuous codes.

    Logged: ``mutual_information``, the bound for the category, in nats; it never exceeds log(categories), its entropy.
    Features are the posterior Q(c | x): the categories' probabilities and the continuous codes' means.
    """

    normal_noise = False
    trained_as_discriminator = ("discriminator", "q")
    discriminator: Discriminator

    def __init__(
        self,
        data: DataSpec,
        *,
        categories: Annotated[int, Field(ge=2)] = 10,
        continuous: Count = 2,
        information: Weight = 1.0,
        continuous_information: Weight = 0.1,
        **inherited: Any,
    ) -> None:
        super().__init__(data, **inherited)
        self.categories, self.continuous = categories, continuous
        self.information, self.continuous_information = information, continuous_information
        self.generator = self.networks.generator(self.latent + categories + continuous)
        self.q = nn.Linear(self.discriminator.features.width, categories + 2 * continuous)

    def noise(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        return self.with_code(self.code(n, draws), super().noise(n, draws))

    def code(self, n: int, draws: Draws) -> Code:
        return Code(draws.integers(self.categories, n), 2 * draws.uniform(n, self.continuous) - 1)

    def with_code(self, code: Code, noise: Tensor) -> Tensor:
        return torch.cat([noise, one_hot(code.category, self.categories), code.continuous], 1)

    def discriminator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        refresh(self.discriminator)
        code, generated = self.with_known_code(len(x), draws)
        features = self.discriminator.features(generated.detach())
        real, fake = self.judge(x), self.discriminator.head(features).squeeze(1)
        loss = self.loss_on_real(real).mean() + self.loss_on_generated(fake).mean()
        penalty, scalars = self.penalty(features, code)
        return loss + penalty, {**self.diagnostics(real, fake), **scalars}

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        code, generated = self.with_known_code(len(x), draws)
        features = self.discriminator.features(generated)
        output = self.discriminator.head(features).squeeze(1)
        return self.loss_of_generator(output).mean() + self.penalty(features, code)[0]

    def with_known_code(self, n: int, draws: Draws) -> tuple[Code, Tensor]:
        """Codes, and examples (n, *shape) generated from them."""
        code = self.code(n, draws)
        return code, self.decode(self.with_code(code, draws.normal(n, self.latent)), draws)

    def penalty(self, features: Tensor, code: Code) -> tuple[Tensor, Scalars]:
        """- lambda L_I, and L_I of both kinds of codes in nats."""
        of_category, of_continuous = self.information_bounds(self.q(features), code)
        penalty = -self.information * of_category - self.continuous_information * of_continuous
        return penalty, {"mutual_information": of_category, "continuous_information": of_continuous}

    def information_bounds(self, posterior: Tensor, code: Code) -> tuple[Tensor, Tensor]:
        """L_I = E log Q(c | x) + H(c) by Q's answer (n, categories + 2 continuous), for the category and for the continuous
        codes together; of those, Q is Gaussian and H(c) a differential entropy, log 2 each."""
        log_proba = log_softmax(posterior[:, : self.categories], -1)
        of_category = (log_proba * one_hot(code.category, self.categories)).sum(-1).mean() + math.log(self.categories)
        mean, log_scale = posterior[:, self.categories :].chunk(2, -1)
        log_scale = log_scale.clamp(*LOG_SCALES)
        standardised = (code.continuous - mean) / log_scale.exp()
        log_density = -standardised.square() / 2 - log_scale - math.log(2 * math.pi) / 2
        return of_category, (log_density + math.log(2)).sum(-1).mean()

    def embed(self, x: Tensor) -> Tensor:
        """(n, categories + continuous)."""
        posterior = self.q(self.discriminator.features(x))
        means = posterior[:, self.categories : self.categories + self.continuous]
        return torch.cat([posterior[:, : self.categories].softmax(-1), means], 1)

    def cluster(self, x: Tensor) -> Tensor:
        """The most probable category (n,)."""
        return self.embed(x)[:, : self.categories].argmax(-1)
