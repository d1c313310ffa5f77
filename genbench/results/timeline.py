"""One metric over many runs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from genbench.errors import GenbenchError
from genbench.results.loading import Run, check_names, read_run
from genbench.results.pairing import protocol_reason
from genbench.results.tables import KEY


def history(
    *folders: str | Path, metric: str, models: Collection[str] = (), datasets: Collection[str] = ()
) -> pd.DataFrame:
    """Every value of the metric, run after run in the order in which they were started: ``run``, ``started``, ``commit``,
    ``table``, the names and sizes of the row, ``unit``, ``better``, ``value``, ``ci_low``, ``ci_high``, ``seeds``,
    ``status``, and ``comparable``: "" or why the value does not compare with that of the first run.

    Runs that are tables alone come first, as they are named. Raises :class:`GenbenchError` without folders, or for a name
    that no run has.
    """
    if not folders:
        raise GenbenchError("no history: give the folders of one run or more")
    if twice := [str(folder) for folder in folders if list(folders).count(folder) > 1]:
        raise GenbenchError(f"{twice[0]} is named twice; name each run once")
    runs = sorted(
        (read_run(folder).each_once() for folder in folders), key=lambda run: str(run.record.get("started") or "")
    )
    for column, kind, names in (
        ("metric", "metric", [metric]),
        ("model", "model", models),
        ("dataset", "data set", datasets),
    ):
        check_names(runs, column, kind, names)
    chosen = [run.only(metric=[metric], model=models, dataset=datasets) for run in runs]
    return pd.concat([_of_run(run, chosen[0]) for run in chosen], ignore_index=True)


def as_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The history as text with a column a run."""
    from genbench.results.layout import short

    names = ["table", *KEY]
    cells = pd.Series(
        [
            (str(status).replace("_", " ") if status != "ok" else short(value)) + (" ≠" if reason else "")
            for value, status, reason in zip(frame["value"], frame["status"], frame["comparable"], strict=True)
        ],
        index=frame.index,
    )
    texts = frame.assign(cell=cells, **{name: frame[name].astype("string").fillna("") for name in ("n", "examples")})
    wide = texts.pivot_table("cell", names, "run", aggfunc="first", sort=False).fillna("–")
    shown = wide[list(dict.fromkeys(frame["run"]))].reset_index()
    return shown if len(set(frame["table"])) > 1 else shown.drop(columns="table")


def _of_run(run: Run, first: Run) -> pd.DataFrame:
    reason = protocol_reason(first, run)
    rows = run.rows[["table", *KEY, "unit", "better", "value", "ci_low", "ci_high", "seeds", "status"]]
    rows = rows[~rows["status"].isin(["skipped"])]
    other_data = [
        name
        for name in rows["dataset"].unique()
        if None not in (one := (first.fingerprint(str(name)), run.fingerprint(str(name)))) and one[0] != one[1]
    ]
    comparable = [reason or ("the data differ" if dataset in other_data else "") for dataset in rows["dataset"]]
    front = {
        "run": run.label,
        "started": run.record.get("started") or "",
        "commit": (run.record.get("git") or {}).get("commit", ""),
    }
    return rows.assign(**front, comparable=comparable)[[*front, *rows.columns, "comparable"]]
