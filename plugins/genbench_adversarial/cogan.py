"""CoGAN: two GANs for two domains that share weights, and so learn pairs from unpaired examples."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from genbench import DataSpec, Draws
from genbench_adversarial.adversarial import Scalars
from genbench_adversarial.gan import GAN
from genbench_adversarial.spectral import refresh

LAYERS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


class Twins(nn.Module):
    """Two networks; calling them calls the first."""

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.first, self.second = first, second

    def forward(self, inputs: Tensor) -> Tensor:
        output: Tensor = self.first(inputs)
        return output


class CoGAN(GAN):
    """Liu & Tuzel 2016. The first domain is the data; the second their negatives, 1 - x, or -x for real data (the paper's
    second task). One half of each batch is shown as it is, the other as negatives, so no example is seen with its
    negative. The generators share all layers but the last, the discriminators all but the first.

    Samples are the first generator's. Logged: ``pair_gap``, the mean absolute difference of what the second generator
    makes of the same noise from the negative of what the first does; 0 if the pairs have been found.
    """

    generator: Twins
    discriminator: Twins

    def __init__(self, data: DataSpec, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.generator = Twins(self.generator, self.networks.generator(self.latent))
        self.discriminator = Twins(self.discriminator, self.networks.discriminator())
        share(self.generator, layer_names(self.generator.first)[:-1])
        share(self.discriminator, layer_names(self.discriminator.first)[1:])

    def discriminator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        refresh(self.discriminator)
        half = (len(x) + 1) // 2
        examples = x[:half], self.negative(x[half:])
        z = self.noise(half, draws)
        generated = self.both(z, draws)
        losses, outputs = [], []
        for judge, real, fake in zip(self.judges, examples, generated, strict=True):
            outputs.append((judge(real), judge(fake.detach())))
            losses.append(self.loss_on_real(outputs[-1][0]).mean() + self.loss_on_generated(outputs[-1][1]).mean())
        gap = (self.negative(generated[0]) - generated[1]).abs().mean()
        return (losses[0] + losses[1]) / 2, {**self.diagnostics(*outputs[0]), "pair_gap": gap}

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        generated = self.both(self.noise((len(x) + 1) // 2, draws), draws)
        first, second = (
            self.loss_of_generator(judge(fake)).mean() for judge, fake in zip(self.judges, generated, strict=True)
        )
        return (first + second) / 2

    @property
    def judges(self) -> tuple[nn.Module, nn.Module]:
        return self.discriminator.first, self.discriminator.second

    def both(self, z: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
        """What the two generators make of the same noise, as their discriminators see it."""
        outputs = self.generator.first(z), self.generator.second(z)
        first, second = (output + (self.discretise(output, draws) - output).detach() for output in outputs)
        return first, second

    def negative(self, x: Tensor) -> Tensor:
        return -x if self.data.support == "real" else 1 - x


def layer_names(network: nn.Module) -> list[str]:
    """The names of its linear maps and convolutions, from the input on."""
    return [name for name, module in network.named_modules() if isinstance(module, LAYERS)]


def share(twins: Twins, names: list[str]) -> None:
    """The second network has the first one's modules of these names."""
    for name in names:
        twins.second.set_submodule(name, twins.first.get_submodule(name))
