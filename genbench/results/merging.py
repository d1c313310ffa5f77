"""Run folders of several machines put together in a new one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genbench.errors import RunFolderError
from genbench.protocol import recorded_differences
from genbench.results import atomic
from genbench.results.folder import RunFolder
from genbench.results.tables import write_tables
from genbench.text import plain
from genbench.whole_files import remove

DIFFERS_BY_MACHINE = ("seconds", "peak_memory_mb", "train_seconds", "sample_seconds_per_1000")


@dataclass
class Merged:
    """``jobs`` that the new folder has, and ``conflicts``, each in a line: what was kept and what was left out."""

    jobs: int = 0
    conflicts: list[str] = field(default_factory=list)


def merge(folders: Sequence[str | Path], out: str | Path) -> Merged:
    """Copy the jobs of all runs to ``out``, a new folder, and write its tables.

    Of a job that several runs have, the first that ended ``ok`` is taken. Where two runs have different jobs, or different
    numbers, for one model and data set, the first stays and the conflict is told.
    Raises :class:`RunFolderError` where a folder has no jobs, where protocols differ, and where ``out`` is not empty.
    """
    atomic.check_output_folder(Path(out))
    sources, target = [RunFolder(Path(folder)) for folder in folders], RunFolder(Path(out))
    records = [_record(source) for source in sources]
    for source, record in zip(sources[1:], records[1:], strict=True):
        differences = recorded_differences(records[0]["protocol"], record["protocol"])
        if differences:
            first = "; ".join(f"{name} {one} -> {other}" for name, (one, other) in list(differences.items())[:3])
            raise RunFolderError(f"{sources[0].path} and {source.path} were run under different protocols ({first})")
    if target.path.exists() and any(target.path.iterdir()):
        raise RunFolderError(f"{target.path} is not empty; give a new folder with --out")
    merged = Merged()
    with target.locked(), _whole_or_not_at_all(target):
        jobs = _copy_jobs(sources, records, target, merged)
        target.write_run(_merged_record(sources, records, jobs, merged))
        write_tables(target)
    return merged


@contextmanager
def _whole_or_not_at_all(target: RunFolder) -> Iterator[None]:
    """Leave nothing of a new folder that could not be finished."""
    try:
        yield
    except BaseException:
        for path in (target.jobs, target.tables, target.seeds, target.run_file):
            remove(path)
        raise


def _record(source: RunFolder) -> dict[str, Any]:
    record = source.read_run()
    if not source.has_results():
        raise RunFolderError(f"{source.path} has no jobs, tables at most; only run folders with jobs can be merged")
    return record


def _copy_jobs(
    sources: list[RunFolder], records: list[dict[str, Any]], target: RunFolder, merged: Merged
) -> dict[str, Any]:
    """The jobs of the new folder by key, as run.json names them."""
    owners: dict[tuple[str, str], tuple[str, RunFolder]] = {}
    jobs: dict[str, Any] = {}
    for source, record in zip(sources, records, strict=True):
        for key, job in record["jobs"].items():
            result = source.result(key)
            if result is None:
                continue
            pair = (job["model"], job["dataset"])
            if pair not in owners:
                owners[pair], jobs[key] = (key, source), job
                continue
            other_key, owner = owners[pair]
            kept = owner.result(other_key) or {}
            if key == other_key and kept.get("status") != "ok" and result["status"] == "ok":
                owners[pair] = (key, source)
            elif reason := _conflict(kept, result, key == other_key):
                merged.conflicts.append(
                    f"{pair[0]} on {pair[1]}: {reason}; kept that of {owner.path}, not of {source.path}"
                )
    for key, owner in owners.values():
        _copy(owner.jobs / key, target.jobs / key)
    merged.jobs = len(jobs)
    return jobs


def _conflict(kept: dict[str, Any], result: dict[str, Any], same_key: bool) -> str:
    """Why two results of one model and data set do not agree; "" if they do."""
    if not same_key:
        return "the jobs differ in code, data, hyperparameters, evaluations or device"
    if result["status"] == "ok" and _numbers(kept) != _numbers(result):
        return "the same job came to other numbers"
    return ""


def _numbers(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (table, row["metric"], row["estimator"], row["n"], row["examples"], row["value"])
        for table, rows in result["measurements"].items()
        for row in rows
        if row["metric"] not in DIFFERS_BY_MACHINE
    ]


def _copy(job: Path, target: Path) -> None:
    workspace = target.with_name(f".tmp-{target.name}-{os.getpid()}")
    with atomic.disk_errors_named(target):
        workspace.mkdir(parents=True)
        _check_kind(job)
        for path in sorted(job.rglob("*")):  # not shutil.copytree, which hides why a file could not be written
            _check_kind(path)
            there = workspace / path.relative_to(job)
            if path.is_dir():
                there.mkdir()
            else:
                shutil.copy2(path, there, follow_symlinks=False)
    atomic.publish_folder(workspace, target)


def _check_kind(path: Path) -> None:
    """Raise :class:`RunFolderError` for a link, which may lead out of the run's folder, and for a pipe or a device."""
    if path.is_symlink() or not (path.is_file() or path.is_dir()):
        what = f"a link to {path.readlink()}" if path.is_symlink() else "a pipe, a socket or a device"
        raise RunFolderError(
            f"{plain(path)} is {plain(what)}, and merge copies files and folders alone; put what belongs there in its "
            "place, or remove it"
        )


def _merged_record(
    sources: list[RunFolder], records: list[dict[str, Any]], jobs: dict[str, Any], merged: Merged
) -> dict[str, Any]:
    """run.json of the first run, with the jobs and data of all, and under ``merged`` what each was made with."""
    datasets: dict[str, Any] = {}
    for source, record in zip(sources, records, strict=True):
        for label, card in record["datasets"].items():
            if datasets.setdefault(label, card).get("fingerprint") != card.get("fingerprint"):
                merged.conflicts.append(f"data set {label} has other contents in {source.path}")
    pairs = {(job["model"], job["dataset"]) for job in jobs.values()}
    left_out = [entry for record in records for entry in record["left_out"]]
    told = ("command", "started", "finished", "versions", "git", "hardware", "plugins")
    return {
        **records[0],
        "inputs": "",  # those of one command; a later one looks at every job
        "tables": list(dict.fromkeys(table for record in records for table in record["tables"])),
        "datasets": datasets,
        "planned": list(jobs),
        "jobs": jobs,
        "left_out": _each_once(
            entry for entry in left_out if entry["what"] or (entry["model"], entry["dataset"]) not in pairs
        ),
        "broken_data": _each_once(entry for record in records for entry in record["broken_data"]),
        "merged": [
            {"folder": source.path.name, **{name: record.get(name) for name in told}}
            for source, record in zip(sources, records, strict=True)
        ],
    }


def _each_once(entries: Any) -> list[dict[str, Any]]:
    return list({tuple(sorted(entry.items())): entry for entry in entries}.values())
