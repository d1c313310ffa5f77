"""Every density integrates to one, every mass sums to one, and joint, marginal and posterior agree."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from fitting import MODELS, example_data, fit, having, pairs, tensor
from scipy.special import expit

from genbench import Column, DataSpec
from genbench.evaluation.fitted import Fitted


def labelled(n: int, dim: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(n) % 2
    return np.random.default_rng(seed).normal(size=(n, dim)) * np.arange(1, dim + 1) + y[:, None], y


@pytest.mark.parametrize("support", ["real", "unit"])
@pytest.mark.parametrize("name", having("log_prob"))
def test_a_density_integrates_to_one_in_one_dimension(name: str, support: str) -> None:
    (x, y), (held_out, _) = labelled(60, 1), labelled(60, 1, seed=1)
    if support == "unit":
        x, held_out = expit(x), expit(held_out)
    model = fit(MODELS[name], DataSpec("line", (1,), support, classes=2), x, y, held_out)
    edges = np.linspace(-60, 60, 60_001)
    centres = (edges[1:] + edges[:-1]) / 2
    density = np.exp(model.log_prob(tensor(centres[:, None])))
    assert (density * np.diff(edges)).sum() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", having("log_prob"))
def test_a_density_integrates_to_one_in_two_dimensions(name: str) -> None:
    (x, y), (held_out, _) = labelled(40, 2), labelled(40, 2, seed=1)
    model = fit(MODELS[name], DataSpec("plane", (2,), "real", classes=2), x, y, held_out)
    u, v = np.arange(-12, 13, 0.08), np.arange(-24, 25, 0.12)
    grid = np.stack(np.meshgrid(u, v, indexing="ij"), axis=-1).reshape(-1, 2)
    assert np.exp(model.log_prob(tensor(grid))).sum() * 0.08 * 0.12 == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", having("log_prob", support="unit"))
def test_a_density_on_the_unit_square_integrates_to_one(name: str) -> None:
    (x, y), (held_out, _) = labelled(40, 2), labelled(40, 2, seed=1)
    model = fit(MODELS[name], DataSpec("square", (2,), "unit", classes=2), expit(x), y, expit(held_out))
    edges = np.linspace(-3, 4, 701)  # a density that is not cut off at the edges of the square has mass outside
    centres = (edges[1:] + edges[:-1]) / 2
    grid = np.stack(np.meshgrid(centres, centres, indexing="ij"), axis=-1).reshape(-1, 2)
    assert np.exp(model.log_prob(tensor(grid))).sum() * 0.01**2 == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", having("log_prob", support="binary"))
def test_a_mass_over_all_binary_images_sums_to_one(name: str) -> None:
    spec, x, y = example_data("binary", 30, (1, 3, 3))
    everything = np.array(list(product([0, 1], repeat=9))).reshape(-1, 1, 3, 3)
    assert np.exp(fit(MODELS[name], spec, x, y).log_prob(tensor(everything))).sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", having("log_prob", support="categorical"))
def test_a_mass_over_all_combinations_of_categories_sums_to_one(name: str) -> None:
    spec, x, y = example_data("categorical", 30, (4,))
    everything = np.array(list(product(*(range(c) for c in spec.categories))))
    assert np.exp(fit(MODELS[name], spec, x, y).log_prob(tensor(everything))).sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", having("log_prob", support="mixed"))
def test_a_mixed_density_sums_and_integrates_to_one(name: str) -> None:
    x, y = labelled(60, 1)
    table = np.column_stack([x, (x[:, 0] > 0) + (y == 1)])
    spec = DataSpec("table", (2,), "mixed", classes=2, columns=(Column("a"), Column("b", 3)))
    model = fit(MODELS[name], spec, table, y)
    edges = np.linspace(-40, 40, 100_001)
    centres = (edges[1:] + edges[:-1]) / 2
    total = sum(
        (np.exp(model.log_prob(tensor(np.column_stack([centres, np.full(100_000, c)])))) * np.diff(edges)).sum()
        for c in range(3)
    )
    assert total == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("name", ["uniform", "independent"])
def test_a_mass_over_all_levels_sums_to_one_and_is_exact(name: str) -> None:
    spec = DataSpec("levels", (2,), "unit", levels=5)
    x = np.random.default_rng(0).integers(5, size=(20, 2)) ** 2 % 5 / 4
    fitted = Fitted(fit(MODELS[name], spec, x), spec, seed=0)
    everything = np.array(list(product(range(5), repeat=2))) / 4
    assert fitted.likelihood_estimator == "exact"
    assert np.exp(fitted.log_prob(everything)).sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(("name", "support"), pairs("log_joint", "log_prob", "predict_log_proba"))
def test_joint_marginal_and_posterior_agree(name: str, support: str) -> None:
    spec, x, y = example_data(support, 60)
    model = fit(MODELS[name], spec, x, y)
    joint, marginal = model.log_joint(tensor(x)), model.log_prob(tensor(x))
    np.testing.assert_allclose(np.logaddexp.reduce(joint, axis=1), marginal, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(joint - marginal[:, None], model.predict_log_proba(tensor(x)), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(("name", "support"), pairs("log_joint"))
def test_a_class_without_examples_keeps_its_prior_at_every_point(name: str, support: str) -> None:
    spec, x, y = example_data(support, 60)
    seen = y != 1
    model = fit(MODELS[name], spec, x[seen], y[seen])
    posterior = np.exp(model.predict_log_proba(tensor(x)))
    np.testing.assert_allclose(posterior[:, 1], 1 / (seen.sum() + 3), rtol=1e-6)
    np.testing.assert_allclose(np.logaddexp.reduce(model.log_joint(tensor(x)), axis=1), model.log_prob(tensor(x)))
