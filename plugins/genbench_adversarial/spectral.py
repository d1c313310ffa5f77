"""Spectral normalisation that can be stacked over seeds."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.nn.utils import parametrize

FIRST_STEPS = 15
"""Of power iteration when a layer is made, as in PyTorch, and when training has ended."""


class SpectralNorm(nn.Module):
    """A weight over its largest singular value, u W v (Miyato et al. 2018). The singular vectors are buffers, which
    :func:`refresh` brings up to date.

    PyTorch's own does so in every forward pass, which neither ``torch.func.vmap`` (it writes with ``out=``) nor
    ``torch.func.grad`` takes.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        matrix = weight.detach().flatten(1)
        self.register_buffer("u", normalize(torch.randn(matrix.shape[0]), dim=0))
        self.register_buffer("v", normalize(torch.randn(matrix.shape[1]), dim=0))
        for _ in range(FIRST_STEPS):
            self.iterate(weight)

    def forward(self, weight: Tensor) -> Tensor:
        return weight / (self.u @ weight.flatten(1) @ self.v)

    def iterate(self, weight: Tensor) -> None:
        """One step of power iteration (algorithm 1)."""
        matrix = weight.detach().flatten(1)
        self.v.copy_(normalize(self.u @ matrix, dim=0))
        self.u.copy_(normalize(matrix @ self.v, dim=0))


def normalise(network: nn.Module) -> None:
    """Divide the weights of all linear maps and convolutions of a network by their spectral norms."""
    for module in list(network.modules()):
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            parametrize.register_parametrization(module, "weight", SpectralNorm(module.weight))


def refresh(network: nn.Module, steps: int = 1) -> None:
    """Bring the singular vectors of all normalised weights of a network up to date."""
    for module in network.modules():
        if isinstance(module, parametrize.ParametrizationList) and isinstance(module[0], SpectralNorm):
            for _ in range(steps):
                module[0].iterate(module.original)
