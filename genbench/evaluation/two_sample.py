"""Two-sample tests: can generated examples be told from real ones at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import binomtest

from genbench.evaluation.intervals import means_less_each_group
from genbench.evaluation.judge import support_vector_machine
from genbench.evaluation.neighbours import random_nearest_others
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERMUTATIONS = 999
GROUPS = 10


class TwoSampleTest(NamedTuple):
    """Share of examples that were told right, 1/2 on average if the distributions are equal, and the p-value of that.

    without_real, without_fake  (G,), the share when each of G groups of the real or of the generated examples is left out;
                                of the classifier alone, for which groups are nothing to each other.
    """

    accuracy: float
    p_value: float
    without_real: NDArray[np.float64] = np.empty(0)
    without_fake: NDArray[np.float64] = np.empty(0)


def classifier_test(real: NDArray[np.float64], fake: NDArray[np.float64], groups: int = GROUPS) -> TwoSampleTest:
    """Lopez-Paz & Oquab 2017: a classifier trained on one half of both sets (n, d) is tested on the other, n >= 4.

    The classifier is :func:`support_vector_machine`. The p-value is exact: the chance that a coin is right as often.
    Groups are of the tested halves; the classifier stays as it is.
    """
    half = len(real) // 2
    train, test = np.concatenate([real[:half], fake[:half]]), np.concatenate([real[half:], fake[half:]])
    machine = support_vector_machine().fit(train, np.repeat([0, 1], half))
    told = np.stack(np.split(machine.predict(test), 2)) == [[0], [1]]
    p_value = float(binomtest(int(told.sum()), len(test), alternative="greater").pvalue)
    without = (means_less_each_group(told, groups) + told.mean(axis=1)[::-1, None]) / 2
    return TwoSampleTest(float(told.mean()), p_value, *without)


def neighbour_test(real: NDArray[np.float64], fake: NDArray[np.float64]) -> TwoSampleTest:
    """Whether the nearest of all other examples is of the same set (Schilling 1986; Xu et al. 2018), both sets (n, d).

    Above 1/2 the sets keep apart; below it, generated examples sit on the real ones. The p-value, of being apart, is that
    of a permutation test: neighbours stay, labels are shuffled.
    """
    rng = np.random.default_rng(derive_seed("neighbour_test", len(real), len(fake)))
    labels, neighbour = _neighbours(real, fake, rng)
    agreed = np.count_nonzero(labels == labels[neighbour])
    shuffled = rng.permuted(np.tile(labels.astype(np.int8), (PERMUTATIONS, 1)), axis=1)
    as_extreme = np.count_nonzero(np.count_nonzero(shuffled == shuffled[:, neighbour], axis=1) >= agreed)
    return TwoSampleTest(agreed / len(labels), (1 + as_extreme) / (1 + PERMUTATIONS))


def neighbour_accuracies(real: NDArray[np.float64], fakes: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The accuracy (S,) of :func:`neighbour_test` of each generated set (n, d)."""
    rng = np.random.default_rng(derive_seed("neighbour_accuracies", len(real)))
    found = (_neighbours(real, fake, rng) for fake in fakes)
    return np.array([np.mean(labels == labels[neighbour]) for labels, neighbour in found])


def _neighbours(
    real: NDArray[np.float64], fake: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The labels of all examples, in random order, and which other one is the nearest to each: of equally near ones any, for
    each example by itself, since the first of many copies would speak for all of them."""
    order = rng.permutation(len(real) + len(fake))
    labels = np.repeat([0, 1], [len(real), len(fake)])[order]
    return labels, random_nearest_others(np.concatenate([real, fake])[order], rng)


def combined(p_values: list[float]) -> float:
    """One p-value of several tests against the same real examples, however they depend: twice their median (Rüger
    1978); of a single test its own."""
    return p_values[0] if len(p_values) == 1 else min(1.0, 2 * float(np.median(p_values)))
