"""The generative adversarial network (Goodfellow et al. 2014), and with the generator's other loss."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from genbench_adversarial.adversarial import Adversarial


class GAN(Adversarial):
    """Non-saturating GAN: the discriminator minimises -log D(x) - log(1 - D(G(z))), equation 1, the generator
    -log D(G(z)), as the paper advises. The discriminator's output is the logit of D."""

    def loss_on_real(self, output: Tensor) -> Tensor:
        return softplus(-output)

    def loss_on_generated(self, output: Tensor) -> Tensor:
        return softplus(output)

    def loss_of_generator(self, output: Tensor) -> Tensor:
        return softplus(-output)


class MinimaxGAN(GAN):
    """GAN whose generator minimises log(1 - D(G(z))), which saturates where D rejects what is generated (equation 1)."""

    def loss_of_generator(self, output: Tensor) -> Tensor:
        return -softplus(output)
