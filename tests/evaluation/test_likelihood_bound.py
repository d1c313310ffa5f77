"""Bounds of a linear Gaussian model, whose exact likelihood is known in closed form (probabilistic PCA)."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel, make_context
from scipy.stats import multivariate_normal

from genbench.data.spec import DataSpec
from genbench.evaluation.fitted import BOUND_NUMBERS, Fitted
from genbench.evaluation.likelihood import evaluate_bound

POINTS = DataSpec("points", (3,), "real")
W, SIGMA = np.array([[1.0], [-0.5], [2.0]]), 0.5
EXACT = multivariate_normal(np.zeros(3), W @ W.T + SIGMA**2 * np.eye(3))
X = EXACT.rvs(400, random_state=0)


class LinearGaussian(FakeModel):
    """x = W z + sigma e with z ~ N(0, 1); q(z | x) is the exact posterior, its standard deviation times ``spread``."""

    spread = 1.5

    def __init__(self, data):
        super().__init__(data)
        self.calls = []

    def log_prob_bound(self, x, draws, k):
        self.calls.append(len(x))
        w = torch.as_tensor(W[:, 0])
        precision = 1 + w @ w / SIGMA**2
        mean, std = x.double() @ w / SIGMA**2 / precision, self.spread * precision**-0.5
        z = mean + std * draws.normal(k, len(x)).double()
        normal = torch.distributions.Normal
        log_joint = normal(0.0, 1.0).log_prob(z) + normal(z[..., None] * w, SIGMA).log_prob(x.double()).sum(-1)
        return (log_joint - normal(mean, std).log_prob(z)).logsumexp(0) - math.log(k)


class ExactPosterior(LinearGaussian):
    spread = 1.0


def nll_rows(context):
    return {row.estimator: row for row in evaluate_bound(context) if row.metric == "nll"}


def test_the_bounds_tighten_with_k_and_stay_above_the_exact_value():
    rows = nll_rows(make_context([LinearGaussian(POINTS)] * 2, X, importance_samples=16))
    exact = -EXACT.logpdf(X).mean()
    assert list(rows) == ["bound[elbo]", "bound[iwae-16]"]
    elbo, iwae = rows.values()
    gap = -math.log(1.5) + (1.5**2 - 1) / 2  # KL of N(0, 1.5^2) from N(0, 1)
    assert elbo.value == pytest.approx(exact + gap, abs=0.06)
    assert exact < iwae.value < elbo.value - gap / 2
    assert (iwae.seeds, iwae.n, iwae.unit, iwae.better) == (2, 400, "nats", "lower")
    assert iwae.ci_low < iwae.value < iwae.ci_high


def test_with_the_exact_posterior_every_bound_is_the_exact_value():
    for row in nll_rows(make_context([ExactPosterior(POINTS)], X, importance_samples=3)).values():
        assert row.value == pytest.approx(-EXACT.logpdf(X).mean(), abs=1e-5)


def test_the_divergence_from_the_truth_is_bounded_too():
    """Here the model is the truth, so what is found is the bound's gap."""

    class Truth:
        def log_prob(self, x):
            return EXACT.logpdf(x)

    context = make_context([LinearGaussian(POINTS)] * 2, X, truth=Truth(), importance_samples=16)
    elbo, iwae = (row for row in evaluate_bound(context) if row.metric == "kl_to_truth")
    assert (elbo.estimator, iwae.estimator) == ("bound[elbo]", "bound[iwae-16]")
    assert elbo.value == pytest.approx(-math.log(1.5) + (1.5**2 - 1) / 2, abs=0.06)
    assert 0 < iwae.value < elbo.value / 2


def test_memory_is_bounded_and_the_numbers_repeat():
    fitted = Fitted(LinearGaussian(POINTS), POINTS, 0)
    first = fitted.log_prob_bound(X[:20], 1000)
    assert len(first) == 20
    assert max(fitted.model.calls) * 1000 * 512 <= BOUND_NUMBERS
    assert len(fitted.model.calls) > 1
    np.testing.assert_array_equal(first, fitted.log_prob_bound(X[:20], 1000))
    assert not np.array_equal(first, Fitted(LinearGaussian(POINTS), POINTS, 1).log_prob_bound(X[:20], 1000))


class FlatBound(FakeModel):
    value = 0.0

    def log_prob_bound(self, x, draws, k):
        return torch.full((len(x),), self.value)


def test_bits_of_a_uniform_mass_and_of_a_uniform_density():
    bits = DataSpec("bits", (4,), "binary")

    class Mass(FlatBound):
        value = -4 * math.log(2)

    rows = {
        (row.metric, row.estimator): row.value
        for row in evaluate_bound(make_context([Mass(bits)], X[:, [0, 1, 0, 1]] > 0, data=bits))
    }
    assert rows["bits_per_dim", "bound[elbo]"] == pytest.approx(1)
    assert rows["bits_per_dim", "bound[iwae-64]"] == pytest.approx(1)


def test_a_density_on_dequantised_levels_says_so():
    class Density(FlatBound):
        continuous_density = True

    grey = DataSpec("grey", (1, 2, 2), "unit", levels=17)
    x = np.random.default_rng(0).integers(0, 17, (20, 1, 2, 2)) / 16
    rows = {
        (row.metric, row.estimator): row.value for row in evaluate_bound(make_context([Density(grey)], x, data=grey))
    }
    assert rows["bits_per_dim", "bound[elbo,dequantised]"] == pytest.approx(math.log2(17))
    assert set(rows) == {
        (metric, f"bound[{k},dequantised]") for metric in ("nll", "bits_per_dim") for k in ("elbo", "iwae-64")
    }


def test_an_impossible_example_is_a_row_and_a_reason():
    class Impossible(FlatBound):
        value = -math.inf

    rows = nll_rows(make_context([Impossible(POINTS)], X))
    assert {row.status for row in rows.values()} == {"failed"}
    assert "probability 0" in rows["bound[elbo]"].reason


def test_a_bound_of_another_kind_is_named_so_and_never_ranked_with_the_others():
    class Marginal(FlatBound):
        bound_variant = "label-marginal"

    class MarginalDensity(Marginal):
        continuous_density = True

    assert list(nll_rows(make_context([Marginal(POINTS)], X, importance_samples=16))) == [
        "bound[elbo,label-marginal]", "bound[iwae-16,label-marginal]",
    ]  # fmt: skip
    grey = DataSpec("grey", (1, 2, 2), "unit", levels=17)
    x = np.random.default_rng(0).integers(0, 17, (20, 1, 2, 2)) / 16
    rows = nll_rows(make_context([MarginalDensity(grey)], x, data=grey))
    assert list(rows) == ["bound[elbo,label-marginal,dequantised]", "bound[iwae-64,label-marginal,dequantised]"]
