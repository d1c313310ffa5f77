"""A comparison as people read it: marks, short numbers, and what is to be known before they are believed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from genbench.results.comparison import MARKS, SAME
from genbench.results.judging import INTERVALS, OF_EXAMPLES
from genbench.results.layout import short
from genbench.results.pairing import NOT_COMPARABLE
from genbench.results.significance import LEVEL, smallest_paired, smallest_unpaired

LEAST: dict[str, Callable[[int], float]] = {
    "paired t": smallest_paired,
    "paired permutation": smallest_paired,
    "Welch's t": lambda count: smallest_unpaired(count, count),
    "permutation": lambda count: smallest_unpaired(count, count),
}
"""By test, the least p that any test without assumptions could give."""


def readable(lines: pd.DataFrame, everything: bool = False) -> pd.DataFrame:
    """The lines as text; without ``everything`` those that do not differ, or do not compare, are left to the notes."""
    shown = lines if everything else lines[~lines["verdict"].isin([SAME, NOT_COMPARABLE])]
    several_runs = len(set(lines["run"])) > 1
    texts: dict[str, Any] = {
        "": [MARKS[verdict] for verdict in shown["verdict"]],
        **({"run": shown["run"]} if several_runs else {}),
        "table": shown["table"],
        "dataset": shown["dataset"],
        "model": [f"{model} (control)" if control else model for model, control in _columns(shown, "model", "control")],
        "metric": [_metric(*row) for row in _columns(shown, "metric", "estimator", "n", "examples")],
        "A": [_number(value) for value in shown["value_a"]],
        "B": [_number(value) for value in shown["value_b"]],
        "B - A": [_interval(*row) for row in _columns(shown, "difference", "ci_low", "ci_high")],
        "p (Holm)": [_p(value) for value in shown["p_holm"]],
        "because": [reason or test for reason, test in _columns(shown, "reason", "test")],
    }
    return pd.DataFrame({name: list(column) for name, column in texts.items()})


def notes(lines: pd.DataFrame, everything: bool = False) -> list[str]:
    """What the runs are, how many rows came out how, and how far the tests reach."""
    counts = lines["verdict"].value_counts()
    told = [f"{mark} {counts[verdict]} {verdict}" for verdict, mark in MARKS.items() if verdict in counts.index]
    described = [f"{chr(ord('A') + place)}  {text}" for place, text in enumerate(lines.attrs.get("runs", []))]
    found = [*described, "  ".join(told) if told else "nothing to compare"]
    for reason, rows in lines[lines["verdict"] == NOT_COMPARABLE].groupby("reason"):
        found.append(f"{MARKS[NOT_COMPARABLE]} {len(rows)}: {reason} ({_some(rows['metric'])})")
    found += [*_reach(lines), *_few_seeds(lines), *_single_fits(lines)]
    hidden = counts.get(SAME, 0) + counts.get(NOT_COMPARABLE, 0)
    if hidden and not everything:
        found.append(
            f"the {hidden} rows marked {MARKS[SAME]} or {MARKS[NOT_COMPARABLE]} are not shown; --all shows them"
        )
    return found


def _some(names: pd.Series[str]) -> str:
    """The first names, each once."""
    different = list(dict.fromkeys(names))
    return ", ".join(different[:3]) + (", ..." if len(different) > 3 else "")


def _reach(lines: pd.DataFrame) -> list[str]:
    tested = lines[lines["p"].notna()]
    if tested.empty:
        return []
    families = len(tested[["run", "family"]].drop_duplicates())
    chance = f"; of runs that do not differ, about {LEVEL * families:.0f} would be expected to" if families > 20 else ""
    return [
        f"{len(tested)} rows tested in {families} famil{'y' if families == 1 else 'ies'}, each with Holm's correction at "
        f"{LEVEL:.0%}: at most {LEVEL:.0%} of the families would show a difference by chance{chance}"
    ]


def _few_seeds(lines: pd.DataFrame) -> list[str]:
    """Where so few seeds stand behind rows that only an assumption on their distribution can find anything."""
    found = []
    few = lines.loc[lines["test"].isin(LEAST), ["test", "pairs"]]
    for test, count, rows in few.value_counts().reset_index().itertuples(index=False):
        least = LEAST[test](int(count))
        if least > LEVEL:
            so = "none can be significant" if "permutation" in test else "Student's t takes seeds to vary normally"
            found.append(f"{test}, {count} seeds, {rows} rows: a permutation test has no p below {least:.3g}; {so}")
    return found


def _single_fits(lines: pd.DataFrame) -> list[str]:
    """Where a difference may be no more than that of two seeds."""
    by_intervals = (lines["test"] == INTERVALS) & (lines["pairs"] == 1)
    alone = lines["test"].isin(OF_EXAMPLES) | by_intervals.fillna(False)
    rows = int((alone & lines["p"].notna()).sum())
    if not rows:
        return []
    return [f"one seed a side, {rows} rows: they speak of these fits alone; those of another seed may differ as much"]


def _columns(frame: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(frame[name] for name in names), strict=True)


def _metric(metric: str, estimator: str, n: Any, examples: Any) -> str:
    sizes = [f"{name} = {count}" for name, count in (("n", n), ("m", examples)) if not pd.isna(count)]
    settings = ", ".join(part for part in (estimator, *sizes) if part)
    return f"{metric} ({settings})" if settings else metric


def _number(value: float) -> str:
    return "–" if math.isnan(value) else short(value)


def _interval(value: float, low: float, high: float) -> str:
    if math.isnan(value):
        return "–"
    sign = "+" if value > 0 else ""
    return f"{sign}{short(value)}" + ("" if math.isnan(low) else f" [{short(low)}, {short(high)}]")


def _p(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}" if value >= 0.001 else "< 0.001"
