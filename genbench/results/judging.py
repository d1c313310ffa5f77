"""Gives each pair of rows its test, and Holm's correction to each family of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from genbench.results import significance
from genbench.results.examples import RESAMPLES, KeptExamples, compare_examples
from genbench.results.loading import Run
from genbench.results.pairing import NOT_COMPARABLE
from genbench.results.sharing import break_even, correlations, mean_of_other_models
from genbench.results.significance import LEVEL, Tested

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Rows = NDArray[np.int64]

RESOLUTION = 10
"""A permutation test is trusted with a family if its least p, times this, would be significant there. Nearer to its least p
it finds a difference only if every seed agrees on it, which Student's t does not ask for."""
FAMILY = ["table", "dataset", "metric", "estimator"]
SHARE_OF_SEEDS = "collapsed_seeds"
"""How the metrics end of which there is no value a seed, only the share of seeds."""
OF_EXAMPLES = ("paired bootstrap of examples", "t of examples")
"""Tests of one fit a side."""
INTERVALS = "intervals"
FOUND = ["difference", "ci_low", "ci_high", "p"]
NO_SPREAD = "no interval on one side or both, so nothing says how far apart the values are by chance"
SAME_JOB = "the same job: code, data, seeds and settings are those of the other run"


def judge(a: Run, b: Run, lines: pd.DataFrame, test: str, family: str) -> pd.DataFrame:
    """The lines of :func:`genbench.results.pairing.pair` with ``difference``, ``ci_low``, ``ci_high``, ``p``, ``p_holm``,
    ``family``, ``test`` and ``pairs``. Rows of one and the same job are equal without a test."""
    lines = lines.reset_index(drop=True)
    lines.loc[(lines["verdict"] == "") & _same_job(a, b, lines), "reason"] = SAME_JOB
    rows = lines.index[(lines["verdict"] == "") & (lines["reason"] == "")]
    chosen = lines.loc[rows].reset_index(drop=True)
    families = _families(chosen, FAMILY if family == "metric" else [])
    bench = _Bench(a, b, chosen, families, test)
    bench.by_examples()
    bench.by_seeds()
    bench.by_counts()
    bench.by_intervals()
    judged = bench.judged.assign(family=families, p_holm=np.nan)
    known = judged["p"].notna().to_numpy()
    judged.loc[known, "p_holm"] = significance.holm(judged["p"].to_numpy()[known], families[known])
    lines.loc[rows[~known], ["verdict", "reason"]] = [NOT_COMPARABLE, NO_SPREAD]
    judged.index = rows
    lines = lines.join(judged)
    lines["difference"] = lines["difference"].fillna(lines["value_b"] - lines["value_a"])
    return lines.fillna({"test": ""}).astype({"family": "Int64", "pairs": "Int64"})


def _families(chosen: pd.DataFrame, columns: list[str]) -> Rows:
    """The rows' families (rows,), numbered from 0: what agrees in these columns; without any, all rows are one."""
    if not columns:
        return np.zeros(len(chosen), dtype=np.int64)
    return np.asarray(chosen.groupby(columns, sort=False).ngroup().to_numpy(dtype="int64"))


def _same_job(a: Run, b: Run, lines: pd.DataFrame) -> Mask:
    keys_a, keys_b = a.job_keys(), b.job_keys()
    same = {pair for pair, key in keys_a.items() if keys_b.get(pair) == key}
    if not same:
        return np.zeros(len(lines), dtype=bool)
    return np.array([pair in same for pair in zip(lines["model"], lines["dataset"], strict=True)], dtype=bool)


class _Bench:
    """The rows under test. ``families`` (rows,) are their families' numbers, ``sizes`` (rows,) how many rows these have."""

    def __init__(self, a: Run, b: Run, chosen: pd.DataFrame, families: Rows, test: str) -> None:
        self.a, self.b, self.chosen, self.families, self.test = a, b, chosen, families, test
        self.sizes = np.bincount(families)[families]
        self.seeds_a = a.seeds.reindex(chosen["index_a"]).to_numpy(dtype="float64")
        self.seeds_b = b.seeds.reindex(chosen["index_b"]).to_numpy(dtype="float64")
        self.todo = np.ones(len(chosen), dtype=bool)
        self.found = np.full((len(chosen), len(FOUND)), np.nan)
        self.names = np.full(len(chosen), "", dtype=object)
        self.pairs = np.zeros(len(chosen), dtype=np.int64)

    @property
    def judged(self) -> pd.DataFrame:
        return pd.DataFrame(self.found, columns=FOUND).assign(test=self.names, pairs=self.pairs)

    def by_examples(self) -> None:
        """Rows of which both jobs kept the values of every test example."""
        kept_a, kept_b = KeptExamples(self.a), KeptExamples(self.b)
        if not (kept_a.any and kept_b.any):
            return
        for row, name in enumerate(
            zip(*(self.chosen[name] for name in ("model", "dataset", "metric", "estimator")), strict=True)
        ):
            one, other = kept_a.values(*name), kept_b.values(*name)
            if one is None or other is None or one.shape[1] != other.shape[1]:
                continue
            single = max(len(one), len(other)) == 1
            if self.test == "permutation" and not single:
                continue  # the seeds' permutation test is asked for
            resampled = bool(single and self._free(np.array([row]), 1 / (RESAMPLES + 1))[0])
            there_a, there_b = self._there(row)
            self.found[row] = compare_examples(one, other, there_a == there_b, resampled)
            self.names[row] = OF_EXAMPLES[0 if resampled else 1] if single else "t of seeds and examples"
            self.pairs[row], self.todo[row] = one.shape[1], False

    def by_seeds(self) -> None:
        """Rows of which both runs have the values of several seeds; paired where most are the same and it is worth it."""
        several = (np.isfinite(self.seeds_a).sum(axis=1) > 1) & (np.isfinite(self.seeds_b).sum(axis=1) > 1)
        groups = self._alike(np.flatnonzero(several & self.todo))
        shared = self._shared_by_others(groups)
        for rows in groups:
            there_a, there_b = self._there(rows[0])
            common = _common(there_a, there_b)
            worth = np.full(len(rows), len(common) > 0)
            if common and self.test == "auto":
                least = break_even(len(there_a), len(there_b), len(common), LEVEL / self.sizes[rows])
                worth = ~(shared[rows] < least)  # paired also where nothing is known
            if worth.any():
                self._paired(rows[worth], common)
            if not worth.all():
                self._unpaired(rows[~worth], there_a, there_b)

    def _shared_by_others(self, groups: list[Rows]) -> NDArray[np.float64]:
        """Of each row, how the values of the same seeds correlate in its family's rows of other models."""
        found = np.full(len(self.chosen), np.nan)
        for rows in groups:
            if common := _common(*self._there(rows[0])):
                found[rows] = correlations(*self._values(rows, common, common))
        return mean_of_other_models(found, self.families, self.chosen["model"].to_numpy(dtype=object))

    def _paired(self, rows: Rows, common: list[str]) -> None:
        free = self._free(rows, significance.smallest_paired(len(common)))
        found = significance.paired(*self._values(rows, common, common), free)
        self._fill(rows, found, np.where(free, "paired permutation", "paired t"), len(common))

    def _unpaired(self, rows: Rows, there_a: list[str], there_b: list[str]) -> None:
        free = self._free(rows, significance.smallest_unpaired(len(there_a), len(there_b)))
        found = significance.unpaired(*self._values(rows, there_a, there_b), free)
        self._fill(rows, found, np.where(free, "permutation", "Welch's t"), min(len(there_a), len(there_b)))

    def by_intervals(self) -> None:
        """The other rows: from their means and intervals."""
        rows = np.flatnonzero(self.todo)
        means, low, high, seeds = self._sides(rows)
        examples = self.chosen.loc[rows, ["n"]].to_numpy("float64")
        degrees = np.where(seeds > 1, seeds - 1, np.where(examples > 1, examples - 1, significance.MANY))
        found = significance.from_intervals(means, low, high, degrees, seeds)
        lone = (seeds.min(axis=1) == 1) & (seeds.max(axis=1) > 1)
        names = np.where(lone, "intervals, a single seed taken to vary as the others", INTERVALS)
        self._fill(rows, found, names, np.nan_to_num(seeds.min(axis=1)).astype(np.int64))

    def by_counts(self) -> None:
        """Rows that are a share of the seeds, of which no seed has a value."""
        of_seeds = self.chosen["metric"].str.endswith(SHARE_OF_SEEDS).to_numpy(dtype=bool)
        rows = np.flatnonzero(self.todo & of_seeds)
        means, low, high, seeds = self._sides(rows)
        found = significance.shares_of_seeds(means, low, high, seeds)
        self._fill(rows, found, np.full(len(rows), "Fisher's exact test"), seeds.min(axis=1).astype(np.int64))

    def _sides(self, rows: Rows) -> tuple[NDArray[np.float64], ...]:
        """Value, ends of the interval and number of seeds, (rows, 2) each."""
        columns = ("value", "ci_low", "ci_high", "seeds")
        sides = [self.chosen.loc[rows, [f"{name}_{side}" for name in columns]].to_numpy("float64") for side in "ab"]
        return tuple(np.column_stack([side[:, column] for side in sides]) for column in range(len(columns)))

    def _free(self, rows: Rows, smallest: float) -> Mask:
        """Whether the rows' test is the one that assumes nothing of the seeds' distribution."""
        if self.test == "auto":
            return np.asarray(smallest * RESOLUTION * self.sizes[rows] <= LEVEL)
        return np.full(len(rows), self.test == "permutation")

    def _there(self, row: int) -> tuple[list[str], list[str]]:
        """The seeds that the row has in either run."""
        return (
            list(self.a.seeds.columns[np.isfinite(self.seeds_a[row])]),
            list(self.b.seeds.columns[np.isfinite(self.seeds_b[row])]),
        )

    def _values(self, rows: Rows, seeds_a: list[str], seeds_b: list[str]) -> tuple[NDArray[Any], NDArray[Any]]:
        columns_a, columns_b = self.a.seeds.columns.isin(seeds_a), self.b.seeds.columns.isin(seeds_b)
        return self.seeds_a[np.ix_(rows, columns_a)], self.seeds_b[np.ix_(rows, columns_b)]

    def _alike(self, rows: Rows) -> list[Rows]:
        """The rows grouped by which seeds they have in either run."""
        if len(rows) == 0:
            return []
        there = np.concatenate([np.isfinite(self.seeds_a[rows]), np.isfinite(self.seeds_b[rows])], axis=1)
        _, group = np.unique(np.packbits(there, axis=1), axis=0, return_inverse=True)
        return [rows[group.ravel() == number] for number in range(group.max() + 1)]

    def _fill(self, rows: Rows, found: Tested, names: NDArray[Any], pairs: Any) -> None:
        self.found[rows] = np.column_stack([found.difference, found.low, found.high, found.p])
        self.names[rows], self.pairs[rows], self.todo[rows] = names, pairs, False


def _common(seeds_a: list[str], seeds_b: list[str]) -> list[str]:
    """The seeds that both have, if they are two or more and most of them; else none."""
    common = [seed for seed in seeds_a if seed in seeds_b]
    return common if len(common) > 1 and 2 * len(common) >= max(len(seeds_a), len(seeds_b)) else []
