"""Annealed importance sampling from the prior of a code to its posterior, and back.

Distributions f_b(z) = p(z) p(x | z)^b lead from the prior (b = 0) to the posterior times p(x) (b = 1). A chain begins at a
draw from the prior, gains the log weight (b' - b) log p(x | z) with each step of b and then moves by a Hamiltonian
transition that leaves f_b' invariant. The mean weight is an unbiased estimate of p(x) (Neal 2001), so its logarithm is in
expectation a lower bound of log p(x) (Wu et al. 2017). A chain that begins at a draw from the posterior and goes back
gives an unbiased estimate of 1 / p(x), and with it an upper bound; such a draw is known where x was simulated: it is the
code that x was made from (bidirectional Monte Carlo, Grosse et al. 2015).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from genbench.draws import Draws

LEAPFROG_STEPS = 10
"""Of a Hamiltonian transition (Wu et al. 2017)."""
ACCEPTANCE = 0.8
"""The share of accepted transitions that step sizes are brought to."""
SHORTEST = 0.2
"""Each transition is drawn to be so many times as long as it may be, or longer: chains whose transitions are all of one
length may run in circles (Neal 2011)."""
FIRST_STEP, STEP_RATE = 0.2, 0.2
"""The first step size, and how fast its logarithm follows the acceptance."""
PILOT_CHAINS = 2


class Decoder(Protocol):
    """A code z (n, latent) with a prior, and examples x (n, *shape) given it. Densities (n,) in nats have gradients."""

    def codes(self, n: int, draws: Draws) -> Tensor:
        """Codes drawn from the prior (n, latent)."""

    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z)."""

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x | z)."""


@dataclass(frozen=True)
class Annealing:
    """So many chains an example, over so many steps of the inverse temperature b."""

    decoder: Decoder
    chains: int
    temperatures: int

    def lower_bound(self, x: Tensor, steps: Tensor, draws: Draws) -> Tensor:
        """Estimates of log p(x) (n,), float64, whose expectation is no larger; with :meth:`step_sizes` for x."""
        chains = Chains(self.decoder, x, self.decoder.codes(self.chains * len(x), draws))
        log_weights = chains.anneal(self.betas(), steps, draws)
        return log_weights.logsumexp(0) - math.log(self.chains)

    def upper_bound(self, x: Tensor, z: Tensor, steps: Tensor, draws: Draws) -> Tensor:
        """Estimates of log p(x) (n,), float64, whose expectation is no smaller, of examples x that were made of codes z."""
        chains = Chains(self.decoder, x, z.repeat(self.chains, 1))
        log_weights = chains.anneal(self.betas().flip(0), steps.flip(0), draws)
        return math.log(self.chains) - log_weights.logsumexp(0)

    def betas(self) -> Tensor:
        """0, ..., 1 (temperatures + 1,), closest at both ends: a sigmoid between -4 and 4, stretched (Wu et al. 2017)."""
        sigmoid = torch.linspace(-4, 4, self.temperatures + 1, dtype=torch.float64).sigmoid()
        return (sigmoid - sigmoid[0]) / (sigmoid[-1] - sigmoid[0])

    def step_sizes(self, x: Tensor, draws: Draws) -> Tensor:
        """Of each transition and example (temperatures - 1, n), found by chains of their own. Weights are unbiased only if
        the step sizes of their chains do not depend on those chains."""
        pilot = Chains(self.decoder, x, self.decoder.codes(PILOT_CHAINS * len(x), draws))
        return torch.stack(list(pilot.adapt(self.betas(), draws)))


class Chains:
    """Hamiltonian Monte Carlo chains, some for each example: codes z (chains * n, latent), all of the first chain first."""

    def __init__(self, decoder: Decoder, x: Tensor, z: Tensor) -> None:
        self.decoder, self.n, self.z = decoder, len(x), z
        self.x = x.repeat(len(z) // len(x), *[1] * (x.dim() - 1))

    def anneal(self, betas: Tensor, steps: Tensor, draws: Draws) -> Tensor:
        """The log weights (chains, n), float64, of going through ``betas`` with the step sizes (len(betas) - 2, n)."""
        log_weights = torch.zeros(len(self.z), dtype=torch.float64, device=self.z.device)
        for index, (before, beta) in enumerate(zip(betas[:-1].tolist(), betas[1:].tolist(), strict=True)):
            with torch.no_grad():
                log_weights += (beta - before) * self.decoder.log_likelihood(self.x, self.z).double()
            if index < len(steps):
                self.transition(beta, steps[index], draws)
        return log_weights.reshape(-1, self.n)

    def adapt(self, betas: Tensor, draws: Draws) -> Iterator[Tensor]:
        """The step sizes (n,) at each beta between the ends, made larger where more transitions are accepted than wanted."""
        step = torch.full((self.n,), FIRST_STEP, device=self.z.device)
        for beta in betas[1:-1].tolist():
            yield step
            accepted = self.transition(beta, step, draws)
            step = step * torch.exp(STEP_RATE * (accepted - ACCEPTANCE))

    def transition(self, beta: float, step: Tensor, draws: Draws) -> Tensor:
        """One transition that leaves p(z) p(x | z)^beta invariant (Neal 2011); the mean acceptance probability of each
        example's chains (n,)."""
        size = step.repeat(len(self.z) // self.n).unsqueeze(1) * self.shortened(draws)
        momentum = draws.normal(*self.z.shape)
        before, slope = self.log_density(self.z, beta)
        before, z = before - 0.5 * momentum.square().sum(1), self.z
        momentum = momentum + 0.5 * size * slope
        for leap in range(LEAPFROG_STEPS):
            z = z + size * momentum
            after, slope = self.log_density(z, beta)
            momentum = momentum + (0.5 if leap == LEAPFROG_STEPS - 1 else 1.0) * size * slope
        ratio = (after - 0.5 * momentum.square().sum(1) - before).clamp(max=0).exp().nan_to_num(0.0)
        self.z = torch.where((draws.uniform(len(z)) < ratio).unsqueeze(1), z, self.z)
        return ratio.reshape(-1, self.n).mean(0)

    def shortened(self, draws: Draws) -> Tensor:
        """Factors on the step sizes (chains * n, 1), whatever the codes are."""
        return SHORTEST + (1 - SHORTEST) * draws.uniform(len(self.z), 1)

    def log_density(self, z: Tensor, beta: float) -> tuple[Tensor, Tensor]:
        """log p(z) + beta log p(x | z) of each code (chains * n,), and its gradient by the code."""
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            value = self.decoder.log_prior(z) + beta * self.decoder.log_likelihood(self.x, z)
            (gradient,) = torch.autograd.grad(value.sum(), z)
        return value.detach(), gradient
