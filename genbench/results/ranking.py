"""Average ranks over data sets, with Friedman's test, critical differences and win rates (Demšar 2006)."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from genbench.errors import GenbenchError, check_choice
from genbench.results.loading import Run, check_names, read_run

if TYPE_CHECKING:
    from numpy.typing import NDArray

POST_HOC = ("nemenyi", "wilcoxon")
GROUP = ["table", "metric", "estimator"]


@dataclass(frozen=True)
class Scores:
    """One metric by one estimator: the values of models (columns) on data sets (rows), and what is better."""

    table: str
    metric: str
    estimator: str
    better: str
    values: pd.DataFrame

    @property
    def name(self) -> str:
        return f"{self.metric} ({self.estimator})"

    @property
    def described(self) -> str:
        """With the table, since two may have the same metric."""
        return f"{self.name} in {self.table}"

    @property
    def ranks(self) -> pd.DataFrame:
        """On each data set, 1 for the best model; equal values share the mean of their ranks."""
        return self.values.rank(axis=1, ascending=self.better == "lower")

    def why_unequal(self) -> str:
        """Which model lacks which data set; "" if none does."""
        lacking = [
            f"{model} lacks {', '.join(self.values.index[column.isna()])}"
            for model, column in self.values.items()
            if column.isna().any()
        ]
        return "; ".join(lacking[:3]) + (f"; and {len(lacking) - 3} more models" if len(lacking) > 3 else "")


def rank(
    folder: str | Path,
    *,
    tables: Collection[str] = (),
    metrics: Collection[str] = (),
    estimators: Collection[str] = (),
    models: Collection[str] = (),
    datasets: Collection[str] = (),
    common_only: bool = False,
    controls: bool = False,
) -> pd.DataFrame:
    """Average ranks, one row a model within each metric and estimator: ``table``, ``metric``, ``estimator``, ``model``,
    ``average_rank`` (1 is best), ``datasets`` (over how many), ``first_on`` (how many it leads), ``friedman_p``.

    Of a metric at several sizes, the largest on each data set counts. Models are ranked only within one estimator; controls
    are left out unless asked for. Raises :class:`GenbenchError` where a metric that is named covers data sets unequally: an
    average over different data sets compares nothing. ``common_only`` takes the data sets that all models have.
    Metrics that are not named and cannot be ranked are left out.
    """
    wanted = {"table": tables, "metric": metrics, "estimator": estimators, "model": models, "dataset": datasets}
    return rank_frame(rankable(read_run(folder), wanted, common_only, controls)[0])


def scores(
    folder: str | Path,
    metric: str,
    estimator: str,
    *,
    table: str = "",
    models: Collection[str] = (),
    datasets: Collection[str] = (),
    common_only: bool = False,
    controls: bool = False,
) -> Scores:
    """One metric by one estimator, of the first table that can be ranked by it unless one is named, for :func:`win_rates`
    and :func:`critical_differences`; errors as of :func:`rank`."""
    wanted = {"metric": [metric], "estimator": [estimator], "model": models, "dataset": datasets}
    return rankable(read_run(folder), {"table": [table] if table else [], **wanted}, common_only, controls)[0][0]


def win_rates(of: Scores) -> pd.DataFrame:
    """On which share of the data sets the row's model beats the column's; a tie counts half."""
    ranks = of.ranks.to_numpy()
    wins = (ranks[:, :, None] < ranks[:, None, :]).mean(axis=0) + (ranks[:, :, None] == ranks[:, None, :]).mean(
        axis=0
    ) / 2
    np.fill_diagonal(wins, np.nan)
    return pd.DataFrame(wins, of.values.columns, of.values.columns)


def critical_differences(scores: Scores, post_hoc: str = "nemenyi") -> pd.DataFrame:
    """p of each pair of models: Nemenyi's test of the average ranks, or Wilcoxon's of the values with Holm's correction."""
    check_choice("post-hoc test", post_hoc, POST_HOC)
    import scikit_posthocs

    data = scores.values.to_numpy()
    if post_hoc == "nemenyi":
        p = scikit_posthocs.posthoc_nemenyi_friedman(scores.ranks.to_numpy())
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # few data sets: told by smallest_wilcoxon
            p = scikit_posthocs.posthoc_wilcoxon(
                pd.DataFrame(data).melt(var_name="model"), "value", "model", p_adjust="holm", zero_method="zsplit"
            )
    return pd.DataFrame(np.asarray(p), scores.values.columns, scores.values.columns)


def smallest_wilcoxon(datasets: int) -> float:
    """The least p that Wilcoxon's signed-rank test can give with so many data sets."""
    return float(2.0 ** (1 - datasets))


def friedman(scores: Scores) -> float:
    """p of Friedman's test that all models rank alike; 1 where they all do, NaN for fewer than three."""
    if scores.ranks.eq(scores.ranks.iloc[:, 0], axis=0).to_numpy().all():
        return 1.0
    columns: list[NDArray[np.float64]] = [column.to_numpy() for _, column in scores.values.items()]
    return float(stats.friedmanchisquare(*columns).pvalue) if len(columns) > 2 else float("nan")


def rankable(
    run: Run, wanted: Mapping[str, Collection[str]], common_only: bool = False, controls: bool = False
) -> tuple[list[Scores], list[str]]:
    """What can be ranked, and for each metric that cannot, why not; see :func:`rank` for arguments and errors.

    ``wanted`` has the names that are chosen, by the column that they stand in; none given means all.
    """
    run = run.each_once()
    for column, names in wanted.items():
        check_names([run], column, column.replace("dataset", "data set"), names)
    chosen = run.only(**wanted).rows
    chosen = chosen[controls | ~chosen["control"]]
    found, refused = [], []
    for scores in _scores(chosen):
        reason = scores.why_unequal()
        if reason and common_only:
            scores = _common(scores)
            reason = "no two data sets are common to all models; name some models" if len(scores.values) < 2 else ""
        if not reason and len(scores.values) >= 2:
            found.append(scores)
        else:
            refused.append(f"{scores.described}: {reason or 'a single data set'}")
    if wanted.get("metric") and not found:
        none = f"{', '.join(wanted['metric'])}: fewer than two models have it, or no value is better"
        least = next(iter(refused), none)
        hint = "" if common_only else "; --common-only ranks on the data sets that all models have"
        raise GenbenchError(f"not ranked: {least}{hint}")
    return found, refused


def _scores(rows: pd.DataFrame) -> Iterator[Scores]:
    rows = rows[(rows["status"] == "ok") & (rows["better"] != "")]
    for (table, metric, estimator), group in rows.groupby(GROUP, sort=False):
        sizes = ["examples", "n"]
        ordered = group.assign(**{name: group[name].fillna(-1) for name in sizes}).sort_values(sizes, kind="stable")
        largest = ordered.groupby("dataset")[sizes].transform("last")
        at_largest = ordered[(ordered[sizes] == largest).all(axis=1)].drop_duplicates(["dataset", "model"], keep="last")
        values = at_largest.pivot_table(index="dataset", columns="model", values="value", aggfunc="last")
        if values.shape[1] > 1:
            yield Scores(str(table), str(metric), str(estimator), str(group["better"].iloc[0]), values)


def _common(scores: Scores) -> Scores:
    return Scores(scores.table, scores.metric, scores.estimator, scores.better, scores.values.dropna())


def rank_frame(found: Sequence[Scores]) -> pd.DataFrame:
    """The frame of :func:`rank`."""
    columns = [*GROUP, "model", "average_rank", "datasets", "first_on", "friedman_p"]
    return pd.concat(map(_ranks, found), ignore_index=True) if found else pd.DataFrame(columns=columns)


def _ranks(scores: Scores) -> pd.DataFrame:
    ranks = scores.ranks
    average = ranks.mean().sort_values(kind="stable")
    return pd.DataFrame(
        {
            "table": scores.table,
            "metric": scores.metric,
            "estimator": scores.estimator,
            "model": average.index,
            "average_rank": average.to_numpy(),
            "datasets": len(ranks),
            "first_on": [int((ranks[model] == ranks.min(axis=1)).sum()) for model in average.index],
            "friedman_p": friedman(scores),
        }
    )
