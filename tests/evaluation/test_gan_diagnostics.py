"""Discriminators and fresh critics where the answer is known: equal, disjoint and overlapping distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from evaluation_fakes import Sampler, make_context
from scipy import integrate, stats

from genbench.data.spec import DataSpec
from genbench.errors import Unavailable
from genbench.evaluation.context import FitRecord
from genbench.evaluation.critics import asked_of_fresh_critic
from genbench.evaluation.gan_diagnostics import evaluate
from genbench.evaluation.mode_coverage import evaluate as mode_coverage

LINE = DataSpec("line", (1,), "real")
REAL = np.random.default_rng(0).normal(size=(2000, 1)).astype(np.float32)


class Adversary(Sampler):
    """Samples N(mean, 1); its discriminator gives ``logits(x)``."""

    def __init__(self, data, *, mean=0.0, logits=lambda x: 0 * x[:, 0]):
        super().__init__(data, draw=lambda n, draws: mean + draws.normal(n, *data.shape))
        self.logits = logits

    def discriminate(self, x, y=None):
        return self.logits(x)


class Critic(Adversary):
    discriminator_gives = "critic"


def measure(models, **changes):
    rows = list(evaluate(make_context(models, REAL, data=LINE, samples=2000, **changes)))
    found = {(row.metric, row.estimator): row for row in rows}
    assert len(found) == len(rows)
    return found


OWN, FRESH = "own-discriminator", "fresh-critic[features]"


def test_equal_distributions_and_an_undecided_discriminator() -> None:
    rows = measure([Adversary(LINE) for _ in range(3)])
    for metric, expected in (("d_real", 0.5), ("d_generated", 0.5), ("d_distance_from_half", 0), ("jensen_shannon", 0)):
        assert rows[metric, OWN].value == pytest.approx(expected, abs=1e-9)
        assert (rows[metric, OWN].seeds, rows[metric, OWN].n) == (3, 2000)
    bound, accuracy = rows["jensen_shannon", FRESH], rows["critic_accuracy", FRESH]
    assert (bound.value, bound.ci_low, bound.ci_high) == (0, None, None)  # no tree was grown: nothing varies
    assert abs(bound.value) < 0.01
    assert accuracy.ci_low <= 0.5 <= accuracy.ci_high
    assert accuracy.n == 1000


def test_disjoint_distributions_are_log_2_apart() -> None:
    rows = measure([Adversary(LINE, mean=100.0, logits=lambda x: 50 * (50 - x[:, 0]))])
    assert rows["d_real", OWN].value == pytest.approx(1)
    assert rows["d_generated", OWN].value == pytest.approx(0)
    assert rows["d_distance_from_half", OWN].value == pytest.approx(0.5)
    assert rows["jensen_shannon", OWN].value == pytest.approx(math.log(2))
    assert rows["jensen_shannon", OWN].ci_high is None  # nothing varies
    assert rows["jensen_shannon", FRESH].value == pytest.approx(math.log(2), abs=0.01)
    accuracy = rows["critic_accuracy", FRESH]
    assert accuracy.value > 0.99
    assert 0.98 < accuracy.ci_low < accuracy.value


def test_the_optimal_discriminator_measures_the_divergence_and_the_fresh_one_comes_near() -> None:
    p, q = stats.norm(0, 1), stats.norm(1.5, 1)

    def divergence(x: float) -> float:
        middle = (p.pdf(x) + q.pdf(x)) / 2
        return sum(d.pdf(x) * (d.logpdf(x) - math.log(middle)) / 2 for d in (p, q))

    truth = integrate.quad(divergence, -10, 12)[0]
    models = [Adversary(LINE, mean=1.5, logits=lambda x: (1.5**2 - 3 * x[:, 0]) / 2) for _ in range(2)]
    rows = measure(models)
    own, fresh = rows["jensen_shannon", OWN], rows["jensen_shannon", FRESH]
    assert own.ci_low <= truth <= own.ci_high
    assert own.value == pytest.approx(truth, abs=0.02)
    assert truth - 0.04 < fresh.value < truth + 0.02


def test_a_fresh_critic_is_not_fooled_by_a_useless_discriminator() -> None:
    rows = measure([Adversary(LINE, mean=3.0), Adversary(LINE, mean=3.0)])
    assert rows["jensen_shannon", OWN].value == 0
    assert rows["jensen_shannon", OWN].better == ""  # else it would top the table
    assert rows["jensen_shannon", FRESH].ci_low > 0.4


def test_a_discriminator_that_is_wrong_bounds_nothing() -> None:
    assert measure([Adversary(LINE, mean=3.0, logits=lambda x: 20 * x[:, 0])])["jensen_shannon", OWN].value < -1


def test_a_critic_gives_a_distance_and_no_divergence() -> None:
    rows = measure([Critic(LINE, mean=2.0, logits=lambda x: 5 - x[:, 0]) for _ in range(2)])
    row = rows["critic_distance", "own-critic"]
    assert row.ci_low <= 2 <= row.ci_high
    assert not any(estimator == OWN for _, estimator in rows)
    assert ("jensen_shannon", FRESH) in rows


def test_the_interval_of_one_seed_covers_the_truth_as_often_as_it_says() -> None:
    """Mean D of N(0, 1) through a known function, many data sets: the coverage of the jackknife, one seed."""
    hits = 0
    for trial in range(60):
        x = np.random.default_rng(trial).normal(size=(200, 1))
        model = Critic(LINE, mean=1.0, logits=lambda x: x[:, 0])
        context = make_context([model], x, data=LINE, samples=200, mode_samples=1)
        context.models[0].seed = trial
        row = next(row for row in evaluate(context) if row.metric == "critic_distance")
        hits += row.ci_low <= -1 <= row.ci_high
    assert 52 <= hits <= 60


class Halves:
    """Two halves of the line as modes, without a notion of quality."""

    name, has_quality, weights = "halves", False, np.array([0.25] * 4)

    def assign(self, x):
        return np.digitize(x[:, 0], [-1, 0, 1]), np.ones(len(x), dtype=bool)


def test_a_seed_that_finds_one_mode_of_four_has_collapsed() -> None:
    rows = measure([Adversary(LINE), Adversary(LINE, mean=100.0), Adversary(LINE)], modes=Halves())
    row = rows["collapsed_seeds", "halves"]
    assert row.value == pytest.approx(1 / 3)
    assert 0 < row.ci_low < 1 / 3 < row.ci_high < 1


def test_collapsed_seeds_are_those_of_mode_coverage() -> None:
    context = make_context([Adversary(LINE), Adversary(LINE, mean=100.0)], REAL, data=LINE, modes=Halves())
    here, there = (
        [row for row in rows(context) if row.metric == "collapsed_seeds"] for rows in (evaluate, mode_coverage)
    )
    assert here == there


def test_with_labels_a_classifier_tells_what_a_seed_found_and_without_either_there_is_a_reason() -> None:
    y = np.digitize(REAL[:, 0], [-0.7, 0.0, 0.7])
    data = DataSpec("line", (1,), "real", classes=4)
    models = [Adversary(data), Adversary(data, mean=100.0)]
    rows = list(evaluate(make_context(models, REAL, y=y, data=data)))
    row = next(row for row in rows if row.metric == "collapsed_seeds")
    assert (row.estimator, row.value) == ("svc[features]", 0.5)
    row = measure([Adversary(LINE)])["collapsed_seeds", "modes"]
    assert (row.value, row.status) == (None, "skipped")
    assert "no modes" in row.reason


def test_the_gradient_that_reached_the_generator_is_that_of_the_last_steps() -> None:
    def fit(seed: int, value: float) -> FitRecord:
        log = [(step, "grad_norm_generator", 100.0) for step in range(50)]
        return FitRecord(seed, 1.0, 1.0, (*log, *((50 + i, "grad_norm_generator", value) for i in range(10))))

    rows = measure([Adversary(LINE)] * 2, fits=(fit(0, 1.0), fit(1, 3.0)))
    row = rows["generator_gradient_norm", "training-log[last 10]"]
    assert (row.value, row.n) == (2, 10)
    assert not any(metric == "generator_gradient_norm" for metric, _ in measure([Adversary(LINE)]))


def test_labels_go_to_models_that_need_them() -> None:
    class Conditional(Adversary):
        needs_labels = True

        def sample(self, n, draws, y=None):
            labels = draws.integers(2, n) if y is None else y
            return draws.normal(n, 1) + labels[:, None]

        def discriminate(self, x, y=None):
            return 2.0 * y

    y = np.arange(len(REAL)) % 2
    data = DataSpec("line", (1,), "real", classes=2)
    rows = list(evaluate(make_context([Conditional(data)], REAL + y[:, None], y=y, data=data)))
    row = next(row for row in rows if row.metric == "d_real")
    assert row.value == pytest.approx((0.5 + torch.sigmoid(torch.tensor(2.0)).item()) / 2, abs=1e-6)


def test_too_few_examples_are_told() -> None:
    with pytest.raises(Unavailable, match="8 test examples"):
        list(evaluate(make_context([Adversary(LINE)], REAL[:5], data=LINE)))
    of_real, of_generated = asked_of_fresh_critic(REAL[:8], 100 + REAL[:8])
    assert len(of_real) == len(of_generated) == 4
