"""What holds for each model on each support that it takes: shapes, tiny training sets, samples, scores, state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from fitting import MODELS, SPECS, SUPPORTS, example_data, fit, having, pairs, tensor

from genbench import DataSpec, Draws, Unavailable
from genbench.evaluation.fitted import Fitted
from genbench.model import capabilities


@pytest.mark.parametrize(("name", "support"), pairs())
@pytest.mark.parametrize("per_class", [1, 2, 10])
def test_answers_are_sound_from_one_example_a_class_on(name: str, support: str, per_class: int) -> None:
    spec, x, y = example_data(support, 3 * per_class, (1, 2, 3) if support in ("unit", "binary") else (6,))
    far = example_data(support, 50, spec.shape)[1]
    fitted = Fitted(fit(MODELS[name], spec, x, y, validation=far[:10]), spec, seed=0)
    for capability in capabilities(MODELS[name]):
        if capability == "sample":
            assert np.isfinite(fitted.sample(7, "test")).all()
            assert fitted.sample(7, "test", np.arange(7) % 3).shape == (7, *spec.shape)
        elif capability == "log_prob" and name not in having("log_prob", support=support):
            with pytest.raises(Unavailable, match="no density"):
                fitted.log_prob(far)
        elif capability != "score":
            answer = getattr(fitted, capability)(far)
            assert np.isfinite(answer).all() or name == "uniform"
        elif support in ("real", "unit"):
            assert fitted.score(far).shape == far.shape


@pytest.mark.parametrize("name", having())
def test_constant_features_and_equal_examples_do_no_harm(name: str) -> None:
    x, y = np.zeros((4, 3)), np.array([0, 1, 0, 1])
    fitted = Fitted(
        fit(MODELS[name], DataSpec("same", (3,), "real", classes=2), x, y), DataSpec("same", (3,), "real", 2), 0
    )
    for capability in set(capabilities(MODELS[name])) - {"sample"}:
        if name == "memoriser":
            continue  # no density
        assert np.isfinite(getattr(fitted, capability)(x)).all()


@pytest.mark.parametrize("name", having())
def test_a_single_class_in_training_is_no_obstacle(name: str) -> None:
    spec, x, _ = example_data("real", 20)
    fitted = Fitted(fit(MODELS[name], spec, x, np.ones(20, dtype=int)), spec, 0)
    if "predict_log_proba" in capabilities(MODELS[name]):
        posterior = np.exp(fitted.predict_log_proba(x))
        assert (posterior.argmax(axis=1) == 1).all()
        assert (posterior > 0).all()


def doubles(x: np.ndarray) -> torch.Tensor:
    """Finite differences need more digits than float32 has."""
    return torch.as_tensor(x, dtype=torch.float64)


@pytest.mark.parametrize("name", having("score"))
@pytest.mark.parametrize("support", ["real", "unit"])
def test_the_score_is_the_gradient_of_the_log_density(name: str, support: str) -> None:
    spec, x, y = example_data(support, 60, (3,))
    x = x * [1, 10, 0.1] if support == "real" else x
    held_out = example_data(support, 60, (3,), seed=6)[1]
    model = fit(MODELS[name], spec, x, y, held_out * [1, 10, 0.1] if support == "real" else held_out)
    points = x[:20].astype(np.float32).astype(np.float64)
    score = np.asarray(model.score(doubles(points)))
    for j, step in enumerate(1e-5 * x.std(axis=0)):
        shift = step * np.eye(3)[j]
        upper, lower = (model.log_prob(doubles(points + sign * shift)) for sign in (1, -1))
        slope = (upper - lower) / (2 * step)
        np.testing.assert_allclose(score[:, j], slope, rtol=1e-4, atol=1e-5 * np.abs(slope).max())


@pytest.mark.parametrize("support", ["binary", "categorical", "mixed"])
def test_no_score_where_there_is_no_density_to_differentiate(support: str) -> None:
    spec, x, y = example_data(support, 30)
    with pytest.raises(Unavailable, match="no score"):
        fit(MODELS["naive_bayes"], spec, x, y).score(tensor(x))


@pytest.mark.parametrize(("name", "support"), pairs("sample"))
def test_samples_come_from_the_support_and_depend_on_their_draws_alone(name: str, support: str) -> None:
    spec, x, y = example_data(support, 90)
    model = fit(MODELS[name], spec, x, y)
    first, again, other = (np.asarray(model.sample(50, Draws(seed))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert name == "one_point" or (first != other).any()
    for column, categories in zip(first.T, spec.categories, strict=True):
        assert not categories or set(column) <= set(range(categories))


@pytest.mark.parametrize(("name", "support"), pairs("sample", "log_prob"))
def test_samples_follow_the_density(name: str, support: str) -> None:
    """Moments of samples against those by importance sampling from a model with full support (within six errors)."""
    spec, x, y = example_data(support, 300, (2,))
    held_out = example_data(support, 300, (2,), seed=6)[1]
    unequal = (y > 0) | (np.arange(300) % 4 == 0)
    x, y = x[unequal], y[unequal]
    model = fit(MODELS[name], spec, x, y, held_out)
    everywhere = replace(spec, support="real") if support == "unit" else spec
    proposal = fit(MODELS["independent"], everywhere, x, y, tail=0.5)
    proposed = np.asarray(proposal.sample(20_000, Draws(3)))
    proposed = proposed.astype(np.float32).astype(np.float64)
    weights = np.exp(model.log_prob(tensor(proposed)) - proposal.log_prob(tensor(proposed)))[:, None]
    direct = np.asarray(model.sample(20_000, Draws(4)), dtype=np.float64)
    for moment in (np.ones_like, lambda x: x, np.square):
        weighted, own = weights * moment(proposed), moment(direct)
        error = np.sqrt((weighted.var(axis=0) + own.var(axis=0)) / 20_000)
        assert (np.abs(weighted.mean(axis=0) - own.mean(axis=0)) < 6 * error + 1e-6).all()


@pytest.mark.parametrize(("name", "support"), pairs("sample", "log_joint"))
def test_samples_of_a_class_have_the_moments_of_the_class(name: str, support: str) -> None:
    spec, x, y = example_data(support, 600, (2,))
    model = fit(MODELS[name], spec, x, y)
    for label in range(3):
        samples = np.asarray(model.sample(20_000, Draws(label), tensor(np.full(20_000, label)).long()))
        of_class = x[y == label]
        error = np.sqrt(samples.var(axis=0) / 20_000 + 1e-4)
        assert (np.abs(samples.mean(axis=0) - of_class.mean(axis=0)) < 5 * error + 0.02).all()


@pytest.mark.parametrize(("name", "support"), pairs())
def test_deterministic_models_do_not_depend_on_the_seed_and_state_is_arrays(name: str, support: str) -> None:
    spec, x, y = example_data(support, 30)
    one, two = fit(MODELS[name], spec, x, y), fit(MODELS[name], spec, x, y, seed=1)
    state, other = one.state(), two.state()
    if name in ("memoriser", "held_out", "kernel_density", "nearest_neighbours"):
        assert state is None
        return
    assert all(np.isfinite(np.asarray(v)).any() or np.asarray(v).size == 0 for v in state.values())
    if MODELS[name].deterministic_fit:
        for key, value in state.items():
            np.testing.assert_array_equal(value, other[key])


@pytest.mark.parametrize(("name", "support"), pairs())
def test_a_model_that_is_loaded_back_answers_as_before(name: str, support: str) -> None:
    spec, x, y = example_data(support, 30)
    one, back = fit(MODELS[name], spec, x, y), MODELS[name](spec)
    state = one.state()
    if state is None:
        with pytest.raises(Unavailable, match="cannot be loaded back"):
            back.restore({})
        return
    back.restore({key: torch.as_tensor(np.array(value)) for key, value in state.items()})
    for capability in {"log_prob", "log_joint", "predict_log_proba"} & set(capabilities(MODELS[name])):
        np.testing.assert_array_equal(getattr(back, capability)(tensor(x)), getattr(one, capability)(tensor(x)))
    if "sample" in capabilities(MODELS[name]):
        np.testing.assert_array_equal(back.sample(9, Draws(1)), one.sample(9, Draws(1)))


def test_controls_and_models_declare_what_they_are() -> None:
    from genbench_baselines import CONTROLS

    assert {name for name, spec in SPECS.items() if spec.control} == set(CONTROLS)
    assert {name for name, spec in SPECS.items() if spec.flaw} == set(CONTROLS)
    assert all(spec.source for spec in SPECS.values() if not spec.control)
    assert all(MODELS[name].supports <= set(SUPPORTS) for name in SPECS)
    assert {name for name in SPECS if not MODELS[name].deterministic_fit} == {"gaussian_mixture"}
