"""Exponential moving average of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


class MovingAverage:
    """a <- d a + (1 - d) p after each step, from a = p at the start, with d = min(decay, (1 + t) / (10 + t)) after t steps.

    The decay grows to its value, so that a short training is not averaged with its initialisation.
    """

    def __init__(self, parameters: dict[str, Tensor], decay: float) -> None:
        self.decay = decay
        self.average = {name: parameter.detach().clone() for name, parameter in parameters.items()}
        self._pairs = list(self.average.values()), [parameter.detach() for parameter in parameters.values()]

    def update(self, step: int) -> None:
        average, parameters = self._pairs
        torch._foreach_lerp_(average, parameters, 1 - min(self.decay, (1 + step) / (10 + step)))
