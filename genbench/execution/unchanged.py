"""Whether a run of the very same things is in the folder already, told without starting a worker."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from genbench.execution.provenance import versions
from genbench.execution.selection import Selection
from genbench.protocol import Protocol
from genbench.results.folder import RunFolder
from genbench.targets import code_hash


def inputs_of(selection: Selection, protocol: Protocol, device: str) -> str:
    """SHA-256 of all that decides the plan and its results: names, options, code, versions, protocol, and the data files'
    sizes and times."""
    inputs = {
        "models": [model.model_dump(mode="json") for model in selection.models],
        "datasets": [dataset.model_dump(mode="json") for dataset in selection.datasets],
        "evaluations": [evaluation.model_dump(mode="json") for evaluation in selection.evaluations],
        "files": [_stat(file) for dataset in selection.datasets for file in dataset.files],
        "protocol": protocol.fingerprint,
        "device": device,
        "versions": versions(),
        "genbench": code_hash("genbench.model:Model"),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def begun_before(folder: RunFolder, inputs: str) -> bool:
    """Whether the folder's last run was of the same inputs."""
    return _run_of(folder, inputs) is not None


def jobs_done_before(folder: RunFolder, inputs: str) -> int | None:
    """How many jobs a finished run of the same inputs had; None if there is none, or if one of its jobs is not ``ok``."""
    run = _run_of(folder, inputs)
    if run is None or run["finished"] is None or run["broken_data"]:
        return None
    planned: list[str] = run["planned"]
    return len(planned) if folder.jobs_done().issuperset(planned) else None


def _run_of(folder: RunFolder, inputs: str) -> dict[str, Any] | None:
    run = folder.record()
    return run if run is not None and run["inputs"] == inputs else None


def _stat(file: Path) -> Any:
    if not file.is_file():
        return [str(file), None, None]
    stat = file.stat()
    return [str(file), stat.st_size, stat.st_mtime_ns]
