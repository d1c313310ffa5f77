"""The plain autoencoder, on which the linear, denoising and contractive ones are built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from genbench import DataSpec, Draws, FitContext, Split
from genbench.training import NeuralModel, Objective, Optimizer
from genbench_autoencoders.code_mixture import CodeMixture
from genbench_autoencoders.heads import expected, in_space, misfit
from genbench_autoencoders.networks import Network, Widths, decoder, default_latent, encoder

Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0)]
MIXTURE_EXAMPLES = 5_000
"""At most so many training examples (they are shuffled) are behind the mixture of their codes."""


class CodedModel(NeuralModel):
    """An encoder, a decoder, and a Gaussian mixture that is fitted to the training codes after training.

    A subclass defines ``loss``, which is also the criterion on the validation split, and sets ``encoder`` and ``decoder``.
    """

    encoder: nn.Module
    decoder: nn.Module

    def __init__(self, data: DataSpec, latent: int, components: int, optimizer: Optimizer) -> None:
        super().__init__(data)
        self.optimizer = optimizer
        self.codes = CodeMixture(components, latent)

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        """Cross-entropy for binary data, else the squared error; a mean over examples, a sum over features."""
        rows = x.flatten(1)
        return misfit(self.data, rows, self.decoder(self.encoder(rows))).mean()

    def objectives(self) -> Sequence[Objective]:
        return [Objective("loss", self.loss, optimizer=self.optimizer)]

    def criterion(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        return self.loss(x, y, draws)

    def after_fit(self, train: Split, validation: Split, context: FitContext) -> None:
        self.codes.fit(self.embed(train.x[:MIXTURE_EXAMPLES]), context.seed)

    def embed(self, x: Tensor) -> Tensor:
        """The code (n, latent)."""
        return self.encoder(x.flatten(1))

    def expected(self, codes: Tensor) -> Tensor:
        """The examples (n, d) that the decoder makes of codes (n, latent)."""
        return expected(self.data, self.decoder(codes))

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        return in_space(self.data, self.expected(self.codes.sample(n, draws)), draws)

    def reconstruct(self, x: Tensor, draws: Draws) -> Tensor:
        """The decoded code (n, *shape); of binary data the probabilities."""
        return self.expected(self.embed(x)).unflatten(1, self.data.shape)


class Autoencoder(CodedModel):
    """Encoder and decoder trained by the squared error (binary data: the cross-entropy).

    latent      size of the code; None: a quarter of the data's dimension, at least 2 and at most 50.
    hidden      units of the encoder's hidden layers; the decoder has them in reverse. None: see
                :func:`genbench_autoencoders.networks.default_hidden`.
    network     multilayer perceptrons, or two convolutions before (and after) them.
    components  of the Gaussian mixture of the codes.
    lr          learning rate of Adam.
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        latent: Count | None = None,
        hidden: Widths | None = None,
        network: Network = "mlp",
        components: Count = 10,
        lr: Rate = 2e-3,
    ) -> None:
        latent = latent or default_latent(data)
        super().__init__(data, latent, components, Optimizer(lr=lr))
        self.encoder = encoder(data, latent, hidden, network)
        self.decoder = decoder(data, latent, 1, hidden, network)
