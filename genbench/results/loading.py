"""Reads what a run left: from its jobs, or, where only tables are kept, from those."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from genbench.errors import GenbenchError, RunFolderError, UnknownNameError
from genbench.labels import known_labels, labels_meant
from genbench.measurement import COLUMNS
from genbench.results.comparisons import TABLES_OF_PAIRS
from genbench.results.csv_files import csv_files, read_seeds, read_tables
from genbench.results.folder import RunFolder
from genbench.results.likelihood_vs_quality import ALL_MODELS, COPIED
from genbench.results.likelihood_vs_quality import NAME as OF_COPIES
from genbench.results.tables import (
    FAILURES,
    INTEGERS,
    KEY,
    NUMBERS,
    TEXTS,
    build_seed_values,
    build_tables,
    controls,
    jobs_of,
)


@dataclass(frozen=True)
class Run:
    """A run as it is read.

    label    as it was named.
    rows     the tables under each other, named in the column ``table``; besides their columns ``reason`` and ``control``.
    seeds    the values of the single seeds, one column a seed; the same index as ``rows``.
    pairs    by name, the tables whose rows compare two models (:data:`genbench.results.comparisons.TABLES_OF_PAIRS`).
    record   run.json, or {} where there are tables alone.
    folder   the run folder; of tables alone, the folder that they are in.
    """

    label: str
    rows: pd.DataFrame
    seeds: pd.DataFrame
    pairs: dict[str, pd.DataFrame]
    record: dict[str, Any]
    folder: RunFolder

    def fingerprint(self, dataset: str) -> str | None:
        """Of the data set's contents; None where it is not known."""
        found: str | None = self.record.get("datasets", {}).get(dataset, {}).get("fingerprint")
        return found

    @property
    def knows_controls(self) -> bool:
        """Whether it is recorded which models are controls; tables alone, and older runs, do not say."""
        return any("control" in job for job in jobs_of(self.folder)) if self.record else False

    def job_keys(self) -> dict[tuple[str, str], str]:
        """The keys of the jobs by model and data set."""
        return {(job["model"], job["dataset"]): key for key, job in self.record.get("jobs", {}).items()}

    def of_models(self) -> pd.DataFrame:
        """The rows of one model on one data set: not those of all models, nor of what was left out with every one."""
        rows = self.rows
        return rows[(rows["dataset"] != "") & ~rows["model"].isin(["", ALL_MODELS])]

    def each_once(self) -> Run:
        """Without the rows that are copies of another table's."""
        return self._where(~((self.rows["table"] == OF_COPIES) & self.rows["metric"].isin(COPIED)))

    def only(self, **wanted: Collection[str]) -> Run:
        """Keep the rows whose columns hold one of the names given for them; no names given means all.

        Models and data sets are found under any spelling of their options.
        """
        keep = pd.Series(data=True, index=self.rows.index)
        for column, names in wanted.items():
            if names:
                keep &= self.rows[column].isin(self.meant(column, names))
        return self._where(keep)

    def meant(self, column: str, names: Iterable[str]) -> list[str]:
        """Replace names by this run's spelling of them, where they are those of models or data sets."""
        if column not in ("model", "dataset"):
            return list(names)
        unrecorded: dict[str, Mapping[str, str]] = {str(label): {} for label in self.rows[column].unique()}
        return labels_meant(names, {**unrecorded, **known_labels(self.record.get("jobs", {}).values(), column)})

    def _where(self, keep: pd.Series[bool]) -> Run:
        return replace(self, rows=self.rows[keep], seeds=self.seeds[keep])


def load(path: str | Path) -> pd.DataFrame:
    """Every measurement of a run, one a row: the tables' columns, and ``table``, ``reason`` and ``control``.

    ``path`` is a run folder or a folder of tables. Raises :class:`RunFolderError` if it is neither.
    """
    return read_run(path).rows


def load_seeds(path: str | Path) -> pd.DataFrame:
    """The values of the single seeds: what names the row, then one column a seed; rows without them are left out."""
    run = read_run(path)
    return run.rows[["table", *KEY]].join(run.seeds.dropna(how="all"), how="inner").reset_index(drop=True)


def load_pairs(path: str | Path) -> dict[str, pd.DataFrame]:
    """By name, the tables of a run whose rows compare two models, ``crossings`` and ``paired_tests``, if it has them.

    Columns: ``dataset``, ``first``, ``second``, then those of
    :data:`genbench.results.comparisons.TABLES_OF_PAIRS`, which also says how to read them.
    """
    return read_run(path).pairs


def read_run(path: str | Path) -> Run:
    """As :func:`load`, with all that is known of the run."""
    path = Path(path)
    home = path.parent if path.name == "tables" and (path.parent / "run.json").is_file() else path
    folder = RunFolder(home)
    if not folder.has_run():
        if not csv_files(path):
            raise RunFolderError(f"{path} holds neither a run (run.json) nor tables (*.csv); give the folder of one")
        return _run(path, read_tables(path), {}, {}, folder)
    if folder.has_results():
        tables, seeds = build_tables(folder), build_seed_values(folder)
    else:
        tables, seeds = read_tables(folder.tables), read_seeds(folder.seeds)
    run = _run(path, tables, seeds, folder.read_run(), folder)
    run.rows["control"] = run.rows["model"].isin(controls(folder))
    return run


def check_names(runs: Collection[Run], column: str, kind: str, names: Iterable[str]) -> None:
    """Raise :class:`UnknownNameError` for a name that none of the runs has in this column, and :class:`GenbenchError` for a
    table of pairs, which has no such column."""
    # in the table of failures the column of metrics has evaluations and stages of a job, too
    rows = [run.rows[run.rows["table"] != FAILURES] if column == "metric" else run.rows for run in runs]
    known = {str(name) for found in rows for name in found[column].unique()}
    for name in names:
        if column == "table" and any(name in run.pairs for run in runs):
            raise GenbenchError(f"the table {name!r} compares pairs of models; read it in report.html or {name}.md")
        if known.isdisjoint(meant for run in runs for meant in run.meant(column, [name])):
            raise UnknownNameError(kind, name, known - {""})


def _run(
    path: Path,
    tables: dict[str, pd.DataFrame],
    seeds: dict[str, pd.DataFrame],
    record: dict[str, Any],
    folder: RunFolder,
) -> Run:
    """The measurements under each other, none of them a control's; tables of pairs apart."""
    pairs = {name: frame for name, frame in tables.items() if name in TABLES_OF_PAIRS}
    rows = _stacked([frame.assign(table=name) for name, frame in tables.items() if name not in pairs])
    return Run(str(path), rows, _aligned(rows, seeds), pairs, record, folder)


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*COLUMNS, "table"])
    if "reason" not in rows:
        rows["reason"] = ""
    rows[TEXTS] = rows[TEXTS].fillna("").astype(str)
    rows = rows.astype(dict.fromkeys(NUMBERS, "float64") | dict.fromkeys(INTEGERS, "Int64"))
    rows["control"] = False
    return rows


def _aligned(rows: pd.DataFrame, seeds: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The seeds' values with the index of the rows."""
    parts = [frame.assign(table=name) for name, frame in seeds.items() if not frame.empty]
    if not parts:
        return pd.DataFrame(index=rows.index)
    values = pd.concat(parts, ignore_index=True)
    ids = sorted((column for column in values.columns if column not in (*KEY, "table")), key=int)
    known = values.drop_duplicates(["table", *KEY], keep=False)
    ok = rows.loc[rows["status"] == "ok", ["table", *KEY]]
    return ok.reset_index().merge(known, on=["table", *KEY]).set_index("index")[ids].reindex(rows.index)
