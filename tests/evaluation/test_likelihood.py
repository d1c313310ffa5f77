"""Likelihoods and divergences with closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from evaluation_fakes import FakeModel, Flat, Normal, NormalTruth, by_metric, make_context

from genbench.data.spec import DataSpec
from genbench.evaluation.likelihood import evaluate

X = np.random.default_rng(0).normal(size=(4000, 2))
POINTS = DataSpec("points", (2,), "real")


def test_nll_of_the_standard_normal():
    context = make_context([Normal(POINTS)] * 3, X, test_examples=4000)
    row = by_metric(evaluate(context))["nll"]
    entropy = 1 + np.log(2 * np.pi)
    assert row.ci_low <= entropy <= row.ci_high
    assert row.value == pytest.approx(entropy, abs=0.05)
    assert (row.seeds, row.n, row.examples, row.unit, row.estimator) == (3, 4000, 4000, "nats", "exact")


def test_only_so_many_test_examples_as_the_protocol_says_and_one_fit_if_it_is_deterministic():
    context = make_context([Normal(POINTS)] * 3, X, test_examples=100, deterministic_fit=True)
    row = by_metric(evaluate(context))["nll"]
    assert (row.seeds, row.n) == (1, 100)
    assert row.ci_low < row.value < row.ci_high


def test_both_divergences_of_shifted_normals():
    """KL of N(0, I) from N(m, I) in two dimensions is m^2, in both directions."""
    context = make_context(
        [Normal(POINTS, mean=0.5)] * 3, X, truth=NormalTruth(), test_examples=4000, samples=4000, deterministic_fit=True
    )
    rows = by_metric(evaluate(context))
    assert set(rows) == {"nll", "kl_to_truth", "reverse_kl_to_truth"}
    for metric in ("kl_to_truth", "reverse_kl_to_truth"):
        assert rows[metric].ci_low <= 0.25 <= rows[metric].ci_high
        assert rows[metric].value == pytest.approx(0.25, abs=0.05)
        assert rows[metric].better == "lower"


def test_the_truth_itself_is_at_zero():
    context = make_context([Normal(POINTS)], X, truth=NormalTruth())
    rows = by_metric(evaluate(context))
    assert rows["kl_to_truth"].value == pytest.approx(0, abs=1e-6)
    assert rows["reverse_kl_to_truth"].value == pytest.approx(0, abs=1e-6)


def test_seeds_that_differ_widen_the_interval_of_the_reverse_divergence():
    models = [Normal(POINTS, mean=mean) for mean in (0.0, 0.3, 0.6)]
    rows = by_metric(evaluate(make_context(models, X, truth=NormalTruth())))
    assert rows["reverse_kl_to_truth"].value == pytest.approx((0 + 0.09 + 0.36) / 3, abs=0.05)
    assert rows["reverse_kl_to_truth"].ci_high > 0.3


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (DataSpec("bits", (4,), "binary"), -4 * np.log(2)),
        (DataSpec("grey", (1, 2, 2), "unit", levels=2), -4 * np.log(2)),
    ],
)
def test_uniform_mass_on_two_levels_costs_one_bit(data, value):
    x = np.random.default_rng(0).integers(0, 2, (50, *data.shape))
    rows = by_metric(evaluate(make_context([Flat(data, value=value)], x, data=data)))
    assert rows["bits_per_dim"].value == pytest.approx(1, abs=1e-6)
    assert rows["bits_per_dim"].unit == "bits/dim"
    assert rows["nll"].value == pytest.approx(4 * np.log(2))


@pytest.mark.parametrize("levels", [2, 17, 256])
def test_uniform_density_on_dequantised_levels_costs_their_logarithm(levels):
    class Density(Flat):
        continuous_density = True

    data = DataSpec("digits", (1, 8, 8), "unit", levels=levels)
    x = np.random.default_rng(0).integers(0, levels, (50, 1, 8, 8)) / (levels - 1)
    rows = by_metric(evaluate(make_context([Density(data)], x, data=data)))
    assert rows["bits_per_dim"].value == pytest.approx(np.log2(levels))
    assert rows["bits_per_dim"].estimator == "bound[dequantised]"


@pytest.mark.parametrize("levels", [2, 17, 256])
def test_a_density_that_is_flat_within_each_level_has_its_exact_mass(levels):
    """Of P(k) ~ k + 1 the density P(k) L on [k / L, (k + 1) / L) is dequantised without loss."""
    mass = np.arange(1, levels + 1) / (levels * (levels + 1) / 2)

    class Steps(FakeModel):
        continuous_density = True

        def log_prob(self, x):
            assert ((x >= 0) & (x < 1)).all()
            level = np.floor(x.double().numpy() * levels).astype(int)
            return np.log(mass[level] * levels).sum(axis=1)

    data = DataSpec("grey", (2,), "unit", levels=levels)
    k = np.random.default_rng(0).choice(levels, p=mass, size=(200, 2))
    rows = by_metric(evaluate(make_context([Steps(data)], k / (levels - 1), data=data)))
    assert rows["nll"].value == pytest.approx(-np.log(mass[k]).sum(axis=1).mean(), rel=1e-6)


def test_no_bits_where_a_density_is_continuous_or_a_table_categorical():
    assert "bits_per_dim" not in by_metric(evaluate(make_context([Flat(POINTS)], X)))


def test_an_impossible_example_is_a_row_and_a_reason():
    class Half(FakeModel):
        def log_prob(self, x):
            return torch.where(x[:, 0] > 0, -np.log(2), -torch.inf)

    data = DataSpec("bits", (2,), "binary")
    rows = by_metric(evaluate(make_context([Half(data)], (X > 0), data=data)))
    assert rows["nll"].status == rows["bits_per_dim"].status == "failed"
    assert rows["nll"].value is None
    assert "test examples probability 0" in rows["nll"].reason


def test_samples_off_the_support_of_the_truth():
    class HalfPlane(NormalTruth):
        def log_prob(self, x):
            return np.where(x[:, 0] > -4, super().log_prob(x), -np.inf)

    context = make_context([Normal(POINTS, mean=-3.0)], X, truth=HalfPlane())
    rows = by_metric(evaluate(context))
    assert rows["kl_to_truth"].status == "ok"
    assert rows["reverse_kl_to_truth"].status == "failed"
    assert "density 0 under the truth" in rows["reverse_kl_to_truth"].reason
