"""How many examples a classifier needs as the number of features grows, beside theory (Ng & Jordan 2001).

On ``gaussians`` and ``correlated`` the classifier that each model tends to is known: Bayes' rule for logistic regression,
Bayes' rule without the correlations for naive Bayes. Its error on the same test examples is what a model is held against.
The theory's bound for naive Bayes comes from its parameters, which all get near to their limits with O(log d) examples;
that is measured besides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from genbench.curve_statistics import Estimate, arrival, exponent
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

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIMENSIONS = (4, 8, 16, 32, 64, 128, 256, 512)
MODELS = ("naive_bayes_shared", DISCRIMINATIVE)
WITHIN = 0.02
"""Examples are counted from which on the mean test error stays within this of that of the classifier it tends to."""
TESTED = 4_000
SIZES = 16


DEVIATION = 0.25
"""Examples are counted from which on no class mean is further off than this, in standard deviations of its feature."""
DEVIATION_SIZES = np.unique(np.geomspace(8, 2_000, 40).round()).astype(int)


@dataclass(frozen=True)
class Growth:
    """Examples that a model needs at each dimension (None where more than there were).

    criterion  what they are needed for: ``error`` (within :data:`WITHIN` of the limits) or ``parameters``
               (all within :data:`DEVIATION`, which has no limits).
    """

    dataset: str
    model: str
    criterion: str
    dimensions: tuple[int, ...]
    limits: tuple[float | None, ...]
    examples: tuple[float | None, ...]

    @property
    def theory(self) -> str:
        """What the examples grow like, at most, in Ng & Jordan (2001): Proposition 2 for logistic regression, Lemma 3 and
        Corollary 6 for naive Bayes."""
        return "d" if self.model == DISCRIMINATIVE else "log d"

    def shape(self, of: str) -> NDArray[np.float64]:
        """d or log d at each dimension."""
        d = np.array(self.dimensions, dtype=float)
        return d if of == "d" else np.log(d)

    def exponent(self, of: str) -> Estimate:
        """b of examples = a d^b, or a (log d)^b."""
        known = [(at, value) for at, value in zip(self.shape(of), self.examples, strict=True) if value is not None]
        return exponent(*zip(*known, strict=True)) if len(known) > 2 else Estimate(None)


def growth_of(
    spec: DatasetSpec, models: Mapping[str, type[Model]], splits: int, dimensions: Sequence[int] = DIMENSIONS
) -> list[Growth]:
    """Of naive Bayes and logistic regression on a synthetic set of two Gaussians with the option ``dim``."""
    limits: dict[str, list[float]] = {model: [] for model in MODELS}
    needed: dict[str, list[float | None]] = {model: [] for model in MODELS}
    for_parameters = []
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
            needed[model].append(_reached(pool.sizes, limit + WITHIN - errors))
        deviations = np.mean([_deviations(truth, dataset.train, index) for index in range(splits)], axis=0)
        for_parameters.append(_reached(DEVIATION_SIZES.tolist(), DEVIATION - deviations))
    of_error = [
        Growth(spec.name, model, "error", tuple(dimensions), tuple(limits[model]), tuple(needed[model]))
        for model in MODELS
    ]
    nothing = (None,) * len(dimensions)
    return [*of_error, Growth(spec.name, MODELS[0], "parameters", tuple(dimensions), nothing, tuple(for_parameters))]


def table_of(growths: Sequence[Growth]) -> pd.DataFrame:
    """A row a dimension; ``theory`` is log d for naive Bayes and d for logistic regression, times what fits best."""
    rows = []
    for one in growths:
        shape = one.shape(one.theory)
        ratios = [value / at for at, value in zip(shape, one.examples, strict=True) if value is not None]
        factor = np.exp(np.mean(np.log(ratios))) if ratios else np.nan
        within = WITHIN if one.criterion == "error" else DEVIATION
        for dimension, limit, value, at in zip(one.dimensions, one.limits, one.examples, shape, strict=True):
            rows.append((one.dataset, one.model, one.criterion, dimension, limit, within, value, factor * at))
    columns = ["dataset", "model", "criterion", "dimension", "limit", "within", "examples", "theory"]
    return pd.DataFrame(rows, columns=columns)


def exponents_of(growths: Sequence[Growth]) -> pd.DataFrame:
    """The exponent of each growth in d, and in log d where that is the theory."""
    rows = []
    for one in growths:
        for of in dict.fromkeys(("d", one.theory)):
            found = one.exponent(of)
            rows.append((one.dataset, one.model, one.criterion, one.theory, of, found.value, found.low, found.high))
    columns = ["dataset", "model", "criterion", "theory", "of", "exponent", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns)


def _pool(data: DataSpec, train: Split, test: Split, dimension: int, splits: int) -> Pool:
    """Sizes from one example a class to twenty a feature; all splits share the first of the test examples."""
    largest = min(max(20 * dimension, 400), len(train))
    sizes = tuple(int(m) for m in np.unique(np.geomspace(2, largest, SIZES).round()))
    examples = Split(np.concatenate([train.x, test.x[:TESTED]]), np.concatenate([train.y, test.y[:TESTED]]))
    tested = len(train) + np.arange(TESTED)
    orders = np.stack([np.concatenate([subset_order(train.y, index)[:largest], tested]) for index in range(splits)])
    return Pool(data, examples, orders, sizes, TESTED)


def _deviations(truth: TwoGaussians, train: Split, index: int) -> NDArray[np.float64]:
    """How far the class mean that is furthest off lies from the true one, at each size (sizes,), in standard deviations."""
    chosen = train[subset_order(train.y, index)[: DEVIATION_SIZES[-1]]]
    off = (chosen.x - truth.means[chosen.y]) / np.sqrt(np.diag(truth.covariance))
    largest = np.empty(len(DEVIATION_SIZES))
    for at, size in enumerate(DEVIATION_SIZES):
        means = [off[:size][chosen.y[:size] == k].mean(axis=0) for k in (0, 1)]
        largest[at] = np.abs(means).max()
    return largest


def _reached(sizes: Sequence[int], gaps: NDArray[np.float64]) -> float | None:
    """As :func:`arrival`, None if there is no such turn."""
    value = float(arrival(sizes, gaps[None])[0])
    return value if np.isfinite(value) else None
