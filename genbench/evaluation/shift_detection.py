"""Whether a change of the data is seen in a model's own log p(x): the area under the ROC curve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import rankdata

from genbench.errors import Unavailable
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.corruptions import CORRUPTIONS, can_be_corrupted, corrupted, nothing
from genbench.evaluation.covariate_shift import Component, drawn_by_weight, weight
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.missing import missing
from genbench.evaluation.sample_sets import with_value
from genbench.measurement import Measurement
from genbench.model import capabilities
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    LogProb = Callable[[Fitted, NDArray[Any], str], NDArray[np.float64]]

EXAMPLES = 500
"""At most so many as they are, and as many shifted ones."""
FEWEST = 2
"""As they are, and shifted: one example does not tell how much it varies."""
SAMPLES = 10
"""An example, of the importance-weighted bound: a tighter one would hardly rank examples otherwise."""


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``log_prob_auroc``, better higher: how often a test example as it is has the higher log p(x) than a shifted one (ties
    count half). 1/2 where the shift is not seen, below where shifted examples seem likelier than true ones.
    ``bound_auroc`` is the same by the importance-weighted bound of log p(x) with 10 samples an example.

    Under ``covariate`` shift, on ``uniform-noise``, and on images with pixels in [0, 1] under each corruption; see
    :mod:`genbench.evaluation.shift`. The two sets have no example in common.

    Raises :class:`Unavailable` for a model that has neither, and with fewer than four test examples.
    """
    scores: dict[str, tuple[str, LogProb]] = {
        "log_prob": ("log_prob_auroc", Fitted.log_prob),
        "log_prob_bound": ("bound_auroc", lambda model, x, noise: model.log_prob_bound(x, SAMPLES, noise)),
    }
    known = [scores[name] for name in capabilities(type(context.models[0].model)) if name in scores]
    if not known:
        raise Unavailable("has neither log_prob nor log_prob_bound")
    for metric, log_prob in known:
        yield from _rows(context, metric, log_prob)


def _rows(context: EvaluationContext, metric: str, log_prob: LogProb) -> Iterator[Measurement]:
    half = min(EXAMPLES, len(context.test_subset) // 2)
    if half < FEWEST:
        raise Unavailable(f"needs at least {2 * FEWEST} test examples, there are {len(context.test_subset)}")
    plain, others = context.test_subset.x[:half], context.test_subset.x[half:]
    of_plain = np.stack([log_prob(model, plain, "plain") for model in context.distinct])
    row = Measurement(metric, "covariate", None, "", "higher", examples=context.train_size, status="failed")
    try:
        drawn = _drawn_by_covariates(context, others)[:half]
    except Unavailable as reason:
        yield missing(row, str(reason), "skipped")
    else:
        of_shifted = np.stack([log_prob(model, drawn, "covariate") for model in context.distinct])
        yield auroc_row(row, of_plain, of_shifted)
    for name, shifted in _spoilt(context, others, half):
        of_shifted = np.stack([log_prob(model, shifted, name) for model in context.distinct])
        yield auroc_row(replace(row, estimator=name), of_plain, of_shifted)


def _drawn_by_covariates(context: EvaluationContext, x: NDArray[Any]) -> NDArray[Any]:
    """Return those of the test examples ``x`` that a weight on the features leaves; raises :class:`Unavailable` with too
    few."""
    along = Component(_train(context), context.data)(x)
    chosen = drawn_by_weight(weight(along), _rng(context, "covariate"))
    if len(chosen) < FEWEST:
        raise Unavailable(
            f"a weight on the features leaves {len(chosen)} of {len(x)} test examples, {FEWEST} are needed"
        )
    return x[chosen]


def _spoilt(context: EvaluationContext, x: NDArray[Any], most: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield noise, and for images each corruption of at most so many of the test examples ``x``, by name."""
    yield "uniform-noise", nothing(_train(context), most, context.data, _rng(context, "nothing"))
    if can_be_corrupted(context.data):
        for name, (_, strengths) in CORRUPTIONS.items():
            for strength in strengths:
                spoilt = corrupted(x[:most], name, strength, context.data, _rng(context, name))
                yield f"{name}[{strength:g}]", spoilt


def _train(context: EvaluationContext) -> NDArray[Any]:
    assert context.train is not None, "declared by sees_training_data"
    examples: NDArray[Any] = context.train.x
    return examples


def _rng(context: EvaluationContext, purpose: str) -> np.random.Generator:
    return np.random.default_rng(derive_seed("detection", purpose, context.data.name))


def auroc_row(row: Measurement, higher: NDArray[np.float64], lower: NDArray[np.float64]) -> Measurement:
    """The row with the share of pairs in which a score of ``higher`` (seeds, m) is above one of ``lower`` (seeds, n).

    ``row.n`` becomes n. The variance is that of DeLong et al. (1988), which is the jackknife's over either set, and that
    between seeds; the interval is Wilson's of as many trials as the variance amounts to, at most m + n. Of Gaussians at
    every distance it held the truth in 95 to 99 % of 600 repetitions (m = n = 30, 60 and 200), a symmetric one near 1 in
    81 % only.
    """
    below, above = (np.stack(parts) for parts in zip(*map(placements, higher, lower), strict=True))
    values = below.mean(axis=1)
    jackknives = [(part.sum(axis=1, keepdims=True) - part) / (part.shape[1] - 1) for part in (below, above)]
    row = replace(row, seeds=len(values), n=lower.shape[1])
    return with_value(row, values, jackknives, trials=higher.shape[1] + lower.shape[1])


def placements(
    higher: NDArray[np.float64], lower: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each score of ``higher`` (m,) the share of ``lower`` (n,) below it, and for each of those the share above it;
    a tie counts half. The mean of either is the area under the curve."""
    ranks = rankdata(np.concatenate([higher, lower]))
    m, n = len(higher), len(lower)
    below = (ranks[:m] - rankdata(higher)) / n
    above = 1 - (ranks[m:] - rankdata(lower)) / m
    return below, above
