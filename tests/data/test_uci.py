"""The UCI sets on the real files: published facts, and the same code as for a user's own file."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from genbench.data import uci
from genbench.data.checks import check_dataset
from genbench.data.files.csv_file import CsvOptions, read_csv
from genbench.data.files.load import load_user_file
from genbench.data.hooks import genbench_datasets
from genbench.data.source import DataSource

SUPPORT = {
    "pima": "real", "ionosphere": "real", "sonar": "real", "boston": "real", "liver": "real", "optdigits": "real",
    "adult": "mixed", "breast_cancer_ljubljana": "categorical", "promoters": "categorical",
    "lymphography": "categorical", "lenses": "categorical", "vote": "categorical",
}  # fmt: skip


@pytest.fixture(scope="module")
def source(shared_data):
    return DataSource((shared_data,))


@pytest.mark.parametrize("name", SUPPORT)
def test_loads_with_every_class_in_training(source, name):
    dataset = check_dataset(name, getattr(uci, name)(source))
    assert (dataset.spec.name, dataset.spec.support) == (name, SUPPORT[name])
    assert set(dataset.train.y) == set(range(dataset.spec.classes))


def test_optdigits_test_rows_are_scikit_learns_digits(source):
    dataset, digits = uci.optdigits(source, standardise=False), load_digits()
    assert len(dataset.train) + len(dataset.validation) == 3823
    rows = np.column_stack([dataset.test.x, dataset.test.y])
    kept = [int(column.name.removeprefix("input")) - 1 for column in dataset.spec.columns]
    expected = np.column_stack([digits.data[:, kept], digits.target])
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], expected[np.lexsort(expected.T)])


def test_optdigits_nearest_neighbour_has_the_published_accuracy(source):
    """98.00 % (k = 1) on the 3,823 training rows, as optdigits.names says."""
    dataset = uci.optdigits(source, standardise=False)
    x = np.concatenate([dataset.train.x, dataset.validation.x])
    y = np.concatenate([dataset.train.y, dataset.validation.y])
    score = KNeighborsClassifier(1).fit(x, y).score(dataset.test.x, dataset.test.y)
    assert round(100 * score, 2) == 98.00


def test_ionosphere_nearest_neighbour_has_the_published_accuracy(source):
    """92.1 % on the first 200 and last 151 rows, as ionosphere.names says."""
    dataset = uci.ionosphere(source, standardise=False)
    x = np.concatenate([dataset.train.x, dataset.validation.x])
    y = np.concatenate([dataset.train.y, dataset.validation.y])
    assert (len(x), len(dataset.test)) == (200, 151)
    assert KNeighborsClassifier(1).fit(x, y).score(dataset.test.x, dataset.test.y) == pytest.approx(0.921, abs=5e-4)


def test_adult_has_the_published_counts(source):
    """Without unknown workclass, occupation and country: 30,162 and 15,060 rows, as adult.names says."""
    dataset = uci.adult(source)
    names = [column.name for column in dataset.spec.columns]
    unknown = [names.index(name) for name in ("workclass", "occupation", "native-country")]

    def known(*parts):
        return sum(int((part.x[:, unknown] != 0).all(axis=1).sum()) for part in parts)

    assert len(dataset.train) + len(dataset.validation) == 32_561
    assert (known(dataset.train, dataset.validation), known(dataset.test)) == (30_162, 15_060)


def test_pima_naive_bayes_error_is_the_known_one(source):
    """About 0.25 (75.13 to 76.0 % in public tables)."""
    dataset = uci.pima(source)
    x = np.concatenate([dataset.train.x, dataset.validation.x])
    y = np.concatenate([dataset.train.y, dataset.validation.y])
    error = 1 - GaussianNB().fit(x, y).score(dataset.test.x, dataset.test.y)
    assert error == pytest.approx(0.25, abs=0.06)


def test_missing_values_of_breast_cancer_are_a_category(source):
    dataset = uci.breast_cancer_ljubljana(source)
    assert {note for note in dataset.notes if "missing values" in note} == {
        "node_caps: 8 missing values are a category of their own",
        "breast_quad: 1 missing values are a category of their own",
    }
    assert "dropped 9 of 286 rows with a missing value" in uci.breast_cancer_ljubljana(source, missing="drop").notes


@pytest.mark.parametrize("name", ["pima", "lymphography", "lenses"])
def test_users_file_gives_the_same_data_in_another_split(source, shared_data, name):
    ours = getattr(uci, name)(source, standardise=False)
    theirs = load_user_file(source, path=shared_data / "uci" / f"{name}.csv", standardise=False)
    assert theirs.spec == ours.spec
    rows = [np.concatenate([d.train.x, d.validation.x, d.test.x]) for d in (ours, theirs)]
    one, other = (array[np.lexsort(array.T)] for array in rows)
    np.testing.assert_array_equal(one, other)
    assert theirs.fingerprint != ours.fingerprint


def test_lenses_table_made_by_the_rules_is_the_file(shared_data):
    from genbench.data.openml import lenses

    assert lenses(None)["uci/lenses.csv"] == (shared_data / "uci" / "lenses.csv").read_bytes()


def test_fetch_recipes_know_the_classes(shared_data):
    from genbench.data.openml import TABLES

    for name, table in TABLES.items():
        ending = ".csv.gz" if name == "adult" else ".csv"
        target = read_csv(shared_data / "uci" / f"{name}{ending}", CsvOptions(target="target"))["target"]
        assert target.value_counts().to_dict() == table.classes, name


def test_every_uci_record_has_its_loader_and_file(shared_data):
    records = [spec for spec in genbench_datasets() if spec.target.startswith("genbench.data.uci")]
    assert {spec.name for spec in records} == set(SUPPORT)
    assert all((shared_data / file).is_file() for spec in records for file in spec.files)
