"""The tables of a run folder: tidy, one measurement a row, the same columns in all of them but those that compare models."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from genbench.errors import RunFolderError
from genbench.measurement import COLUMNS
from genbench.results import atomic
from genbench.results.comparisons import comparisons
from genbench.results.folder import RunFolder, make_way
from genbench.results.likelihood_vs_quality import NAME, likelihood_vs_quality
from genbench.results.markdown import as_markdown
from genbench.text import for_spreadsheet
from genbench.whole_files import remove

FAILURES = "failures"
INTEGERS = ["seeds", "n", "examples"]
NUMBERS = ["value", "ci_low", "ci_high"]
TEXTS = [name for name in (*COLUMNS, "reason") if name not in (*INTEGERS, *NUMBERS)]
KEY = ["dataset", "model", "metric", "estimator", "n", "examples"]
"""What names a row within its table."""
OF_SUBSETS = ("learning_curve", "semi_supervised")
"""Tables of fits to random subsets of the training split, which are the same whatever the seeds of the run."""


def build_tables(folder: RunFolder) -> dict[str, pd.DataFrame]:
    """Every table by name, ``failures`` last; made anew from run.json and the jobs' results.

    Raises :class:`genbench.errors.RunFolderError` if the folder holds no run.
    """
    run, results = folder.read_run(), _sorted_results(folder)
    rows: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        for table, measured in result["measurements"].items():
            rows.setdefault(table, []).extend(measured)
    order = [*run["tables"], *sorted(rows)]
    tables = {name: _frame(rows[name], COLUMNS) for name in dict.fromkeys(order) if name in rows}
    if joined := likelihood_vs_quality(tables):
        tables[NAME] = _frame(joined, COLUMNS)
    failures = [*_of_results(results), *_of_plan(run), *_not_run(folder, run, results)]
    return {**tables, **comparisons(results), FAILURES: _frame(failures, (*COLUMNS, "reason"))}


def build_seed_values(folder: RunFolder) -> dict[str, pd.DataFrame]:
    """By table, the values behind each mean over several seeds: the columns of ``KEY``, then one column a seed.

    Of the tables of :data:`OF_SUBSETS` the seeds are random subsets, numbered from 0.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for result in _sorted_results(folder):
        fitted = result.get("fitted_seeds", [])
        for table, measured in result["measurements"].items():
            for row in measured:
                values = row.get("per_seed", ())
                of_seeds = len(fitted) == len(values) and table not in OF_SUBSETS
                seeds = fitted if of_seeds else range(len(values))
                if len(values) > 1:
                    found = {str(seed): value for seed, value in zip(seeds, values, strict=True)}
                    rows.setdefault(table, []).append({name: row[name] for name in KEY} | found)
    return {table: _seed_frame(found) for table, found in rows.items()}


def controls(folder: RunFolder) -> frozenset[str]:
    """The labels of the models that are controls: they stand under the others and never compete."""
    return frozenset(job["model"] for job in jobs_of(folder) if job.get("control"))


def flaws(folder: RunFolder) -> dict[str, str]:
    """By a model's label, what is wrong with it however good its numbers, as its record says."""
    return {job["model"]: job["flaw"] for job in jobs_of(folder) if job.get("flaw")}


def write_tables(folder: RunFolder) -> dict[str, pd.DataFrame]:
    """Build the tables and write each as CSV and, for reading, as Markdown, and beside them the seeds' values; what an
    earlier run left of them goes. Files that would not change are not touched."""
    if not folder.has_results() and any(folder.tables.glob("*.csv")):
        raise RunFolderError(
            f"{folder.path} keeps tables without the jobs that they were made of, so they are not made again; "
            "genbench tables, compare, rank, report and plot read them as they are"
        )
    tables = build_tables(folder)
    texts = _files(folder, tables)
    for path in _outdated(folder, texts):
        remove(path)
    for path, text in texts.items():
        if not atomic.holds(path, text):
            make_way(path)
            atomic.write_text(path, text)
    return tables


def are_current(folder: RunFolder, tables: dict[str, pd.DataFrame]) -> bool:
    """Whether the files of the folder hold these tables, and no others."""
    texts = _files(folder, tables)
    return not _outdated(folder, texts) and all(atomic.holds(path, text) for path, text in texts.items())


def _files(folder: RunFolder, tables: dict[str, pd.DataFrame]) -> dict[Path, str]:
    """The files that these tables, and the seeds' values behind them, are kept in, with their text."""
    apart, wrong = controls(folder), flaws(folder)
    texts = {}
    for name, frame in tables.items():
        texts[folder.tables / f"{name}.csv"] = as_csv(frame)
        texts[folder.tables / f"{name}.md"] = as_markdown(name, frame, apart, wrong)
    seeds = build_seed_values(folder)
    return texts | {folder.seeds / f"{name}.csv": as_csv(frame, "%.10g") for name, frame in seeds.items()}


def _outdated(folder: RunFolder, wanted: Collection[Path]) -> list[Path]:
    """The tables and seeds' values of an earlier run that this one does not have. What else lies there is not ours."""
    tables = [path for path in folder.tables.glob("*.csv") if path.with_suffix(".md").is_file()]
    ours = [*tables, *(path.with_suffix(".md") for path in tables), *folder.seeds.glob("*.csv")]
    return [path for path in ours if path not in wanted and path.is_file() and not path.name.startswith(".")]


def as_csv(frame: pd.DataFrame, digits: str | None = None) -> str:
    """The frame as CSV; text that a spreadsheet would run as a formula has an apostrophe before it."""
    safe = {name: frame[name].map(for_spreadsheet, na_action="ignore") for name in TEXTS if name in frame.columns}
    return frame.assign(**safe).to_csv(index=False, lineterminator="\n", float_format=digits)


def jobs_of(folder: RunFolder) -> list[dict[str, Any]]:
    """What is known of each job: by its result, or, where only tables are kept, by run.json."""
    return folder.results() or list(folder.read_run()["jobs"].values())


def _sorted_results(folder: RunFolder) -> list[dict[str, Any]]:
    return sorted(folder.results(), key=lambda result: (result["dataset"], result["control"], result["model"]))


def _seed_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    counts = [name for name in INTEGERS if name in KEY]
    frame[counts] = frame[counts].astype("Int64")
    return frame[[*KEY, *sorted(set(frame.columns) - set(KEY), key=int)]]


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    frame[INTEGERS] = frame[INTEGERS].astype("Int64")
    frame[NUMBERS] = frame[NUMBERS].astype("float64")
    return frame


def _of_results(results: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Failures and skipped evaluations of jobs that ran, and measurements that have no value: those with a reason of their
    own, and those of jobs in which nothing failed that would explain them."""
    for result in results:
        names = {name: result[name] for name in ("dataset", "model", "plugin")}
        for (stage, status, reason), seeds in _seeds_of_failures(result["failures"]).items():
            of = f"seed{'s' if len(seeds) > 1 else ''} {', '.join(seeds)}: " if seeds else ""
            yield {**names, "metric": stage, "status": status, "reason": of + reason}
        for evaluation, reason in result["skipped"].items():
            yield {**names, "metric": evaluation, "status": "skipped", "reason": reason}
        for row in (row for rows in result["measurements"].values() for row in rows if row["status"] != "ok"):
            if result["status"] == "ok" or "reason" in row:
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


def _not_run(folder: RunFolder, run: dict[str, Any], results: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    done = {result["key"] for result in results}
    for key, job in run["jobs"].items():
        if key not in done:
            reason = "its result.json is damaged" if folder.damage(key) else "not run yet"
            yield {"dataset": job["dataset"], "model": job["model"], "status": "skipped", "reason": reason}
