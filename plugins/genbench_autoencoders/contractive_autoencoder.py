"""The contractive autoencoder."""

from __future__ import annotations

from torch import Tensor, nn

from genbench import DataSpec, Draws
from genbench.training import Optimizer
from genbench_autoencoders.autoencoder import CodedModel, Count, Rate
from genbench_autoencoders.heads import misfit


class ContractiveAutoencoder(CodedModel):
    """One sigmoid layer as the encoder, an affine decoder (Rifai et al. 2011, weights not tied), and as a penalty the
    squared Frobenius norm of the encoder's Jacobian, times ``contraction``.

    contraction  weight of the penalty.
    latent       size of the code; None: the data's dimension, at most 200.
    components   of the Gaussian mixture of the codes.
    lr           learning rate of Adam.
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        contraction: Rate = 0.1,
        latent: Count | None = None,
        components: Count = 10,
        lr: Rate = 1e-3,
    ) -> None:
        latent = latent or min(200, data.dim)
        super().__init__(data, latent, components, Optimizer(lr=lr))
        self.contraction = contraction
        self.encoder = nn.Sequential(nn.Linear(data.dim, latent), nn.Sigmoid())
        self.decoder = nn.Linear(latent, data.dim)

    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        rows = x.flatten(1)
        code = self.encoder(rows)
        error = misfit(self.data, rows, self.decoder(code)).mean()
        penalty = self.jacobian_norm(code).mean()
        return error + self.contraction * penalty, {"misfit": error, "jacobian": penalty}

    def criterion(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        return self.loss(x, y, draws)[0]

    def jacobian_norm(self, code: Tensor) -> Tensor:
        """Squared Frobenius norm of the encoder's Jacobian at codes h (n,): sum_j (h_j (1 - h_j))^2 |w_j|^2."""
        return (code * (1 - code)).square() @ self.encoder[0].weight.square().sum(1)
