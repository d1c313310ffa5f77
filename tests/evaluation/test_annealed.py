"""Rows of annealed importance sampling: a linear Gaussian model, exact, as a bound, and as a decoder with noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel, make_context
from scipy.stats import multivariate_normal

from genbench.data.spec import DataSpec
from genbench.errors import ModelOutputError, Unavailable
from genbench.evaluation.annealed import evaluate, evaluate_noisy
from genbench.evaluation.likelihood import evaluate_bound

DATA = DataSpec("points", (6,), "real")
W, SIGMA = np.random.default_rng(0).normal(size=(6, 2)), 0.4
EXACT = multivariate_normal(np.zeros(6), W @ W.T + SIGMA**2 * np.eye(6))
X = EXACT.rvs(600, random_state=0).astype(np.float32)
SIZES = {"ais_examples": 50, "ais_chains": 8, "ais_temperatures": 60, "importance_samples": 16}


class Generator(FakeModel):
    """x = W z, z ~ N(0, I)."""

    w = torch.as_tensor(W, dtype=torch.float32)

    def prior_code(self, n, draws):
        return draws.normal(n, 2)

    def log_prior(self, z):
        return -0.5 * (z.square() + math.log(2 * math.pi)).sum(1)

    def mean_given(self, z):
        return z @ self.w.T


class LinearGaussian(Generator):
    """x = W z + sigma e; the approximate posterior of the bounds is the prior."""

    def log_likelihood(self, x, z):
        errors = (x - self.mean_given(z)) / SIGMA
        return -0.5 * (errors.square() + math.log(2 * math.pi)).sum(-1) - 6 * math.log(SIGMA)

    def sample_given(self, z, draws):
        return self.mean_given(z) + SIGMA * draws.normal(len(z), 6)

    def log_prob_bound(self, x, draws, k):
        z = draws.normal(k, len(x), 2)
        return self.log_likelihood(x, z).logsumexp(0) - math.log(k)


def rows_of(evaluation, model, **changes):
    kept = {}
    keep = {"keep": lambda metric, estimator, values: kept.update({f"{metric}/{estimator}": values})}
    rows = list(evaluation(make_context([model(DATA)] * 2, X, data=DATA, **{**SIZES, **keep, **changes})))
    return {row.metric if row.metric != "nll" else row.estimator: row for row in rows}, kept


def test_elbo_iwae_annealing_and_the_exact_value_are_in_order():
    rows, kept = rows_of(evaluate, LinearGaussian)
    name = "ais[chains=8,temperatures=60]"
    assert set(rows) == {name, "ais_gap"}
    exact = -EXACT.logpdf(X[:50]).mean()
    row, gap = rows[name], rows["ais_gap"]
    assert len(gap.per_seed) == gap.seeds
    assert row.value == pytest.approx(exact, abs=0.1)
    assert (row.n, row.seeds, row.unit, row.better) == (50, 2, "nats", "lower")
    assert kept[f"nll/{name}"].shape == (2, 50)
    assert 0 < gap.value < 0.5
    assert (gap.n, gap.seeds) == (50, 2)
    bounds, _ = rows_of(evaluate_bound, LinearGaussian, test_examples=50)
    assert bounds["bound[elbo]"].value > bounds["bound[iwae-16]"].value > row.value > exact - 0.05


def test_a_stated_noise_is_chosen_on_validation_and_stands_in_the_name():
    rows, _ = rows_of(evaluate_noisy, Generator)
    row = rows["noisy_nll"]
    sigma = float(row.estimator.removeprefix("ais[sigma=").split(",")[0])
    assert 0.2 < sigma < 0.8
    noisy = multivariate_normal(np.zeros(6), W @ W.T + sigma**2 * np.eye(6))
    assert row.value == pytest.approx(-noisy.logpdf(X[:50]).mean(), abs=0.15)
    assert rows["ais_gap"].estimator == row.estimator
    assert 0 < rows["ais_gap"].value < 0.5


def test_none_where_the_protocol_says_none():
    assert rows_of(evaluate, LinearGaussian, ais_examples=0) == ({}, {})
    assert rows_of(evaluate_noisy, Generator, ais_examples=0) == ({}, {})


def test_bits_and_levels_of_a_density_on_dequantised_data():
    """A density that is 1 everywhere: log2(levels) bits a dimension, for any number of levels."""

    class Flat(LinearGaussian):
        continuous_density = True

        def log_likelihood(self, x, z):
            return 0.0 * z.sum(1)

    for levels in (2, 17, 256):
        data = DataSpec("grey", (6,), "unit", levels=levels)
        x = np.random.default_rng(0).integers(0, levels, (20, 6)) / (levels - 1)
        context = make_context([Flat(data)], x, data=data, ais_examples=5, ais_temperatures=5)
        rows = {row.metric: row for row in evaluate(context)}
        assert rows["bits_per_dim"].value == pytest.approx(math.log2(levels), rel=1e-5)
        assert rows["nll"].estimator == "ais[chains=8,temperatures=5,dequantised]"
        assert rows["ais_gap"].value == pytest.approx(0, abs=1e-6)


def test_wrong_answers_are_found():
    class Scalar(LinearGaussian):
        def log_likelihood(self, x, z):
            return super().log_likelihood(x, z).sum()

    class Arrays(LinearGaussian):
        def prior_code(self, n, draws):
            return np.zeros((n, 2))

    with pytest.raises(ModelOutputError, match=r"log_likelihood returned shape \(\)"):
        rows_of(evaluate, Scalar)
    with pytest.raises(ModelOutputError, match="prior_code returned ndarray"):
        rows_of(evaluate, Arrays)
    with pytest.raises(Unavailable, match="no sample_given"):
        rows_of(evaluate, Generator)
