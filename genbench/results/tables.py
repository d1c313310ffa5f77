"""The tables of a run folder: tidy, one measurement a row, the same columns in all of them but those that compare models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from genbench.measurement import COLUMNS
from genbench.results import atomic
from genbench.results.comparisons import comparisons
from genbench.results.folder import RunFolder
from genbench.results.likelihood_vs_quality import NAME, likelihood_vs_quality
from genbench.results.markdown import as_markdown

FAILURES = "failures"
INTEGERS = ["seeds", "n", "examples"]
NUMBERS = ["value", "ci_low", "ci_high"]


def build_tables(folder: RunFolder) -> dict[str, pd.DataFrame]:
    """Every table by name, ``failures`` last; made anew from run.json and the jobs' results.

    Raises :class:`genbench.errors.RunFolderError` if the folder holds no run.
    """
    run, results = folder.read_run(), folder.results()
    results.sort(key=lambda result: (result["dataset"], result["control"], result["model"]))
    rows: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        for table, measured in result["measurements"].items():
            rows.setdefault(table, []).extend(measured)
    order = [*run["tables"], *sorted(rows)]
    tables = {name: _frame(rows[name], COLUMNS) for name in dict.fromkeys(order) if name in rows}
    if joined := likelihood_vs_quality(tables):
        tables[NAME] = _frame(joined, COLUMNS)
    failures = [*_of_results(results), *_of_plan(run), *_not_run(run, results)]
    return {**tables, **comparisons(results), FAILURES: _frame(failures, (*COLUMNS, "reason"))}


def controls(folder: RunFolder) -> frozenset[str]:
    """The labels of the models that are controls: they stand under the others and never compete."""
    return frozenset(result["model"] for result in folder.results() if result["control"])


def flaws(folder: RunFolder) -> dict[str, str]:
    """By a model's label, what is wrong with it however good its numbers, as its record says."""
    return {result["model"]: result["flaw"] for result in folder.results() if result.get("flaw")}


def write_tables(folder: RunFolder) -> dict[str, pd.DataFrame]:
    """Build the tables and write each as CSV and, for reading, as Markdown; tables of an earlier run that are gone go."""
    tables = build_tables(folder)
    apart, wrong = controls(folder), flaws(folder)
    for name, frame in tables.items():
        atomic.write_text(folder.tables / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
        atomic.write_text(folder.tables / f"{name}.md", as_markdown(name, frame, apart, wrong))
    for path in folder.tables.iterdir():
        if path.stem not in tables:
            path.unlink()
    return tables


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    frame[INTEGERS] = frame[INTEGERS].astype("Int64")
    frame[NUMBERS] = frame[NUMBERS].astype("float64")
    return frame


def _of_results(results: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Failures and skipped evaluations of jobs that ran, and measurements that have no value though nothing failed."""
    for result in results:
        names = {name: result[name] for name in ("dataset", "model", "plugin")}
        for (stage, status, reason), seeds in _seeds_of_failures(result["failures"]).items():
            of = f"seed{'s' if len(seeds) > 1 else ''} {', '.join(seeds)}: " if seeds else ""
            yield {**names, "metric": stage, "status": status, "reason": of + reason}
        for evaluation, reason in result["skipped"].items():
            yield {**names, "metric": evaluation, "status": "skipped", "reason": reason}
        if result["status"] == "ok":
            for row in (row for rows in result["measurements"].values() for row in rows if row["status"] != "ok"):
                yield {"reason": "", **row}


def _seeds_of_failures(failures: list[dict[str, Any]]) -> dict[tuple[str, str, str], list[str]]:
    """The seeds that failed in the same way, by that way; none for a failure that is not a seed's."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for failure in failures:
        seeds = grouped.setdefault((failure["stage"], failure["status"], failure["reason"]), [])
        seeds.extend([] if failure["seed"] is None else [str(failure["seed"])])
    return grouped


def _of_plan(run: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind, status in (("broken_data", "failed"), ("left_out", "skipped")):
        for entry in run[kind]:
            names = {name: entry[name] for name in ("dataset", "model", "plugin")}
            yield {**names, "metric": entry["what"], "status": status, "reason": entry["reason"]}


def _not_run(run: dict[str, Any], results: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    done = {result["key"] for result in results}
    for key, job in run["jobs"].items():
        if key not in done:
            yield {"dataset": job["dataset"], "model": job["model"], "status": "skipped", "reason": "not run yet"}
