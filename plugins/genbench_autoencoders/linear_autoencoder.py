"""The linear autoencoder."""

from __future__ import annotations

from torch import Tensor, nn

from genbench import DataSpec, Draws
from genbench.training import Optimizer
from genbench_autoencoders.autoencoder import CodedModel, Count, Rate
from genbench_autoencoders.networks import default_latent


class LinearAutoencoder(CodedModel):
    """Affine encoder and decoder, squared error whatever the support: at the optimum the decoder's columns span the
    subspace of the first principal components (Baldi & Hornik 1989).

    latent      size of the code; None: a quarter of the data's dimension, at least 2 and at most 50.
    components  of the Gaussian mixture of the codes.
    lr          learning rate of Adam at the start; it falls to 0 along a cosine.
    """

    def __init__(self, data: DataSpec, *, latent: Count | None = None, components: Count = 10, lr: Rate = 3e-2) -> None:
        latent = latent or default_latent(data)
        super().__init__(data, latent, components, Optimizer(lr=lr, schedule="cosine"))
        self.encoder = nn.Linear(data.dim, latent)
        self.decoder = nn.Linear(latent, data.dim)

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        rows = x.flatten(1)
        return (self.decoder(self.encoder(rows)) - rows).square().sum(-1).mean()

    def expected(self, codes: Tensor) -> Tensor:
        return self.decoder(codes)
