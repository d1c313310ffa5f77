"""Training curves and costs from hand-made records."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel, Sampler, by_metric, make_context

from genbench.data.spec import DataSpec
from genbench.evaluation import cost, training_curve
from genbench.evaluation.context import FitRecord

DATA = DataSpec("points", (2,), "real")
X = np.zeros((20, 2))


def context_of(logs, model=None):
    fits = tuple(FitRecord(seed, 2.0 + seed, 100.0 * (1 + seed), tuple(log)) for seed, log in enumerate(logs))
    return make_context([model or FakeModel(DATA)] * len(fits), X, data=DATA, fits=fits)


def test_mean_and_interval_at_evenly_spaced_steps():
    logs = [[(step, "loss", step + seed) for step in range(0, 1001, 10)] for seed in range(3)]
    rows = list(training_curve.evaluate(context_of(logs)))
    assert len(rows) == 20
    assert {row.metric for row in rows} == {"training:loss"}
    assert (rows[0].examples, rows[-1].examples) == (0, 1000 * 128)
    assert rows[-1].value == 1001
    assert rows[-1].ci_low < 1001 < rows[-1].ci_high
    assert (rows[-1].seeds, rows[-1].estimator) == (3, "training-log")


def test_each_scalar_has_its_curve_and_no_log_has_none():
    rows = list(training_curve.evaluate(context_of([[(1, "a", 1.0), (1, "b", 2.0), (2, "a", 3.0)]])))
    assert [(row.metric, row.value, row.ci_low) for row in rows] == [
        ("training:a", 1, None), ("training:a", 3, None), ("training:b", 2, None),
    ]  # fmt: skip
    assert list(training_curve.evaluate(context_of([[]]))) == []


def test_a_value_that_is_not_finite_is_a_status():
    rows = list(training_curve.evaluate(context_of([[(1, "a", 1.0), (2, "a", float("nan"))]])))
    assert [row.status for row in rows] == ["ok", "diverged"]


def test_cost_of_training():
    rows = by_metric(cost.evaluate(context_of([[], [], []])))
    assert set(rows) == {"train_seconds", "peak_memory_mb"}
    assert rows["train_seconds"].value == 3
    assert 0 <= rows["train_seconds"].ci_low < 3 < rows["train_seconds"].ci_high
    assert rows["peak_memory_mb"].value == 300
    assert all(row.better == "lower" for row in rows.values())


def test_cost_of_sampling_is_a_thousand_samples():
    def slow(n, draws):
        time.sleep(n * 1e-4)
        return torch.zeros(n, 2)

    row = by_metric(cost.evaluate(context_of([[], []], Sampler(DATA, draw=slow))))["sample_seconds_per_1000"]
    assert row.value == pytest.approx(0.1, rel=0.5)
    assert (row.seeds, row.n, row.unit) == (2, 1000, "s")


def test_sampling_that_fails_leaves_the_cost_of_training():
    def broken(n, draws):
        raise RuntimeError("no samples today")

    rows = by_metric(cost.evaluate(context_of([[]], Sampler(DATA, draw=broken))))
    assert rows["sample_seconds_per_1000"].status == "failed"
    assert rows["train_seconds"].status == "ok"
