"""The batches and draws of one seed: the same whether the seed is trained alone or among others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from genbench.draws import Request
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from torch import Tensor

CHUNK_NUMBERS = 2_000_000
"""Random numbers that are drawn ahead at once, at most, unless a single step needs more."""
LONGEST_CHUNK = 64


def chunk_length(requests: Sequence[Request]) -> int:
    """For how many steps numbers are drawn ahead; depends on one seed's requests alone."""
    numbers = sum(torch.Size(request.shape).numel() for request in requests)
    return max(1, min(LONGEST_CHUNK, CHUNK_NUMBERS // max(1, numbers)))


class SeedStream:
    """An endless stream of batches and draws.

    Batches are consecutive parts of one random permutation of the training set after another, so that every example is
    seen equally often.
    """

    def __init__(self, seed: int, examples: int, device: str) -> None:
        self.examples = examples
        self.order = torch.Generator("cpu").manual_seed(derive_seed(seed, "batches"))
        self.draws = torch.Generator(device).manual_seed(derive_seed(seed, "draws"))
        self.rest = torch.empty(0, dtype=torch.int64)

    def batches(self, count: int, size: int) -> Tensor:
        """The next batches (count, size), as indices of training examples."""
        parts, have = [self.rest], len(self.rest)
        while have < count * size:
            parts.append(torch.randperm(self.examples, generator=self.order))
            have += self.examples
        stream = torch.cat(parts)
        self.rest = stream[count * size :].clone()
        return stream[: count * size].view(count, size)

    def state(self) -> dict[str, Tensor]:
        return {"order": self.order.get_state(), "draws": self.draws.get_state(), "rest": self.rest}

    def restore(self, state: dict[str, Tensor]) -> None:
        self.order.set_state(state["order"].cpu())
        self.draws.set_state(state["draws"].cpu())
        self.rest = state["rest"].cpu()
