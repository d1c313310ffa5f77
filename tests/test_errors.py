"""What a message says of a name that nothing answers to."""

from __future__ import annotations

import pytest

from genbench.errors import GenbenchError, check_choice, did_you_mean

MODELS = (
    "autoencoder", "bayesian_gan", "began", "gan", "gaussian", "gaussian_mixture", "logistic_regression", "memoriser",
    "naive_bayes", "nearest_neighbours", "uniform", "vae", "vae_gmm", "wgan", "wgan_gp",
)  # fmt: skip
DATASETS = ("cifar10", "correlated", "digits", "fashion_mnist", "gaussians", "grid100", "iris", "mnist", "pima", "ring8", "two_moons", "wine")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("vea", MODELS, "vae"), ("VAE", MODELS, "vae"), ("gausian", MODELS, "gaussian"), ("w_gan", MODELS, "wgan"),
        ("naivebayes", MODELS, "naive_bayes"), ("logistic", MODELS, "logistic_regression"), ("gmm", MODELS, "vae_gmm"),
        ("cifar100", DATASETS, "cifar10"), ("irsi", DATASETS, "iris"), ("mnsit", DATASETS, "mnist"),
        ("x_validation", ("x_train", "x_val"), "x_val"), ("fashion", DATASETS, "fashion_mnist"),
        ("moons", DATASETS, "two_moons"),
    ],
)  # fmt: skip
def test_names_that_are_spelt_alike_are_meant(name: str, known: tuple[str, ...], meant: str) -> None:
    assert did_you_mean(name, known) == f"; did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("transformer", MODELS), ("diffusion", MODELS), ("mymodel", MODELS), ("knn", MODELS), ("x", MODELS),
        ("spiral", DATASETS), ("penguins", DATASETS), ("housing", DATASETS), ("imagenet", DATASETS), ("", DATASETS),
    ],
)  # fmt: skip
def test_other_names_are_not(name: str, known: tuple[str, ...]) -> None:
    assert did_you_mean(name, known) == f"; there is: {', '.join(known)}"


def test_of_very_many_names_some_are_listed() -> None:
    listed = did_you_mean("?", [f"name{index:02d}" for index in range(50)])
    assert listed.startswith("; there is: name00, name01, ")
    assert listed.endswith(", name39 and 10 more")


def test_a_choice_that_is_none_names_all() -> None:
    with pytest.raises(GenbenchError, match=r"^colour 'rde' is not known; expected red, green or blue$"):
        check_choice("colour", "rde", ("red", "green", "blue"))
    with pytest.raises(ValueError, match="colour None"):
        check_choice("colour", None, ("red", "green"), ValueError)
