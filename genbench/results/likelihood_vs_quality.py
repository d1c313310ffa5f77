"""The table ``likelihood_vs_quality``: how models rank by likelihood, and how by the quality of their samples.

It is joined from two others. Models are ranked among those whose likelihood has the same estimator, since values of others
do not compare; with the controls, which are there to show that either ranking can be had without the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from genbench.measurement import Measurement

NAME = "likelihood_vs_quality"
LIKELIHOODS = {"nll": "likelihood", "parzen_log_density": "parzen"}
"""By metric: the table that it stands in."""
QUALITY, QUALITY_TABLE = "frechet_distance", "sample_quality"
COPIED = (*LIKELIHOODS, QUALITY)
"""Metrics whose rows here are copies of those in their own tables."""
ALL_MODELS = "(all models)"
"""In place of a model's name, which has no such characters."""
FEWEST = 4
"""Models for a rank correlation; of fewer there is no interval."""


def likelihood_vs_quality(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """The rows of the table; none where no two models have both. For each data set and each estimator of likelihood:

    ``nll`` or ``parzen_log_density``, ``frechet_distance``   of each model that has both, as they stand in their tables (the
                               distance at the largest n, in the first space),
    ``likelihood_rank``, ``quality_rank``    1 is best, equal values share the mean rank,
    ``rank_correlation``       Spearman's, of all those models: 1 if both rankings are the same.
    """
    if QUALITY_TABLE not in tables:
        return []
    quality = _ok(tables[QUALITY_TABLE], QUALITY).drop_duplicates(["dataset", "model"])
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for metric, table in LIKELIHOODS.items():
        if table in tables:
            for (_, estimator), likelihood in _ok(tables[table], metric).groupby(["dataset", "estimator"], sort=False):
                for row in _ranking(likelihood, quality, str(estimator)):
                    rows.setdefault(tuple(row[name] for name in ("dataset", "model", "metric", "estimator")), row)
    places = {pair: place for place, pair in enumerate(zip(quality["dataset"], quality["model"], strict=True))}
    return sorted(
        rows.values(),
        key=lambda row: (row["dataset"], places.get((row["dataset"], row["model"]), len(places))),
    )


def _ok(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows of the metric that have a value and compete for one."""
    return frame[(frame["metric"] == metric) & (frame["status"] == "ok") & (frame["better"] != "")]


def _ranking(likelihood: pd.DataFrame, quality: pd.DataFrame, estimator: str) -> Iterator[dict[str, Any]]:
    """The rows of the models of one data set and estimator; of a single one none."""
    quality = quality[quality["dataset"].isin(likelihood["dataset"])].set_index("model")
    likelihood = likelihood.drop_duplicates("model").set_index("model")
    models = [model for model in likelihood.index if model in quality.index]
    if len(models) < 2:
        return
    sides = {"likelihood_rank": likelihood.loc[models], "quality_rank": quality.loc[models]}
    ranks = {name: side["value"].rank(ascending=side["better"].iloc[0] == "lower") for name, side in sides.items()}
    for model in models:
        for side in sides.values():
            yield {**side.loc[model].to_dict(), "model": model}
        for name, rank in ranks.items():
            yield _row(likelihood.loc[model], model, name, estimator, float(rank[model]), len(models))
    correlation = float(ranks["likelihood_rank"].corr(ranks["quality_rank"]))
    if len(models) >= FEWEST and math.isfinite(correlation):
        against = f"spearman[{estimator},{sides['quality_rank']['estimator'].iloc[0]}]"
        low, high = correlation_interval(correlation, len(models))
        row = _row(likelihood.iloc[0], ALL_MODELS, "rank_correlation", against, correlation, len(models))
        yield row | {"ci_low": low, "ci_high": high}


def correlation_interval(correlation: float, n: int) -> tuple[float | None, float | None]:
    """95 %, of Spearman's correlation of n models, by Fisher's transformation with the variance (1 + r^2 / 2) / (n - 3)
    (Bonett & Wright 2000); none of a correlation of 1 or -1, where it has no width."""
    if math.isclose(abs(correlation), 1):
        return None, None
    half = 1.959964 * math.sqrt((1 + correlation**2 / 2) / (n - 3))
    centre = math.atanh(correlation)
    return math.tanh(centre - half), math.tanh(centre + half)


def _row(like: pd.Series[Any], model: str, metric: str, estimator: str, value: float, n: int) -> dict[str, Any]:
    plugin = "genbench" if model == ALL_MODELS else str(like["plugin"])
    measurement = Measurement(metric, estimator, value, n=n, dataset=str(like["dataset"]), model=model, plugin=plugin)
    return measurement.as_row()
