"""Runs every evaluation that a model's capabilities and the data allow, as a job does, on data sets made by hand."""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

import genbench_adversarial
import genbench_autoencoders
import genbench_baselines
import genbench_classical
import genbench_contrastive
from genbench.data.dataset import Dataset, Split
from genbench.data.spec import Column, DataSpec
from genbench.evaluation.hooks import genbench_evaluations
from genbench.execution.cells import Cells
from genbench.execution.evaluating import evaluate, filed
from genbench.execution.fitting import Fits, Fitter
from genbench.execution.job import DatasetRef, EvaluationRef, Job, ModelRef
from genbench.execution.result import Failure
from genbench.execution.survey import properties
from genbench.measurement import Measurement
from genbench.model import Model, capabilities
from genbench.protocol import Protocol, load_protocol
from genbench.training import NeuralModel

PLUGINS = (
    genbench_adversarial, genbench_autoencoders, genbench_baselines, genbench_classical, genbench_contrastive,
)  # fmt: skip
MODELS = {spec.name: spec for plugin in PLUGINS for spec in plugin.genbench_models()}
SMALL = {
    "test_examples": 100, "samples": 100, "mode_samples": 60, "milestone_samples": 20, "neighbours": 3,
    "projections": 5, "resamples": 100, "jackknife_groups": 4, "learning_curve_sizes": (10, 20),
    "learning_curve_subsets": 2, "semi_supervised_labels": (10,), "semi_supervised_subsets": 2,
    "unlabelled_examples": 20, "generative_curve_sizes": (2,), "generative_curve_datasets": ("edge",),
    "importance_samples": 4, "parzen_centres": 20, "ais_examples": 2, "ais_chains": 2, "ais_temperatures": 4,
    "probe_examples": 30,
}  # fmt: skip


@dataclass
class Evaluations:
    """What came of all evaluations of a job."""

    measurements: dict[str, list[Measurement]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    per_example: dict[str, Any] = field(default_factory=dict)


def small_protocol(**changes: Any) -> Protocol:
    quick = load_protocol("quick")
    return quick.model_copy(
        update={
            "seeds": 2,
            "training": quick.training.model_copy(update={"examples_seen": 200, "batch_size": 20}),
            "evaluation": quick.evaluation.model_copy(update=SMALL | changes),
        }
    )


def data_set(x: Any, y: Any = None, sizes: tuple[int, int] = (0, 0), support: str = "real", **form: Any) -> Dataset:
    """A data set of examples (n, *shape): the first ``sizes[0]`` for training, ``sizes[1]`` for validation, the rest for
    tests. Labels may lack in any part."""
    x = np.asarray(x, dtype=np.float32)
    y = None if y is None else np.asarray(y, dtype=np.int64)
    classes = 0 if y is None else int(y.max()) + 1
    spec = DataSpec("edge", x.shape[1:], support, **({"classes": classes} | form))  # type: ignore[arg-type]
    edges = np.cumsum([0, *sizes, len(x) - sum(sizes)])
    parts = [slice(start, stop) for start, stop in itertools.pairwise(edges)]
    return Dataset(spec, *(Split(x[part], None if y is None else y[part]) for part in parts))


def categories(*counts: int) -> dict[str, Any]:
    return {"columns": tuple(Column(f"c{i}", count) for i, count in enumerate(counts))}


def model_class(name: str) -> type[Model]:
    module, _, attribute = MODELS[name].target.partition(":")
    found: type[Model] = getattr(import_module(module), attribute)
    return found


def evaluated(dataset: Dataset, name: str | type[Model], protocol: Protocol | None = None) -> tuple[Fits, Evaluations]:
    """The model (a name, or its class) fitted to the data set and judged by all evaluations that there are for it."""
    model = name if isinstance(name, type) else model_class(name)
    chosen = [
        EvaluationRef(spec=spec, plugin="genbench", version="1", code="")
        for spec in genbench_evaluations()
        if properties(dataset).issuperset(spec.data_needs)
        and set(spec.needs) <= set(capabilities(model))
        and not spec.files
        and (issubclass(model, NeuralModel) or not spec.of_shared_loop)
    ]
    job = Job(
        model=ModelRef(
            name="m",
            label=model.__name__,
            target="t:M",
            plugin="p",
            distribution="d",
            version="1",
            code="",
            control=False,
        ),
        dataset=DatasetRef(name="edge", label="edge", target="t:load", summary="Edge", code="", folders=()),
        fingerprint="",
        evaluations=tuple(chosen),
        protocol=protocol or small_protocol(),
        device="cpu",
        core_code="",
    )
    fitter = Fitter(job, model, dataset, time.monotonic())
    fits = fitter.fit_all()
    every, cells = Evaluations(), Cells(len(dataset.train))
    for evaluation in job.evaluations if fits.models else ():
        done = filed(evaluate(job, dataset, fitter, fits, evaluation), cells)
        every.measurements.setdefault(evaluation.spec.table, []).extend(done.rows)
        every.failures += [done.failure] if done.failure else []
        every.skipped |= {evaluation.spec.name: done.skipped} if done.skipped is not None else {}
        every.per_example |= done.per_example
    return fits, every


def faults(done: Evaluations) -> Iterator[str]:
    """What must never be, whatever the data: an evaluation that fails, a row of an error of numbers, an interval that leaves
    its value out."""
    for failure in done.failures:
        yield f"{failure.stage}: {failure.reason}"
    for table, rows in done.measurements.items():
        for row in rows:
            where = f"{table}: {row.metric} ({row.estimator})"
            low, value, high = row.ci_low, row.value, row.ci_high
            if low is not None and high is not None and value is not None and not low <= value <= high:
                yield f"{where}: {value} is not in [{low}, {high}]"
            if any(error in row.reason for error in ("IndexError", "ZeroDivision", "ValueError", "RuntimeWarning")):
                yield f"{where}: {row.reason}"


def evaluated_without_a_word(dataset: Dataset, name: str | type[Model], **changes: Any) -> tuple[Fits, Evaluations]:
    """As :func:`evaluated`, where NumPy's warnings of numbers that are none are errors."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=RuntimeWarning)
        return evaluated(dataset, name, small_protocol(**changes))


def by_metric(done: Evaluations, table: str) -> dict[str, Measurement]:
    """The first row of each metric of a table."""
    found: dict[str, Measurement] = {}
    for row in done.measurements.get(table, []):
        found.setdefault(row.metric, row)
    return found
