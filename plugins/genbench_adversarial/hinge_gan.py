"""The GAN with the hinge loss (Lim & Ye 2017, Geometric GAN)."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor
from torch.nn.functional import relu

from genbench_adversarial.adversarial import Adversarial


class HingeGAN(Adversarial):
    """The discriminator minimises max(0, 1 - D(x)) + max(0, 1 + D(G(z))), the generator -D(G(z)). Only
    the sign of the best D says which of p and p_g is larger, so it gives no odds."""

    discriminator_gives: ClassVar[Literal["log_odds", "critic"]] = "critic"

    def loss_on_real(self, output: Tensor) -> Tensor:
        return relu(1 - output)

    def loss_on_generated(self, output: Tensor) -> Tensor:
        return relu(1 + output)

    def loss_of_generator(self, output: Tensor) -> Tensor:
        return -output
