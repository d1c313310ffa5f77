"""The denoising autoencoder."""

from __future__ import annotations

from torch import Tensor

from genbench import DataSpec, Draws, Unavailable
from genbench.training import Optimizer
from genbench_autoencoders.autoencoder import CodedModel, Count, Rate
from genbench_autoencoders.heads import expected, misfit
from genbench_autoencoders.networks import Network, Widths, decoder, encoder


class DenoisingAutoencoder(CodedModel):
    """Trained to tell an example from the example plus Gaussian noise. The code is as large as the data unless told
    otherwise, since it is the noise, not a bottleneck, that keeps it from the identity.

    ``score`` is (r(x) - x) / noise^2, which tends to the gradient of the log density as the noise goes to 0 (Alain &
    Bengio 2014); for a given noise it is that of the data convolved with it (Vincent 2011).

    noise       standard deviation.
    latent      size of the code; None: the data's dimension, at most 200.
    hidden, network, components  as for the autoencoder.
    lr          learning rate of Adam at the start; it falls to 0 along a cosine.
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        noise: Rate = 0.1,
        latent: Count | None = None,
        hidden: Widths | None = None,
        network: Network = "mlp",
        components: Count = 10,
        lr: Rate = 3e-3,
    ) -> None:
        latent = latent or min(200, data.dim)
        super().__init__(data, latent, components, Optimizer(lr=lr, schedule="cosine"))
        self.noise = noise
        self.encoder = encoder(data, latent, hidden, network)
        self.decoder = decoder(data, latent, 1, hidden, network)

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        rows = x.flatten(1)
        corrupted = rows + self.noise * draws.normal(*rows.shape)
        return misfit(self.data, rows, self.decoder(self.encoder(corrupted))).mean()

    def score(self, x: Tensor) -> Tensor:
        """The gradient of log p(x) (n, *shape); raises :class:`Unavailable` where the data have no density."""
        if self.data.is_discrete:
            raise Unavailable(f"no score: {self.data.name} is discrete, it has no density to differentiate")
        rows = x.flatten(1)
        restored = expected(self.data, self.decoder(self.encoder(rows)))
        return ((restored - rows) / self.noise**2).unflatten(1, self.data.shape)
