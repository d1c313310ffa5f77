"""Likelihoods: kernel densities on digits, a variational autoencoder on MNIST, Parzen windows, and what theory says."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from genbench.data.dataset import Dataset, Split
from genbench.data.spec import DataSpec
from genbench.evaluation.parzen_window import ParzenWindow, kmeans_centres
from genbench.reproduce.bench import Bench, protocol
from genbench.reproduce.classify import accuracy, mean, wrong, wrong_in_folds
from genbench.reproduce.line import Line, Obtained

if TYPE_CHECKING:
    from numpy.typing import NDArray

line = partial(Line, "likelihood")
SCALE = 16
"""The largest level of the digits, which the suite has in [0, 1]."""
VAE_STEPS = 10_000
VAE = "vae:hidden=[400],latent=50,lr=0.001"
GAN = "gan:hidden=[256,256],latent=64,lr_generator=0.004,lr_discriminator=0.004,beta1=0.5,ema_decay=0.999"
GAN_EXAMPLES_SEEN = 500_000
HELD_BACK = 1_000
CENTRES = 10_000
"""Of a Parzen window, as in the publications."""
PARZEN_BANDWIDTHS = np.logspace(-1, 0, 10)


def digits_in_order() -> Dataset:
    """The digits in scikit-learn's order, on which published folds depend, as numbers in [0, 1] without levels."""
    x, y = load_digits(return_X_y=True)
    return unit_dataset(x / SCALE, y)


def unit_dataset(x: NDArray[Any], y: NDArray[Any]) -> Dataset:
    everything = Split(x.astype(np.float32), y.astype(np.int64))
    return Dataset(DataSpec("digits", x.shape[1:], "unit", classes=10), everything, everything, everything)


def kernel_classifier(bench: Bench) -> Obtained:
    """The best mean accuracy of five folds over the bandwidths."""
    dataset = digits_in_order()
    folds = list(StratifiedKFold(5).split(dataset.train.x, dataset.train.y))
    best = np.ones(len(dataset.train))
    for bandwidth in np.logspace(0, 2, 100):
        fitter = bench.fitter(f"kernel_density:bandwidth={bandwidth / SCALE}", "digits", dataset)
        errors = wrong_in_folds(fitter, dataset.train, folds)
        best = min(best, errors, key=lambda found: np.mean([found[test].mean() for _, test in folds]))
    value = 100 * (1 - np.mean([best[test].mean() for _, test in folds]))
    return replace(accuracy(best), value=float(value))


def kernel_bandwidth(bench: Bench) -> Obtained:
    """The bandwidth with the largest log-likelihood of held-out digits in five folds, on 15 principal components."""
    dataset = digits_in_order()
    components = PCA(15, svd_solver="full").fit_transform(dataset.train.x.astype(np.float64) * SCALE)
    low, width = components.min(), np.ptp(components)  # one scale for all components: unit data are not standardised
    scaled = unit_dataset((components - low) / width, dataset.train.y)
    bandwidths = np.logspace(-1, 1, 20)
    totals = [_held_out_log_likelihood(bench, scaled, bandwidth / width) for bandwidth in bandwidths]
    return Obtained(float(bandwidths[np.argmax(totals)]), None, None, 1, len(scaled.train))


def _held_out_log_likelihood(bench: Bench, dataset: Dataset, bandwidth: float) -> float:
    fitter = bench.fitter(f"kernel_density:bandwidth={bandwidth}", "digits", dataset)
    folds = KFold(5).split(dataset.train.x)
    parts = [fitter.fit(dataset.train[train], 0).log_prob(dataset.train.x[test]) for train, test in folds]
    return float(np.concatenate(parts).sum())


def digits_logistic(labels: int | None, bench: Bench) -> Obtained:
    """Fitted to all training digits, or to the first so many."""
    dataset = digits_in_order()
    train, test = train_test_split(np.arange(len(dataset.train)), random_state=42)
    # A penalty on weights of levels 0 to 16 is 16^2 times as strong on those of numbers in [0, 1].
    fitter = bench.fitter(f"logistic_regression:C={SCALE**2}", "digits", dataset)
    return accuracy(wrong(fitter, dataset.train[train[:labels]], dataset.train[test]))


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
THEIS = "Theis, van den Oord & Bethge 2016, A note on the evaluation of generative models, "
GERON = "Géron 2019, Hands-on machine learning, 2nd edition, notebook 09_unsupervised_learning"

LINES: tuple[Line, ...] = (
    line(
        "digits-kde-classifier", "accuracy", "%", 96.77298, 5e-6,
        "VanderPlas 2016, Python data science handbook, notebook 05.13",
        "Gaussian kernel density for each class, best of 100 bandwidths, 5 folds; exponentials that underflow",
        "kernel_density, the same bandwidths and folds, in logarithms throughout",
        kernel_classifier, ("digits",), "equal",
    ),
    line(
        "digits-kde-bandwidth", "bandwidth", "grey levels", 3.79269019073225, 1e-9,
        "scikit-learn, example plot_digits_kde_sampling",
        "largest log-likelihood in 5 folds among 20 bandwidths, on 15 principal components",
        "kernel_density, the same bandwidths, folds and components",
        kernel_bandwidth, ("digits",), "equal",
    ),
    line(
        "digits-logistic", "accuracy", "%", 96.89, 0.005, GERON,
        "logistic regression, one class against the others, 1,347 training and 450 test digits (random_state 42)",
        "logistic_regression, multinomial, as strongly penalised (C = 256 on numbers in [0, 1]); the same digits",
        partial(digits_logistic, None), ("digits",),
    ),
    line(
        "digits-logistic-50-labels", "accuracy", "%", 83.33, 0.005, GERON,
        "the same with the first 50 training digits", "the same with the first 50 training digits",
        partial(digits_logistic, 50), ("digits",),
    ),
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
        "noise-costs-log-100", "log-likelihood lost", "nats", 4.605, 0.0005, THEIS + "section 3.2",
        "a mixture of 1 % of a model and 99 % of noise loses at most log 100 nats",
        "gaussian less gaussian_1_percent on digits; test split",
        noise_costs, ("digits",), "at most", "theory",
    ),
    line(
        "parzen-training-images", "Parzen window", "nats", 243.0, 0.5, THEIS + "table 1",
        "MNIST, samples of the true distribution (training images) as centres",
        "the first 10,000 training images as centres, bandwidth one of 10 by the log-likelihood of 1,000 validation images",
        parzen_of_training_images, ("mnist",),
    ),
    line(
        "parzen-kmeans", "Parzen window", "nats", 313.0, 0.5, THEIS + "table 1",
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
