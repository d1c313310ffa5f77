"""What all models with a latent code z, a prior p(z) and a likelihood p(x | z) have in common."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genbench import DataSpec, Draws
from genbench.training import NeuralModel, Objective, Optimizer
from genbench_autoencoders.likelihoods import Likelihood

LARGEST_CHUNK = 2_000_000
"""Numbers that a decoder may put out at once while a bound is computed."""


class LatentVariableModel(NeuralModel):
    """Trained by a loss that is its own criterion on the validation split; evaluated by importance sampling.

    A subclass defines ``loss`` and the abstract methods; ``likelihood`` and ``decoder`` are set in its constructor.
    """

    likelihood: Likelihood
    decoder: nn.Module
    ema_decay = 0.999

    def __init__(self, data: DataSpec, lr: float) -> None:
        super().__init__(data)
        self.lr = lr

    @abstractmethod
    def loss(self, x: Tensor, y: Tensor | None, draws: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        """What is minimised (a scalar, in nats an example), and its terms."""

    @abstractmethod
    def log_weights(self, rows: Tensor, draws: Draws, k: int) -> Tensor:
        """log p(x | z) + log p(z) - log q(z | x) for k codes z of each example, drawn from q(z | x). (n, d) -> (k, n)"""

    @abstractmethod
    def posterior_code(self, rows: Tensor, draws: Draws) -> Tensor:
        """A code of each example, drawn from q(z | x). (n, d) -> (n, latent)"""

    @abstractmethod
    def prior_code(self, n: int, draws: Draws) -> Tensor:
        """Codes drawn from the prior. (n, latent)"""

    def objectives(self) -> Sequence[Objective]:
        return [Objective("loss", self.loss, optimizer=Optimizer(lr=self.lr))]

    def criterion(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        return self.loss(x, y, draws)[0]

    def log_prob_bound(self, x: Tensor, draws: Draws, k: int) -> Tensor:
        """log of the mean of k importance weights (n,): a lower bound on log p(x) in expectation, which does not fall as
        k grows (Burda et al. 2016, theorem 1); k = 1 is the evidence lower bound."""
        rows = x.flatten(1)
        total = torch.full((len(x),), -math.inf, device=x.device)
        for size in chunks(k, LARGEST_CHUNK // max(1, rows.numel() * self.likelihood.maps)):
            total = torch.logaddexp(total, self.log_weights(rows, draws, size).logsumexp(0))
        return total - math.log(k)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        return self.sample_given(self.prior_code(n, draws), draws)

    def sample_given(self, z: Tensor, draws: Draws) -> Tensor:
        """An example (n, *shape) drawn from p(x | z) for each code (n, latent)."""
        return self.likelihood.sample(self.decoder(z), draws).unflatten(1, self.data.shape)

    def reconstruct(self, x: Tensor, draws: Draws) -> Tensor:
        """The likelihood's mean (n, *shape), given a code drawn from q(z | x)."""
        output = self.decoder(self.posterior_code(x.flatten(1), draws))
        return self.likelihood.mean(output).unflatten(1, self.data.shape)


def chunks(total: int, largest: int) -> list[int]:
    """``total`` as a sum of chunks no larger than ``largest``, and at least 1."""
    size = max(1, min(total, largest))
    return [size] * (total // size) + ([total % size] if total % size else [])
