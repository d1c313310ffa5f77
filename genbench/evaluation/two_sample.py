"""Two-sample tests: can generated examples be told from real ones at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import binomtest

from genbench.evaluation.judge import support_vector_machine
from genbench.evaluation.neighbours import nearest_others
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERMUTATIONS = 999


class TwoSampleTest(NamedTuple):
    """Share of examples that were told right, 1/2 on average if the distributions are equal, and the p-value of that."""

    accuracy: float
    p_value: float


def classifier_test(real: NDArray[np.float64], fake: NDArray[np.float64]) -> TwoSampleTest:
    """Lopez-Paz & Oquab 2017: a classifier trained on one half of both sets (n, d) is tested on the other, n >= 4.

    The classifier is :func:`support_vector_machine`. The p-value is exact: the chance that a coin is right as often.
    """
    half = len(real) // 2
    train, test = np.concatenate([real[:half], fake[:half]]), np.concatenate([real[half:], fake[half:]])
    machine = support_vector_machine().fit(train, np.repeat([0, 1], half))
    truth = np.repeat([0, 1], [len(real) - half, len(fake) - half])
    right = int((machine.predict(test) == truth).sum())
    return TwoSampleTest(right / len(test), float(binomtest(right, len(test), alternative="greater").pvalue))


def neighbour_test(real: NDArray[np.float64], fake: NDArray[np.float64]) -> TwoSampleTest:
    """Whether the nearest of all other examples is of the same set (Schilling 1986; Xu et al. 2018), both sets (n, d).

    Above 1/2 the sets keep apart; below it, generated examples sit on the real ones. The p-value, of being apart, is that
    of a permutation test: neighbours stay, labels are shuffled.
    """
    rng = np.random.default_rng(derive_seed("neighbour_test", len(real), len(fake)))
    order = rng.permutation(
        len(real) + len(fake)
    )  # of equally near ones the first is taken: any of them, in this order
    neighbour = nearest_others(np.concatenate([real, fake])[order], np.arange(len(order)))
    labels = np.repeat([0, 1], [len(real), len(fake)])[order]
    agreed = np.count_nonzero(labels == labels[neighbour])
    shuffled = (rng.permutation(labels) for _ in range(PERMUTATIONS))
    as_extreme = sum(np.count_nonzero(s == s[neighbour]) >= agreed for s in shuffled)
    return TwoSampleTest(agreed / len(labels), (1 + as_extreme) / (1 + PERMUTATIONS))


def combined(p_values: list[float]) -> float:
    """One p-value of several tests against the same real examples, however they depend: twice their median (Rüger
    1978); of a single test its own."""
    return p_values[0] if len(p_values) == 1 else min(1.0, 2 * float(np.median(p_values)))
