"""Tables as the page's script reads them: column by column, each different text once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from genbench.results.comparison import MARKS
from genbench.results.comparisons import CROSSINGS, PAIRED_TESTS, ROLES, TABLES_OF_PAIRS
from genbench.results.layout import TRAINING, best_rows
from genbench.results.loading import Run
from genbench.results.tables import FAILURES
from genbench.text import plain

LONGEST_NAME = 200
DIGITS = 6
"""Of a number, more than are shown."""


@dataclass(frozen=True)
class Column:
    """``name`` is the header. An ``interval`` is drawn about the column's value, from ``ci_low`` to ``ci_high``."""

    key: str
    name: str
    kind: Literal["text", "number", "interval"] = "text"


MEASURED = (
    Column("model", "model"),
    Column("value", "value", "number"),
    Column("value", "95 % interval", "interval"),
    Column("unit", "unit"),
    Column("seeds", "seeds", "number"),
    Column("n", "n", "number"),
    Column("examples", "training examples", "number"),
    Column("dataset", "data set"),
    Column("metric", "metric"),
    Column("estimator", "estimator"),
    Column("status", "status"),
)
FAILED = (
    Column("model", "model"),
    Column("dataset", "data set"),
    Column("metric", "what"),
    Column("status", "status"),
    Column("reason", "reason"),
)
COMPARED = (
    Column("verdict", "verdict"),
    Column("model", "model"),
    Column("dataset", "data set"),
    Column("metric", "metric"),
    Column("estimator", "estimator"),
    Column("value_a", "A", "number"),
    Column("value_b", "B", "number"),
    Column("difference", "B − A", "number"),
    Column("difference", "95 % interval", "interval"),
    Column("p_holm", "p (Holm)", "number"),
    Column("n", "n", "number"),
    Column("examples", "training examples", "number"),
    Column("reason", "because"),
)
PAIRED = {
    CROSSINGS: (
        Column("dataset", "data set"),
        Column("first", "first"),
        Column("second", "second"),
        Column("crossing", "second ahead from", "number"),
        Column("crossing", "95 % interval", "interval"),
        Column("ahead_at_smallest", "ahead at the smallest size"),
        Column("ahead_at_largest", "ahead at the largest size"),
        Column("smallest", "smallest size", "number"),
        Column("largest", "largest size", "number"),
        Column("seeds", "subsets", "number"),
    ),
    PAIRED_TESTS: (
        Column("dataset", "data set"),
        Column("first", "first"),
        Column("second", "second"),
        Column("examples", "training examples", "number"),
        Column("difference", "first − second", "number"),
        Column("difference", "95 % interval", "interval"),
        Column("p_holm", "p (Holm)", "number"),
    ),
}
ONE_SCALE = ("dataset", "metric", "estimator")
"""Bars of rows that agree in these are drawn on one scale."""


def label(text: object) -> str:
    """A name as the page shows it."""
    return plain(text, LONGEST_NAME)


def tables_of(run: Run) -> list[dict[str, Any]]:
    """Every table of the run: measurements, then tables of pairs, failures last."""
    measured = {str(name): rows for name, rows in run.rows.groupby("table", sort=False)}
    failures = measured.pop(FAILURES, None)
    found = [_measurements(name, rows) for name, rows in measured.items()]
    found += [_pairs(name, rows) for name, rows in run.pairs.items()]
    return found if failures is None else [*found, _failures(failures)]


def comparison_table(lines: pd.DataFrame, notes: Sequence[str]) -> dict[str, Any]:
    """The lines of :func:`genbench.results.compare`, the verdicts with their marks."""
    marked = lines.assign(verdict=[f"{MARKS[verdict]} {verdict}" for verdict in lines["verdict"]])
    reasons = marked["reason"].where(marked["reason"] != "", marked["test"])
    filters = ("table", *ONE_SCALE, "verdict")
    return _payload("comparison", marked.assign(reason=reasons), COMPARED, filters) | {"notes": list(map(plain, notes))}


def _measurements(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    filters = (*ONE_SCALE, "examples", "n", "status")
    controls = frozenset(rows.loc[rows["control"], "model"])
    best = sorted(
        place
        for _, part in rows.reset_index(drop=True).groupby("dataset", sort=False)
        for place in best_rows(part, controls)
    )
    return _payload(name, rows, MEASURED, filters, "better") | {"best": best, "headline": _headline(rows)}


def _pairs(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    """No row of a pair is the best, and controls are in none."""
    sent = _payload(name, rows.assign(control=False), PAIRED[name], ("dataset", *ROLES))
    return sent | {"names": ROLES, "scale": ("dataset",), "notes": [TABLES_OF_PAIRS[name].caption]}


def _failures(rows: pd.DataFrame) -> dict[str, Any]:
    notes = ["Everything that has no number, and why."]
    return _payload(FAILURES, rows, FAILED, ("status", "dataset", "metric")) | {"notes": notes}


def _headline(rows: pd.DataFrame) -> str:
    """The metric that is shown first: the first that is no log of the training, if there is one."""
    names = [str(name) for name in rows["metric"].unique()]
    return label(next((name for name in names if not name.startswith(TRAINING)), names[0]))


def _payload(
    name: str, rows: pd.DataFrame, columns: Sequence[Column], filters: Sequence[str], *others: str
) -> dict[str, Any]:
    """``data`` has the columns that are shown, filtered by, or needed to draw, and ``others``: texts as {words, codes},
    numbers as lists. ``names`` are the columns that hold models, ``scale`` those within which bars have one scale."""
    intervals = ["ci_low", "ci_high"] if any(column.kind == "interval" for column in columns) else []
    keys = dict.fromkeys([*(column.key for column in columns), *filters, *intervals, *others])
    return {
        "name": label(name),
        "columns": [asdict(column) for column in columns],
        "filters": list(filters),
        "names": ["model"],
        "scale": ONE_SCALE,
        "notes": [],
        "rows": len(rows),
        "controls": np.flatnonzero(rows["control"]).tolist(),
        "data": {key: _column(rows[key]) for key in keys},
    }


def _column(values: pd.Series[Any]) -> Any:
    if pd.api.types.is_numeric_dtype(values.dtype):
        return numbers(values)
    codes, words = pd.factorize(values.fillna(""))
    return {"words": [label(word) for word in words], "codes": codes.tolist()}


def numbers(values: pd.Series[Any]) -> list[float | None]:
    """Short enough to be sent, None for what is missing."""
    found = values.to_numpy(dtype=float, na_value=np.nan)
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in found]
