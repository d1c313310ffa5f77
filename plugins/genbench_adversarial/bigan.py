"""GANs that also learn the way back, from examples to noise: BiGAN and VEEGAN."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.functional import softplus

from genbench import DataSpec, Draws
from genbench_adversarial.adversarial import Scalars, Weight
from genbench_adversarial.gan import GAN
from genbench_adversarial.spectral import refresh


class PairGAN(GAN):
    """GAN with an encoder, whose discriminator sees pairs: of an example and its code, and of generated example and noise.

    Features are codes; a reconstruction is what the generator makes of the code. ``discriminate`` judges an example with
    its code.
    """

    def __init__(self, data: DataSpec, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.encoder = self.networks.encoder(self.latent)
        self.discriminator = self.networks.discriminator(given=self.latent)

    def pairs(self, x: Tensor, draws: Draws) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """(x, E(x)) and (G(z), z)."""
        z = self.noise(len(x), draws)
        return (x, self.encoder(x)), (self.decode(z, draws), z)

    def discriminator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        refresh(self.discriminator)
        (x, code), (generated, z) = self.pairs(x, draws)
        real, fake = self.discriminator(x, code.detach()), self.discriminator(generated.detach(), z)
        loss = self.loss_on_real(real).mean() + self.loss_on_generated(fake).mean()
        return loss, self.diagnostics(real, fake)

    def judge(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        output: Tensor = self.discriminator(x, self.encoder(x))
        return output

    def embed(self, x: Tensor) -> Tensor:
        """(n, latent)."""
        code: Tensor = self.encoder(x)
        return code

    def reconstruct(self, x: Tensor, draws: Draws) -> Tensor:
        return self.decode(self.encoder(x), draws)


class BiGAN(PairGAN):
    """Donahue, Krähenbühl & Darrell 2017 (also ALI, Dumoulin et al. 2017, with a deterministic encoder): generator and
    encoder together deceive the discriminator, each about its own side of the pairs (by the discriminator's
    loss with the labels exchanged). At the optimum the encoder is the generator's inverse."""

    trained_as_generator = ("generator", "encoder")

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        (x, code), (generated, z) = self.pairs(x, draws)
        real, fake = self.discriminator(x, code), self.discriminator(generated, z)
        return softplus(real).mean() + softplus(-fake).mean()


class VEEGAN(PairGAN):
    """Srivastava et al. 2017: a reconstructor F learns to give back the noise of what was generated, by the
    squared error d; the generator minimises that error beside minus the discriminator's log odds of its pairs. Modes
    that it leaves out are mapped by F to codes that the discriminator tells from noise.

    reconstruction  weight of d; 1 in the paper.
    """

    trained_as_generator = ("generator", "encoder")

    def __init__(self, data: DataSpec, *, reconstruction: Weight = 1.0, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.reconstruction = reconstruction

    def loss_of_generator(self, output: Tensor) -> Tensor:
        return -output

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        z = self.noise(len(x), draws)
        generated = self.decode(z, draws)
        error = (z - self.encoder(generated)).square().sum(-1).mean()
        deception = self.loss_of_generator(self.discriminator(generated, z)).mean()
        return deception + self.reconstruction * error, {"reconstruction_error": error}
