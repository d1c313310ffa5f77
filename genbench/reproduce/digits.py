"""Classifiers and densities on scikit-learn's digits, in their order and with published folds."""

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
from genbench.reproduce.bench import Bench
from genbench.reproduce.classify import accuracy, wrong, wrong_in_folds
from genbench.reproduce.line import Line, Obtained

if TYPE_CHECKING:
    from numpy.typing import NDArray

line = partial(Line, "digits")
SCALE = 16
"""The largest level of the digits, which the suite has in [0, 1]."""
GERON = "Géron 2019, Hands-on machine learning, 2nd edition, notebook 09_unsupervised_learning"


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
)  # fmt: skip
