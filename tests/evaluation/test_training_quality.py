"""Curves over the training: a collapse late in it is seen."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_fakes import FakeModel, make_context
from test_mode_coverage import CENTRES, Ring

from genbench.data.spec import DataSpec
from genbench.evaluation.context import FitRecord
from genbench.evaluation.training_quality import evaluate

DATA = DataSpec("ring", (2,), "real")
RNG = np.random.default_rng(0)


def on_modes(modes, n=400, noise=0.01):
    """Samples spread over the first so many modes."""
    return (CENTRES[np.arange(n) % modes] + noise * RNG.normal(size=(n, 2))).astype(np.float32)


def rows_of(seeds, **changes):
    """By metric and examples seen; ``seeds`` are each seed's samples by examples seen."""
    fits = tuple(FitRecord(seed, 1.0, 1.0, milestones=samples) for seed, samples in enumerate(seeds))
    context = make_context([FakeModel(DATA)] * len(fits), on_modes(8, 800), data=DATA, fits=fits, **changes)
    return {(row.metric.removeprefix("training:"), row.examples): row for row in evaluate(context)}


def test_a_collapse_late_in_training_is_seen():
    seeds = [{100: on_modes(8), 200: on_modes(8), 300: on_modes(final)} for final in (1, 2, 8)]
    rows = rows_of(seeds, modes=Ring())
    assert [rows["modes_found", seen].value for seen in (100, 200)] == [8, 8]
    assert rows["modes_found", 300].value == pytest.approx(11 / 3)
    assert [rows["collapsed_seeds", seen].value for seen in (200, 300)] == pytest.approx([0, 2 / 3])
    assert rows["frechet_distance", 300].value > 10 * rows["frechet_distance", 200].value
    assert rows["high_quality", 300].value > 0.9
    assert rows["high_quality", 300].ci_low < rows["high_quality", 300].ci_high
    assert (rows["modes_found", 300].seeds, rows["modes_found", 300].n) == (3, 400)
    assert rows["frechet_distance", 300].estimator == "fd[features]"


def test_noise_has_no_quality():
    rows = rows_of([{100: on_modes(8, noise=1.0)}, {100: on_modes(8, noise=1.0)}], modes=Ring())
    assert rows["high_quality", 100].value < 0.05


def test_a_seed_that_ended_early_is_missing_from_the_later_rows():
    rows = rows_of([{100: on_modes(8)}, {100: on_modes(8), 200: on_modes(8)}])
    assert set(rows) == {("frechet_distance", 100), ("frechet_distance", 200)}  # no modes, no classes
    assert (rows["frechet_distance", 100].seeds, rows["frechet_distance", 200].seeds) == (2, 1)
    assert rows["frechet_distance", 200].ci_low <= rows["frechet_distance", 200].value


def test_a_model_with_a_fit_of_its_own_has_no_rows():
    assert rows_of([{}, {}]) == {}
