"""Likelihoods: a variational autoencoder, Parzen windows, and what noise costs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.evaluation.parzen_window import ParzenWindow, kmeans_centres
from genbench.reproduce.bench import Bench, protocol
from genbench.reproduce.classify import mean
from genbench.reproduce.line import Line, Obtained

if TYPE_CHECKING:
    from numpy.typing import NDArray

line = partial(Line, "likelihood")
VAE_STEPS = 10_000
VAE = "vae:hidden=[400],latent=50,lr=0.001,free_bits=0"
GAN = "gan:hidden=[256,256],latent=64,lr_generator=0.004,lr_discriminator=0.004,beta1=0.5,ema_decay=0.999"
GAN_EXAMPLES_SEEN = 500_000
HELD_BACK = 1_000
CENTRES = 10_000
"""Of a Parzen window, as in the publications."""
PARZEN_BANDWIDTHS = np.logspace(-1, 0, 10)


def vae_bound(estimator: str, bench: Bench) -> Obtained:
    under = protocol(examples_seen=VAE_STEPS * 100, batch_size=100, importance_samples=100)
    rows = bench.measure(VAE, "mnist-binary", "likelihood_bound", under)
    return Obtained.of(rows["nll", estimator], factor=-1)


def parzen_of_training_images(bench: Bench) -> Obtained:
    return _parzen(bench, bench.dataset("mnist").train.x[:CENTRES].reshape(CENTRES, -1))


def parzen_of_kmeans(bench: Bench) -> Obtained:
    train = bench.dataset("mnist").train.x
    return _parzen(bench, kmeans_centres(train.reshape(len(train), -1), CENTRES))


def parzen_of_gan(bench: Bench) -> Obtained:
    fitter = bench.fitter(GAN, "mnist", under=protocol(examples_seen=GAN_EXAMPLES_SEEN))
    fits = fitter.fit_all()
    bench.refuse_failures(fits.failures)
    return _parzen(bench, fits.models[0].sample(CENTRES, "parzen").reshape(CENTRES, -1))


def _parzen(bench: Bench, centres: NDArray[Any]) -> Obtained:
    dataset = bench.dataset("mnist")
    validation, test = (
        split.x.reshape(len(split), -1).astype(np.float64) for split in (dataset.validation, dataset.test)
    )
    window = ParzenWindow.chosen(centres.astype(np.float64), validation[:HELD_BACK], PARZEN_BANDWIDTHS)
    return mean(window.log_density(test)[None])


def noise_costs(bench: Bench) -> Obtained:
    """Nats an example that the mixture of 1 % of a Gaussian and 99 % noise loses to the Gaussian, on the digits."""
    rows = [
        bench.fitter(model, "digits").fit(bench.dataset("digits").train, 0).log_prob(bench.dataset("digits").test.x)
        for model in ("gaussian", "gaussian_1_percent")
    ]
    return mean((rows[0] - rows[1])[None])


ALTOSAAR = "Altosaar, variational-autoencoder, README (train_variational_autoencoder_jax)"
THEIS = "Theis, van den Oord & Bethge 2016, A note on the evaluation of generative models"

LINES: tuple[Line, ...] = (
    line(
        "mnist-vae-elbo", "log-likelihood, evidence lower bound", "nats", -106.642, 0.0005, ALTOSAAR,
        "binarised MNIST (Larochelle's file), two layers of 512, code of 128, 30,000 steps with batches of 128",
        f"{VAE}, {VAE_STEPS:,} steps with batches of 100, one seed; mnist-binary, the suite's own binarisation",
        partial(vae_bound, "bound[elbo]"), ("mnist-binary",),
    ),
    line(
        "mnist-vae-importance", "log-likelihood, importance-weighted bound", "nats", -100.309, 0.0005, ALTOSAAR,
        "binarised MNIST (Larochelle's file), two layers of 512, code of 128, 30,000 steps with batches of 128",
        f"{VAE}, {VAE_STEPS:,} steps with batches of 100, one seed, 100 importance samples; mnist-binary",
        partial(vae_bound, "bound[iwae-100]"), ("mnist-binary",),
    ),
    line(
        "noise-costs-log-100", "log-likelihood lost", "nats", 4.605, 0.0005, THEIS,
        "a mixture of 1 % of a model and 99 % of noise loses at most log 100 nats",
        "gaussian less gaussian_1_percent on digits; test split",
        noise_costs, ("digits",), "at most", "theory",
    ),
    line(
        "parzen-training-images", "Parzen window", "nats", 243.0, 0.5, THEIS,
        "MNIST, samples of the true distribution (training images) as centres",
        "the first 10,000 training images as centres, bandwidth one of 10 by the log-likelihood of 1,000 validation images",
        parzen_of_training_images, ("mnist",),
    ),
    line(
        "parzen-kmeans", "Parzen window", "nats", 313.0, 0.5, THEIS,
        "MNIST, k-means centres, of which the number is not told",
        "10,000 k-means centres (6 steps of Lloyd's from the first images) of 50,000 training images, bandwidth as above",
        parzen_of_kmeans, ("mnist",),
    ),
    line(
        "parzen-gan", "Parzen window", "nats", 225.0, 2.0,
        "Goodfellow et al. 2014, Generative adversarial nets, NIPS, table 1",
        "MNIST, samples of a GAN as centres, bandwidth by validation; standard error 2 told",
        f"{GAN}, {GAN_EXAMPLES_SEEN:,} examples seen in batches of 128, one seed; 10,000 samples, bandwidth as above",
        parzen_of_gan, ("mnist",),
    ),
)  # fmt: skip
