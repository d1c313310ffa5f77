"""Prior shift on two Gaussians, where the Bayes error under any prior is known."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_fakes import FakeModel, make_context

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.data.truths import TwoGaussians
from genbench.errors import Unavailable
from genbench.evaluation.prior_shift import estimated_prior, shifted_subset, with_prior
from genbench.evaluation.shift import evaluate

TRUTH = TwoGaussians(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.eye(2))
DATA = DataSpec("two", (2,), "real", classes=2)


class Posterior(FakeModel):
    """The truth under equal frequencies, ``sharpness`` times as sure of itself as it should be."""

    def __init__(self, data, *, sharpness=1.0):
        super().__init__(data)
        self.sharpness = sharpness

    def predict_log_proba(self, x):
        log_proba = self.sharpness * TRUTH.class_log_prob(x.numpy())
        return log_proba - np.logaddexp.reduce(log_proba, axis=1)[:, None]


def drawn(n, prior, seed=0):
    rng = np.random.default_rng(seed)
    x, y = TRUTH.sample(4 * n, rng)
    chosen = shifted_subset(y, np.array(prior), rng)
    return x[chosen], y[chosen]


def test_expectation_maximisation_finds_the_prior_from_5000_unlabelled_examples():
    x, y = drawn(5000, [0.15, 0.85])
    found = estimated_prior(TRUTH.class_log_prob(x[:5000]), np.array([0.5, 0.5]))
    np.testing.assert_allclose(found, np.bincount(y[:5000]) / 5000, atol=0.02)


def test_an_unchanged_prior_is_found_unchanged():
    x, _ = drawn(5000, [0.5, 0.5])
    np.testing.assert_allclose(estimated_prior(TRUTH.class_log_prob(x), np.array([0.5, 0.5])), [0.5, 0.5], atol=0.02)


def test_the_corrected_prediction_is_bayes_rule():
    x, _ = drawn(100, [0.5, 0.5])
    joint = TRUTH.log_joint(x) + np.log([0.2, 1.8])
    expected = joint - np.logaddexp.reduce(joint, axis=1)[:, None]
    found = with_prior(TRUTH.class_log_prob(x), np.array([0.5, 0.5]), np.array([0.1, 0.9]))
    np.testing.assert_allclose(found, expected)


def test_a_shifted_subset_has_the_frequencies_and_no_repetition():
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    chosen = shifted_subset(labels, np.array([0.1, 0.3, 0.6]), np.random.default_rng(0))
    assert len(set(chosen)) == len(chosen)
    assert np.bincount(labels[chosen]).tolist() == [3, 9, 19]


def context_of(model, n=10_000):
    x, y = TRUTH.sample(n, np.random.default_rng(3))
    train = Split(x[:100], np.arange(100) % 2)
    return make_context([model], x, y=y, data=DATA, train=train, test_examples=n, resamples=100)


def rows_by_estimator(rows, metric):
    return {row.estimator.removesuffix("[clip=1e-15]"): row for row in rows if row.metric == metric}


def test_a_correct_model_regains_the_bayes_error():
    rows = list(evaluate(context_of(Posterior(DATA))))
    errors = rows_by_estimator(rows, "test_error")
    x, y = drawn(50_000, [0.1, 0.9], seed=5)
    bayes = np.mean((TRUTH.log_joint(x) + np.log([0.2, 1.8])).argmax(axis=1) != y)
    assert errors["prior[known]"].value == pytest.approx(bayes, abs=0.01)
    assert errors["prior[em]"].value == pytest.approx(errors["prior[known]"].value, abs=0.005)
    assert errors["prior[none]"].value > bayes + 0.04
    losses = rows_by_estimator(rows, "log_loss")
    assert losses["prior[known]"].value < losses["prior[none]"].value
    assert next(row for row in rows if row.metric == "prior_error").value < 0.02
    assert rows_by_estimator(rows, "calibration_error")["prior[known]"].value < 0.015


def test_a_model_too_sure_of_itself_is_badly_calibrated_and_misleads_the_estimate():
    good, bad = (list(evaluate(context_of(Posterior(DATA, sharpness=s)))) for s in (1.0, 0.2))
    assert (
        next(r for r in bad if r.metric == "prior_error").value
        > 0.05 + next(r for r in good if r.metric == "prior_error").value
    )
    for estimator in ("prior[none]", "prior[known]"):
        one, other = (rows_by_estimator(rows, "calibration_error")[estimator].value for rows in (good, bad))
        assert other > one + 0.05


def test_too_few_examples():
    with pytest.raises(Unavailable, match="test examples can be had"):
        list(evaluate(context_of(Posterior(DATA), n=24)))
