"""GANs that are given the label: conditional GAN and auxiliary-classifier GAN."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from genbench import DataSpec, Draws, FitContext, Split, Unavailable
from genbench_adversarial.adversarial import Scalars, Weight
from genbench_adversarial.gan import GAN
from genbench_adversarial.networks import Discriminator, one_hot


class LabelledGAN(GAN):
    """GAN whose generator is given a label with its noise: in training those of the batch, in sampling those asked for,
    or else labels drawn with their shares of the training set."""

    normal_noise = False
    needs_labels = True

    def __init__(self, data: DataSpec, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.generator = self.networks.generator(self.latent + data.classes)
        self.label_shares: Tensor
        self.register_buffer("label_shares", torch.full((data.classes,), 1 / data.classes))

    def noise(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        """Normal noise and the label's indicators (n, latent + classes)."""
        labels = draws.categorical(self.label_shares, n) if y is None else y
        return torch.cat([super().noise(n, draws), one_hot(labels, self.data.classes)], 1)

    def after_fit(self, train: Split, validation: Split, context: FitContext) -> None:
        super().after_fit(train, validation, context)
        counts = torch.bincount(train.y, minlength=self.data.classes)
        self.label_shares.copy_(counts / counts.sum())


class ConditionalGAN(LabelledGAN):
    """Mirza & Osindero 2014: the discriminator, too, is given the label; beside each real example stands a generated one of
    its label. Its output is the log odds of x given y."""

    def __init__(self, data: DataSpec, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.discriminator = self.networks.discriminator(given=data.classes)

    def judge(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        if y is None:
            raise Unavailable("the discriminator tells real from generated examples only of a given label")
        output: Tensor = self.discriminator(x, one_hot(y, self.data.classes))
        return output

    def discriminate(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return self.judge(x, y)


class ACGAN(LabelledGAN):
    """Odena, Olah & Shlens 2017: the discriminator is not given the label but tells it by a second head on its features,
    on real and on generated examples (L_C), beside telling real from generated ones (L_S).
    Discriminator and generator both maximise L_C.

    class_weight  of L_C beside L_S; 1 in the paper.
    """

    trained_as_discriminator = ("discriminator", "classifier")
    discriminator: Discriminator

    def __init__(self, data: DataSpec, *, class_weight: Weight = 1.0, **inherited: Any) -> None:
        super().__init__(data, **inherited)
        self.class_weight = class_weight
        self.classifier = nn.Linear(self.discriminator.features.width, data.classes)

    def contrast(self, x: Tensor, generated: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, Scalars]:
        assert y is not None, "declared by needs_labels"
        real, real_misfit = self.source_and_misfit(x, y)
        fake, fake_misfit = self.source_and_misfit(generated, y)
        misfit = (real_misfit + fake_misfit) / 2
        loss = self.loss_on_real(real).mean() + self.loss_on_generated(fake).mean()
        return loss + 2 * self.class_weight * misfit, {**self.diagnostics(real, fake), "class_loss": misfit}

    def generator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        assert y is not None, "declared by needs_labels"
        output, misfit = self.source_and_misfit(self.generate(len(x), draws, y), y)
        return self.loss_of_generator(output).mean() + self.class_weight * misfit

    def source_and_misfit(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The log odds of real against generated (n,), and the mean negative log probability of the labels, nats."""
        features = self.discriminator.features(x)
        log_proba = log_softmax(self.classifier(features), -1)
        misfit = -(log_proba * one_hot(y, self.data.classes)).sum(-1).mean()
        return self.discriminator.head(features).squeeze(1), misfit
