"""The hooks. A plugin implements those it wants, in the module that its entry point of group ``genbench`` names.

A whole plugin::

    # my_plugin.py;   pyproject.toml: [project.entry-points.genbench]  my_plugin = "my_plugin"
    from genbench import ModelSpec, hookimpl

    @hookimpl
    def genbench_models():
        yield ModelSpec(name="my_model", target="my_plugin_code:MyModel", summary="What it is, in one line")
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pluggy

from genbench.records import DatasetSpec, EvaluationSpec, ModelSpec

hookspec = pluggy.HookspecMarker("genbench")
hookimpl = pluggy.HookimplMarker("genbench")


@hookspec
def genbench_models() -> Iterable[ModelSpec]:  # type: ignore[empty-body]
    """Models: ``yield ModelSpec(name="vae", target="my_package.vae:VAE", summary="Variational autoencoder")``."""


@hookspec
def genbench_datasets() -> Iterable[DatasetSpec]:  # type: ignore[empty-body]
    """Data sets: ``yield DatasetSpec(name="spiral", target="my_package.data:load_spiral", summary="Two spirals")``."""


@hookspec
def genbench_evaluations() -> Iterable[EvaluationSpec]:  # type: ignore[empty-body]
    """Evaluations: ``yield EvaluationSpec(name="speed", target="my_package.speed:evaluate", table="speed", ...)``."""


@hookspec
def genbench_job_finished(job: dict[str, Any], result: dict[str, Any]) -> None:
    """Called after each job with its identity and its result, in a process of the plugin's own; an error fails no job.

    Example: ``def genbench_job_finished(job, result): print(job["model"], job["dataset"], result["status"])``.
    """
