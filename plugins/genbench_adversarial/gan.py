"""The generative adversarial network (Goodfellow et al. 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import softplus

from genbench import DataSpec, Draws
from genbench.training import NeuralModel, Objective, Optimizer
from genbench_adversarial.networks import ConvDiscriminator, ConvGenerator, MLPDiscriminator, MLPGenerator

Width = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0)]
Beta = Annotated[float, Field(ge=0, lt=1)]


class GAN(NeuralModel):
    """Non-saturating GAN: the discriminator minimises -log D(x) - log(1 - D(G(z))), the generator -log D(G(z)).

    network   ``mlp``, or for images also ``conv`` (two strided convolutions each, ``channels`` and twice as many).
    latent    dimensions of the standard normal noise z.
    hidden    widths of the hidden layers of both networks, if they are ``mlp``.
    channels  of the convolution next to the image, if they are ``conv``.
    k         steps of the discriminator for each step of the generator, every one on a batch of its own.
    lr_generator, lr_discriminator, beta1, beta2  of Adam.

    On binary data the generator gives probabilities, and an example is a Bernoulli draw from them; on data with levels
    its output is rounded to the levels. The discriminator sees what ``sample`` gives, so that it cannot tell the two
    sides by their grain; the generator's gradient passes the discretisation unchanged (straight through, Bengio et al.
    2013).
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        network: Literal["mlp", "conv"] = "mlp",
        latent: Width = 64,
        hidden: tuple[int, ...] = (256, 256),
        channels: Width = 32,
        k: Annotated[int, Field(ge=1)] = 1,
        lr_generator: Rate = 2e-3,
        lr_discriminator: Rate = 2e-3,
        beta1: Beta = 0.5,
        beta2: Beta = 0.999,
    ) -> None:
        super().__init__(data)
        self.latent, self.k = latent, k
        self.rates, self.betas = (lr_generator, lr_discriminator), (beta1, beta2)
        if network == "conv" and data.is_image:
            self.generator = ConvGenerator(data, latent, channels)
            self.discriminator = ConvDiscriminator(data, channels)
        else:
            self.generator = MLPGenerator(data, latent, hidden)
            self.discriminator = MLPDiscriminator(data, hidden)

    def objectives(self) -> Sequence[Objective]:
        generator, discriminator = (Optimizer("adam", lr=rate, betas=self.betas) for rate in self.rates)
        return [
            Objective(
                "discriminator", self.discriminator_loss, "discriminator", repeats=self.k, optimizer=discriminator
            ),
            Objective("generator", self.generator_loss, "generator", optimizer=generator),
        ]

    def discriminator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        """Minus the value V(D, G) of equation 1; also D's mean output on real and on generated examples."""
        real, generated = self.discriminator(x), self.discriminator(self.generate(len(x), draws).detach())
        scalars = {"real": real.sigmoid().mean(), "generated": generated.sigmoid().mean()}
        return softplus(-real).mean() + softplus(generated).mean(), scalars

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        """-E log D(G(z)), at the end of section 3."""
        return softplus(-self.discriminator(self.generate(len(x), draws))).mean()

    def generate(self, n: int, draws: Draws) -> Tensor:
        """Generated examples (n, *shape) as the discriminator sees them; gradients pass their discretisation."""
        output: Tensor = self.generator(draws.normal(n, self.latent))
        return output + (self.discretise(output, draws) - output).detach()

    def discretise(self, output: Tensor, draws: Draws) -> Tensor:
        """The generator's output taken into the data's own space."""
        if self.data.support == "binary":
            return draws.bernoulli(output)
        if self.data.levels is not None:
            return torch.round(output * (self.data.levels - 1)) / (self.data.levels - 1)
        return output

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        return self.discretise(self.generator(draws.normal(n, self.latent)), draws)

    def discriminate(self, x: Tensor) -> Tensor:
        logits: Tensor = self.discriminator(x)
        return logits
