"""The contrastive loss against a plain cross-entropy, views in range, features that the loss improves."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from fitting import example_data
from torch.nn.functional import cosine_similarity, cross_entropy

from genbench import Budget, DataSpec, Draws, FitContext, Split
from genbench_contrastive import views
from genbench_contrastive.simclr import SimCLR, nt_xent

IMAGES = {
    "unit": DataSpec("grey", (2, 8, 6), "unit", levels=17),
    "binary": DataSpec("bits", (2, 8, 6), "binary"),
    "real": DataSpec("raw", (2, 8, 6), "real"),
}


def test_the_loss_is_the_cross_entropy_of_naming_the_partner() -> None:
    first, second = torch.randn(2, 7, 5, generator=torch.Generator().manual_seed(0))
    both = torch.cat([first, second])
    losses = []
    for i in range(14):
        others = [j for j in range(14) if j != i]
        logits = cosine_similarity(both[i, None], both[others]) / 0.3
        losses.append(cross_entropy(logits, torch.tensor(others.index((i + 7) % 14))))
    torch.testing.assert_close(nt_xent(first, second, 0.3), torch.stack(losses).mean())


@pytest.mark.parametrize("temperature", [0.01, 0.5, 10.0])
def test_the_bound_on_mutual_information_never_exceeds_log_k(temperature: float) -> None:
    """Also where the views name their partners perfectly: the loss cannot fall below 0."""
    z = torch.eye(20)
    for second in (z, z.roll(1, 0), torch.randn(20, 20, generator=torch.Generator().manual_seed(0))):
        assert math.log(39) - nt_xent(z, second, temperature).item() <= math.log(39)
    assert nt_xent(z, z, 0.01).item() == pytest.approx(0, abs=1e-6)


def test_indistinguishable_views_cost_log_k_and_carry_no_information() -> None:
    model = SimCLR(DataSpec("same", (3,), "real"), noise=0.0)
    loss, scalars = model.contrastive_loss(torch.ones(16, 3), None, Draws(0))
    assert loss.item() == pytest.approx(math.log(31), abs=1e-5)
    assert scalars["mutual_information_bound"].item() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("support", IMAGES)
def test_views_of_images_keep_shape_and_range(support: str) -> None:
    data = IMAGES[support]
    x = (torch.rand(50, *data.shape, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    view = SimCLR(data).view(x, Draws(0))
    assert view.shape == x.shape
    assert not torch.equal(view, x)
    if support != "real":
        assert view.min() >= 0
        assert view.max() <= 1


@pytest.mark.parametrize("support", ["real", "binary"])
def test_views_of_tables_keep_shape_and_values(support: str) -> None:
    data, x, _ = example_data(support, 300)
    view = SimCLR(data, noise=0.0).view(torch.as_tensor(x), Draws(0)).numpy()
    assert view.shape == x.shape
    assert 0.25 < (view != x).mean() < 0.35 or support == "binary"
    for column in range(3):
        assert np.isin(view[:, column], x[:, column]).all()


def test_the_whole_image_is_its_own_crop_and_half_of_it_is_enlarged() -> None:
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    torch.testing.assert_close(views.crop(ramp, Draws(0), 1.0), ramp)
    steps = views.crop(ramp.expand(200, 1, 8, 8), Draws(0), 0.5).diff(dim=3)[:, 0, :, 1:-1]
    assert steps.min() >= 0  # bilinear interpolation, repeating the border
    assert 0.49 < steps.max() <= 1.001
    assert (steps.mean((1, 2)) < 1).all()


def test_shifts_move_by_whole_pixels_within_reach() -> None:
    ramp = (10 * torch.arange(6.0)[:, None] + torch.arange(6.0)).expand(300, 1, 6, 6)
    moved = views.shift(ramp, Draws(0), 1)[:, 0, 2, 2] - 22
    assert set(moved.int().tolist()) == {10 * i + j for i in (-1, 0, 1) for j in (-1, 0, 1)}


def test_views_are_the_same_under_vmap() -> None:
    from genbench.training.draws import RecordedDraws, ReplayedDraws

    model, x = SimCLR(IMAGES["unit"]), torch.rand(3, 10, *IMAGES["unit"].shape)
    recorded = RecordedDraws(0, "cpu")
    model.view(x[0], recorded)
    values = [torch.stack([Draws(seed).take(request) for seed in range(3)]) for request in recorded.requests]

    def view(x: torch.Tensor, values: list[torch.Tensor]) -> torch.Tensor:
        return model.view(x, ReplayedDraws(recorded.requests, values))

    alone = torch.stack([view(x[i], [value[i] for value in values]) for i in range(3)])
    torch.testing.assert_close(torch.func.vmap(view)(x, values), alone)


@pytest.mark.parametrize("encoder", ["mlp", "conv"])
def test_features_have_the_width_asked_for(encoder: str) -> None:
    for data in IMAGES.values():
        model = SimCLR(data, encoder=encoder, features=24)  # type: ignore[arg-type]
        assert model.embed(torch.rand(5, *data.shape)).shape == (5, 24)


def test_training_raises_the_bound_on_mutual_information() -> None:
    data, x, y = example_data("real", 300, (8,))
    logged: dict[str, list[float]] = {}

    def log(step: int, scalars: dict[str, float]) -> None:
        for name, value in scalars.items():
            logged.setdefault(name, []).append(value)

    torch.manual_seed(0)
    model = SimCLR(data, hidden=(32,), features=16)
    context = FitContext("cpu", Budget(20_000, 100), 0, Draws(0), on_log=log)
    model.fit(Split(x, y).to_torch(), Split(x[:50], y[:50]).to_torch(), context)
    bounds = logged["mutual_information_bound"]
    assert bounds[-1] > bounds[0] + 0.5
    assert max(bounds) <= math.log(199)
