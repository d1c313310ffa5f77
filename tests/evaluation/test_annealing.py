"""Annealed importance sampling on a linear Gaussian model, whose likelihood is known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from genbench.draws import Draws
from genbench.evaluation.annealing import Annealing, Chains

RNG = np.random.default_rng(0)
W, SIGMA = RNG.normal(size=(8, 3)), 0.3
EXACT = multivariate_normal(np.zeros(8), W @ W.T + SIGMA**2 * np.eye(8))


class LinearGaussian:
    """x = W z + sigma e, z ~ N(0, I)."""

    w = torch.as_tensor(W, dtype=torch.float32)

    def codes(self, n, draws):
        return draws.normal(n, 3)

    def log_prior(self, z):
        return -0.5 * (z.square() + math.log(2 * math.pi)).sum(1)

    def log_likelihood(self, x, z):
        error = (x - z @ self.w.T) / SIGMA
        return -0.5 * (error.square() + math.log(2 * math.pi)).sum(1) - 8 * math.log(SIGMA)


def below(annealing, x, seed=0):
    return annealing.lower_bound(x, annealing.step_sizes(x, Draws(seed)), Draws(seed + 100)).numpy()


def above(annealing, x, z, seed=0):
    return annealing.upper_bound(x, z, annealing.step_sizes(x, Draws(seed)), Draws(seed + 100)).numpy()


def simulated(n, seed=1):
    draws = Draws(seed)
    z = draws.normal(n, 3)
    return z @ LinearGaussian.w.T + SIGMA * draws.normal(n, 8), z


def test_meets_the_exact_likelihood_from_both_sides():
    x, z = simulated(60)
    annealing = Annealing(LinearGaussian(), chains=16, temperatures=200)
    exact = EXACT.logpdf(x.double().numpy())
    lower, upper = below(annealing, x), above(annealing, x, z)
    assert lower.mean() == pytest.approx(exact.mean(), abs=0.1)
    assert upper.mean() == pytest.approx(exact.mean(), abs=0.1)
    assert (np.abs(lower - exact) < 1).all()


def test_few_steps_leave_the_bounds_apart_on_the_right_sides():
    x, z = simulated(300)
    annealing = Annealing(LinearGaussian(), chains=1, temperatures=12)
    exact = EXACT.logpdf(x.double().numpy())
    lower_gap, upper_gap = exact - below(annealing, x), above(annealing, x, z) - exact
    for gap in (lower_gap, upper_gap):
        assert gap.mean() > 3 * gap.std() / math.sqrt(300)
    more = exact - below(Annealing(LinearGaussian(), chains=16, temperatures=12), x)
    assert 0 < more.mean() < lower_gap.mean()


def test_the_mean_weight_is_unbiased():
    """Even with few temperatures, where single weights are far off: E[w] = p(x)."""
    x, _ = simulated(1)
    annealing = Annealing(LinearGaussian(), chains=20_000, temperatures=8)
    exact = EXACT.logpdf(x.double().numpy())
    assert below(annealing, x).item() == pytest.approx(float(exact), abs=0.1)


def test_the_transition_leaves_the_posterior_invariant_and_step_sizes_find_the_acceptance():
    x, z = simulated(4000)
    chains = Chains(LinearGaussian(), x, z)  # each code is a draw from the posterior of its example
    step = torch.full((4000,), 0.15)
    accepted = [chains.transition(1.0, step, Draws(seed)).mean().item() for seed in range(3)]
    assert 0.4 < accepted[0] < 0.99
    assert not torch.equal(chains.z, z)
    # So are the codes still: their joint moments with the examples are those of the model.
    codes = chains.z.numpy()
    np.testing.assert_allclose(codes.T @ codes / 4000, np.eye(3), atol=0.1)
    np.testing.assert_allclose(x.numpy().T @ codes / 4000, W, atol=0.15)
    sizes = Annealing(LinearGaussian(), 1, 100).step_sizes(x[:50], Draws(0))
    assert sizes.shape == (99, 50)
    late = Chains(LinearGaussian(), x[:50], z[:50].repeat(20, 1))
    assert late.transition(1.0, sizes[-1], Draws(0)).mean().item() == pytest.approx(0.8, abs=0.1)


def test_a_likelihood_that_is_impossible_almost_everywhere_does_no_harm():
    class Window(LinearGaussian):
        def log_likelihood(self, x, z):
            return torch.where(z[:, 0].abs() < 1, super().log_likelihood(x, z), -1e30)

    x, _ = simulated(5)
    assert np.isfinite(below(Annealing(Window(), 4, 30), x)).any()


def test_the_same_draws_give_the_same_numbers():
    x, _ = simulated(5)
    annealing = Annealing(LinearGaussian(), 2, 10)
    assert (below(annealing, x) == below(annealing, x)).all()
    assert (below(annealing, x) != below(annealing, x, seed=1)).any()
