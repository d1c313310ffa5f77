"""Modes found, share of high quality and reverse KL, on samplers whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from evaluation_fakes import Sampler, headline, make_context
from scipy import stats

from genbench.data.spec import DataSpec
from genbench.evaluation.mode_coverage import evaluate, evaluate_classes
from genbench.evaluation.mode_histogram import (
    birthday_modes,
    corrected,
    expected_modes,
    forward_kl,
    jensen_shannon,
    reverse_kl,
)

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
    return headline(evaluate(make_context(models, np.zeros((10, 2)), data=DATA, modes=modes or Ring())))


def test_a_sampler_stuck_on_one_mode():
    rows = measure([on(3)] * 3)
    assert rows["modes_found"].value == 1
    assert rows["high_quality"].value == 1
    assert rows["reverse_kl"].value == pytest.approx(np.log(8))
    assert (rows["reverse_kl"].ci_low, rows["reverse_kl"].ci_high) == (None, None)  # seeds that agree are no certainty
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
    for divergence in ("reverse_kl", "forward_kl", "jensen_shannon"):  # nothing failed: there is no histogram
        assert rows[divergence].status == "skipped"
        assert "no two samples of high quality" in rows[divergence].reason
    assert measure([on(*range(8), poor=1.0)], Classes())["modes_found"].value == 8


def test_share_of_high_quality():
    row = measure([on(*range(8), poor=0.25)] * 3)["high_quality"]
    assert row.ci_low <= 0.75 <= row.ci_high
    assert row.value == pytest.approx(0.75, abs=0.02)
    assert "high_quality" not in measure([on(0)], Classes())


def test_interval_across_seeds():
    row = measure([on(0), on(0, 1), on(0, 1, 2, 3)])["modes_found"]
    shares = np.array([1, 2, 4]) / 8
    squared_half = stats.t.ppf(0.975, 2) ** 2 * np.var(shares, ddof=1) / 3
    assert row.value == pytest.approx(7 / 3)
    for end in (
        row.ci_low / 8,
        row.ci_high / 8,
    ):  # of Wilson's interval: where the half-width, at that share, just reaches
        share, binomial = shares.mean(), shares.mean() * (1 - shares.mean())
        assert (end - share) ** 2 == pytest.approx(squared_half / binomial * end * (1 - end))
    whole = measure([on(*range(8))] * 3)["modes_found"]
    assert whole.ci_low < 7 < whole.ci_high == 8
    single = measure([on(0)])["modes_found"]
    assert (single.ci_low, single.ci_high) == (None, None)


def test_ends_lie_within_what_there_can_be():
    """Seeds that found one mode, two and all: Student's interval of three such seeds reaches far beyond."""
    models = [on(0), on(0, 1), on(*range(8))]
    rows = list(evaluate(make_context(models, np.zeros((10, 2)), data=DATA, modes=Ring())))
    ends = {
        "effective_modes": (1, 8),
        "reverse_kl": (-np.inf, np.log(8)),
        "jensen_shannon": (-np.inf, np.log(2)),
    }
    for row in rows:
        if row.metric in ends:
            least, most = ends[row.metric]
            assert least <= row.ci_low < row.value < row.ci_high <= most + 1e-9, row


def test_a_collapse_shows_in_every_measure():
    collapsed, whole = measure([on(3)] * 2 + [on(*range(8))] * 2), measure([on(*range(8))] * 4)
    assert (collapsed["collapsed_seeds"].value, whole["collapsed_seeds"].value) == (0.5, 0)
    assert whole["collapsed_seeds"].ci_high > 0.3  # four seeds are no certainty
    one = measure([on(3)] * 3)
    assert one["modes_found_ratio"].value == pytest.approx(1 / 8)
    assert one["effective_modes"].value == 1
    assert whole["effective_modes"].value == pytest.approx(8, rel=0.02)
    assert one["jensen_shannon"].value == pytest.approx((np.log(16 / 9) + np.log(2 / 9) / 8 + 7 / 8 * np.log(2)) / 2)
    assert one["forward_kl"].value > 4
    assert (one["rarest_mode_ratio"].value, whole["rarest_mode_ratio"].value > 0.8) == (0, True)


def test_spread_within_modes():
    """Samples half as wide as the real ones around each mode, and points."""
    x = np.repeat(CENTRES, 50, axis=0) + 0.005 * np.random.default_rng(0).normal(size=(400, 2))

    def around(width):
        def draw(n, draws):
            return torch.from_numpy(CENTRES)[draws.integers(8, n)].float() + width * draws.normal(n, 2)

        return Sampler(DATA, draw=draw)

    for width, ratio in ((0.005, 1), (0.0025, 0.5), (0, 0)):
        rows = headline(evaluate(make_context([around(width)] * 2, x, data=DATA, modes=Ring())))
        assert rows["mode_spread"].value == pytest.approx(ratio, abs=0.05)


def test_expected_modes_is_what_the_truth_finds_on_average():
    rng, weights = np.random.default_rng(0), np.full(1000, 1e-3)
    found = [np.count_nonzero(rng.multinomial(2500, weights)) for _ in range(50)]
    assert expected_modes(weights, 2500) == pytest.approx(np.mean(found), abs=3)
    assert expected_modes(np.array([1.0, 0.0]), 10) == pytest.approx(1)


@pytest.mark.parametrize("divergence", [reverse_kl, forward_kl, jensen_shannon])
def test_correction_takes_the_bias_off(divergence):
    """500 samples of 25 modes, drawn from the truth, and from a distribution that leaves the truth behind."""
    rng, weights = np.random.default_rng(0), np.full(25, 1 / 25)
    tilted = np.linspace(1, 3, 25) / 50
    for drawn in (weights, tilted):
        counts = rng.multinomial(500, drawn, size=100)
        exact = divergence(1e9 * drawn, weights)
        plain = np.mean([divergence(c.astype(float), weights) for c in counts])
        without_bias = np.mean([corrected(divergence, c, weights) for c in counts])
        assert abs(without_bias - exact) < 0.003
        assert abs(plain - exact) > 2 * abs(without_bias - exact)


def test_jackknife_equals_leaving_each_sample_out():
    counts, weights = np.array([3, 0, 2, 1]), np.array([0.4, 0.3, 0.2, 0.1])
    samples = np.repeat(np.arange(4), counts)
    without = [reverse_kl(np.bincount(np.delete(samples, i), minlength=4) * 1.0, weights) for i in range(6)]
    expected = 6 * reverse_kl(counts * 1.0, weights) - 5 * np.mean(without)
    assert corrected(reverse_kl, counts, weights) == pytest.approx(expected)


def test_birthday_paradox():
    rng = np.random.default_rng(0)
    inverse = [1 / birthday_modes(rng.multinomial(200, np.full(365, 1 / 365))) for _ in range(300)]
    assert 1 / np.mean(inverse) == pytest.approx(365, rel=0.03)
    assert birthday_modes(np.ones(5, dtype=int)) is None


def test_classes_are_the_modes_of_labelled_data():
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    x = (np.eye(3)[y] * 5 + rng.normal(size=(300, 3))).astype(np.float32)
    data = DataSpec("classes", (3,), "real", classes=3)
    only_one = Sampler(data, draw=lambda n, draws: draws.normal(n, 3) + 5 * torch.eye(3)[0])
    context = make_context([only_one] * 3, x, y=y, data=data, mode_samples=200)
    rows = headline(evaluate_classes(context))
    assert rows["modes_found"].estimator == "svc[features]"
    assert rows["modes_found"].value < 2.5
    assert rows["reverse_kl"].value == pytest.approx(np.log(3), abs=0.05)
    assert rows["rarest_mode_ratio"].value < 0.05
    accuracy = rows["classifier_accuracy"]
    assert 0.95 < accuracy.value <= 1
    assert accuracy.n == len(context.test_subset)
    assert accuracy.ci_low < accuracy.value <= accuracy.ci_high
    assert "high_quality" not in rows
