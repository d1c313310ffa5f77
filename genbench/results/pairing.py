"""Which row of one run stands beside which row of another, and why the others stand alone or do not compare."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from genbench.protocol import UNKNOWN, recorded_differences
from genbench.results.loading import Run
from genbench.results.tables import FAILURES, KEY

GROUP = ["table", "dataset", "model"]
NAME = [*GROUP, "metric"]
ROW = ["table", *KEY, "copy"]
"""What rows have in common that are paired; ``copy`` counts rows that are named alike."""
SEEDS_AND_DIGITS = {"seeds", "first_seed", "threads", "evaluation.resamples", "evaluation.jackknife_groups"}
"""Settings that make a number more or less certain, but no other number."""
MEASURED_BY_CLOCK = "wall-clock"
MACHINE = "seconds depend on what else the machine did, and are not judged"

NOT_COMPARABLE, NEW, GONE, FAILED = "not comparable", "new", "gone", "newly failed"


def protocol_reason(a: Run, b: Run) -> str:
    """Why no number of the two runs compares; "" if they do, or if a protocol is not known.

    A setting that only one of the two knows belongs to an evaluation that the other version of genbench did not have.
    """
    theirs, mine = a.record.get("protocol"), b.record.get("protocol")
    if theirs is None or mine is None:
        return ""
    found = [
        f"{name} {their} -> {my}"
        for name, (their, my) in recorded_differences(theirs, mine).items()
        if name not in SEEDS_AND_DIGITS and UNKNOWN not in (their, my)
    ]
    more = f" and {len(found) - 2} more" if len(found) > 2 else ""
    return f"protocol: {', '.join(found[:2])}{more}" if found else ""


def pair(a: Run, b: Run) -> pd.DataFrame:
    """One line for each row of either run: ``ROW``, ``unit``, ``better``, ``control``, of each run the index, value,
    interval and number of seeds (``index_a``, ``value_a``, ...), and ``verdict`` and ``reason``, "" where the two
    can be tested.

    Rows that failed in both are left out.
    """
    ok_a, ok_b = _measured(a), _measured(b)
    outer = ok_a.merge(ok_b, on=ROW, how="outer", suffixes=("_a", "_b"), indicator="where")
    where = outer.pop("where")
    both = outer[where == "both"].copy()
    both["verdict"], both["reason"] = "", ""
    _block(both, both["estimator"] == MEASURED_BY_CLOCK, MACHINE)
    changed = [name for name in both["dataset"].unique() if _data_differ(a, b, str(name))]
    _block(both, both["dataset"].isin(changed), "the data differ")
    if reason := protocol_reason(a, b):
        _block(both, pd.Series(data=True, index=both.index), reason)
    failed_a, failed_b = _failed(a, ok_a), _failed(b, ok_b)
    alone = _alone(outer[where == "left_only"], outer[where == "right_only"], failed_a, failed_b)
    unheard = _anti_join(failed_b[failed_b["table"] != FAILURES], pd.concat([ok_a[NAME], failed_a[NAME]]))
    unheard = unheard.assign(verdict=FAILED, reason=unheard["why"]).rename(columns={"control": "control_b"})
    lines = pd.concat([both, alone, unheard.drop(columns=["why", "whole"])], ignore_index=True)
    lines["estimator"] = lines["estimator"].fillna("")  # of what failed and has no partner
    for name in ("unit", "better", "control"):
        lines[name] = lines[f"{name}_b"].where(lines[f"{name}_b"].notna(), lines[f"{name}_a"])
    return lines.drop(columns=[f"{name}_{run}" for name in ("unit", "better", "control") for run in "ab"])


def _measured(run: Run) -> pd.DataFrame:
    rows = run.rows[run.rows["status"] == "ok"].reset_index()
    for name in ("n", "examples"):
        rows[name] = rows[name].fillna(-1).astype("int64")
    rows["copy"] = rows.groupby(ROW[:-1], sort=False, observed=True).cumcount()
    return rows[[*ROW, "index", "value", "ci_low", "ci_high", "seeds", "unit", "better", "control"]]


def _failed(run: Run, measured: pd.DataFrame) -> pd.DataFrame:
    """The rows that ought to have a value and have none, one a metric; ``why``, and ``whole`` if the model has no other."""
    rows = run.rows[~run.rows["status"].isin(["ok", "skipped"])]
    cause = ["dataset", "model", "status"]
    causes = rows[(rows["table"] == FAILURES) & (rows["reason"] != "")].drop_duplicates(cause)[[*cause, "reason"]]
    of_job = rows[cause].merge(causes, on=cause, how="left")["reason"].fillna("").to_numpy()
    reason = rows["reason"].where(rows["reason"] != "", of_job)
    told = rows["status"].astype(str).str.replace("_", " ") + (": " + reason).where(reason != "", "")
    pairs = pd.MultiIndex.from_frame(measured[["dataset", "model"]])
    whole = ~pd.MultiIndex.from_frame(rows[["dataset", "model"]]).isin(pairs)
    return rows.assign(why=told, whole=whole).drop_duplicates(NAME)[[*NAME, "why", "whole", "control"]]


def _anti_join(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The rows whose ``NAME`` is not among the others'."""
    return rows[~pd.MultiIndex.from_frame(rows[NAME]).isin(pd.MultiIndex.from_frame(others[NAME]))]


def _block(lines: pd.DataFrame, which: pd.Series[bool], reason: str) -> None:
    lines.loc[which, ["verdict", "reason"]] = [NOT_COMPARABLE, reason]


def _data_differ(a: Run, b: Run, dataset: str) -> bool:
    one, other = a.fingerprint(dataset), b.fingerprint(dataset)
    return one is not None and other is not None and one != other


def _alone(left: pd.DataFrame, right: pd.DataFrame, failed_a: pd.DataFrame, failed_b: pd.DataFrame) -> pd.DataFrame:
    """The rows that have no partner: failed since, measured otherwise, gone or new."""
    left = _with_reason(left, failed_b)
    broken = left[left["why"] != ""].assign(verdict=FAILED)
    left, right = left[left["why"] == ""], _with_reason(right, failed_a)
    parts = [broken.assign(reason=broken["why"])]
    for columns in ([*NAME, "estimator", "examples"], [*NAME, "estimator"], NAME):
        matched, left, right = _otherwise(left, right, columns)
        parts.append(matched)
    before = ("failed before: " + right["why"]).where(right["why"] != "", "")
    parts += [left.assign(verdict=GONE, reason=""), right.assign(verdict=NEW, reason=before)]
    return pd.concat([part.drop(columns="why") for part in parts])


def _with_reason(rows: pd.DataFrame, failed: pd.DataFrame) -> pd.DataFrame:
    """``why`` the other run has no such row: because the metric failed there, or every one of the model's; else ""."""
    by_metric = rows[NAME].merge(failed[[*NAME, "why"]], on=NAME, how="left")["why"].to_numpy()
    whole = failed[failed["whole"]].drop_duplicates(["dataset", "model"])[["dataset", "model", "why"]]
    by_job = rows[["dataset", "model"]].merge(whole, on=["dataset", "model"], how="left")["why"].to_numpy()
    told = pd.Series(by_metric, index=rows.index).fillna(pd.Series(by_job, index=rows.index)).fillna("")
    return rows.assign(why=told)


def _otherwise(
    left: pd.DataFrame, right: pd.DataFrame, columns: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rows that agree in these columns and differ in the others that name them; then what is left of either side."""
    numbered = [side.assign(k=side.groupby(columns, observed=True).cumcount()) for side in (left, right)]
    of_b = [name for name in right.columns if name.endswith("_b")]
    others = [name for name in ("estimator", "n", "examples") if name not in columns]
    found = (
        numbered[0]
        .drop(columns=of_b)
        .merge(numbered[1][[*columns, "k", *others, *of_b]], on=[*columns, "k"], suffixes=("", "_other"))
    )
    if found.empty:
        return (
            found.assign(verdict="", reason="").drop(columns=["k", *(f"{name}_other" for name in others)]),
            left,
            right,
        )
    reasons = [
        np.where(
            found[name].astype(str) != found[f"{name}_other"].astype(str),
            f"{name} differs: " + _shown(found[name]) + " -> " + _shown(found[f"{name}_other"]),
            "",
        )
        for name in others
    ]
    told = ["; ".join(filter(None, parts)) for parts in zip(*reasons, strict=True)]
    matched = found.assign(verdict=NOT_COMPARABLE, reason=told).drop(
        columns=["k", *(f"{name}_other" for name in others)]
    )
    rest_a = ~left["index_a"].isin(found["index_a"])
    rest_b = ~right["index_b"].isin(found["index_b"])
    return matched, left[rest_a], right[rest_b]


def _shown(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.astype(str).replace("-1", "unknown")
