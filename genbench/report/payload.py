"""Tables as the page's script reads them: column by column, each different text once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from genbench.results.comparison import MARKS
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


def label(text: object) -> str:
    """A name as the page shows it."""
    return plain(text, LONGEST_NAME)


def tables_of(run: Run) -> list[dict[str, Any]]:
    """Every table of the run; failures last."""
    return [_table(str(name), rows) for name, rows in run.rows.groupby("table", sort=False)]


def comparison_table(lines: pd.DataFrame) -> dict[str, Any]:
    """The lines of :func:`genbench.results.compare`, the verdicts with their marks."""
    marked = lines.assign(verdict=[f"{MARKS[verdict]} {verdict}" for verdict in lines["verdict"]])
    reasons = marked["reason"].where(marked["reason"] != "", marked["test"])
    return _payload(
        "comparison", marked.assign(reason=reasons), COMPARED, ("table", "dataset", "metric", "estimator", "verdict")
    )


def _table(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    if name == FAILURES:
        return _payload(name, rows, FAILED, ("status", "dataset", "metric"))
    filters = ("dataset", "metric", "estimator", "examples", "n", "status")
    controls = frozenset(rows.loc[rows["control"], "model"])
    best = sorted(
        place
        for _, part in rows.reset_index(drop=True).groupby("dataset", sort=False)
        for place in best_rows(part, controls)
    )
    return _payload(name, rows, MEASURED, filters) | {"best": best, "headline": _headline(rows)}


def _headline(rows: pd.DataFrame) -> str:
    """The metric that is shown first: the first that is no log of the training, if there is one."""
    names = [str(name) for name in rows["metric"].unique()]
    return label(next((name for name in names if not name.startswith(TRAINING)), names[0]))


def _payload(name: str, rows: pd.DataFrame, columns: Sequence[Column], filters: Sequence[str]) -> dict[str, Any]:
    """``data`` has the columns that are shown, filtered by, or needed to draw: texts as {words, codes}, numbers as lists."""
    intervals = ["ci_low", "ci_high"] if any(column.kind == "interval" for column in columns) else []
    keys = dict.fromkeys([*(column.key for column in columns), *filters, *intervals, "better"])
    return {
        "name": label(name),
        "columns": [asdict(column) for column in columns],
        "filters": list(filters),
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
