"""Shifts of two Gaussians, where the Bayes error under any prior is known, and of a set that no line parts."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_fakes import FakeModel, Logistic, make_context

from genbench.data.dataset import Split
from genbench.data.spec import DataSpec
from genbench.data.truths import TwoGaussians
from genbench.errors import DivergedError
from genbench.evaluation.covariate_shift import drawn_by_weight, estimated_weights, resampled, weight
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.prior_shift import estimated_prior, shifted_subset, with_prior
from genbench.evaluation.shift import evaluate, prior_rows

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


def context_of(model, n=4000, refit=None):
    x, y = TRUTH.sample(n, np.random.default_rng(3))
    train = Split(TRUTH.sample(100, np.random.default_rng(4))[0].astype(np.float32), np.arange(100) % 2)
    refit = refit or (lambda split, seed: Fitted(model, DATA, seed))
    return make_context([model], x, y=y, data=DATA, train=train, test_examples=n, resamples=100, refit=refit)


def rows_by_estimator(rows, metric):
    return {row.estimator.removesuffix("[clip=1e-15]"): row for row in rows if row.metric == metric}


def prior_shift_rows(model):
    context = context_of(model)
    return list(prior_rows(context, context.models[0].predict_log_proba(context.test_subset.x)[None]))


def test_a_correct_model_regains_the_bayes_error():
    rows = prior_shift_rows(Posterior(DATA))
    errors = rows_by_estimator(rows, "test_error")
    x, y = drawn(50_000, [0.1, 0.9], seed=5)
    bayes = np.mean((TRUTH.log_joint(x) + np.log([0.2, 1.8])).argmax(axis=1) != y)
    assert errors["prior[known]"].value == pytest.approx(bayes, abs=0.01)
    assert errors["prior[em]"].value == pytest.approx(errors["prior[known]"].value, abs=0.005)
    assert errors["prior[none]"].value > bayes + 0.04
    losses = rows_by_estimator(rows, "log_loss")
    assert losses["prior[known]"].value < losses["prior[none]"].value
    assert rows_by_estimator(rows, "prior_error")["prior[em]"].value < 0.02
    assert rows_by_estimator(rows, "calibration_error")["prior[known]"].value < 0.015


def test_a_model_too_sure_of_itself_is_badly_calibrated_and_misleads_the_estimate():
    good, bad = (prior_shift_rows(Posterior(DATA, sharpness=s)) for s in (1.0, 0.2))
    one, other = (rows_by_estimator(rows, "prior_error")["prior[em]"].value for rows in (good, bad))
    assert other > one + 0.05
    for estimator in ("prior[none]", "prior[known]"):
        one, other = (rows_by_estimator(rows, "calibration_error")[estimator].value for rows in (good, bad))
        assert other > one + 0.05


def test_a_kind_of_shift_that_the_data_do_not_admit_is_skipped_and_the_others_are_not():
    errors = rows_by_estimator(evaluate(context_of(Posterior(DATA), n=24)), "test_error")
    assert errors["prior"].status == "skipped"
    assert "test examples can be had" in errors["prior"].reason
    assert errors["unshifted"].status == errors["concept[none]"].status == "ok"


def test_a_refit_that_fails_costs_its_own_rows():
    def refit(split, seed):
        raise DivergedError("loss is nan")

    errors = rows_by_estimator(evaluate(context_of(Posterior(DATA), n=200, refit=refit)), "test_error")
    assert {name for name, row in errors.items() if row.status == "diverged"} == {
        "covariate[known]", "covariate[estimated]", "concept[refit]",
    }  # fmt: skip
    assert errors["covariate[none]"].status == "ok"


def test_covariate_shift_leaves_the_true_posterior_as_calibrated_as_ever_and_concept_shift_does_not():
    rows = list(evaluate(context_of(Posterior(DATA), n=2000)))
    calibration = rows_by_estimator(rows, "calibration_error")
    assert calibration["covariate[none]"].value < 0.04
    assert calibration["concept[none]"].value > 0.1
    error = rows_by_estimator(rows, "test_error")
    plain, moved = error["unshifted"].value, error["concept[none]"].value
    assert moved == pytest.approx(0.3 * (1 - plain) + 0.7 * plain, abs=0.15)  # wrong where the rule has changed


def test_weights_help_a_model_that_is_wrong():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 12_000))
    x = np.stack([first, first + 0.3 * rng.normal(size=12_000), second], axis=1).astype(np.float32)
    y = (second > np.abs(first)).astype(np.int64)  # no line, but nearly one where the first is large
    train = Split(x[:10_000], y[:10_000])
    data = DataSpec("curved", (3,), "real", classes=2)
    context = make_context(
        [Logistic(data, train)], x[10_000:], y=y[10_000:], data=data, train=train, test_examples=2000, resamples=100,
        refit=lambda split, seed: Fitted(Logistic(data, split), data, seed),
    )  # fmt: skip
    rows = list(evaluate(context))
    for metric in ("test_error", "log_loss"):
        values = {name: row.value for name, row in rows_by_estimator(rows, metric).items()}
        assert values["covariate[known]"] < values["covariate[none]"]
        assert values["covariate[estimated]"] < values["covariate[none]"]
        assert values["concept[refit]"] < values["concept[none]"]


def test_drawing_by_weight_gives_the_weighted_distribution():
    along = np.random.default_rng(0).normal(size=200_000)
    w = weight(along)
    chosen = drawn_by_weight(w, np.random.default_rng(1))
    assert along[chosen].mean() == pytest.approx((w * along).sum() / w.sum(), abs=0.01)
    assert len(set(chosen)) == len(chosen)
    assert w.max() / w.min() == pytest.approx(9, rel=1e-3)


def test_resampling_repeats_each_example_as_its_weight_says():
    w = np.random.default_rng(0).exponential(size=1000)
    counts = np.bincount(resampled(w, np.random.default_rng(1)), minlength=1000)
    assert counts.sum() == 1000
    assert (np.abs(counts - 1000 * w / w.sum()) < 1 + 1e-9).all()
    assert (resampled(np.ones(7), np.random.default_rng(2)) == np.arange(7)).all()


def test_estimated_weights_are_near_the_true_ratio_where_that_is_log_linear():
    rng = np.random.default_rng(0)
    train, shifted = rng.normal(size=(20_000, 2)), rng.normal([1, 0], size=(20_000, 2))
    found = estimated_weights(train, shifted, DATA)
    true = np.exp(train[:, 0] - 0.5)
    assert np.median(np.abs(np.log(found / found.mean()) - np.log(true / true.mean()))) < 0.05


def test_how_sure_of_nothing():
    class Indifferent(FakeModel):
        def predict_log_proba(self, x):
            return np.log(np.full((len(x), 2), 0.5))

    def row(model, metric):
        return rows_by_estimator(evaluate(context_of(model, n=200)), metric)["uniform-noise"].value

    assert row(Indifferent(DATA), "confidence") == pytest.approx(0.5)
    assert row(Indifferent(DATA), "entropy") == pytest.approx(np.log(2))
    assert row(Posterior(DATA, sharpness=1000.0), "confidence") > 0.99
    assert row(Posterior(DATA, sharpness=1000.0), "entropy") < 0.01
