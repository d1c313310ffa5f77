"""What plugins brought, and who brought it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from genbench.records import DatasetSpec, EvaluationSpec, ModelSpec, Record

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True)
class Plugin:
    """One entry point of group ``genbench``, and the distribution that declares it."""

    name: str
    distribution: str
    version: str
    module: str
    enabled: bool = True

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"


@dataclass(frozen=True)
class Problem:
    """Why a plugin, or a part of it, was left out: one line, and the traceback where there is one."""

    plugin: Plugin
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class Provided(Generic[RecordT]):
    """A record and the plugin that brought it."""

    spec: RecordT
    plugin: Plugin


@dataclass
class Registry:
    """Everything that the installed plugins bring."""

    plugins: list[Plugin] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    models: dict[str, Provided[ModelSpec]] = field(default_factory=dict)
    datasets: dict[str, Provided[DatasetSpec]] = field(default_factory=dict)
    evaluations: dict[str, Provided[EvaluationSpec]] = field(default_factory=dict)
    observers: list[Plugin] = field(default_factory=list)
    """The plugins that implement ``genbench_job_finished``."""

    def brought_by(self, plugin: Plugin) -> dict[str, list[str]]:
        """Return the names that a plugin brought, by kind."""
        kinds: dict[str, dict[str, Any]] = {
            "models": self.models,
            "datasets": self.datasets,
            "evaluations": self.evaluations,
        }
        return {kind: [name for name, one in found.items() if one.plugin == plugin] for kind, found in kinds.items()}
