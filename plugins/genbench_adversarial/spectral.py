"""Spectral normalisation that can be stacked over seeds."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

FIRST_STEPS = 15
"""Of power iteration when the layer is made, as in PyTorch."""


class SpectralNorm(nn.Module):
    """A weight over its largest singular value, by one step of power iteration a call in training (Miyato et al. 2018,
    algorithm 1).

    PyTorch's own replaces its buffers with ``out=``, which ``torch.func.vmap`` does not take; this one copies into them.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        matrix = weight.detach().flatten(1)
        self.register_buffer("u", normalize(torch.randn(matrix.shape[0]), dim=0))
        self.register_buffer("v", normalize(torch.randn(matrix.shape[1]), dim=0))
        for _ in range(FIRST_STEPS):
            self._iterate(matrix)

    def forward(self, weight: Tensor) -> Tensor:
        matrix = weight.flatten(1)
        if self.training:
            self._iterate(matrix.detach())
        return weight / (self.u.clone() @ matrix @ self.v.clone())

    def _iterate(self, matrix: Tensor) -> None:
        self.v.copy_(normalize(self.u @ matrix, dim=0))
        self.u.copy_(normalize(matrix @ self.v, dim=0))
