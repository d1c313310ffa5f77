"""What annealed importance sampling asks of decoders agrees with what else they do."""

from __future__ import annotations

import math
from importlib import import_module

import numpy as np
import pytest
import torch
from autoencoder_fitting import AUTOENCODERS, build

import genbench_adversarial
from genbench import DataSpec, Draws, Unavailable

GREY = DataSpec("grey", (1, 4, 4), "unit", levels=17, classes=3)
GANS = {
    spec.name: getattr(import_module(spec.target.partition(":")[0]), spec.target.partition(":")[2])
    for spec in genbench_adversarial.genbench_models()
}
OF_MORE_THAN_NOISE = {"acgan", "adagan", "bayesian_gan", "conditional_gan", "infogan"}


@pytest.mark.parametrize("name", [name for name, model in AUTOENCODERS.items() if hasattr(model, "log_likelihood")])
@pytest.mark.parametrize("support", ["real", "binary", "unit"])
@torch.no_grad()
def test_prior_and_likelihood_give_the_same_evidence_as_the_importance_weights(name: str, support: str) -> None:
    data = GREY if support == "unit" else DataSpec("small", (3,), support, classes=3)  # type: ignore[arg-type]
    model = build(name, data, latent=2, hidden=(8,))
    x = model.sample(6, Draws(1))
    z = model.prior_code(20_000, Draws(2))
    of_prior = torch.stack([model.log_likelihood(one.expand(20_000, *data.shape), z).logsumexp(0) for one in x])
    bound = model.log_prob_bound(x, Draws(3), 5_000)
    closeness = 0.5 if name == "vae_gmm" else 0.15  # before training its q(z | x) misses components of the prior
    np.testing.assert_allclose(of_prior - math.log(20_000), bound, atol=closeness)
    density = model.log_prior(z).exp()
    assert density.shape == (20_000,)
    assert (density > 0).all()
    assert model.sample_given(z[:5], Draws(4)).shape == (5, *data.shape)


@pytest.mark.parametrize("name", sorted(GANS))
@torch.no_grad()
def test_a_sample_of_a_gan_is_what_its_decoder_makes_of_a_code(name: str) -> None:
    torch.manual_seed(0)
    gan = GANS[name](GREY).eval()
    if name in OF_MORE_THAN_NOISE:
        with pytest.raises(Unavailable, match="not made of normal noise alone"):
            gan.prior_code(3, Draws(0))
        return
    z = gan.prior_code(4, Draws(0))
    samples = torch.as_tensor(gan.sample(4, Draws(0)))
    np.testing.assert_allclose(gan.discretise(gan.mean_given(z), Draws(1)), samples, atol=1e-6)
    normal = torch.distributions.Normal(0.0, 1.0)
    np.testing.assert_allclose(gan.log_prior(z), normal.log_prob(z).sum(1), rtol=1e-5)
