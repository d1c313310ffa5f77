"""f-GAN: the variational bound on an f-divergence (Nowozin, Cseke & Tomioka 2016)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from genbench import DataSpec
from genbench_adversarial.adversarial import Adversarial

SMALLEST_RATIO = 1e-6
"""Of densities that a logarithm is taken of."""


class Divergence(NamedTuple):
    """By the discriminator's output v: the variational function T = g(v), its conjugate f*(T), and the estimate of
    log p(x) - log p_g(x) that T amounts to where it is best, T = f'(p / p_g). Each (n,) -> (n,)."""

    function: Callable[[Tensor], Tensor]
    conjugate: Callable[[Tensor], Tensor]
    log_odds: Callable[[Tensor], Tensor]


def _same(v: Tensor) -> Tensor:
    return v


DIVERGENCES = {
    "kl": Divergence(_same, lambda v: torch.exp(v - 1), lambda v: v - 1),
    "reverse_kl": Divergence(lambda v: -torch.exp(-v), lambda v: v - 1, _same),
    "pearson": Divergence(
        _same, lambda v: v.square() / 4 + v, lambda v: (1 + v / 2).clamp(min=SMALLEST_RATIO).log()
    ),
    "hellinger": Divergence(lambda v: -torch.expm1(-v), torch.expm1, lambda v: 2 * v),
    "jensen_shannon": Divergence(
        lambda v: math.log(2) - softplus(-v), lambda v: softplus(v) - math.log(2), _same
    ),
}  # fmt: skip
"""The output activations and conjugates of the paper (its table 6), with T put into f*. ``kl`` is KL(p, p_g),
``reverse_kl`` is KL(p_g, p), ``pearson`` is E_{p_g} (p / p_g - 1)^2, ``hellinger`` the integral of
(sqrt p - sqrt p_g)^2, ``jensen_shannon`` twice the usual divergence."""


class FGAN(Adversarial):
    """The discriminator maximises E T(x) - E f*(T(G(z))), a lower bound on D_f(p, p_g); the generator minimises it.

    divergence      which f.
    non_saturating  the generator maximises E T(G(z)) instead.
    """

    def __init__(
        self,
        data: DataSpec,
        *,
        divergence: Literal["kl", "reverse_kl", "pearson", "hellinger", "jensen_shannon"] = "reverse_kl",
        non_saturating: bool = False,
        **inherited: Any,
    ) -> None:
        super().__init__(data, **inherited)
        self.divergence, self.non_saturating = DIVERGENCES[divergence], non_saturating

    def loss_on_real(self, output: Tensor) -> Tensor:
        return -self.divergence.function(output)

    def loss_on_generated(self, output: Tensor) -> Tensor:
        return self.divergence.conjugate(output)

    def loss_of_generator(self, output: Tensor) -> Tensor:
        return -(self.divergence.function if self.non_saturating else self.divergence.conjugate)(output)

    def log_odds(self, output: Tensor) -> Tensor:
        return self.divergence.log_odds(output)
