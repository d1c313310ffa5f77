"""Two rows compared test example by test example, where both jobs kept their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genbench.results.arrays import EXAMPLES, read_examples
from genbench.results.loading import Run
from genbench.variance import Part, crossed_variance, examples_part, half_width, p_value, seeds_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 4095
NUMBERS_AT_ONCE = 4_000_000


class KeptExamples:
    """The ``per_example.npz`` of a run's jobs, each read once."""

    def __init__(self, run: Run) -> None:
        self._jobs, self._keys = run.folder.jobs, run.job_keys()
        self._arrays: dict[str, dict[str, Floats]] = {}

    @property
    def any(self) -> bool:
        """Whether any job kept values at all."""
        return any((self._jobs / key / EXAMPLES).is_file() for key in self._keys.values())

    def values(self, model: str, dataset: str, metric: str, estimator: str) -> Floats | None:
        """The values (seeds, n) of the row's mean, in the order of the test split; None if they were not kept."""
        key = self._keys.get((model, dataset), "")
        if key not in self._arrays:
            self._arrays[key] = read_examples(self._jobs / key) if key else {}
        return self._arrays[key].get(f"{metric}/{estimator}")


def compare_examples(a: Floats, b: Floats, same_seeds: bool, resampled: bool) -> tuple[float, float, float, float]:
    """Difference (b less a), its 95 % interval and p from the values (seeds, n) of the same n >= 2 examples.

    With several seeds on a side, seeds and examples are random effects, as in the tables' intervals: the closed form of
    the two-level bootstrap; a single seed on the other side is taken to vary as they do. With one on both, the examples
    alone are; ``resampled`` then asks for the paired bootstrap instead of Student's t.
    """
    differences = b.mean(axis=0) - a.mean(axis=0)
    mean = float(differences.mean())
    if max(len(a), len(b)) == 1 and resampled:
        return mean, *_bootstrap(differences)
    parts = _parts(a, b, differences, same_seeds)
    half = half_width(parts)
    return mean, mean - half, mean + half, p_value(mean, parts)


def _parts(a: Floats, b: Floats, differences: Floats, same_seeds: bool) -> list[Part]:
    if same_seeds and len(a) == len(b) > 1:
        return crossed_variance(b - a)
    of_seeds = [seeds_part(values) for values in (a, b) if len(values) > 1]
    if len(of_seeds) == 1:  # beside a single seed, which is taken to vary as the others do
        of_seeds = [(variance * (1 + max(len(a), len(b))), degrees) for variance, degrees in of_seeds]
    return [examples_part(differences), *of_seeds]


def _bootstrap(differences: Floats) -> tuple[float, float, float]:
    """Percentile interval and p: how often a resampled mean is as far from the mean as the mean is from 0."""
    rng, n = np.random.default_rng(0), len(differences)
    rows = max(1, NUMBERS_AT_ONCE // n)
    means = np.concatenate(
        [
            differences[rng.integers(0, n, (min(rows, RESAMPLES - start), n))].mean(axis=1)
            for start in range(0, RESAMPLES, rows)
        ]
    )
    mean = differences.mean()
    low, high = np.quantile(means, (0.025, 0.975))
    as_far = np.abs(means - mean) >= abs(mean)
    return float(low), float(high), float((1 + as_far.sum()) / (1 + RESAMPLES))
