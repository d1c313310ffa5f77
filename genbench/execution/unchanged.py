"""Whether a run of the very same things is in the folder already, told without starting a worker."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from genbench.execution.job import WORKER
from genbench.execution.provenance import versions
from genbench.execution.selection import Selection
from genbench.identity.code import code_hash
from genbench.identity.contents import contents_named
from genbench.identity.units import HARNESS
from genbench.protocol import Protocol
from genbench.results.folder import RunFolder

PLANNER = "genbench.execution.plan:make_plan"


def inputs_of(selection: Selection, protocol: Protocol, device: str) -> str:
    """SHA-256 of all that decides the plan and its results, as far as it is known before anything is loaded: names, options,
    code, versions, protocol, and the contents of files."""
    inputs = {
        "models": [model.model_dump(mode="json") for model in selection.models],
        "datasets": [dataset.model_dump(mode="json") for dataset in selection.datasets],
        "evaluations": [evaluation.model_dump(mode="json") for evaluation in selection.evaluations],
        "protocol": protocol.fingerprint,
        "device": device,
        "versions": versions(),
        "genbench": [code_hash(WORKER), code_hash(PLANNER)],
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def begun_before(folder: RunFolder, inputs: str) -> bool:
    """Tell whether the folder's last run was of the same inputs."""
    return _run_of(folder, inputs) is not None


def jobs_done_before(folder: RunFolder, inputs: str, selection: Selection) -> int | None:
    """Count the jobs of a finished run of the same inputs; None if there is none, or if one of its jobs is not ``ok``.

    None too where a data set has a third party's loader: what it reads, and whether that has changed, is known when it was
    loaded, and not before.
    """
    run = _run_of(folder, inputs)
    if run is None or run["finished"] is None or run["broken_data"]:
        return None
    if any(dataset.target.partition(".")[0] != HARNESS for dataset in selection.datasets):
        return None
    planned: list[str] = run["planned"]
    done = folder.jobs_done()
    return len(planned) if all(key in done and _same_files(run["jobs"][key]) for key in planned) else None


def _same_files(job: dict[str, Any]) -> bool:
    """Tell whether the files that a job's hyperparameters name, also by default, are as they were."""
    return contents_named(job.get("settings", {}).get("model", {})) == job.get("contents")


def _run_of(folder: RunFolder, inputs: str) -> dict[str, Any] | None:
    run = folder.record()
    return run if run is not None and run["inputs"] == inputs else None
