"""GAN of a Laplacian pyramid: a coarse image, and details level by level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from genbench import DataSpec, Draws
from genbench.training import Objective
from genbench_adversarial.adversarial import Scalars, Width
from genbench_adversarial.gan import GAN
from genbench_adversarial.networks import squashing
from genbench_adversarial.spectral import refresh

COARSEST = 7
"""Pixels that the smaller side of the coarsest image has at most, unless the number of levels is given."""


class LAPGAN(GAN):
    """Denton et al. 2015, for images. A plain GAN makes the coarsest image of the pyramid; at each finer level a conditional
    one makes details from noise and the enlarged image below, and the discriminator sees the image with those details and
    the enlarged image. Levels learn independently of each other, from the same batches.

    levels  of the pyramid; None: halved until the smaller side has at most 7 pixels.
    """

    generator: Pyramid
    discriminator: nn.ModuleList

    def __init__(self, data: DataSpec, *, levels: Width | None = None, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.levels = levels or 1 + max(0, math.ceil(math.log2(min(data.shape[1:]) / COARSEST)))
        generators, discriminators = [], []
        for level in range(self.levels):
            networks = replace(self.networks, data=level_data(data, self.levels, level))
            given = networks.data.dim if level else 0
            # Details of data in [0, 1] lie between -1 and 1.
            last = nn.Tanh() if level and data.support != "real" else squashing(networks.data)
            generators.append(networks.decoder(self.latent + given, last))
            discriminators.append(networks.discriminator(copies=2 if level else 1))
        self.generator = Pyramid(generators, [level_data(data, self.levels, i).shape for i in range(self.levels)])
        self.discriminator = nn.ModuleList(discriminators)

    @classmethod
    def refuses(cls, data: DataSpec) -> str | None:
        return super().refuses(data) or (None if data.is_image else "takes images alone")

    def objectives(self) -> Sequence[Objective]:
        by_discriminator, by_generator = self.optimizers()
        objectives = []
        for i in range(self.levels):
            of_discriminator, of_generator = partial(self.level_loss, i), partial(self.level_generator_loss, i)
            objectives += [
                Objective(
                    f"discriminator_{i}", of_discriminator, f"discriminator.{i}", self.k, optimizer=by_discriminator
                ),
                Objective(f"generator_{i}", of_generator, f"generator.levels.{i}", optimizer=by_generator),
            ]
        return objectives

    def level_loss(self, level: int, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        refresh(self.discriminator[level])
        image, low = self.at_level(x, level)
        real, fake = self.output(level, image, low), self.output(level, self.refined(level, low, draws).detach(), low)
        loss = self.loss_on_real(real).mean() + self.loss_on_generated(fake).mean()
        return loss, {f"{name}_{level}": value for name, value in self.diagnostics(real, fake).items()}

    def level_generator_loss(self, level: int, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        low = self.at_level(x, level)[1]
        return self.loss_of_generator(self.output(level, self.refined(level, low, draws), low)).mean()

    def at_level(self, x: Tensor, level: int) -> tuple[Tensor, Tensor]:
        """The examples as they are at a level, 0 the coarsest, and the next coarser images, enlarged."""
        for _ in range(self.levels - 1 - level):
            x = shrunk(x)
        return x, enlarged(shrunk(x), x.shape[2:])

    def refined(self, level: int, low: Tensor, draws: Draws) -> Tensor:
        """Generated images of a level, as the discriminator sees them."""
        output: Tensor = self.generator.refined(level, low, draws.normal(len(low), self.latent))
        return output + (self.discretise(output, draws) - output).detach() if level == self.levels - 1 else output

    def output(self, level: int, image: Tensor, low: Tensor) -> Tensor:
        """The output (n,) of a level's discriminator: log odds of the image given the one below."""
        output: Tensor = self.discriminator[level](torch.cat([image, low], 1) if level else image)
        return output

    def noise(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        """(n, levels * latent)."""
        return draws.normal(n, self.levels * self.latent)

    def discretise(self, output: Tensor, draws: Draws) -> Tensor:
        return super().discretise(output if self.data.support == "real" else output.clamp(0, 1), draws)

    def judge(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """The sum over levels: log odds of the coarsest image plus those of each level given the one below."""
        outputs = [self.output(level, *self.at_level(x, level)) for level in range(self.levels)]
        return torch.stack(outputs).sum(0)


class Pyramid(nn.Module):
    """Generators of all levels: (n, levels * latent) -> (n, *shape)."""

    def __init__(self, levels: list[nn.Module], shapes: list[tuple[int, ...]]) -> None:
        super().__init__()
        self.levels, self.shapes = nn.ModuleList(levels), tuple(shapes)

    def forward(self, z: Tensor) -> Tensor:
        noises = z.chunk(len(self.levels), 1)
        image: Tensor = self.levels[0](noises[0])
        for level, noise in enumerate(noises[1:], 1):
            image = self.refined(level, enlarged(image, self.shapes[level][1:]), noise)
        return image

    def refined(self, level: int, low: Tensor, z: Tensor) -> Tensor:
        """The image of a level: the enlarged one below and details for it; the coarsest is made of noise alone."""
        image: Tensor = self.levels[0](z) if level == 0 else low + self.levels[level](torch.cat([z, low.flatten(1)], 1))
        return image


def shrunk(x: Tensor) -> Tensor:
    """Means of 2 x 2 pixels (n, channels, height, width); of an odd side the last pixels by themselves."""
    return avg_pool2d(x, 2, ceil_mode=True)


def enlarged(x: Tensor, sides: Sequence[int]) -> Tensor:
    """Each pixel four times, cut to the sides."""
    height, width = sides
    return x.repeat_interleave(2, -2).repeat_interleave(2, -1)[..., :height, :width]


def level_data(data: DataSpec, levels: int, level: int) -> DataSpec:
    """The form of what a level's generator makes: of the coarsest an image, of the others details, which have any sign."""
    factor = 2 ** (levels - 1 - level)
    shape = (data.shape[0], *(math.ceil(side / factor) for side in data.shape[1:]))
    support = data.support if data.support != "binary" else "unit"
    return replace(data, shape=shape, support="real" if level else support, levels=None)
