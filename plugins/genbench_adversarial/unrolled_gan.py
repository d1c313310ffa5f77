"""Unrolled GAN: the generator foresees the discriminator's next steps (Metz et al. 2017)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from torch import Tensor
from torch.func import functional_call, grad

from genbench import DataSpec, Draws
from genbench_adversarial.adversarial import Rate
from genbench_adversarial.gan import GAN

Parameters = dict[str, Tensor]


class UnrolledGAN(GAN):
    """GAN whose generator is judged by the discriminator as it would be after ``unroll`` more steps, and whose gradient
    passes through these steps. The steps are plain gradient descent on the batch at hand; the
    discriminator itself takes none of them.

    unroll     steps foreseen; 0 is a GAN.
    lr_unroll  their learning rate.
    """

    def __init__(
        self, data: DataSpec, *, unroll: Annotated[int, Field(ge=0)] = 2, lr_unroll: Rate = 0.1, **inherited: Any
    ) -> None:
        super().__init__(data, **inherited)
        self.unroll, self.lr_unroll = unroll, lr_unroll

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        generated = self.generate(len(x), draws, y)
        parameters = self.unrolled(x, generated)
        return self.loss_of_generator(functional_call(self.discriminator, parameters, (generated,))).mean()

    def unrolled(self, x: Tensor, generated: Tensor) -> Parameters:
        """The discriminator's parameters after the steps, as a function of the generated examples."""

        def loss(parameters: Parameters) -> Tensor:
            real, fake = (functional_call(self.discriminator, parameters, (side,)) for side in (x, generated))
            total: Tensor = self.loss_on_real(real).mean() + self.loss_on_generated(fake).mean()
            return total

        parameters: Parameters = {**dict(self.discriminator.named_parameters())}
        for _ in range(self.unroll):
            gradients = grad(loss)(parameters)
            parameters = {name: p - self.lr_unroll * gradients[name] for name, p in parameters.items()}
        return parameters
