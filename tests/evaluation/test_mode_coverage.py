"""Modes found, share of high quality and reverse KL, on samplers whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from evaluation_fakes import Sampler, by_metric, make_context
from scipy import stats

from genbench.data.spec import DataSpec
from genbench.evaluation.mode_coverage import evaluate

ANGLES = 2 * np.pi * np.arange(8) / 8
CENTRES = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
DATA = DataSpec("ring", (2,), "real")


class Ring:
    """Eight modes on a circle; high quality within 0.03."""

    name = "nearest-3sigma"
    has_quality = True

    def __init__(self, weights=None):
        self.weights = np.full(8, 1 / 8) if weights is None else np.asarray(weights)

    def assign(self, x):
        distances = np.linalg.norm(x[:, None] - CENTRES, axis=2)
        return distances.argmin(axis=1), distances.min(axis=1) < 0.03


class Classes(Ring):
    """The same without a notion of quality."""

    name = "nearest"
    has_quality = False

    def assign(self, x):
        nearest, _ = super().assign(x)
        return nearest, np.ones(len(x), dtype=bool)


def on(*modes, poor=0.0):
    """Samples on these modes, each as likely, a share of them far from any."""

    def draw(n, draws):
        x = torch.from_numpy(CENTRES)[torch.tensor(modes)[draws.integers(len(modes), n)]].float()
        return torch.where(draws.uniform(n, 1) < poor, 0.5 * x, x)

    return Sampler(DATA, draw=draw)


def measure(models, modes=None):
    return by_metric(evaluate(make_context(models, np.zeros((10, 2)), data=DATA, modes=modes or Ring())))


def test_a_sampler_stuck_on_one_mode():
    rows = measure([on(3)] * 3)
    assert rows["modes_found"].value == 1
    assert rows["high_quality"].value == 1
    assert rows["reverse_kl"].value == pytest.approx(np.log(8))
    assert rows["reverse_kl"].ci_high == pytest.approx(np.log(8))
    assert rows["modes_found"].estimator == "nearest-3sigma"
    assert (rows["modes_found"].seeds, rows["modes_found"].n) == (3, 2500)


def test_the_true_mixture():
    rows = measure([on(*range(8))] * 3)
    assert rows["modes_found"].value == rows["modes_found"].ci_high == 8
    assert rows["reverse_kl"].value == pytest.approx(
        7 / 2 / 2500, abs=0.002
    )  # the bias of a histogram, (modes - 1) / 2n
    assert rows["reverse_kl"].ci_low >= 0


def test_half_of_the_modes():
    assert measure([on(0, 1, 2, 3)])["reverse_kl"].value == pytest.approx(np.log(2), abs=0.01)


def test_true_shares_that_differ():
    weights = np.array([0.5, 0.5, 0, 0, 0, 0, 0, 0]) * 0.92 + 0.01
    assert measure([on(0, 1)], Ring(weights))["reverse_kl"].value == pytest.approx(-np.log(2 * 0.47), abs=0.01)


def test_poor_samples_find_no_mode():
    rows = measure([on(*range(8), poor=1.0)] * 2)
    assert rows["modes_found"].value == 0
    assert rows["high_quality"].value == 0
    assert rows["high_quality"].ci_high > 0
    assert rows["reverse_kl"].status == "failed"
    assert measure([on(*range(8), poor=1.0)], Classes())["modes_found"].value == 8


def test_share_of_high_quality():
    row = measure([on(*range(8), poor=0.25)] * 3)["high_quality"]
    assert row.ci_low <= 0.75 <= row.ci_high
    assert row.value == pytest.approx(0.75, abs=0.02)
    assert "high_quality" not in measure([on(0)], Classes())


def test_interval_across_seeds():
    row = measure([on(0), on(0, 1), on(0, 1, 2, 3)])["modes_found"]
    half = stats.t.ppf(0.975, 2) * np.std([1, 2, 4], ddof=1) / np.sqrt(3)
    assert (row.value, row.ci_low) == (pytest.approx(7 / 3), 0)
    assert row.ci_high == pytest.approx(7 / 3 + half)
    single = measure([on(0)])["modes_found"]
    assert (single.ci_low, single.ci_high) == (None, None)
