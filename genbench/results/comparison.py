"""Two or more runs row by row: what is better, worse, or not told apart by chance."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from genbench.errors import GenbenchError, check_choice
from genbench.results.judging import judge
from genbench.results.layout import TRAINING
from genbench.results.loading import Run, check_names, read_run
from genbench.results.pairing import FAILED, GONE, NEW, NOT_COMPARABLE, pair
from genbench.text import plain

TESTS, FAMILIES = ("auto", "t", "permutation"), ("metric", "all")

BETTER, WORSE, CHANGED, SAME = "better", "worse", "changed", "not significant"
MARKS = {
    BETTER: "▲", WORSE: "▼", CHANGED: "◆", SAME: "=", NOT_COMPARABLE: "≠", NEW: "+", GONE: "−", FAILED: "!",
}  # fmt: skip
"""By verdict, in the order in which they are counted. ``changed`` is a difference where neither direction is better."""
WORSE_OR_FAILED = (WORSE, FAILED)
DIFFERENT = (*WORSE_OR_FAILED, BETTER, CHANGED, GONE, NEW)
LINE = [
    "run", "table", "dataset", "model", "control", "metric", "estimator", "n", "examples", "unit", "better",
    "value_a", "value_b", "difference", "ci_low", "ci_high", "p", "p_holm", "family", "test", "pairs", "verdict", "reason",
]  # fmt: skip


def compare(
    reference: str | Path,
    *others: str | Path,
    models: Collection[str] = (),
    datasets: Collection[str] = (),
    metrics: Collection[str] = (),
    test: str = "auto",
    family: str = "metric",
) -> pd.DataFrame:
    """Every other run beside the reference, one line a row that either has; the columns are those of ``LINE``:

    run                   the other run, as it was named; ``attrs["runs"]`` describes each
    value_a, value_b      of the reference and of the other; ``difference`` is the second less the first, ``ci_low`` and
                          ``ci_high`` its 95 % interval, not widened for the number of rows
    p, p_holm             by the ``test``, and after Holm's correction over the ``family`` (its rows have the same number)
    test                  how it was tested, in words; ``pairs``: how many seeds or examples stand behind it
    verdict, reason       a key of ``MARKS``, and why, where it is no matter of numbers

    Arguments:
        models, datasets, metrics  only these; what models logged while they were trained, only if it is named.
        test    ``auto``: the permutation test where it can find something in so large a family, else Student's t;
                ``t`` or ``permutation``: always that one.
        family  rows that are corrected together: those of one ``metric`` and estimator on one data set, or ``all`` of the
                two runs.

    Raises :class:`genbench.errors.GenbenchError` for a folder without results and for a name that no run has.
    """
    if not others:
        raise GenbenchError("nothing to compare with: give two folders or more")
    check_choice("test", test, TESTS)
    check_choice("family", family, FAMILIES)
    runs = [read_run(path) for path in (reference, *others)]
    wanted = {"model": models, "dataset": datasets, "metric": metrics}
    for (column, names), kind in zip(wanted.items(), ("model", "data set", "metric"), strict=True):
        check_names(runs, column, kind, names)
    first, *rest = (_without_logs(run.each_once().only(**wanted), metrics) for run in runs)
    lines = pd.concat([_compared(first, run, test, family) for run in rest], ignore_index=True)
    lines.attrs["runs"] = [_described(run) for run in runs]
    return lines


def _described(run: Run) -> str:
    """The run in a line: where it lies, when it was made, of what code, on what."""
    record = run.record
    if not record.get("started"):
        return f"{run.label}: tables alone; protocol and data are taken to be the same"
    git, hardware = record.get("git") or {}, record.get("hardware") or {}
    parts = [
        f"{run.label}: {record['started']}",
        f"genbench {(record.get('versions') or {}).get('genbench', 'unknown')}",
        f"commit {git['commit'][:10]}{'' if git.get('clean') else ' with changes'}" if git.get("commit") else "",
        f"protocol {(record.get('protocol') or {}).get('name', 'unknown')}",
        f"{hardware.get('device', 'unknown device')}, {hardware.get('processor', 'unknown processor')}",
    ]
    return plain(", ".join(part for part in parts if part))


def _without_logs(run: Run, metrics: Collection[str]) -> Run:
    if any(name.startswith(TRAINING) for name in metrics):
        return run
    names = {name for name in run.rows["metric"].unique() if not str(name).startswith(TRAINING)}
    return run.only(metric=names) if names else run


def _compared(a: Run, b: Run, test: str, family: str) -> pd.DataFrame:
    lines = judge(a, b, pair(a, b), test, family)
    tested = lines["verdict"] == ""
    significant = lines["p_holm"] <= 0.05
    improved = np.where(lines["better"] == "lower", lines["difference"] < 0, lines["difference"] > 0)
    direction = np.where(lines["better"] == "", CHANGED, np.where(improved, BETTER, WORSE))
    lines["verdict"] = np.where(tested, np.where(significant, direction, SAME), lines["verdict"])
    lines["run"] = b.label
    for name in ("n", "examples"):
        lines[name] = lines[name].where(lines[name] >= 0).astype("Int64")
    order = {
        verdict: place
        for place, verdict in enumerate((FAILED, WORSE, BETTER, CHANGED, GONE, NEW, NOT_COMPARABLE, SAME))
    }
    ranked = lines.assign(order=lines["verdict"].map(order))
    by: list[Any] = ["table", "dataset", "order", "metric", "estimator", "model"]
    return ranked.sort_values(by, kind="stable", ignore_index=True)[LINE]
