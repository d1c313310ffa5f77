"""Whether what a model gives for a log-likelihood can be one: normalised, and of each example by itself.

A density p integrates to 1, so that E_q[p(x) / q(x)] is at most 1 for draws of any distribution q with a known density. If
numbers are not negative and have a mean of at most 1, so has the product of 1 + b (p / q - 1) with 0 < b < 1, and that it is
a million or more has a probability of at most one in a million (Ville 1939; Waudby-Smith & Ramdas 2024). So what is no
density is found without an assumption on how p / q is distributed, and a sound one is not taken for it, in 64 dimensions
neither: where q is little like p, nearly all ratios are 0, the product is small, and nothing is said.

That a density integrates to less than 1 is told where that is certain: over all states if they are few, and in one and two
dimensions, where a grid and the model's own samples must both say so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp

from genbench.data.spec import DataSpec
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.proposal import Proposal, value_counts
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    LogDensity = Callable[[NDArray[Any]], Floats]

DRAWS = 1000
"""Draws of q, a model."""
OWN_SAMPLES, EXAMPLES = 200, 200
"""Of the model, and validation examples, that q is like."""
FEWEST = 8
FALSE_ALARM = 1e-6
BETS = np.array([0.003, 0.01, 0.03, 0.1, 0.3, 0.7, 0.99])
MOST = 1.1
"""Integrals up to this are not told from 1: numbers in 32 bits are rounded."""
STATES = 4096
"""So many states, at most, are added up."""
EXACT = 0.01
"""By how much a sum over all states may be off."""
GRID = {1: 1024, 2: 48}
"""Points a side of each of four grids that lie between one another."""
AGREEMENT, LEAST = 0.05, 0.8
"""By how much, relatively, the four may differ if they are fine enough, and below which integral a fault is told."""
LARGEST_EXPONENT = 700
"""Of what a double holds, in nats."""
BATCH = 10
BATCH_TOLERANCE = 1e-2, 1e-3
"""Absolute and relative, by which an example's log density may differ between batches by rounding."""


def density_fault(context: EvaluationContext, log_q: Floats) -> str:
    """Return in a few words why ``log_prob`` is no log density; "" if nothing speaks against it.

    log_q  (models, n): what the context's distinct models gave for the test examples.
    """
    for fitted, of_model in zip(context.distinct, log_q, strict=True):
        fault = batch_fault(fitted, context.test_subset.x, of_model)
        if fault := fault or _integral_fault(context, fitted, lambda own, x: own.log_prob(x, "plausibility"), DRAWS):
            return f"log_prob {fault}"
    return ""


def bound_fault(context: EvaluationContext, k: int) -> str:
    """Return in a few words why ``log_prob_bound`` with k samples is no lower bound of a log density; "" if nothing speaks
    against it: the exponential of one has a mean, over its draws, that is no larger than the density."""
    draws = DRAWS if k == 1 else DRAWS // 4
    for fitted in context.distinct:
        fault = _integral_fault(
            context, fitted, lambda own, x: own.log_prob_bound(x, k, "plausibility"), draws, exact=False
        )
        if fault:
            return f"log_prob_bound {fault}"
    return ""


def batch_fault(fitted: Fitted, x: NDArray[Any], log_q: Floats) -> str:
    """Return by how much the log densities (n,) of examples ``x`` depend on what else is in a batch; "" if they do not."""
    few = min(BATCH, len(x) // 2)
    if few == 0:
        return ""
    absolute, relative = BATCH_TOLERANCE

    def furthest(one: Floats, other: Floats) -> float:
        known = np.isfinite(one) & np.isfinite(other)
        gaps = np.abs(one[known] - other[known])
        return float(np.max(gaps - relative * np.abs(one[known]), initial=0.0))

    gap = furthest(fitted.log_prob(x[:few]), log_q[:few])
    # One that is random differs from call to call, which is another matter.
    if gap <= absolute or furthest(fitted.log_prob(x), log_q) > absolute:
        return ""
    return f"of an example depends on the other examples in its batch, by {gap:.3g} nats"


def _integral_fault(
    context: EvaluationContext,
    fitted: Fitted,
    ask: Callable[[Fitted, NDArray[Any]], Floats],
    draws: int,
    exact: bool = True,
) -> str:
    task = _Task.of(context, fitted, ask, draws)
    return next((fault for fault in task.faults(exact) if fault), "") if task else ""


@dataclass(frozen=True)
class _Task:
    """A log density in the model's own space, proposals that are like the model there, and the model's samples (n, *shape).

    The samples are none if it has no ``sample``. The last proposal knows none of them, so that a model whose samples are
    nowhere near its density is found out, too.
    """

    data: DataSpec
    log_density: LogDensity
    proposals: tuple[Proposal, ...]
    samples: NDArray[np.float32]
    examples: NDArray[np.float32]
    draws: int

    @classmethod
    def of(
        cls, context: EvaluationContext, fitted: Fitted, ask: Callable[[Fitted, NDArray[Any]], Floats], draws: int
    ) -> _Task | None:
        """None with too few examples."""
        own = Fitted(
            fitted.model, replace(fitted.data, levels=None) if fitted.dequantised else fitted.data, fitted.seed,
            fitted.device,
        )  # fmt: skip
        examples = fitted.placed(context.validation.x[:EXAMPLES], "plausibility")
        samples = _samples_of(own)
        rng = np.random.default_rng(derive_seed("plausibility", context.data.name))
        like = [np.concatenate([samples[:OWN_SAMPLES], examples])] * (len(samples) > 0) + [examples]
        proposals = tuple(Proposal(x[rng.permutation(len(x))], own.data) for x in like if len(x) >= FEWEST)
        return cls(own.data, lambda x: ask(own, x), proposals, samples, examples, draws) if proposals else None

    def faults(self, exact: bool) -> Iterator[str]:
        """Yield what is wrong, or "" for a check that found nothing or could not be made: where a model cannot be asked, far
        from the data, nothing is known of it."""
        for check in self._checks(exact):
            try:
                yield check()
            except (Exception, SystemExit):  # whatever the model raises
                yield ""

    def _checks(self, exact: bool) -> Iterator[Callable[[], str]]:
        counts = value_counts(self.data)
        states = math.prod(map(int, counts)) if counts.all() and len(counts) <= math.log2(STATES) else 0
        if exact and 0 < states <= STATES:
            yield partial(self._sum_over_states, counts)
            return
        for place, proposal in enumerate(self.proposals):
            yield partial(self._too_much, proposal, self.draws // (1 + place), "sums" if counts.all() else "integrates")
        if exact and self.data.dim in GRID and self.data.support == "real" and len(self.samples):
            yield self._too_little

    def _sum_over_states(self, counts: NDArray[np.int64]) -> str:
        """Return what the masses of all states add up to; "" if that is 1."""
        steps = 1 if self.data.levels is None else self.data.levels - 1
        states = np.array(list(product(*map(range, counts))), dtype=np.float32) / steps
        total = float(logsumexp(self.log_density(states.reshape(-1, *self.data.shape))))
        return _told("sums", total) if abs(math.expm1(min(total, 1.0))) > EXACT else ""

    def _too_much(self, proposal: Proposal, draws: int, what: str) -> str:
        """Return how much more than 1 the density integrates to; "" if the proposal's draws do not say so."""
        x = proposal.sample(draws, np.random.default_rng(derive_seed("plausibility", self.data.name, "q")))
        ratios = self.log_density(x) - proposal.log_density(x)
        certain = log_evidence(ratios - math.log(MOST)) > -math.log(FALSE_ALARM)
        return _told(what, float(logsumexp(ratios)) - math.log(len(ratios))) if certain else ""

    def _too_little(self) -> str:
        """Return how much less than 1 the density integrates to; "" unless a grid and own samples both say so."""
        others = self.samples[OWN_SAMPLES:]
        ratios = self.proposals[0].log_density(others) - self.log_density(others)
        if log_evidence(ratios - math.log(MOST)) <= -math.log(FALSE_ALARM):
            return ""
        total = self._integral()
        return _told("integrates", math.log(total)) if total is not None and total < LEAST else ""

    def _integral(self) -> float | None:
        """Return the integral over a wide box around samples and examples, by four grids; None if they are too coarse."""
        rows = np.concatenate([self.samples, self.examples]).reshape(-1, self.data.dim).astype(np.float64)
        low, width = rows.min(axis=0), np.ptp(rows, axis=0)
        side = GRID[self.data.dim]
        totals = []
        for offset in ((0.2,), (0.4,), (0.6,), (0.8,)) if self.data.dim == 1 else product((0.25, 0.75), repeat=2):
            axes = [
                (low[j] - width[j]) + 3 * width[j] * (np.arange(side) + offset[j]) / side for j in range(self.data.dim)
            ]
            points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, *self.data.shape)
            totals.append(np.exp(self.log_density(points.astype(np.float32))).sum() * np.prod(3 * width / side))
        mean = float(np.mean(totals))
        return mean if 0 < mean < math.inf and np.ptp(totals) < AGREEMENT * mean else None


def _samples_of(own: Fitted) -> NDArray[np.float32]:
    """Return samples (n, *shape); none of a model that has none to give."""
    try:
        return own.sample(2 * OWN_SAMPLES, "plausibility")
    except (Exception, SystemExit):  # whatever the model raises; other evaluations tell it
        return np.empty((0, *own.data.shape), dtype=np.float32)


def log_evidence(log_ratios: Floats) -> float:
    """Return the log of an e-value against independent ratios (n,) that are not negative having a mean of at most 1: if they
    have, it is x or more with a probability of at most exp(-x)."""
    bets = np.logaddexp(np.log1p(-BETS)[:, None], np.log(BETS)[:, None] + log_ratios)
    return float(logsumexp(bets.sum(axis=1)) - math.log(len(BETS)))


def _told(what: str, log_total: float) -> str:
    readable = abs(log_total) < LARGEST_EXPONENT
    total = f"{math.exp(log_total):.2g}" if readable else f"1e{log_total / math.log(10):.0f}"
    return f"{what} to about {total}, not 1"
