"""Draws: the only source of randomness in a model's capabilities (and, in training, in its losses)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from torch import Tensor


class Draws:
    """Random tensors from one seed; the same seed gives the same tensors."""

    def __init__(self, seed: int, device: str = "cpu") -> None:
        self.device = device
        self.generator = torch.Generator(device).manual_seed(seed % 2**63)

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers."""
        return torch.randn(shape, generator=self.generator, device=self.device)

    def uniform(self, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1)."""
        return torch.rand(shape, generator=self.generator, device=self.device)

    def integers(self, high: int, *shape: int) -> Tensor:
        """Integers 0, ..., high - 1, each as likely."""
        return torch.randint(high, shape, generator=self.generator, device=self.device)

    def bernoulli(self, probability: Tensor) -> Tensor:
        """Zeros and ones, float32, of the shape of ``probability``."""
        return (self.uniform(*probability.shape) < probability).float()

    def categorical(self, probabilities: Tensor, n: int) -> Tensor:
        """n indices (n,) drawn with weights ``probabilities`` (k,), which need not sum to one."""
        return torch.multinomial(probabilities, n, replacement=True, generator=self.generator)

    def permutation(self, n: int) -> Tensor:
        """0, ..., n - 1 in random order."""
        return torch.randperm(n, generator=self.generator, device=self.device)

    def numpy(self) -> np.random.Generator:
        """A NumPy generator for libraries that want one; it takes its seed from these draws."""
        return np.random.default_rng(int(self.integers(2**62, 1)))
