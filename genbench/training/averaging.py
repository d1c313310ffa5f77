"""Exponential moving average of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.modules.batchnorm import _NormBase

if TYPE_CHECKING:
    from torch import nn

    from genbench.training.steps import Trainer

STATISTICS = ("running_mean", "running_var")


class MovingAverage:
    """a <- d a + (1 - d) p after each step, from a = p at the start, with d = min(decay, (1 + t) / (10 + t)) after t steps.

    The decay grows to its value, so that a short training is not averaged with its initialisation. Averaged are all
    parameters and the running statistics of normalisation layers, since those of the last parameters are not the average's.
    """

    def __init__(self, trainer: Trainer, decay: float) -> None:
        self.decay, self._trainer = decay, trainer
        parameters = trainer.parameters_by_name()
        self._statistics = running_statistics(trainer.skeleton)
        tensors = trainer.tensors()
        self.average = {name: tensors[name].clone() for name in (*parameters, *self._statistics)}
        self._pairs = [self.average[name] for name in parameters], [value.detach() for value in parameters.values()]

    def update(self, step: int) -> None:
        share = 1 - min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(*self._pairs, share)
        if self._statistics:  # unlike parameters, buffers may be other tensors after a step
            tensors = self._trainer.tensors()
            for name in self._statistics:
                self.average[name].lerp_(tensors[name], share)


def running_statistics(model: nn.Module) -> list[str]:
    """Return the names of the buffers in which normalisation layers keep the mean and variance of their inputs."""
    return [
        f"{place}.{name}".lstrip(".")
        for place, module in model.named_modules()
        if isinstance(module, _NormBase)
        for name in STATISTICS
        if getattr(module, name) is not None
    ]
