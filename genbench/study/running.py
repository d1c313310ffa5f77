"""Runs the study of discriminative against generative classifiers and writes its folder."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

import genbench
from genbench.data.catalogue import load_dataset
from genbench.data.source import DataSource
from genbench.errors import GenbenchError
from genbench.execution.loading import load_model_class
from genbench.plugins import Registry
from genbench.report.pictures import save
from genbench.results import atomic
from genbench.study import dimension
from genbench.study.discriminative_generative import MODELS, Curves, curves_of, tables_of
from genbench.study.figure import figure_of

SYNTHETIC = ("gaussians", "correlated")
DIMENSION_SPLITS = 20


def run_study(
    registry: Registry,
    source: DataSource,
    names: Sequence[str],
    splits: int,
    sizes: int,
    dimensions: bool,
    out: Path,
    say: Callable[[str], None],
) -> None:
    """Writes ``figure.png`` and ``.svg``, ``learning_curve.csv``, ``crossings.csv``, ``paired_tests.csv``, ``study.json``;
    with ``dimensions`` also ``dimensions.csv`` and ``exponents.csv``.

    Raises :class:`GenbenchError` if a model is not installed, or no set is left.
    """
    lacking = [name for name in MODELS if name not in registry.models]
    if lacking:
        raise GenbenchError(
            f"the study needs the models {', '.join(lacking)}; the plugin genbench_classical brings them"
        )
    models = {name: load_model_class(registry.models[name].spec.target) for name in MODELS}
    started, curves, notes = time.monotonic(), list[Curves](), dict[str, list[str]]()
    for name in names:
        dataset = load_dataset(registry.datasets[name].spec, source, {})
        curves += curves_of(name, dataset, models, splits, sizes, say)
        notes[name] = list(dataset.notes)
    if not curves:
        raise GenbenchError("none of the data sets is a labelled table; `genbench data list` shows what there is")
    tables = tables_of(curves, {name: registry.models[name].plugin.name for name in MODELS})
    out.mkdir(parents=True, exist_ok=True)
    _write(out, tables)
    figure = figure_of(tables["learning_curve"])
    save(figure, out / "figure.png")
    save(figure, out / "figure.svg")
    if dimensions:
        say("growth with the dimension")
        specs = [registry.datasets[name].spec for name in SYNTHETIC]
        grown = [one for spec in specs for one in dimension.growth_of(spec, models, DIMENSION_SPLITS)]
        _write(out, {"dimensions": dimension.table_of(grown), "exponents": dimension.exponents_of(grown)})
    atomic.write_json(out / "study.json", _record(splits, sizes, curves, notes, time.monotonic() - started))


def _write(out: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    for name, frame in frames.items():
        atomic.write_text(out / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))


def _record(
    splits: int, sizes: int, curves: list[Curves], notes: dict[str, list[str]], seconds: float
) -> dict[str, object]:
    return {
        "command": shlex.join(["genbench", *sys.argv[1:]]),
        "genbench": genbench.__version__,
        "splits": splits,
        "sizes": sizes,
        "seconds": round(seconds, 1),
        "machine": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}",
        "sets": {
            one.name: {
                "examples": len(one.pool.examples),
                "features": one.pool.data.dim,
                "support": one.pool.data.support,
                "classes": one.pool.data.classes,
                "tested": one.pool.tested,
                "models": list(one.measured),
            }
            for one in curves
        },
        "notes": {name: lines for name, lines in notes.items() if lines},
    }
