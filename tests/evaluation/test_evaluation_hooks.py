"""The registered evaluations point at code that exists, and listing them is cheap."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import numpy as np
from evaluation_fakes import Normal, NormalTruth, make_context

from genbench.data.spec import DataSpec
from genbench.errors import DivergedError, ModelOutputError, Unavailable
from genbench.evaluation.hooks import genbench_evaluations
from genbench.evaluation.missing import status_of

SPECS = list(genbench_evaluations())


def test_targets_exist():
    assert len({spec.name for spec in SPECS}) == len(SPECS)
    for spec in SPECS:
        module, function = spec.target.split(":")
        assert callable(getattr(import_module(module), function))


def test_headline_metrics_are_measured():
    data = DataSpec("points", (2,), "real")
    context = make_context([Normal(data)], np.random.default_rng(0).normal(size=(60, 2)), truth=NormalTruth())
    for spec in SPECS:
        if spec.name in ("likelihood", "sample_quality", "cost"):
            module, function = spec.target.split(":")
            measured = {row.metric for row in getattr(import_module(module), function)(context)}
            assert set(spec.metrics) <= measured


def test_listing_imports_nothing_heavy():
    code = (
        "import sys; from genbench.evaluation.hooks import genbench_evaluations; list(genbench_evaluations());"
        "assert not {'torch', 'pandas', 'sklearn', 'scipy', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_status_of_errors():
    errors = [Unavailable(""), DivergedError(""), ModelOutputError(""), MemoryError(), ValueError()]
    errors.append(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"))
    assert [status_of(error) for error in errors] == [
        "skipped", "diverged", "failed", "out_of_memory", "failed", "out_of_memory",
    ]  # fmt: skip
