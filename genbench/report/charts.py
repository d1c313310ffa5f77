"""The figures of a page: what is drawn, in which panels, and how to read it. The page's script draws them.

A panel of curves names its rows in a table of the page by what their columns must be, so that no number is sent twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from genbench.report.payload import label
from genbench.results.layout import TRAINING
from genbench.results.loading import Run
from genbench.results.ranking import Scores, critical_differences, rankable
from genbench.results.significance import LEVEL

QUALITY = ("frechet_distance", "test_error")
"""What is set against cost and likelihood, where it was measured; of several estimators the first on each data set."""


@dataclass(frozen=True)
class Chart:
    """``kind`` is ``curves``, ``points`` or ``ranks``; ``spec`` is what the page's function of that name takes."""

    name: str
    title: str
    caption: str
    kind: str
    spec: dict[str, Any]


def learning_curves(run: Run) -> Iterator[Chart]:
    """A figure for each metric that was measured at several training sizes, a panel a data set."""
    rows = run.rows[(run.rows["status"] == "ok") & ~run.rows["metric"].str.startswith(TRAINING)]
    by = ["table", "metric", "estimator"]
    several = rows.groupby([*by, "dataset", "model"], sort=False)["examples"].nunique()
    wanted = several[several > 1].reset_index()[[*by, "dataset"]].drop_duplicates()
    for (table, metric, estimator), found in wanted.groupby(by, sort=False):
        first = rows[(rows["table"] == table) & (rows["metric"] == metric)].iloc[0]
        spec = {
            "x": "training examples",
            "y": _with_unit(metric, first["unit"]),
            "panels": [_curves(dataset, table, metric, estimator, dataset=dataset) for dataset in found["dataset"]],
        }
        better = f" {first['better'].capitalize()} is better." if first["better"] else ""
        yield Chart(
            f"curve-{label(metric)}-{label(estimator)}",
            f"Learning curve: {label(metric)} ({label(estimator)})",
            "Each line is a model trained on growing subsets of the training examples (logarithmic axis); the band is the "
            f"95 % interval over subsets and test examples. Controls are dashed and grey.{better} Where two lines cross, "
            "which model is better depends on how much data there is.",
            "curves",
            spec,
        )


def training_curves(rows: pd.DataFrame) -> dict[str, Any] | None:
    """The panels of what one model logged on one data set, from its rows of ``training:`` metrics; None without any."""
    logged = rows[rows["metric"].str.startswith(TRAINING) & (rows["status"] == "ok")]
    if logged.empty:
        return None
    first = logged.iloc[0]
    named = logged[["table", "metric", "estimator"]].drop_duplicates().itertuples(index=False)
    panels = [
        _curves(metric.removeprefix(TRAINING), table, metric, estimator, dataset=first["dataset"], model=first["model"])
        for table, metric, estimator in named
    ]
    return {"x": "training examples seen", "y": "", "panels": panels}


def trade_offs(run: Run) -> Iterator[Chart]:
    """Likelihood against quality of the samples, and cost against quality, a panel a data set (and estimator)."""
    rows = run.rows[(run.rows["status"] == "ok") & ~run.rows["metric"].str.startswith(TRAINING)]
    rows = _at_largest(rows)
    yield from _against(
        rows,
        ("nll",),
        "frechet_distance",
        "Likelihood against quality of samples",
        "Each mark is a model: to the left it gives test examples more probability, further down its samples are more like "
        "them. Likelihoods of different estimators stand in different panels, since a bound does not compare with an exact "
        "value. The two need not agree (Theis, van den Oord & Bethge 2016): a model can be good at one alone.",
    )
    for metric in QUALITY:
        yield from _against(
            rows,
            ("train_seconds",),
            metric,
            f"Cost against quality: {metric.replace('_', ' ')}",
            "Each mark is a model: to the left it is cheaper to train, further down it is better. The line joins the models "
            "that no other beats in both (the Pareto front); those above it cost more or are worse than one on it. Seconds "
            "are of this run's machine.",
        )


def rank_charts(run: Run) -> Iterator[Chart]:
    """A critical-difference diagram for the first metric of each table that covers several data sets alike."""
    if run.rows["dataset"].nunique() < 2:
        return
    seen = set()
    for scores in rankable(run, {}, common_only=True)[0]:
        if scores.table not in seen and scores.values.shape[1] > 2:
            seen.add(scores.table)
            yield _ranks(scores)


def _curves(title: object, table: object, metric: object, estimator: object, **where: object) -> dict[str, Any]:
    names = {"metric": metric, "estimator": estimator, **where}
    return {
        "title": label(title),
        "table": label(table),
        "where": {column: label(name) for column, name in names.items()},
    }


def _with_unit(name: object, unit: object) -> str:
    return label(f"{name} [{unit}]" if unit else name)


def _at_largest(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each model, metric and estimator the row of the most training examples, and of those the largest n; in the order in
    which they first come."""
    names = ["dataset", "model", "metric", "estimator"]
    placed = rows.assign(place=rows.groupby(names, sort=False).ngroup())
    ordered = placed.sort_values(["place", "examples", "n"], kind="stable", na_position="first")
    return ordered.drop_duplicates(names, keep="last").drop(columns="place")


def _against(
    rows: pd.DataFrame, x_metrics: tuple[str, ...], y_metric: str, title: str, caption: str
) -> Iterator[Chart]:
    panels = []
    for dataset, on_data in rows.groupby("dataset", sort=False):
        y_rows = on_data[on_data["metric"] == y_metric]
        y_rows = y_rows[y_rows["estimator"] == (y_rows["estimator"].iloc[0] if len(y_rows) else "")]
        x_rows = on_data[on_data["metric"].isin(x_metrics)]
        for estimator, of_estimator in x_rows.groupby("estimator", sort=False):
            both = of_estimator.merge(y_rows, on=["model", "control"], suffixes=("_x", "_y"))
            if len(both) > 1:
                panels.append(_points(f"{dataset}: {estimator}, {y_rows['estimator'].iloc[0]}", both))
    if panels:
        first, y_first = (rows[rows["metric"] == metric].iloc[0] for metric in (x_metrics[0], y_metric))
        x, y = (_with_unit(row["metric"], row["unit"]) for row in (first, y_first))
        yield Chart(f"{label(x_metrics[0])}-{y_metric}", title, caption, "points", {"x": x, "y": y, "panels": panels})


def _points(title: str, both: pd.DataFrame) -> dict[str, Any]:
    """Lower is better of both; the controls are never on the front."""
    ordered = both.sort_values(["control", "value_x", "value_y"], kind="stable")
    best, points = np.inf, []
    for model, control, x, y in zip(*(ordered[k] for k in ("model", "control", "value_x", "value_y")), strict=True):
        front = not control and y < best
        best = min(best, y) if not control else best
        points.append({"name": label(model), "control": bool(control), "x": x, "y": y, "front": front})
    return {"title": label(title), "points": points}


def _ranks(scores: Scores) -> Chart:
    average = scores.ranks.mean().sort_values(kind="stable")
    p = critical_differences(scores).loc[average.index, average.index].to_numpy()
    spec = {"models": [label(model) for model in average.index], "ranks": average.tolist(), "groups": alike(p)}
    return Chart(
        f"ranks-{label(scores.table)}",
        f"Critical differences: {label(scores.name)} on {len(scores.values)} data sets",
        "Models by their average rank over the data sets, the best first. A bar at the side joins models whose ranks "
        "Nemenyi's test does not tell apart at 5 % (Demšar 2006): within a bar, chance may account for the order. "
        f"Data sets: {', '.join(label(name) for name in scores.values.index)}. Controls are left out.",
        "ranks",
        spec,
    )


def alike(p: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """The longest runs (first, last) of models, sorted by rank, of which the first and last do not differ by ``p``."""
    found: list[tuple[int, int]] = []
    for first in range(len(p)):
        last = first + max(np.flatnonzero(p[first, first:] > LEVEL), default=0)
        if last > first and (not found or last > found[-1][1]):
            found.append((first, int(last)))
    return found
