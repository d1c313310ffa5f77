"""The study of Ng & Jordan (2001): generative classifiers beside logistic regression, as training examples grow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from genbench.data.dataset import Dataset
from genbench.measurement import COLUMNS, Measurement
from genbench.model import Model
from genbench.study import statistics
from genbench.study.curves import MEASURES, measure
from genbench.study.pools import Pool, pool_of, variants

if TYPE_CHECKING:
    from numpy.typing import NDArray

DISCRIMINATIVE = "logistic_regression"
GENERATIVE = (("naive_bayes_shared", "naive_bayes"), ("gda_shared",))
"""The generative half of each pair: the first that takes the data. Naive Bayes has shared variances where it has any."""
MODELS = (DISCRIMINATIVE, *(name for names in GENERATIVE for name in names))
MOST_FEATURES = 256
"""Sets with more (natural images) are left out: this is a study of small tables."""
CROSSING_COLUMNS = (
    "dataset", "generative", "discriminative", "crossing", "ci_low", "ci_high", "ahead_at_smallest", "ahead_at_largest",
    "smallest", "largest", "seeds",
)  # fmt: skip
TEST_COLUMNS = ("dataset", "generative", "discriminative", "examples", "difference", "ci_low", "ci_high", "p_holm")


@dataclass(frozen=True)
class Curves:
    """One data set: its pool, and for each model the measures (splits, sizes, 4) on the same splits."""

    name: str
    pool: Pool
    measured: dict[str, NDArray[np.float64]]

    def errors(self, model: str) -> NDArray[np.float64]:
        """(splits, sizes)."""
        return self.measured[model][:, :, 0]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """(generative, discriminative)."""
        return [(model, DISCRIMINATIVE) for model in self.measured if model != DISCRIMINATIVE]


@dataclass(frozen=True)
class Tables:
    learning_curve: pd.DataFrame
    crossings: pd.DataFrame
    paired_tests: pd.DataFrame


def curves_of(
    name: str, dataset: Dataset, models: Mapping[str, type[Model]], splits: int, sizes: int, say: Callable[[str], None]
) -> list[Curves]:
    """The curves of the data set and its variants; ``say`` is told what is left out."""
    if dataset.spec.classes < 2 or dataset.spec.dim > MOST_FEATURES:
        reason = "has no labels" if dataset.spec.classes < 2 else f"has more than {MOST_FEATURES} features"
        say(f"{name}: left out, it {reason}")
        return []
    found = []
    for variant, data in variants(name, dataset):
        pool = pool_of(data, splits, sizes)
        chosen = [_first_that_takes(pool, models, names) for names in ((DISCRIMINATIVE,), *GENERATIVE)]
        measured = {model: measure(models[model], pool) for model in chosen if model is not None}
        found.append(Curves(variant, pool, measured))
        say(f"{variant}: {len(pool.examples)} examples, up to {pool.sizes[-1]} for training; {', '.join(measured)}")
    return found


def tables_of(curves: list[Curves], plugins: Mapping[str, str]) -> Tables:
    """``plugins`` tells who brought each model."""
    rows = [row for one in curves for row in _measurements(one, plugins)]
    crossings = [_crossing(one, *pair) for one in curves for pair in one.pairs]
    tests = [row for one in curves for pair in one.pairs for row in _tests(one, *pair)]
    return Tables(
        pd.DataFrame([row.as_row() for row in rows], columns=list(COLUMNS)).astype({"examples": "Int64"}),
        pd.DataFrame(crossings, columns=list(CROSSING_COLUMNS)),
        pd.DataFrame(tests, columns=list(TEST_COLUMNS)),
    )


def _first_that_takes(pool: Pool, models: Mapping[str, type[Model]], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if models[name].refuses(pool.data) is None), None)


def _measurements(curves: Curves, plugins: Mapping[str, str]) -> list[Measurement]:
    rows = []
    for model, measured in curves.measured.items():
        seeds, n = len(measured), curves.pool.tested
        row = Measurement(
            "", "", None, "", "lower", seeds=seeds, n=n, dataset=curves.name, model=model, status="failed"
        )
        row = replace(row, plugin=plugins[model])
        for position, metric in enumerate(MEASURES):
            estimator = {"log_loss": "splits[clip=1e-15]", "calibration_error": "splits[ece,bins=15]"}.get(
                metric, "splits"
            )
            for index, size in enumerate(curves.pool.sizes):
                estimate = statistics.mean_with_interval(measured[:, index, position])
                unit = "nats" if metric == "log_loss" else ""
                rows.append(
                    _valued(replace(row, metric=metric, estimator=estimator, unit=unit, examples=size), estimate)
                )
        rows += _of_the_fit(curves, replace(row, estimator="power-law"), model)
    return rows


def _of_the_fit(curves: Curves, row: Measurement, model: str) -> list[Measurement]:
    sizes, errors = curves.pool.sizes, curves.errors(model)
    fit = statistics.power_law(sizes, errors)
    rows = [
        _valued(replace(row, metric="asymptotic_error"), fit.asymptote),
        _valued(replace(row, metric="rate", better="higher"), fit.rate),
    ]
    if fit.asymptote.value is not None:
        within = statistics.examples_within(sizes, errors, fit.asymptote.value)
        metric = f"examples_within_{statistics.WITHIN:g}"
        rows.append(_valued(replace(row, metric=metric, unit="examples"), within))
    return rows


def _valued(row: Measurement, estimate: statistics.Estimate) -> Measurement:
    if estimate.value is None:
        return replace(row, status="skipped")
    both = estimate.low is not None and estimate.high is not None
    low, high = (estimate.low, estimate.high) if both else (None, None)
    return replace(row, value=estimate.value, ci_low=low, ci_high=high, status="ok")


def _crossing(curves: Curves, generative: str, discriminative: str) -> dict[str, Any]:
    first, second, sizes = curves.errors(generative), curves.errors(discriminative), curves.pool.sizes
    at = statistics.crossing(sizes, first, second)
    differences = (first - second).mean(axis=0)
    ahead = [discriminative if d > 0 else generative if d < 0 else "" for d in (differences[0], differences[-1])]
    values = (
        curves.name,
        generative,
        discriminative,
        at.value,
        at.low,
        at.high,
        *ahead,
        sizes[0],
        sizes[-1],
        len(first),
    )
    return dict(zip(CROSSING_COLUMNS, values, strict=True))


def _tests(curves: Curves, generative: str, discriminative: str) -> list[dict[str, Any]]:
    first, second, sizes = curves.errors(generative), curves.errors(discriminative), curves.pool.sizes
    corrected = statistics.paired_p_values(first, second, sizes, curves.pool.tested)
    rows = []
    for index, size in enumerate(sizes):
        estimate = statistics.mean_with_interval(first[:, index] - second[:, index])
        values = (curves.name, generative, discriminative, size, estimate.value, estimate.low, estimate.high)
        rows.append(dict(zip(TEST_COLUMNS, (*values, corrected[index]), strict=True)))
    return rows
