"""The form of run.json and result.json: what a reader may rely on, whoever wrote or damaged the file.

Files of earlier versions lack what was not kept then; it has a default here. What is not named here is handed on as it is.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

from genbench.measurement import Measurement, Status
from genbench.records import Name
from genbench.text import plain


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a time without its zone")
    return text


def _settings(protocol: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(protocol.get("training", {}), dict):
        raise ValueError("training: Input should be an object")
    return protocol


def _key(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]{1,64}", text):
        raise ValueError(f"{plain(repr(text), 60)} is no key of a job; expected lower-case letters and digits alone")
    return text


JobKey = Annotated[str, AfterValidator(_key)]
"""The name of a folder, which leads out of none, and differs from others also where case makes no difference."""
Label = Annotated[str, StringConstraints(min_length=1)]
Moment = Annotated[str, AfterValidator(_moment)]
Settings = Annotated[dict[str, Any], AfterValidator(_settings)]
"""A protocol, with the settings of the version that wrote it."""


class Entry(BaseModel):
    """A part of either file; a field of another type than is named is an error."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False, protected_namespaces=())


class JobEntry(Entry):
    """A job in run.json."""

    model: Label
    dataset: Label
    control: bool = False
    flaw: str = ""
    code: str | dict[str, str] = ""
    settings: dict[str, dict[str, str]] = {}
    contents: dict[str, str] = {}


class DatasetEntry(Entry):
    """A data set in run.json."""

    fingerprint: str | None = None
    train: int = 0
    validation: int = 0
    test: int = 0
    shape: list[int] = []
    support: str = ""
    classes: int = 0
    warnings: list[str] = []
    notes: list[str] = []


class SkippedEntry(Entry):
    """What was left out, in run.json."""

    model: str
    dataset: str
    plugin: str
    what: str
    reason: str


class GitEntry(Entry):
    """The state of the checkout, in run.json."""

    commit: str = ""
    clean: bool = False


class HardwareEntry(Entry):
    """The machine, in run.json."""

    device: str = ""
    processor: str = ""
    cores: int = 0
    memory_gb: float = 0.0
    gpus: list[str] = []


class FailureEntry(Entry):
    """A failure in result.json."""

    stage: str
    status: Status
    reason: str
    seed: int | None = None


class RunFile(Entry):
    """run.json."""

    jobs: dict[JobKey, JobEntry]
    planned: list[JobKey] | None = None
    tables: list[Name] = []
    datasets: dict[str, DatasetEntry] = {}
    left_out: list[SkippedEntry] = []
    broken_data: list[SkippedEntry] = []
    started: Moment | None = None
    finished: Moment | None = None
    inputs: str = ""
    command: list[str] = []
    protocol: Settings = {}
    versions: dict[str, str] = {}
    git: GitEntry | None = None
    hardware: HardwareEntry = HardwareEntry()
    plugins: list[Any] = []

    def as_dict(self) -> dict[str, Any]:
        """Return the content; what a run has is always there, what an entry lacks is not."""
        planned = list(self.jobs) if self.planned is None else self.planned
        return {**self.model_dump(), **self.model_dump(exclude_unset=True), "planned": planned}


class ResultFile(Entry):
    """result.json: each row is a :class:`genbench.measurement.Measurement` of the job's model on its data set."""

    key: JobKey
    model: Label
    dataset: Label
    plugin: str
    control: bool
    flaw: str = ""
    status: Status
    failures: list[FailureEntry]
    skipped: dict[str, str]
    measurements: dict[Name, list[Measurement]]
    seconds: float | None = None
    fitted_seeds: list[int] = []

    @model_validator(mode="after")
    def _rows_are_its_own(self) -> ResultFile:
        for rows in self.measurements.values():
            for row in rows:
                if (row.model, row.dataset) != (self.model, self.dataset):
                    raise ValueError(f"a row of {row.model!r} on {row.dataset!r}, which is another job's")
        return self

    def as_dict(self) -> dict[str, Any]:
        """Return the content, each row as :meth:`Measurement.as_row` gives it."""
        rows = {table: [row.as_row() for row in found] for table, found in self.measurements.items()}
        return {**self.model_dump(exclude={"measurements"}), "measurements": rows}
