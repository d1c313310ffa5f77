"""PacGAN: the discriminator judges several examples at once (Lin et al. 2018)."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from genbench import DataSpec
from genbench_adversarial.adversarial import Width
from genbench_adversarial.gan import GAN


class PacGAN(GAN):
    """GAN whose discriminator sees packs of ``packing`` examples, all real or all generated, side by side.

    packing  examples in a pack; 1 is a GAN.

    A pack's odds are not those of its examples, so they count as a critic's.
    """

    discriminator_gives: ClassVar[Literal["log_odds", "critic"]] = "critic"

    def __init__(self, data: DataSpec, *, packing: Width = 2, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.packing = packing
        if packing > 1:
            self.discriminator = self.networks.discriminator(copies=packing)

    def judge(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """The outputs (n // packing,) for consecutive packs; examples that fill no pack are left out."""
        packs = len(x) // self.packing
        joined = x[: packs * self.packing].reshape(packs, self.packing * x.shape[1], *x.shape[2:])
        return super().judge(joined)

    def discriminate(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """For each example (n,) the output for the pack of it and the next ones in x, after the last the first."""
        packs = torch.stack([x.roll(-i, 0) for i in range(self.packing)], 1)
        return self.judge(packs.flatten(0, 1))
