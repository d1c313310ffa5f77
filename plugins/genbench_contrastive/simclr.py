"""SimCLR (Chen et al. 2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import normalize

from genbench import DataSpec, Draws
from genbench.training import NeuralModel, Objective, Optimizer
from genbench_contrastive import views
from genbench_contrastive.networks import conv_encoder, mlp

Width = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class SimCLR(NeuralModel):
    """Features by which two random views of one example are told from the views of all others in the batch.

    encoder      ``mlp``, ``conv``, or ``auto``: ``conv`` for images.
    hidden       widths of the hidden layers of an ``mlp`` encoder; a ``conv`` encoder has ``channels`` and twice as many.
    features     dimensions of ``embed``, the encoder's output.
    projection   dimensions in which views are compared, after one more hidden layer as wide as the features.
    temperature  of the cosine similarities.
    lr           of Adam.

    A view of an image is a random crop (of at least ``crop`` of each side, resized), a random shift (up to ``shift``
    pixels), brightness times 1 - ``brightness`` to 1 + ``brightness``, and Gaussian noise of ``noise`` standard
    deviations; of points and tables, each feature with probability ``swap`` that of another example (Bahri et al.
    2022), and the noise. Brightness and noise are left out on binary data. Views stay in the data's range.
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        encoder: Literal["auto", "mlp", "conv"] = "auto",
        hidden: tuple[int, ...] = (256,),
        channels: Width = 16,
        features: Width = 128,
        projection: Width = 64,
        temperature: Annotated[float, Field(gt=0)] = 0.2,
        lr: Annotated[float, Field(gt=0)] = 1e-3,
        crop: Annotated[float, Field(gt=0, le=1)] = 0.6,
        shift: Annotated[int, Field(ge=0)] = 1,
        brightness: Share = 0.4,
        noise: Annotated[float, Field(ge=0)] = 0.1,
        swap: Share = 0.3,
    ) -> None:
        super().__init__(data)
        self.temperature, self.lr = temperature, lr
        self.crop, self.shift, self.brightness, self.noise, self.swap = crop, shift, brightness, noise, swap
        if data.is_image and encoder != "mlp":
            self.encoder = conv_encoder(data.shape, channels, features)
        else:
            self.encoder = mlp(data.dim, hidden, features)
        self.head = mlp(features, (features,), projection)

    def objectives(self) -> Sequence[Objective]:
        return [Objective("contrast", self.contrastive_loss, optimizer=Optimizer("adam", lr=self.lr))]

    def contrastive_loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        first, second = (self.head(self.embed(self.view(x, draws))) for _ in range(2))
        loss = nt_xent(first, second, self.temperature)
        return loss, {"mutual_information_bound": math.log(2 * len(x) - 1) - loss}

    def view(self, x: Tensor, draws: Draws) -> Tensor:
        """A random view (n, *shape) of each example, in the range of the data."""
        if self.data.is_image:
            x = views.shift(views.crop(x, draws, self.crop), draws, self.shift)
        else:
            x = views.swap(x, draws, self.swap)
        if self.data.support != "binary":
            if self.data.is_image:
                x = views.brightness(x, draws, self.brightness)
            x = views.noise(x, draws, self.noise)
        return views.within(x, self.data)

    def embed(self, x: Tensor) -> Tensor:
        features: Tensor = self.encoder(x)
        return features


def nt_xent(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """The normalised temperature-scaled cross-entropy (equation 1), over both views (n, d) of n examples.

    Each of the 2n views is to name its partner among the 2n - 1 others. log(2n - 1) less this loss is a lower bound of
    the mutual information of the views (van den Oord et al. 2018), never above log(2n - 1).
    """
    z = normalize(torch.cat([first, second]), dim=1)
    similarity = z @ z.T / temperature
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    partner = similarity.diagonal(len(first))
    every_other = similarity.masked_fill(itself, -torch.inf).logsumexp(1)
    return every_other.mean() - partner.mean()
