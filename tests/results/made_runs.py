"""Run folders made by hand: what a run would have left, without running it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from genbench.measurement import Measurement
from genbench.protocol import load_protocol
from genbench.results.folder import RunFolder
from genbench.results.tables import write_tables


def measured(
    metric: str, values: Any, *, estimator: str = "exact", better: str = "lower", **others: Any
) -> Measurement:
    """A row from the values of its seeds, with Student's interval."""
    values = np.asarray(values, dtype=float)
    half = 4 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 1.0
    mean = float(values.mean())
    settings = {"n": 100, "examples": 50, "seeds": len(values), "per_seed": tuple(values), **others}
    return Measurement(
        metric, estimator, mean, "nats", better, ci_low=mean - half, ci_high=mean + half, plugin="p", **settings
    )  # type: ignore[arg-type]


def failed(metric: str, status: str = "failed", reason: str = "it broke") -> Measurement:
    return Measurement(metric, "", None, status=status, reason=reason, plugin="p")  # type: ignore[arg-type]


def make_run(
    path: Path,
    rows: dict[tuple[str, str], list[Measurement]],
    *,
    seeds: tuple[int, ...] = tuple(range(10)),
    fingerprint: str = "same",
    protocol: dict[str, Any] | None = None,
    controls: tuple[str, ...] = (),
    started: str = "2026-01-01T00:00:00+00:00",
    table: str = "likelihood",
    key: str = "",
) -> RunFolder:
    """A run whose jobs (model, data set) have these rows; ``key`` tells the jobs of two runs apart."""
    folder = RunFolder(path)
    jobs = {
        f"{key or path.name}{place}": {"model": model, "dataset": dataset, "control": model in controls, "flaw": ""}
        for place, (model, dataset) in enumerate(rows)
    }
    settings = load_protocol("quick").model_dump(mode="json")
    record = {
        "command": ["genbench"], "started": started, "finished": started, "protocol": {**settings, **(protocol or {})},
        "versions": {"genbench": "0.1.0"}, "git": None, "hardware": {"device": "cpu", "processor": "one"}, "plugins": [],
        "tables": [table], "datasets": {name: {"fingerprint": fingerprint} for _, name in rows}, "planned": list(jobs),
        "jobs": jobs, "left_out": [], "broken_data": [], "inputs": "x",
    }  # fmt: skip
    folder.write_run(record)
    for (name, job), found in zip(jobs.items(), rows.values(), strict=True):
        folder.open_job(name)
        named = [{**row.as_row(), "model": job["model"], "dataset": job["dataset"]} for row in found]
        bad = [row for row in found if row.status != "ok"]
        failures = [{"stage": "fit", "status": bad[0].status, "reason": bad[0].reason, "seed": None}] if bad else []
        result = {
            "key": name, **job, "plugin": "p", "status": bad[0].status if bad else "ok", "failures": failures,
            "skipped": {}, "seconds": 1.0, "fitted_seeds": list(seeds), "measurements": {table: named},
        }  # fmt: skip
        folder.publish_job(name, result, None)
    write_tables(folder)
    return folder


def keep_examples(folder: RunFolder, key: str, name: str, values: Any) -> None:
    """Leave the values (seeds, n) of single test examples in a job's folder."""
    np.savez(folder.jobs / key / "per_example.npz", **{name: values})


def edit_record(folder: RunFolder, **changes: Any) -> None:
    folder.run_file.write_text(json.dumps({**folder.read_run(), **changes}))
