"""VAE-GAN: a VAE and a GAN that share a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import softplus

from genbench import DataSpec, Draws
from genbench.training import NeuralModel, Objective, Optimizer
from genbench_autoencoders.gaussian_code import GaussianCode, standard_normal
from genbench_autoencoders.heads import expected, in_space
from genbench_autoencoders.networks import Network, decoder, default_hidden, default_latent, encoder
from genbench_autoencoders.vae import Count, Rate

HiddenWidths = Annotated[tuple[Count, ...], Field(min_length=1)]
"""At least one: the last hidden layer of the discriminator gives the features."""


class Discriminator(nn.Module):
    """Features (n, f), the last hidden layer, and from them the logit that an example is real."""

    def __init__(self, data: DataSpec, hidden: HiddenWidths, network: Network) -> None:
        super().__init__()
        self.body = nn.Sequential(encoder(data, hidden[-1], hidden[:-1], network), nn.ReLU())
        self.head = nn.Linear(hidden[-1], 1)

    def forward(self, rows: Tensor) -> Tensor:
        """Rows (n, d) to logits (n,)."""
        logits: Tensor = self.head(self.body(rows))
        return logits.squeeze(-1)


class VAEGAN(NeuralModel):
    """Larsen et al. 2016. The encoder minimises the KL divergence plus the squared error between an example's
    and its reconstruction's features; the decoder ``gamma`` times that error plus the GAN's loss (non-saturating); the
    discriminator tells examples from reconstructions and from samples.

    latent   dimension of the code; None: a quarter of the data's dimension, at least 2 and at most 50.
    gamma    weight of the feature error in the decoder's loss.
    hidden   units of the hidden layers of encoder and discriminator; the decoder has them in reverse. None: see
             :func:`genbench_autoencoders.networks.default_hidden`.
    network  multilayer perceptrons, or two convolutions before (and after) them.
    lr       learning rate of Adam (betas 0.5 and 0.999, as Radford et al. 2016), for all three.
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        latent: Count | None = None,
        gamma: Rate = 1.0,
        hidden: HiddenWidths | None = None,
        network: Network = "mlp",
        lr: Rate = 1e-3,
    ) -> None:
        super().__init__(data)
        hidden = hidden or default_hidden(data)
        self.latent, self.gamma, self.lr = latent or default_latent(data), gamma, lr
        self.encoder = encoder(data, 2 * self.latent, hidden, network)
        self.decoder = decoder(data, self.latent, 1, hidden, network)
        self.discriminator = Discriminator(data, hidden, network)

    def objectives(self) -> Sequence[Objective]:
        losses = {
            "discriminator": self.discriminator_loss,
            "decoder": self.decoder_loss,
            "encoder": self.encoder_loss,
        }
        optimizer = Optimizer(lr=self.lr, betas=(0.5, 0.999))
        return [Objective(name, loss, trains=name, optimizer=optimizer) for name, loss in losses.items()]

    def encoder_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        rows = x.flatten(1)
        code = self.code(rows)
        error = self.feature_error(rows, self.generated(code.at(code.noise(draws))))
        kl = code.kl_to_standard_normal().mean()
        return kl + error, {"kl": kl, "feature_error": error}

    def decoder_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        rows = x.flatten(1)
        restored, sampled = self.restored_and_sampled(rows, draws)
        deception = (softplus(-self.discriminator(restored)) + softplus(-self.discriminator(sampled))).mean()
        return self.gamma * self.feature_error(rows, restored) + deception

    def discriminator_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        rows = x.flatten(1)
        restored, sampled = self.restored_and_sampled(rows, draws)
        logits = {"real": self.discriminator(rows), "restored": self.discriminator(restored)}
        logits["sampled"] = self.discriminator(sampled)
        loss = softplus(-logits["real"]) + softplus(logits["restored"]) + softplus(logits["sampled"])
        return loss.mean(), {name: value.sigmoid().mean() for name, value in logits.items()}

    def feature_error(self, rows: Tensor, restored: Tensor) -> Tensor:
        """-log N(features of x; features of its reconstruction, I), less its constant; a mean over examples."""
        difference = self.discriminator.body(rows) - self.discriminator.body(restored)
        return 0.5 * difference.square().sum(-1).mean()

    def restored_and_sampled(self, rows: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
        """Reconstructions, and as many samples from the prior, (n, d) each."""
        code = self.code(rows)
        return self.generated(code.at(code.noise(draws))), self.generated(draws.normal(*code.mean.shape))

    def code(self, rows: Tensor) -> GaussianCode:
        return GaussianCode.of(self.encoder(rows))

    def generated(self, z: Tensor) -> Tensor:
        return expected(self.data, self.decoder(z))

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        return in_space(self.data, self.generated(self.prior_code(n, draws)), draws)

    def prior_code(self, n: int, draws: Draws) -> Tensor:
        return draws.normal(n, self.latent)

    def log_prior(self, z: Tensor) -> Tensor:
        return standard_normal(z)

    def mean_given(self, z: Tensor) -> Tensor:
        """(n, *shape); of binary data the probabilities."""
        return self.generated(z).unflatten(1, self.data.shape)

    def reconstruct(self, x: Tensor, draws: Draws) -> Tensor:
        """The decoded code (n, *shape), drawn from q(z | x); of binary data the probabilities."""
        code = self.code(x.flatten(1))
        return self.generated(code.at(code.noise(draws))).unflatten(1, self.data.shape)

    def embed(self, x: Tensor) -> Tensor:
        """The mean of q(z | x) (n, latent)."""
        return self.code(x.flatten(1)).mean

    def discriminate(self, x: Tensor) -> Tensor:
        logits: Tensor = self.discriminator(x.flatten(1))
        return logits
