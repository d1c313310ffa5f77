"""What all adversarial models share: networks, hyperparameters, the two objectives, samples, and what is logged."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import softplus

from genbench import DataSpec, Draws, FitContext, Split, Unavailable
from genbench.training import NeuralModel, Objective, Optimizer, RateSchedule
from genbench_adversarial.networks import Network, Networks
from genbench_adversarial.spectral import FIRST_STEPS, refresh

Width = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0)]
Beta = Annotated[float, Field(ge=0, lt=1)]
Weight = Annotated[float, Field(ge=0)]
Scalars = dict[str, Tensor]


class Adversarial(NeuralModel):
    """A generator and a discriminator that are trained in turns. A variant states its losses: :meth:`loss_on_real`,
    :meth:`loss_on_generated` and :meth:`loss_of_generator` by the discriminator's output, or overrides what it needs.

    network   ``mlp``, or for images also ``conv`` (two strided convolutions each, ``channels`` and twice as many).
    latent    dimensions of the standard normal noise z; None: as many as the data have, at most 64.
    hidden    widths of the hidden layers of both networks, if they are ``mlp``.
    channels  of the convolution next to the image, if they are ``conv``.
    k         steps of the discriminator for each step of the generator, every one on a batch of its own.
    lr_generator, lr_discriminator, beta1, beta2  of Adam.
    schedule  of both learning rates.
    spectral_norm  whether the discriminator's weights are divided by their spectral norm (Miyato et al. 2018).
    ema_decay  of the moving average of all parameters (and of batch norm's statistics) that is given back (Yazici et al.
               2019); None: the last ones.

    On binary data the generator gives probabilities, and an example is a Bernoulli draw from them; on data with levels
    its output is rounded to the levels. The discriminator sees what ``sample`` gives, so that it cannot tell the two
    sides by their grain; the generator's gradient passes the discretisation unchanged (straight through, Bengio et al.
    2013).
    """

    trained_as_generator: ClassVar[str | tuple[str, ...]] = "generator"
    trained_as_discriminator: ClassVar[str | tuple[str, ...]] = "discriminator"
    """The modules that each objective trains."""
    normal_noise: ClassVar[bool] = True
    """Whether an example is what ``generator`` makes of standard normal noise alone."""

    def __init__(
        self,
        data: DataSpec,
        *,
        network: Network = "mlp",
        latent: Width | None = None,
        hidden: tuple[Width, ...] = (128, 128),
        channels: Width = 32,
        k: Annotated[int, Field(ge=1)] = 1,
        lr_generator: Rate = 4e-3,
        lr_discriminator: Rate = 4e-3,
        beta1: Beta = 0.5,
        beta2: Beta = 0.999,
        schedule: RateSchedule = "inverse_sqrt",
        spectral_norm: bool = False,
        ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = 0.999,
    ) -> None:
        super().__init__(data)
        self.ema_decay = ema_decay
        self.latent, self.k = latent or min(64, data.dim), k
        self.rates, self.betas, self.schedule = (lr_generator, lr_discriminator), (beta1, beta2), schedule
        self.networks = Networks(data, network, hidden, channels, spectral_norm)
        self.generator: nn.Module = self.networks.generator(self.latent)
        self.discriminator: nn.Module = self.networks.discriminator()

    def objectives(self) -> Sequence[Objective]:
        discriminator, generator = self.optimizers()
        return [
            Objective(
                "discriminator", self.discriminator_loss, self.trained_as_discriminator, self.k, optimizer=discriminator
            ),
            Objective("generator", self.generator_loss, self.trained_as_generator, optimizer=generator),
        ]

    def optimizers(self) -> tuple[Optimizer, Optimizer]:
        """The discriminator's and the generator's."""
        lr_generator, lr_discriminator = self.rates
        return (
            Optimizer("adam", lr=lr_discriminator, betas=self.betas, schedule=self.schedule),
            Optimizer("adam", lr=lr_generator, betas=self.betas, schedule=self.schedule),
        )

    def discriminator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        refresh(self.discriminator)
        return self.contrast(x, self.generate(len(x), draws, y).detach(), y, draws)

    def contrast(self, x: Tensor, generated: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        """The discriminator's loss on real and generated examples, and its diagnostics."""
        real, fake = self.judge(x, y), self.judge(generated, y)
        loss = self.loss_on_real(real).mean() + self.loss_on_generated(fake).mean()
        return loss, self.diagnostics(real, fake)

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor | tuple[Tensor, Scalars]:
        return self.loss_of_generator(self.judge(self.generate(len(x), draws, y), y)).mean()

    def after_fit(self, train: Split, validation: Split, context: FitContext) -> None:
        refresh(self, FIRST_STEPS)  # the vectors are those of the last weights, not of the average

    @abstractmethod
    def loss_on_real(self, output: Tensor) -> Tensor:
        """What the discriminator loses by its outputs (n,) on real examples; (n,)."""

    @abstractmethod
    def loss_on_generated(self, output: Tensor) -> Tensor:
        """What it loses by its outputs (n,) on generated examples; (n,)."""

    @abstractmethod
    def loss_of_generator(self, output: Tensor) -> Tensor:
        """What the generator loses by the discriminator's outputs (n,) on generated examples; (n,)."""

    def log_odds(self, output: Tensor) -> Tensor:
        """The discriminator's output as an estimate of log p(x) - log p_g(x), or the critic's value itself; (n,)."""
        return output

    def diagnostics(self, real: Tensor, generated: Tensor) -> Scalars:
        """From the discriminator's outputs. Of a critic its mean value on both sides and their difference. Else D's mean
        probability on both sides, its mean distance from 1/2, and the estimate of the Jensen-Shannon divergence, in
        nats, from the value function: V(D) = -log 4 + 2 JSD at the optimum (Goodfellow et al. 2014, theorem 1)."""
        real, generated = self.log_odds(real), self.log_odds(generated)
        if self.discriminator_gives == "critic":
            return {
                "real": real.mean(),
                "generated": generated.mean(),
                "critic_distance": real.mean() - generated.mean(),
            }
        return {
            "real": real.sigmoid().mean(),
            "generated": generated.sigmoid().mean(),
            "distance_from_half": (torch.cat([real, generated]).sigmoid() - 0.5).abs().mean(),
            "jsd": math.log(2) - (softplus(-real).mean() + softplus(generated).mean()) / 2,
        }

    def noise(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        """The generator's input (n, inputs); y (n,) are the labels asked for."""
        return draws.normal(n, self.latent)

    def generate(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        """Generated examples (n, *shape) as the discriminator sees them."""
        return self.decode(self.noise(n, draws, y), draws)

    def decode(self, z: Tensor, draws: Draws) -> Tensor:
        """The generator's answer to an input (n, inputs), in the data's space; gradients pass the discretisation."""
        output: Tensor = self.generator(z)
        return output + (self.discretise(output, draws) - output).detach()

    def discretise(self, output: Tensor, draws: Draws) -> Tensor:
        """The generator's output taken into the data's own space."""
        if self.data.support == "binary":
            return draws.bernoulli(output)
        if self.data.levels is not None:
            return torch.round(output * (self.data.levels - 1)) / (self.data.levels - 1)
        return output

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        return self.discretise(self.generator(self.noise(n, draws, y)), draws)

    def prior_code(self, n: int, draws: Draws) -> Tensor:
        """The generator's input (n, latent), where it is the standard normal noise alone."""
        if not self.normal_noise:
            raise Unavailable("an example is not made of normal noise alone")
        return self.noise(n, draws)

    def log_prior(self, z: Tensor) -> Tensor:
        """The standard normal log density (n,)."""
        return -0.5 * (z.square() + math.log(2 * math.pi)).sum(-1)

    def mean_given(self, z: Tensor) -> Tensor:
        """The generator's answer (n, *shape), before it is discretised."""
        output: Tensor = self.generator(z)
        return output

    def judge(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """The discriminator's output (n,)."""
        output: Tensor = self.discriminator(x)
        return output

    def discriminate(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """:meth:`log_odds` of each example (n,)."""
        return self.log_odds(self.judge(x, y))
