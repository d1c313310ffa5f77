"""The best checkpoint of each seed, by the model's criterion on validation examples, and when a seed has waited too long."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class Best:
    """For each seed the lowest criterion so far, the parameters it came with, and the validations since then."""

    def __init__(self, seeds: int, patience: int | None) -> None:
        self.patience = patience
        self.values = [math.inf] * seeds
        self.waits = [0] * seeds
        self.rows: dict[int, dict[str, Tensor]] = {}

    def judge(self, seed: int, value: float, tensors: dict[str, Tensor]) -> bool:
        """Take note of a seed's criterion, which came of its row of the tensors (seeds, *shape); a value that is not finite
        is no improvement. Returns whether the seed's patience has come to its end."""
        if value < self.values[seed]:
            self.values[seed], self.waits[seed] = value, 0
            self.rows[seed] = row_of(tensors, seed)
        else:
            self.waits[seed] += 1
        return self.patience is not None and self.waits[seed] >= self.patience


def row_of(tensors: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
    """A copy of one seed's tensors (*shape)."""
    return {name: tensor[seed].clone() for name, tensor in tensors.items()}
