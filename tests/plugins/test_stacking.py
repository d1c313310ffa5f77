"""Neural plugins with several seeds in one stack: the same losses as each seed alone."""

from __future__ import annotations

import pytest
import torch

from genbench import Budget, DataSpec, Draws, FitContext, Split
from genbench.training import NeuralModel
from genbench.training.loop import fit_side_by_side
from genbench_adversarial.autoencoding import BEGAN, EBGAN
from genbench_adversarial.f_gan import FGAN
from genbench_adversarial.gan import GAN, MinimaxGAN
from genbench_adversarial.hinge_gan import HingeGAN
from genbench_adversarial.lsgan import LSGAN
from genbench_adversarial.minibatch_gan import MinibatchGAN
from genbench_adversarial.pacgan import PacGAN
from genbench_adversarial.unrolled_gan import UnrolledGAN
from genbench_adversarial.wgan import WGAN, WGANGP
from genbench_contrastive.simclr import SimCLR

SPECS = {
    "real": DataSpec("points", (4,), "real"),
    "binary": DataSpec("bits", (1, 4, 4), "binary"),
    "unit": DataSpec("grey", (1, 4, 4), "unit", levels=9),
}
SMALL: dict[type[NeuralModel], dict[str, object]] = {
    GAN: {"latent": 3, "hidden": (8,), "k": 2},
    SimCLR: {"encoder": "mlp", "hidden": (8,), "features": 6, "projection": 5},
}
OTHER_GANS = (MinimaxGAN, LSGAN, HingeGAN, WGAN, WGANGP, FGAN, EBGAN, BEGAN, PacGAN, UnrolledGAN, MinibatchGAN)
SMALL |= {gan: {"latent": 3, "hidden": (8,)} for gan in OTHER_GANS}
SMALL[WGANGP]["spectral_norm"] = True
SMALL[UnrolledGAN]["unroll"] = 2
PAIRS = [(model, support) for model in SMALL for support in SPECS if model not in OTHER_GANS or support == "unit"]
STEPS, BATCH = 12, 10


def losses(model: type[NeuralModel], data: DataSpec, seeds: list[int]) -> dict[int, list[dict[str, float]]]:
    """What each seed logged, trained side by side."""
    x = (torch.rand(60, *data.shape, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    models, contexts, logged = [], [], {seed: [] for seed in seeds}
    for seed in seeds:
        torch.manual_seed(seed)
        models.append(model(data, **SMALL[model]))
        log = logged[seed]
        budget = Budget(STEPS * BATCH, BATCH)
        contexts.append(
            FitContext("cpu", budget, seed, Draws(seed), on_log=lambda step, scalars, log=log: log.append(scalars))
        )
    assert fit_side_by_side(models, Split(x), Split(x), contexts) == [None] * len(seeds)
    return logged


@pytest.mark.parametrize(("model", "support"), PAIRS)
def test_seeds_in_one_stack_and_alone_agree(
    model: type[NeuralModel], support: str, capsys: pytest.CaptureFixture[str]
) -> None:
    together = losses(model, SPECS[support], [0, 1, 2])
    assert "in one stack" in capsys.readouterr().out
    alone = losses(model, SPECS[support], [1])
    assert len(alone[1]) > 0
    for scalars, expected in zip(together[1], alone[1], strict=True):
        assert scalars == pytest.approx(expected, rel=1e-3, abs=1e-4)
