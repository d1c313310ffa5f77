"""The least-squares GAN (Mao et al. 2017)."""

from __future__ import annotations

import torch
from torch import Tensor

from genbench_adversarial.adversarial import Adversarial

MARGIN = 1e-6
"""Outputs are taken for probabilities from here to 1 less this."""


class LSGAN(Adversarial):
    """Least-squares GAN with the labels 0 and 1: the discriminator's output is to be 1 on real examples and 0
    on generated ones, for the generator 1 on its own. At the optimum it is p / (p + p_g), as D of a GAN."""

    def loss_on_real(self, output: Tensor) -> Tensor:
        return (output - 1).square() / 2

    def loss_on_generated(self, output: Tensor) -> Tensor:
        return output.square() / 2

    def loss_of_generator(self, output: Tensor) -> Tensor:
        return (output - 1).square() / 2

    def log_odds(self, output: Tensor) -> Tensor:
        return torch.logit(output, eps=MARGIN)
