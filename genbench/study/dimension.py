"""How many examples a classifier needs as the number of features grows, beside theory (Ng & Jordan 2001, section 3).

On ``gaussians`` and ``correlated`` the classifier that each model tends to is known: Bayes' rule for logistic regression,
Bayes' rule without the correlations for naive Bayes. Its error on the same test examples is what a model is held against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from genbench.data.catalogue import load_dataset
from genbench.data.dataset import Split
from genbench.data.source import DataSource
from genbench.data.spec import DataSpec
from genbench.data.truths import TwoGaussians
from genbench.evaluation.subsets import subset_order
from genbench.model import Model
from genbench.records import DatasetSpec
from genbench.study.curves import measure
from genbench.study.discriminative_generative import DISCRIMINATIVE
from genbench.study.pools import Pool
from genbench.study.statistics import Estimate, arrival, exponent

DIMENSIONS = (4, 8, 16, 32, 64, 128, 256, 512)
MODELS = ("naive_bayes_shared", DISCRIMINATIVE)
WITHIN = 0.02
"""Examples are counted from which on the mean test error stays within this of that of the classifier it tends to."""
TESTED = 4_000
SIZES = 16


@dataclass(frozen=True)
class Growth:
    """Examples needed at each dimension (None where more than there were), and the exponent of their growth."""

    dataset: str
    model: str
    limits: tuple[float, ...]
    examples: tuple[float | None, ...]
    exponent: Estimate


def growth_of(
    spec: DatasetSpec, models: Mapping[str, type[Model]], splits: int, dimensions: Sequence[int] = DIMENSIONS
) -> list[Growth]:
    """Of naive Bayes and logistic regression on a synthetic set of two Gaussians with the option ``dim``."""
    limits: dict[str, list[float]] = {model: [] for model in MODELS}
    needed: dict[str, list[float | None]] = {model: [] for model in MODELS}
    for dimension in dimensions:
        dataset = load_dataset(spec, DataSource(), {"dim": dimension})
        truth = dataset.truth
        assert isinstance(truth, TwoGaussians), "the set is one of two Gaussians"
        pool = _pool(dataset.spec, dataset.train, dataset.test, dimension, splits)
        naive = TwoGaussians(truth.means, np.diag(np.diag(truth.covariance)))
        test = pool.examples[-TESTED:]
        for model, tends_to in zip(MODELS, (naive, truth), strict=True):
            limit = float((tends_to.class_log_prob(test.x).argmax(axis=1) != test.y).mean())
            errors = measure(models[model], pool)[:, :, 0].mean(axis=0)
            limits[model].append(limit)
            needed[model].append(arrival(pool.sizes, limit + WITHIN - errors))
    return [_growth(spec.name, model, dimensions, limits[model], needed[model]) for model in MODELS]


def table_of(growths: Sequence[Growth], dimensions: Sequence[int] = DIMENSIONS) -> pd.DataFrame:
    """A row a dimension; ``theory`` is log d for naive Bayes and d for logistic regression, times what fits best."""
    rows = []
    for one in growths:
        shape = np.array(dimensions, dtype=float) if one.model == DISCRIMINATIVE else np.log(dimensions)
        known = [index for index, value in enumerate(one.examples) if value is not None]
        factor = np.exp(np.mean([np.log(one.examples[index] / shape[index]) for index in known])) if known else np.nan
        for dimension, limit, value, form in zip(dimensions, one.limits, one.examples, shape, strict=True):
            rows.append((one.dataset, one.model, dimension, limit, WITHIN, value, factor * form))
    columns = ["dataset", "model", "dimension", "limit", "within", "examples", "theory"]
    return pd.DataFrame(rows, columns=columns)


def _pool(data: DataSpec, train: Split, test: Split, dimension: int, splits: int) -> Pool:
    """Sizes from one example a class to twenty a feature; all splits share the first of the test examples."""
    largest = min(max(20 * dimension, 400), len(train))
    sizes = tuple(int(m) for m in np.unique(np.geomspace(2, largest, SIZES).round()))
    examples = Split(np.concatenate([train.x, test.x[:TESTED]]), np.concatenate([train.y, test.y[:TESTED]]))
    tested = len(train) + np.arange(TESTED)
    orders = np.stack([np.concatenate([subset_order(train.y, index)[:largest], tested]) for index in range(splits)])
    return Pool(data, examples, orders, sizes, TESTED)


def _growth(
    dataset: str, model: str, dimensions: Sequence[int], limits: list[float], needed: list[float | None]
) -> Growth:
    values = [None if value is None or not np.isfinite(value) else value for value in needed]
    known = [(d, value) for d, value in zip(dimensions, values, strict=True) if value is not None]
    fitted = exponent(*zip(*known, strict=True)) if len(known) > 2 else Estimate(None)
    return Growth(dataset, model, tuple(limits), tuple(values), fitted)
