"""A job: one model on one data set, with its hyperparameters, under one protocol, with all its seeds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from genbench.data.files.kinds import FilePath
from genbench.protocol import Protocol
from genbench.records import EvaluationSpec
from genbench.text import plain

Line = Annotated[str, AfterValidator(plain)]
"""Free text that a model or plugin may have brought."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class ModelRef(Frozen):
    """A model with the hyperparameters given for it. ``label`` is what the tables call it."""

    name: str
    label: str
    target: str
    plugin: str
    distribution: str
    version: str
    code: str
    control: bool
    flaw: str = ""
    hyperparameters: dict[str, Any] = {}
    """As they were given; once the plan knows the model, its validated values, without those that are defaults."""
    settings: dict[str, str] = {}
    """Every hyperparameter as a text, also those that have their default, once the plan knows the model."""
    contents: dict[str, str] = {}
    """Hashes of the files that hyperparameters name, by the hyperparameter."""


class DatasetRef(Frozen):
    """A data set with the options given for it, and where its files are."""

    name: str
    label: str
    target: str
    summary: str
    distribution: str = ""
    code: str
    """Of the loader."""
    folders: tuple[Path, ...] = ()
    files: tuple[FilePath, ...] = ()
    """Those that it is made of."""
    options: dict[str, Any] = {}
    """As a model's ``hyperparameters``."""
    settings: dict[str, str] = {}
    """As a model's."""
    contents: dict[str, str] = {}
    """Hashes of its files, and of those that options name."""


class EvaluationRef(Frozen):
    """An evaluation, the code that it is, and where the files are that it needs."""

    spec: EvaluationSpec
    plugin: str
    version: str
    code: str
    files: dict[str, Path] = {}
    contents: dict[str, str] = {}
    """Hashes of the files."""


class Skipped(Frozen):
    """Something left out, and why."""

    model: str
    dataset: str
    plugin: str
    what: str
    """The evaluation that is left out, or "" for the whole pair."""
    reason: Line


WORKER = "genbench.execution.run_job:run_job"
"""What runs a job: of genbench, its code and all that it imports decide a result, besides what the job names."""
NOT_IN_KEY: Any = {"files": True, "spec": {"summary"}}


class Job(Frozen):
    """What a worker needs, and nothing it could not find again from the key's ingredients."""

    model: ModelRef
    dataset: DatasetRef
    fingerprint: str
    """Of the data set's contents."""
    evaluations: tuple[EvaluationRef, ...]
    protocol: Protocol
    device: str
    core_code: str
    """Of what a worker runs of genbench."""
    versions: dict[str, str] = {}
    """Of the libraries that compute."""
    model_error: str = ""
    """Why the plan could learn nothing of the model; such a job has no evaluations and fails."""

    @property
    def key(self) -> str:
        """SHA-256, 16 hexadecimal digits, of everything that can change the job's result."""
        ingredients = {
            "model": [
                *(self.model.label, self.model.target, self.model.distribution, self.model.version, self.model.code),
                *_settings_and_contents(self.model),
            ],
            "dataset": [
                *(self.dataset.label, self.fingerprint, self.dataset.code),
                *_settings_and_contents(self.dataset),
            ],
            "evaluations": [one.model_dump(mode="json", exclude=NOT_IN_KEY) for one in self.evaluations],
            "protocol": self.protocol.fingerprint,
            "device": self.device,
            "genbench": self.core_code,
            "versions": self.versions,
        }
        return hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def code(self) -> dict[str, str]:
        """Hashes of all code behind the job, by what it is of."""
        return {
            "genbench": self.core_code,
            "libraries": json.dumps(self.versions, sort_keys=True),
            f"model {self.model.name}": self.model.code,
            f"data set {self.dataset.name}": self.dataset.code,
            **{f"evaluation {one.spec.name}": one.code for one in self.evaluations},
        }

    @property
    def seeds(self) -> tuple[int, ...]:
        first = self.protocol.first_seed
        return tuple(range(first, first + self.protocol.seeds))

    def identity(self) -> dict[str, Any]:
        """What names the job in result files, to observers and in the tables."""
        return {
            "key": self.key,
            "model": self.model.label,
            "dataset": self.dataset.label,
            "plugin": self.model.plugin,
            "distribution": self.model.distribution,
            "version": self.model.version,
            "control": self.model.control,
            "flaw": self.model.flaw,
            "hyperparameters": self.model.hyperparameters,
            "seeds": list(self.seeds),
            "device": self.device,
            "data_fingerprint": self.fingerprint,
        }


def _settings_and_contents(reference: ModelRef | DatasetRef) -> tuple[dict[str, str], dict[str, str]]:
    """Give what decides of options: of one that names a file, the contents, wherever it lies."""
    given, contents = reference.settings, reference.contents
    return {name: text for name, text in given.items() if name not in contents}, contents
