"""Errors on real data, where they are known."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fitting import MODELS, fit
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from genbench import DataSpec, Split
from genbench.evaluation.fitted import Fitted, training_data


def error(fitted: Fitted, x: np.ndarray, y: np.ndarray) -> float:
    return float((fitted.predict_log_proba(x).argmax(axis=1) != y).mean())


@pytest.mark.parametrize("name", ["naive_bayes", "naive_bayes_shared", "gda", "gda_shared", "logistic_regression"])
def test_pima(name: str, shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "uci" / "pima.csv")
    x, y = table.drop(columns="target").to_numpy(np.float32), table["target"].to_numpy()
    spec = DataSpec("pima", (8,), "real", classes=2)
    errors = []
    for seed in range(10):
        rest, test = train_test_split(np.arange(len(y)), test_size=0.2, stratify=y, random_state=seed)
        train = rest[: int(0.6 * len(y))]
        errors.append(error(Fitted(fit(MODELS[name], spec, x[train], y[train]), spec, 0), x[test], y[test]))
    assert 0.21 < np.mean(errors) < 0.29


@pytest.mark.parametrize(
    ("name", "most"), [("gda", 0.03), ("gda_shared", 0.08), ("kernel_density", 0.04), ("logistic_regression", 0.06)]
)
def test_digits(name: str, most: float) -> None:
    """scikit-learn's digits, shuffled; its LDA errs on 5 to 6 % of them, a kernel density classifier on 3.3 %."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    x, y = (x[order] / 16).reshape(-1, 1, 8, 8).astype(np.float32), y[order]
    spec = DataSpec("digits", (1, 8, 8), "unit", classes=10, levels=17)
    parts = (Split(x[s], y[s]) for s in (slice(1000), slice(1000, 1300)))
    train, validation = (training_data(MODELS[name], spec, part, "noise") for part in parts)
    fitted = Fitted(fit(MODELS[name], spec, train.x, train.y, validation.x), spec, 0)
    assert error(fitted, x[1300:], y[1300:]) < most


@pytest.mark.slow
def test_naive_bayes_on_mnist(shared_data: Path) -> None:
    def idx(name: str, header: int) -> np.ndarray:
        return np.frombuffer(gzip.open(shared_data / "mnist" / f"{name}.gz").read(), np.uint8, offset=header)

    spec = DataSpec("mnist", (1, 28, 28), "unit", classes=10, levels=256)
    images, test_images = (
        (idx(f"{part}-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28) / 255).astype(np.float32)
        for part in ("train", "t10k")
    )
    labels, test_labels = (idx(f"{part}-labels-idx1-ubyte", 8).astype(np.int64) for part in ("train", "t10k"))
    model = MODELS["naive_bayes"]
    train = training_data(model, spec, Split(images[:50_000], labels[:50_000]), "train")
    fitted = Fitted(fit(model, spec, train.x, train.y), spec, 0)
    assert 0.16 < error(fitted, test_images, test_labels) < 0.20
