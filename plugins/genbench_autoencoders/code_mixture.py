"""A Gaussian mixture over codes, kept in buffers so that it is saved with a model and trained seeds can be stacked."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from torch import Tensor, nn

from genbench import Draws, ModelError

RIDGE = 1e-6
"""Added to the variances of standardised codes (scikit-learn's default)."""


class CodeMixture(nn.Module):
    """Full covariances, fitted by scikit-learn's EM to standardised codes after training (Ghosh et al. 2020)."""

    weights: Tensor
    means: Tensor
    factors: Tensor

    def __init__(self, components: int, latent: int) -> None:
        super().__init__()
        self.register_buffer("weights", torch.ones(components))
        self.register_buffer("means", torch.zeros(components, latent))
        self.register_buffer("factors", torch.eye(latent).repeat(components, 1, 1))

    def fit(self, codes: Tensor, seed: int) -> None:
        """Codes (n, latent). With fewer than ``components`` of them, as many components as codes."""
        values = codes.double().cpu().numpy()
        if len(values) < 2:
            raise ModelError(f"needs 2 training examples or more to fit a mixture to their codes, given {len(values)}")
        shift, scale = values.mean(axis=0), values.std(axis=0)
        scale[scale == 0] = 1
        used = min(len(self.weights), len(values))
        mixture = GaussianMixture(used, reg_covar=RIDGE, random_state=seed % 2**32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct codes than components
            mixture.fit((values - shift) / scale)
        self.weights.zero_()[:used] = torch.as_tensor(mixture.weights_)
        self.means[:used] = torch.as_tensor(shift + scale * mixture.means_)
        self.factors[:used] = torch.as_tensor(scale[:, None] * np.linalg.cholesky(mixture.covariances_))

    def sample(self, n: int, draws: Draws) -> Tensor:
        """(n, latent)."""
        component = draws.categorical(self.weights, n)
        noise = draws.normal(n, self.means.shape[1])
        return self.means[component] + torch.einsum("nij,nj->ni", self.factors[component], noise)
