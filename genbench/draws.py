"""Draws: the only source of randomness in a model's losses and capabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import torch

if TYPE_CHECKING:
    from torch import Tensor


class Request(NamedTuple):
    """One random tensor that was asked for."""

    kind: Literal["normal", "uniform", "integers", "permutation"]
    shape: tuple[int, ...]
    high: int = 0


def random_tensor(request: Request, generator: torch.Generator) -> Tensor:
    """The tensor of a request, on the generator's device."""
    tensor = empty(request, (), generator.device)
    fill(tensor, request, generator)
    return tensor


def empty(request: Request, before: tuple[int, ...], device: torch.device | str) -> Tensor:
    """Room for tensors of a request: (*before, *shape)."""
    dtype = torch.float32 if request.kind in ("normal", "uniform") else torch.int64
    return torch.empty((*before, *request.shape), dtype=dtype, device=device)


def fill(tensor: Tensor, request: Request, generator: torch.Generator) -> None:
    """Draw one tensor of a request or several, (..., *shape), in place."""
    if request.kind == "normal":
        tensor.normal_(generator=generator)
    elif request.kind == "uniform":
        tensor.uniform_(generator=generator)
    elif request.kind == "integers":
        tensor.random_(0, request.high, generator=generator)
    else:
        for row in tensor.view(-1, request.high):
            torch.randperm(request.high, generator=generator, out=row)


class Draws:
    """Random tensors from one seed; the same seed gives the same tensors."""

    def __init__(self, seed: int, device: str = "cpu") -> None:
        self.generator = torch.Generator(device).manual_seed(seed % 2**63)

    def take(self, request: Request) -> Tensor:
        """The tensor of a request; what all other methods are made of."""
        return random_tensor(request, self.generator)

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers."""
        return self.take(Request("normal", shape))

    def uniform(self, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1)."""
        return self.take(Request("uniform", shape))

    def integers(self, high: int, *shape: int) -> Tensor:
        """Integers 0, ..., high - 1, each as likely."""
        return self.take(Request("integers", shape, high))

    def permutation(self, n: int) -> Tensor:
        """0, ..., n - 1 in random order."""
        return self.take(Request("permutation", (n,), n))

    def bernoulli(self, probability: Tensor) -> Tensor:
        """Zeros and ones, float32, of the shape of ``probability``."""
        return (self.uniform(*probability.shape) < probability).float()

    def categorical(self, probabilities: Tensor, n: int) -> Tensor:
        """n indices (n,) drawn with weights ``probabilities`` (k,), which need not sum to one."""
        cumulative = probabilities.cumsum(0)
        return (self.uniform(n, 1) * cumulative[-1] >= cumulative[:-1]).sum(1)

    def numpy(self) -> np.random.Generator:
        """A NumPy generator for libraries that want one; it takes its seed from these draws."""
        return np.random.default_rng(int(self.integers(2**62, 1)))
