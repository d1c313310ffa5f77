"""Derivatives that work inside a loss, also where seeds are stacked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


def input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient (n, *shape) of each output of ``function``, (n, *shape) -> (n,), by its own input.

    For penalties and scores. It can be differentiated again, by parameters too. ``torch.autograd.grad`` would not work
    under ``torch.func.vmap``; examples must not influence each other (no batch normalisation in training mode).
    """
    gradient: Tensor = torch.func.grad(lambda inputs: function(inputs).sum())(x)
    return gradient
