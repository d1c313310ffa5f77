"""Tables that join learning curves: where two classifiers cross, and whether they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRIC = "test_error"


@dataclass(frozen=True)
class TableOfPairs:
    """A table whose rows compare two models, and are no measurements of one.

    ``columns`` follow the data set and the two models; ``caption`` says how to read them.
    """

    columns: tuple[str, ...]
    caption: str


CROSSINGS, PAIRED_TESTS = "crossings", "paired_tests"
TABLES_OF_PAIRS = {
    CROSSINGS: TableOfPairs(
        ("crossing", "ci_low", "ci_high", "ahead_at_smallest", "ahead_at_largest", "smallest", "largest", "seeds"),
        "From how many training examples on the second classifier's mean error stays below the first's, with a 95 % "
        "interval over random subsets; between the sizes that were measured curves are taken to be straight over the "
        "logarithm. No number: the second is not ahead at the largest size, or is at every size. An open end of the "
        "interval lies beyond the sizes that were measured.",
    ),
    PAIRED_TESTS: TableOfPairs(
        ("examples", "difference", "ci_low", "ci_high", "p_holm"),
        "The first classifier's mean test error less the second's, both fitted to the same random subsets of so many "
        "training examples: above 0 the second errs less. The 95 % interval is of the subsets alone. p is of the corrected "
        "resampled t-test, which knows that subsets overlap, after Holm's correction for the number of sizes, not for that "
        "of pairs.",
    ),
}
ROLES = ("first", "second")
"""The columns of a run's tables of pairs that name the models."""
STUDY_ROLES = ("generative", "discriminative")
"""Those of the study of generative and discriminative classifiers."""
TEXTS = ("dataset", *ROLES, "ahead_at_smallest", "ahead_at_largest")
NUMBERS = ("crossing", "difference", "ci_low", "ci_high", "p_holm")


@dataclass(frozen=True)
class Pair:
    """Two classifiers on the same random subsets of one data set.

    ``first_errors`` and ``second_errors`` are (subsets, sizes); ``overlap`` (sizes,) is what makes two subsets alike: see
    :func:`genbench.curve_statistics.paired_p_values`.
    """

    dataset: str
    first: str
    second: str
    sizes: tuple[int, ...]
    overlap: NDArray[np.float64]
    first_errors: NDArray[np.float64]
    second_errors: NDArray[np.float64]

    @property
    def names(self) -> tuple[str, str, str]:
        return self.dataset, self.first, self.second


def tables_of_pairs(pairs: Sequence[Pair], roles: tuple[str, str] = ROLES) -> dict[str, pd.DataFrame]:
    """The :data:`TABLES_OF_PAIRS`; ``roles`` are the columns of the first and of the second classifier."""
    rows = {
        CROSSINGS: [(*pair.names, *_crossing(pair)) for pair in pairs],
        PAIRED_TESTS: [(*pair.names, *row) for pair in pairs for row in _tests(pair)],
    }
    frames = {
        name: pd.DataFrame(rows[name], columns=["dataset", *roles, *table.columns])
        for name, table in TABLES_OF_PAIRS.items()
    }
    return {
        name: frame.astype({column: "float64" for column in NUMBERS if column in frame})
        for name, frame in frames.items()
    }


def comparisons(results: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """The tables of every two classifiers of a run, controls apart, that were fitted to the same subsets of two sizes or
    more; the second of a pair errs less at the largest size. Nothing where there are no two.

    They speak of other subsets of the same training split, on the same test examples.
    """
    pairs = list(_pairs(results))
    return tables_of_pairs(pairs) if pairs else {}


@dataclass(frozen=True)
class _Curve:
    """The errors of the fits to each subset, by size; and the size of the training split that the subsets are drawn from."""

    errors: dict[int, list[float]]
    full: int


def _pairs(results: list[dict[str, Any]]) -> Iterator[Pair]:
    curves: dict[str, dict[str, _Curve]] = {}
    for result in results:
        curve = None if result["control"] else _curve(result)
        if curve is not None:
            curves.setdefault(result["dataset"], {})[result["model"]] = curve
    for dataset, of_models in curves.items():
        for first, second in combinations(sorted(of_models), 2):
            a, b = of_models[first], of_models[second]
            subsets = max(map(len, a.errors.values()))
            sizes = tuple(m for m in a.errors if m in b.errors and len(a.errors[m]) == len(b.errors[m]) == subsets)
            if len(sizes) >= 2:
                errors, others = (np.array([curve.errors[m] for m in sizes]).T for curve in (a, b))
                m = np.array(sizes)  # of two subsets of m examples, a share m / full of each is in the other
                pair = Pair(dataset, first, second, sizes, m / (a.full - m), errors, others)
                behind = errors[:, -1].mean() < others[:, -1].mean()
                yield Pair(dataset, second, first, sizes, pair.overlap, others, errors) if behind else pair


def _curve(result: dict[str, Any]) -> _Curve | None:
    of_table = result["measurements"].get("learning_curve", ())
    rows = [row for row in of_table if row["metric"] == METRIC and row["examples"] is not None]
    full = max((row["examples"] for row in rows), default=0)
    errors = {row["examples"]: row["per_seed"] for row in rows if row.get("per_seed") and row["examples"] < full}
    return _Curve(dict(sorted(errors.items())), full) if errors else None


def _crossing(pair: Pair) -> tuple[Any, ...]:
    from genbench.curve_statistics import crossing

    at = crossing(pair.sizes, pair.first_errors, pair.second_errors)
    differences = (pair.first_errors - pair.second_errors).mean(axis=0)
    ahead = [pair.second if d > 0 else pair.first if d < 0 else "" for d in (differences[0], differences[-1])]
    return (at.value, at.low, at.high, *ahead, pair.sizes[0], pair.sizes[-1], len(pair.first_errors))


def _tests(pair: Pair) -> Iterator[tuple[Any, ...]]:
    from genbench.curve_statistics import mean_with_interval, paired_p_values

    differences = pair.first_errors - pair.second_errors
    p_values = paired_p_values(pair.first_errors, pair.second_errors, pair.overlap)
    for index, size in enumerate(pair.sizes):
        mean = mean_with_interval(differences[:, index], (-1.0, 1.0))
        yield (size, mean.value, mean.low, mean.high, p_values[index])
