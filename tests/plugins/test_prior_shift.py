"""Naive Bayes whose prior is replaced, on two Gaussians for which it is the true model."""

from __future__ import annotations

import numpy as np
import pytest
from fitting import MODELS, fit, tensor
from scipy.stats import norm

from genbench.data.source import DataSource
from genbench.data.synthetic import gaussians
from genbench.evaluation.prior_shift import estimated_prior, shifted_subset, with_prior

DISTANCE = 2.3
"""Mahalanobis distance of the classes' means."""


def bayes_error(prior: np.ndarray) -> float:
    """Of two Gaussians with one covariance: Phi(-D/2 -+ log(prior odds) / D) in each class (Hastie et al. 2009, 4.3)."""
    shift = np.log(prior[0] / prior[1]) / DISTANCE
    return float(prior[0] * norm.cdf(-DISTANCE / 2 - shift) + prior[1] * norm.cdf(-DISTANCE / 2 + shift))


@pytest.mark.parametrize("name", ["naive_bayes", "naive_bayes_shared"])
def test_replacing_the_prior_regains_the_bayes_error(name: str) -> None:
    data = gaussians(DataSource())
    model = fit(MODELS[name], data.spec, data.train.x, data.train.y)
    rng = np.random.default_rng(0)
    new = np.array([0.1, 0.9])
    x, y = data.truth.sample(160_000, rng)
    chosen = shifted_subset(y, new, rng)
    x, y = x[chosen].astype(np.float32), y[chosen]
    log_proba = model.predict_log_proba(tensor(x))
    corrected = with_prior(log_proba, model.prior, new)
    error, plain = ((one.argmax(axis=1) != y).mean() for one in (corrected, log_proba))
    assert error == pytest.approx(bayes_error(new), abs=0.005)
    assert plain > bayes_error(new) + 0.05

    model.prior = new  # the generative classifier's own way
    np.testing.assert_allclose(model.predict_log_proba(tensor(x[:1000])), corrected[:1000], atol=1e-9)

    unlabelled = rng.permutation(len(y))[:5000]
    true = (y[unlabelled] == 1).mean()
    assert estimated_prior(log_proba[unlabelled], np.array([0.5, 0.5]))[1] == pytest.approx(true, abs=0.02)
