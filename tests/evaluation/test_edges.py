"""Every evaluation on data sets at the edge of what there can be: a row with a value, or with a reason, and no error."""

from __future__ import annotations

import numpy as np
import pytest
from every_evaluation import by_metric, categories, data_set, evaluated_without_a_word, faults, model_class

RNG = np.random.default_rng(0)


def labels(n):
    return np.arange(n) % 2


def points(train, validation, test, d=3):
    n = train + validation + test
    return data_set(RNG.normal(size=(n, d)), labels(n), (train, validation), classes=2)


def unlabelled(train, validation, test):
    return data_set(RNG.normal(size=(train + validation + test, 3)), None, (train, validation))


def codes(train, validation, test):
    n = train + validation + test
    x = np.stack([RNG.integers(0, 2, n), RNG.integers(0, 3, n)], axis=1)
    return data_set(x, labels(n), (train, validation), "categorical", classes=2, **categories(2, 3))


def bits(train, validation, test):
    n = train + validation + test
    return data_set(RNG.integers(0, 2, (n, 2)), labels(n), (train, validation), "binary", classes=2)


def images(train, validation, test):
    x = RNG.integers(0, 17, (train + validation + test, 1, 8, 8)) / 16
    return data_set(x, None, (train, validation), "unit", levels=17)


def with_labels(y):
    return data_set(RNG.normal(size=(60, 3)), y, (40, 10), classes=int(max(y)) + 1)


def with_features(x, support="real", **form):
    return data_set(x, labels(60), (40, 10), support, classes=2, **form)


FEW = [
    (make, sizes) for make in (points, unlabelled, codes, bits, images) for sizes in ((1, 1, 1), (40, 10, 1), (3, 2, 2))
]
FEW += [(points, (2, 2, 2)), (points, (3, 1, 3)), (points, (6, 2, 2)), (points, (40, 10, 3))]
ODD = {
    "a class in test alone": with_labels(np.repeat([0, 1], [50, 10])),
    "a class missing in test": with_labels(np.r_[np.arange(40) % 3, np.arange(10) % 3, np.zeros(10)].astype(int)),
    "a class missing in training": with_labels(np.r_[np.arange(40) % 2, np.arange(20) % 3]),
    "one class in validation": with_labels(np.r_[np.arange(40) % 2, np.zeros(10), np.arange(10) % 2].astype(int)),
    "all rows equal": with_features(np.ones((60, 3))),
    "all images equal": data_set(np.ones((60, 1, 4, 4)), None, (40, 10), "unit", levels=17),
    "all bits equal": with_features(np.ones((60, 3)), "binary"),
    "test rows equal": with_features(np.r_[RNG.normal(size=(50, 3)), np.ones((10, 3))]),
    "ten copies of each row": with_features(np.repeat(RNG.normal(size=(6, 3)), 10, axis=0)[RNG.permutation(60)]),
    "a column constant in training": with_features(
        np.c_[RNG.normal(size=60), np.r_[np.zeros(40), RNG.normal(size=20)]]
    ),
    "the one column constant": with_features(np.r_[np.zeros(50), np.arange(10)][:, None]),
    "a column constant within a class": with_features(np.c_[RNG.normal(size=60), labels(60)]),
    "a column constant in subsets": with_features(np.c_[RNG.normal(size=60), np.arange(60) % 20 == 19]),
    "more features than rows": with_features(RNG.normal(size=(60, 80))),
}
MODELS = ("naive_bayes", "held_out")
SLOW_MODELS = (
    "gaussian", "logistic_regression",
    "kernel_density", "gaussian_mixture", "nearest_neighbours", "memoriser", "independent", "one_point", "gda", "uniform",
    "gaussian_1_percent", "class_prior", "vae", "gan", "simclr", "conditional_vae", "conditional_gan", "bigan", "dcgan",
)  # fmt: skip


def check(dataset, names):
    for name in names:
        if not model_class(name).refuses(dataset.spec):
            fits, done = evaluated_without_a_word(dataset, name)
            assert fits.models, name
            assert list(faults(done)) == [], name


@pytest.mark.parametrize(("make", "sizes"), FEW)
def test_a_few_rows_are_no_error(make, sizes):
    check(make(*sizes), MODELS)


@pytest.mark.parametrize("kind", ODD)
def test_odd_splits_are_no_error(kind):
    check(ODD[kind], MODELS)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW_MODELS)
def test_nor_with_models_of_every_kind(name):
    takes_one = name != "gaussian_mixture"
    for make, sizes in FEW:
        if takes_one or sizes[0] > 1:
            check(make(*sizes), [name])
    for kind, dataset in ODD.items():
        if not (kind == "all images equal" and name == "gda"):  # its confidence differs by less than a float can square
            check(dataset, [name])


def test_one_test_row_is_told():
    done = evaluated_without_a_word(points(40, 10, 1), "gaussian")[1]
    told = "needs at least 2 test examples and samples, there is 1"
    assert done.skipped["sample_quality"] == done.skipped["memorisation"] == told
    assert done.skipped["shift_detection"] == "needs at least 4 test examples, there are 1"
    assert by_metric(done, "generative_curve")["frechet_distance"].reason == told
    assert by_metric(done, "likelihood")["nll"].ci_low is None


def test_a_feature_without_spread_in_a_subset_has_no_density_there():
    """Its test values, ten million smallest deviations off, would else decide the curve."""
    x = np.c_[RNG.normal(size=300), np.arange(300) % 12 == 11]
    dataset = data_set(x, labels(300), (200, 50), classes=2)
    done = evaluated_without_a_word(dataset, "naive_bayes", generative_curve_sizes=(10, 100))[1]
    rows = {row.examples: row for row in done.measurements["generative_curve"] if row.metric == "nll"}
    assert rows[10].status == "skipped"
    assert rows[10].reason.startswith("1 of the features take one value in the first 10 training examples")
    assert abs(rows[100].value) < 10
    assert rows[200].status == "ok"


def two_binary_features(n=480):
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[RNG.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])]
    return data_set(x, labels(n), (300, 100), "categorical", classes=2, **categories(2, 2))


def test_on_two_binary_features_true_examples_look_perfect_and_a_collapsed_model_does_not():
    dataset = two_binary_features()
    true, stuck = (
        by_metric(evaluated_without_a_word(dataset, name)[1], "sample_quality") for name in ("held_out", "one_point")
    )
    for metric in ("precision", "recall", "coverage"):
        assert true[metric].value > 0.8  # with k = 3 it is 0.88 for continuous data
    assert true["density"].value == pytest.approx(1, abs=0.05)
    assert stuck["recall"].value < 0.6
    assert stuck["coverage"].value < 0.6
    assert true["neighbour_test_p_value"].value > 0.05 > stuck["neighbour_test_p_value"].value
    assert true["vendi_score"].value > 2 > stuck["vendi_score"].value
    assert true["kernel_distance"].ci_low < 0.1 < stuck["kernel_distance"].value


def test_where_test_examples_repeat_training_examples_memorising_cannot_be_seen_and_that_is_told():
    for name in ("held_out", "memoriser"):
        rows = by_metric(evaluated_without_a_word(two_binary_features(), name)[1], "memorisation")
        assert rows["exact_copies"].value == 1
        for metric in ("memorised_share", "held_out_share", "data_copying_z", "data_copying_p_value"):
            assert (rows[metric].status, rows[metric].reason) == (
                "skipped",
                "half of the test examples occur in the training split",
            )


def test_repeated_numbers_have_no_parzen_window():
    x = np.repeat(RNG.normal(size=(6, 2)), 20, axis=0)[RNG.permutation(120)]
    done = evaluated_without_a_word(data_set(x, None, (60, 30)), "held_out")[1]
    assert "repeated examples have no density" in done.skipped["parzen"]
