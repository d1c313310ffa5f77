"""GANs whose discriminator is an autoencoder: EBGAN (Zhao et al. 2017) and BEGAN (Berthelot et al. 2017)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import normalize, relu

from genbench import DataSpec, Draws
from genbench_adversarial.adversarial import Adversarial, Rate, Scalars, Width
from genbench_adversarial.networks import Autoencoder

Weight = Annotated[float, Field(ge=0)]


class Autoencoding(Adversarial):
    """The discriminator's output (n,) is its reconstruction error, low on real examples; as a critic it is taken negative.

    code  dimensions of the autoencoder's code; None: ``latent``.
    """

    discriminator: Autoencoder
    discriminator_gives: ClassVar[Literal["log_odds", "critic"]] = "critic"

    def __init__(self, data: DataSpec, *, code: Width | None = None, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.discriminator = self.networks.autoencoder(code or self.latent)

    def judge(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return self.error(self.discriminator(x) - x).flatten(1).mean(1)

    def error(self, difference: Tensor) -> Tensor:
        """Of each feature of a reconstruction, by its difference from the example."""
        return difference.square()

    def loss_on_real(self, output: Tensor) -> Tensor:
        return output

    def loss_of_generator(self, output: Tensor) -> Tensor:
        return output

    def log_odds(self, output: Tensor) -> Tensor:
        return -output


class EBGAN(Autoencoding):
    """Energy-based GAN: the energy is the mean squared error of the reconstruction; the discriminator minimises it on real
    examples and keeps it at ``margin`` or more on generated ones.

    margin     of the energy.
    pull_away  weight of the pulling-away term in the generator's loss (section 2.4): the mean squared cosine between the
               codes of two generated examples.
    """

    def __init__(self, data: DataSpec, *, margin: Rate = 1.0, pull_away: Weight = 0.1, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.margin, self.pull_away = margin, pull_away

    def loss_on_generated(self, output: Tensor) -> Tensor:
        return relu(self.margin - output)

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        generated = self.generate(len(x), draws, y)
        repelling = squared_cosines(self.discriminator.encoder(generated))
        return self.loss_of_generator(self.judge(generated)).mean() + self.pull_away * repelling


def squared_cosines(codes: Tensor) -> Tensor:
    """The mean of the squared cosines between the codes (n, d) of two different examples."""
    n, directions = len(codes), normalize(codes, dim=1)
    return ((directions @ directions.T).square().sum() - n) / (n * max(1, n - 1))


class BEGAN(Autoencoding):
    """Boundary equilibrium GAN: the discriminator minimises L(x) - b L(G(z)), the generator L(G(z)), where L
    is the mean absolute error of the reconstruction, and b in [0, 1] follows b + balance_rate (gamma L(x) - L(G(z))), so
    that in equilibrium E L(G(z)) = gamma E L(x).

    gamma         diversity ratio.
    balance_rate  lambda_k of the paper.
    """

    balance: Tensor

    def __init__(
        self,
        data: DataSpec,
        *,
        gamma: Annotated[float, Field(gt=0, le=1)] = 0.5,
        balance_rate: Rate = 0.001,
        **inherited: Any,
    ) -> None:
        super().__init__(data, **inherited)
        self.gamma, self.balance_rate = gamma, balance_rate
        self.register_buffer("balance", torch.zeros(()))

    def error(self, difference: Tensor) -> Tensor:
        return difference.abs()

    def loss_on_generated(self, output: Tensor) -> Tensor:
        return -self.balance.clone() * output

    def contrast(self, x: Tensor, generated: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        """Also logs the balance b and the measure of convergence, L(x) + |gamma L(x) - L(G(z))|."""
        real, fake = self.judge(x), self.judge(generated)
        loss = self.loss_on_real(real).mean() + self.loss_on_generated(fake).mean()
        excess = (self.gamma * real - fake).mean().detach()
        scalars = {"balance": self.balance.clone(), "convergence": real.mean() + excess.abs()}
        self.balance.copy_((self.balance + self.balance_rate * excess).clamp(0, 1))
        return loss, {**self.diagnostics(real, fake), **scalars}
