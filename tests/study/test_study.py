"""The study of discriminative against generative classifiers, small."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from harness import CommandLine

from genbench.data import bundled_tables
from genbench.data.catalogue import load_dataset
from genbench.data.dataset import Dataset, Split
from genbench.data.source import DataSource
from genbench.data.spec import Column, DataSpec
from genbench.execution.loading import load_model_class
from genbench.measurement import COLUMNS
from genbench.plugins import load_plugins
from genbench.results.loading import read_run
from genbench.study.curves import measure
from genbench.study.dimension import MODELS, growth_of
from genbench.study.pools import pool_of, variants

REGISTRY = load_plugins()


def model(name: str) -> Any:
    return load_model_class(REGISTRY.models[name].spec.target)


def test_splits_are_nested_stratified_and_tested_on_other_examples() -> None:
    pool = pool_of(bundled_tables.wine(DataSource()), splits=5, sizes=6)
    assert pool.sizes[0] == 6
    assert pool.sizes[-1] + pool.tested == len(pool.examples) == 178
    shares = np.bincount(pool.examples.y) / 178
    for order in pool.orders:
        assert len(set(order)) == 178
        for part in (order[: pool.sizes[-1]], order[-pool.tested :]):
            np.testing.assert_allclose(np.bincount(pool.examples.y[part]) / len(part), shares, atol=0.05)
        for size in pool.sizes:
            assert len(set(pool.examples.y[order[:size]])) == 3
    assert len({tuple(order) for order in pool.orders}) == 5


def test_a_class_that_cannot_be_in_training_and_test_is_left_out() -> None:
    y = np.repeat([0, 1, 2], [2, 20, 20])
    part = Split(np.arange(42, dtype=np.float32)[:, None], y)
    data = Dataset(DataSpec("rare", (1,), "real", classes=3, class_names=("a", "b", "c")), part, part[:0], part[:0])
    pool = pool_of(data, splits=2, sizes=4)
    assert pool.data.class_names == ("b", "c")
    assert len(pool.examples) == 40
    assert set(pool.examples.y) == {0, 1}


def test_a_mixed_table_has_its_halves_as_variants() -> None:
    columns = (Column("a"), Column("b", 3), Column("c"))
    part = Split(np.tile(np.float32([0.5, 2, 1.5]), (8, 1)), np.arange(8) % 2)
    data = Dataset(DataSpec("t", (3,), "mixed", classes=2, columns=columns), part, part, part)
    found = {name: one.spec for name, one in variants("t", data)}
    assert [(name, spec.support, spec.dim) for name, spec in found.items()] == [
        ("t", "mixed", 3), ("t-continuous", "real", 2), ("t-discrete", "categorical", 1)
    ]  # fmt: skip


def test_a_model_without_fits_side_by_side_is_measured_on_the_same_splits() -> None:
    pool = pool_of(bundled_tables.iris(DataSource()), splits=6, sizes=4)
    together = measure(model("naive_bayes"), pool)

    class Alone(model("naive_bayes")):  # type: ignore[misc]
        fit_predict_many = None

    np.testing.assert_allclose(measure(Alone, pool), together, atol=1e-6)
    assert together.shape == (6, 4, 4)


def test_the_command(genbench_here: CommandLine) -> None:
    arguments = ("-d", "iris", "-d", "gaussians", "-d", "ring8", "--splits", "10", "--sizes", "4", "--no-dimensions")
    done = genbench_here("study", "discriminative-generative", *arguments, "--out", "study")
    assert done.returncode == 0, done.stderr
    assert "ring8: left out, it has no labels" in done.stdout
    folder = genbench_here.cwd / "study"
    curve = pd.read_csv(folder / "learning_curve.csv")
    assert tuple(curve.columns) == COLUMNS
    errors = (
        curve[(curve.dataset == "gaussians") & (curve.metric == "test_error")].set_index(["model", "examples"]).value
    )
    assert errors["naive_bayes_shared"].iloc[-1] == pytest.approx(0.125, abs=0.02)
    assert errors["naive_bayes_shared"].iloc[0] > errors["naive_bayes_shared"].iloc[-1] + 0.05
    crossings = pd.read_csv(folder / "crossings.csv")
    assert list(crossings.generative) == ["naive_bayes_shared", "gda_shared"] * 2
    assert len(pd.read_csv(folder / "paired_tests.csv")) == 2 * 2 * 4
    assert json.loads((folder / "study.json").read_text())["splits"] == 10
    assert (folder / "figure.png").stat().st_size > 10_000
    assert "<svg" in (folder / "figure.svg").read_text()
    (folder / "dimensions.csv").write_text("dataset,model,criterion\ngaussians,naive_bayes,error\n")
    assert len(read_run(folder).rows) == len(curve)
    assert list(read_run(folder).pairs["crossings"]["second"]) == ["logistic_regression"] * 4


@pytest.mark.parametrize(
    ("name", "message"), [("irsi", "did you mean 'iris'"), ("ring8", "none of the data sets is a labelled table")]
)
def test_what_cannot_be_studied(genbench_here: CommandLine, name: str, message: str) -> None:
    done = genbench_here("study", "discriminative-generative", "-d", name)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_growth_with_the_dimension() -> None:
    """Where each feature keeps its information (``correlated``) naive Bayes needs no more examples as features grow, and
    logistic regression needs them in proportion; where all features share a fixed distance (``gaussians``) both do. For all
    its parameters to be near their limits naive Bayes needs examples in proportion to log d."""
    models = {name: model(name) for name in MODELS}
    dimensions = (8, 16, 32, 64, 128)
    grown = [
        one
        for name in ("gaussians", "correlated")
        for one in growth_of(REGISTRY.datasets[name].spec, models, 20, dimensions)
    ]
    exponents = {(one.dataset, one.model): one.exponent("d") for one in grown if one.criterion == "error"}
    of_parameters = next(one for one in grown if one.criterion == "parameters" and one.dataset == "gaussians")
    in_log_d = of_parameters.exponent("log d")
    assert in_log_d.low < 1 < in_log_d.high
    assert 0.6 < in_log_d.value < 1.3
    assert of_parameters.exponent("d").high < 0.5
    assert -0.2 < exponents["correlated", "naive_bayes_shared"].value < 0.3
    for key in [("correlated", "logistic_regression"), ("gaussians", "logistic_regression"),
                ("gaussians", "naive_bayes_shared")]:  # fmt: skip
        assert 0.7 < exponents[key].value < 1.3, key


@pytest.mark.slow
def test_where_both_models_end() -> None:
    """On ``gaussians`` both reach the Bayes error; on ``correlated`` only logistic regression does."""
    ends = {}
    for name in ("gaussians", "correlated"):
        dataset = load_dataset(REGISTRY.datasets[name].spec, DataSource(), {})
        for which in MODELS:
            fitted = measure_at_full_size(model(which), dataset)
            ends[name, which] = fitted, dataset.truth
    for which in MODELS:
        error, truth = ends["gaussians", which]
        assert error == pytest.approx(truth.bayes_error, abs=0.005)
    error, truth = ends["correlated", "logistic_regression"]
    assert error == pytest.approx(truth.bayes_error, abs=0.005)
    error, truth = ends["correlated", "naive_bayes_shared"]
    assert error == pytest.approx(truth.naive_bayes_error, abs=0.005)


def measure_at_full_size(model_class: Any, dataset: Dataset) -> float:
    """Error on 200,000 fresh examples of the model fitted to the whole training split."""
    from genbench import Budget, Draws, FitContext
    from genbench.evaluation.fitted import Fitted

    fitted = model_class(dataset.spec)
    fitted.fit(dataset.train.to_torch(), dataset.validation.to_torch(), FitContext("cpu", Budget(1, 1), 0, Draws(0)))
    x, y = dataset.truth.sample(200_000, np.random.default_rng(1))
    return float((Fitted(fitted, dataset.spec, 0).predict_log_proba(x.astype(np.float32)).argmax(axis=1) != y).mean())
