"""What holds for each autoencoder on each support: answers, seeds side by side, state, errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from autoencoder_fitting import AUTOENCODERS, build, context, trained
from fitting import example_data, tensor

from genbench import DataError, DataSource, DataSpec, Draws, Model, ModelError, Split, Unavailable
from genbench.data.synthetic import ring8
from genbench.evaluation.fitted import Fitted
from genbench.model import capabilities
from genbench.signature import validate
from genbench.training.loop import fit_side_by_side

FORMS = [("real", (6,), None), ("unit", (5,), None), ("unit", (1, 6, 7), 17), ("binary", (2, 5, 5), None)]
PAIRS = [(name, form) for name in AUTOENCODERS for form in FORMS]


def data_of(form: tuple[str, tuple[int, ...], int | None], n: int) -> tuple[DataSpec, np.ndarray, np.ndarray]:
    support, shape, levels = form
    spec, x, y = example_data(support, n, shape)
    if levels:
        x = (np.rint(x * (levels - 1)) / (levels - 1)).astype(np.float32)
    return DataSpec("example", shape, spec.support, classes=3, levels=levels), x, y


def check_answers(model: Model, spec: DataSpec, x: np.ndarray) -> None:
    fitted = Fitted(model, spec, seed=0)
    samples = fitted.sample(40, "test")
    assert np.isfinite(samples).all()
    if spec.support == "binary":
        assert set(np.unique(samples)) <= {0, 1}
    elif spec.levels:
        np.testing.assert_allclose(samples * (spec.levels - 1), np.rint(samples * (spec.levels - 1)), atol=1e-4)
    if spec.support != "real":
        assert samples.min() >= 0
        assert samples.max() <= 1
    assert fitted.sample(7, "test", np.arange(7) % 3).shape == (7, *spec.shape)
    restored = model.reconstruct(tensor(x), Draws(0)).detach()  # type: ignore[attr-defined]
    assert restored.shape == x.shape
    assert restored.isfinite().all()
    assert fitted.embed(x).shape[0] == len(x)
    if "log_prob_bound" in capabilities(type(model)):
        assert np.isfinite(fitted.log_prob_bound(x, k=3)).all()
    if "discriminate" in capabilities(type(model)):
        assert model.discriminate(tensor(x)).shape == (len(x),)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "form"), PAIRS)
def test_answers_are_sound_on_every_form_of_data(name: str, form: Any) -> None:
    spec, x, y = data_of(form, 60)
    check_answers(trained(name, spec, x, y, examples_seen=640), spec, x)


@pytest.mark.parametrize(
    "name", [name for name in AUTOENCODERS if name not in ("linear_autoencoder", "contractive_autoencoder")]
)
@pytest.mark.parametrize("form", FORMS[2:])
def test_convolutional_networks_serve_images_of_any_size(name: str, form: Any) -> None:
    spec, x, y = data_of(form, 60)
    check_answers(trained(name, spec, x, y, examples_seen=640, network="conv"), spec, x)


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_two_training_examples_are_enough_for_answers(name: str) -> None:
    spec, x, y = data_of(FORMS[0], 2)
    check_answers(trained(name, spec, x, y, examples_seen=640), spec, x)


def test_a_mixture_of_one_code_is_refused() -> None:
    spec, x, _ = data_of(FORMS[0], 1)
    with pytest.raises(ModelError, match="needs 2 training examples or more"):
        trained("autoencoder", spec, x, examples_seen=128)


def recorder(log: list[float]) -> Callable[[int, dict[str, float]], None]:
    return lambda step, scalars: log.extend(scalars.values())


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_a_seed_among_others_is_the_seed_alone(name: str) -> None:
    """Losses run under vmap, and stacking changes results by rounding alone."""
    spec, x, y = data_of(FORMS[0], 200)
    split = Split(x, y).to_torch()
    width = {} if name in ("linear_autoencoder", "contractive_autoencoder") else {"hidden": (16,)}
    lines: dict[bool, list[list[float]]] = {}
    for together in (True, False):
        models = [build(name, spec, seed, **width) for seed in range(2)]
        logs: list[list[float]] = [[], []]
        contexts = [replace(context(128 * 12, seed=seed), on_log=recorder(logs[seed])) for seed in range(2)]
        if together:
            assert fit_side_by_side(models, split, split, contexts) == [None, None]
        else:
            for model, one in zip(models, contexts, strict=True):
                model.fit(split, split, one)
        lines[together] = logs
    assert lines[True][0] != lines[True][1]
    for stacked, alone in zip(lines[True], lines[False], strict=True):
        np.testing.assert_allclose(stacked, alone, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_a_model_is_its_state(name: str) -> None:
    spec, x, y = data_of(FORMS[0], 60)
    model = trained(name, spec, x, y, examples_seen=640)
    other = build(name, spec, seed=9)
    other.load_state_dict(model.state())
    assert torch.equal(model.sample(20, Draws(1)), other.sample(20, Draws(1)))
    assert torch.equal(model.embed(tensor(x)), other.embed(tensor(x)))
    storages = [value.data_ptr() for value in model.state().values()]
    assert len(set(storages)) == len(storages)  # safetensors refuses tensors that share memory


@pytest.mark.parametrize("name", [name for name in AUTOENCODERS if name != "vae_gan"])
def test_training_lowers_the_criterion(name: str) -> None:
    spec, x, y = data_of(FORMS[0], 300)
    split = Split(x, y).to_torch()
    before, after = build(name, spec), trained(name, spec, x, y, examples_seen=20_000)
    with torch.no_grad():
        gain = before.criterion(split.x, split.y, Draws(0)) - after.criterion(split.x, split.y, Draws(0))
    assert gain > 0.5


def test_each_vae_gan_loss_trains_its_own_module() -> None:
    spec, x, _ = data_of(FORMS[0], 60)
    model = build("vae_gan", spec)
    trained_names = [set(objective.trained_names(model)) for objective in model.objectives()]
    assert set.union(*trained_names) == {name for name, _ in model.named_parameters()}
    assert sum(map(len, trained_names)) == len(set.union(*trained_names))
    for objective in model.objectives():
        model.zero_grad()
        answer = objective.loss(tensor(x), None, Draws(0))
        (answer[0] if isinstance(answer, tuple) else answer).backward()
        moved = {name for name, value in model.named_parameters() if value.grad is not None and value.grad.any()}
        assert moved >= set(objective.trained_names(model))


def test_beta_weighs_the_divergence() -> None:
    spec, x, _ = data_of(FORMS[0], 60)
    model = build("beta_vae", spec, beta=3.0, free_bits=0.0)
    loss, terms = model.loss(tensor(x), None, Draws(0))
    torch.testing.assert_close(loss, terms["misfit"] + 3 * terms["kl"])


@pytest.mark.parametrize("name", ["vae", "conditional_vae", "vae_gmm"])
def test_free_bits_count_a_small_divergence_as_so_many(name: str) -> None:
    """Each dimension's by itself; of a mixture prior, whose divergence has no such terms, the whole."""
    spec, x, y = data_of(FORMS[0], 60)
    parts = 1 if name == "vae_gmm" else 2
    losses = {}
    for free_bits in (0.0, 1e-9, 50.0):
        model = build(name, spec, latent=2, free_bits=free_bits)
        loss, terms = model.loss(tensor(x), torch.as_tensor(y), Draws(0))
        losses[free_bits] = loss
    torch.testing.assert_close(losses[0.0], terms["misfit"] + terms["kl"])
    torch.testing.assert_close(losses[1e-9], losses[0.0])
    torch.testing.assert_close(losses[50.0], terms["misfit"] + 50.0 * parts)


@pytest.mark.slow
def test_free_bits_keep_both_dimensions_of_a_code_in_use() -> None:
    """Of points in a plane, of which a training from these seeds otherwise gives a dimension up."""
    data = ring8(DataSource(()))
    spread = {}
    for free_bits in (0.0, 0.1):
        models = [build("vae", data.spec, seed, free_bits=free_bits).train() for seed in range(3)]
        contexts = [context(60_000, seed=seed) for seed in range(3)]
        assert fit_side_by_side(models, data.train.to_torch(), data.validation.to_torch(), contexts) == [None] * 3
        spread[free_bits] = torch.stack([model.embed(data.validation.to_torch().x).std(0) for model in models])
    assert (spread[0.1] > 0.5).all()
    assert (spread[0.0] < 0.2).any()


def test_a_mixture_of_codes_has_their_moments() -> None:
    """On codes of two clusters, samples of the mixture have the codes' mean and covariance."""
    model = build("autoencoder", DataSpec("two", (3,), "real"), latent=2, components=2)
    codes = torch.randn(4_000, 2) @ torch.tensor([[1.0, 0.5], [0.0, 0.3]]) + 5 * (torch.arange(4_000) % 2)[:, None]
    model.codes.fit(codes, seed=0)
    samples = model.codes.sample(40_000, Draws(0))
    torch.testing.assert_close(samples.mean(0), codes.mean(0), rtol=0, atol=0.1)
    torch.testing.assert_close(samples.T.cov(), codes.T.cov(), rtol=0.05, atol=0.05)


def test_no_score_where_there_is_no_density() -> None:
    spec, x, _ = data_of(FORMS[3], 10)
    with pytest.raises(Unavailable, match="discrete"):
        build("denoising_autoencoder", spec).score(tensor(x))


def test_a_convolution_of_a_table_is_one_clear_error() -> None:
    with pytest.raises(DataError, match="network=conv takes images, and wine has the shape"):
        build("vae", DataSpec("wine", (13,), "real"), network="conv")


def test_widths_are_read_from_the_command_line() -> None:
    given = validate("model 'vae'", AUTOENCODERS["vae"], {"hidden": "[32,16]", "scale": "shared"})
    assert given["hidden"] == (32, 16)
    assert validate("model 'vae'", AUTOENCODERS["vae"], {"hidden": "[]"})["hidden"] == ()


def test_labels_are_needed_by_the_conditional_one_alone() -> None:
    unlabelled = DataSpec("points", (2,), "real")
    refusing = {name for name, model in AUTOENCODERS.items() if model.refuses(unlabelled)}
    assert refusing == {"conditional_vae"}
