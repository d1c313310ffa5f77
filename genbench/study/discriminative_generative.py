"""The study of Ng & Jordan (2001): generative classifiers beside logistic regression, as training examples grow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from genbench.curve_statistics import mean_with_interval
from genbench.data.dataset import Dataset
from genbench.evaluation.power_law import power_law_rows, valued
from genbench.evaluation.ranges import range_of
from genbench.measurement import COLUMNS, Measurement
from genbench.model import Model
from genbench.results.comparisons import STUDY_ROLES, Pair, tables_of_pairs
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
    def pairs(self) -> list[Pair]:
        """Of the generative models, each with the discriminative one."""
        overlap, second = self.pool.tested / np.asarray(self.pool.sizes), self.errors(DISCRIMINATIVE)
        return [
            Pair(self.name, model, DISCRIMINATIVE, self.pool.sizes, overlap, self.errors(model), second)
            for model in self.measured
            if model != DISCRIMINATIVE
        ]


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


def tables_of(curves: list[Curves], plugins: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """``learning_curve``, ``crossings`` and ``paired_tests``; ``plugins`` tells who brought each model."""
    rows = [row.as_row() for one in curves for row in _measurements(one, plugins)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"examples": "Int64"})
    pairs = [pair for one in curves for pair in one.pairs]
    return {"learning_curve": frame, **tables_of_pairs(pairs, STUDY_ROLES)}


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
                estimate = mean_with_interval(measured[:, index, position], range_of(metric))
                unit = "nats" if metric == "log_loss" else ""
                rows.append(
                    valued(replace(row, metric=metric, estimator=estimator, unit=unit, examples=size), estimate)
                )
        rows += power_law_rows(row, curves.pool.sizes, curves.errors(model))
    return rows
