"""Tables: categories, missing values, standardising, and the small sets that come with scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from genbench.data.bundled_tables import breast_cancer, iris, wine
from genbench.data.source import DataSource
from genbench.data.table import TableOptions, table_dataset
from genbench.errors import DataError

NOWHERE = DataSource()


def _all(dataset):
    parts = (dataset.train, dataset.validation, dataset.test)
    return np.concatenate([p.x for p in parts]), np.concatenate([p.y for p in parts])


def _frame(n=200, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "size": rng.normal(50, 9, n),
            "colour": pd.Series(rng.choice(["red", "blue", "green"], n), dtype=object),
            "target": pd.Series(rng.choice(["no", "yes"], n), dtype=object),
        }
    )


@pytest.mark.parametrize(
    ("loader", "load"), [(breast_cancer, load_breast_cancer), (wine, load_wine), (iris, load_iris)]
)
def test_bundled_tables_are_scikit_learns(loader, load):
    bunch = load()
    raw = loader(NOWHERE, standardise=False)
    x, y = _all(raw)
    names = np.array(raw.spec.class_names)[y]
    expected = bunch.data.astype(np.float32)
    order, expected_order = np.lexsort(x.T), np.lexsort(expected.T)
    np.testing.assert_array_equal(x[order], expected[expected_order])
    assert names[order].tolist() == bunch.target_names[bunch.target][expected_order].tolist()
    assert [column.name for column in raw.spec.columns] == list(bunch.feature_names)


@pytest.mark.parametrize("loader", [breast_cancer, wine, iris])
def test_standardised_by_the_training_split_alone(loader):
    dataset, raw = loader(NOWHERE), loader(NOWHERE, standardise=False)
    np.testing.assert_allclose(dataset.train.x.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(dataset.train.x.std(axis=0), 1, atol=1e-4)
    mean, std = (getattr(raw.train.x.astype(np.float64), f)(axis=0) for f in ("mean", "std"))
    np.testing.assert_allclose(dataset.test.x, (raw.test.x - mean) / std, rtol=1e-3, atol=1e-3)
    assert any("standardised" in note for note in dataset.notes)


def test_mixed_table():
    dataset = table_dataset("t", "t.csv", _frame(), TableOptions())
    assert dataset.spec.support == "mixed"
    assert dataset.spec.categories == (0, 3)
    assert dataset.spec.class_names == ("no", "yes")
    assert "colour: coded 0, 1, ... for blue, green, red" in dataset.notes
    assert set(np.unique(dataset.train.x[:, 1])) == {0, 1, 2}


def test_categorical_table_of_two_valued_columns_stays_categorical():
    frame = pd.DataFrame({"a": ["x", "y"] * 20, "b": ["u"] * 20 + ["v"] * 20, "target": ["p", "q"] * 20}, dtype=object)
    dataset = table_dataset("t", "t.csv", frame, TableOptions())
    assert (dataset.spec.support, dataset.spec.categories) == ("categorical", (2, 2))


def test_codes_stay_with_their_labels():
    frame = _frame()
    dataset = table_dataset("t", "t.csv", frame, TableOptions(standardise=False))
    x, y = _all(dataset)
    order, theirs = np.argsort(x[:, 0]), frame.sort_values("size")
    assert np.array(["blue", "green", "red"])[x[order, 1].astype(int)].tolist() == theirs["colour"].tolist()
    assert np.array(dataset.spec.class_names)[y[order]].tolist() == theirs["target"].tolist()


def test_missing_values_are_imputed_by_the_training_median_and_an_own_category():
    frame = _frame()
    holes = frame.copy()
    holes.loc[:39, "size"] = np.nan
    holes.loc[30:49, "colour"] = None
    dataset = table_dataset("t", "t.csv", holes, TableOptions(standardise=False))
    assert dataset.spec.categories == (0, 4)
    x, _ = _all(dataset)
    assert (x[:, 1] == 3).sum() == 20
    measured = frame.loc[40:, "size"].to_numpy(np.float32)
    values, counts = np.unique(x[:, 0], return_counts=True)
    filled = values[counts.argmax()]
    assert counts.max() in (40, 41)  # 41 if the median of an odd number of values is one of them
    known = dataset.train.x[np.isin(dataset.train.x[:, 0], measured), 0]
    assert filled == pytest.approx(np.median(known), rel=1e-5)
    assert any("40 missing values imputed" in note for note in dataset.notes)
    assert any("20 missing values are a category" in note for note in dataset.notes)


def test_missing_rows_are_dropped_and_counted():
    frame = _frame()
    frame.loc[:39, "size"] = np.nan
    frame.loc[199, "target"] = None
    dataset = table_dataset("t", "t.csv", frame, TableOptions(missing="drop"))
    assert len(_all(dataset)[0]) == 159
    assert "dropped 41 of 200 rows with a missing value" in dataset.notes


def test_dropping_keeps_the_official_test_rows_apart():
    frame = _frame()
    frame["size"] = np.arange(200.0)
    frame.loc[[5, 150], "size"] = np.nan
    official = np.arange(200) >= 120
    dataset = table_dataset("t", "t.csv", frame, TableOptions(missing="drop", standardise=False), official)
    assert sorted(dataset.test.x[:, 0]) == [v for v in range(120, 200) if v != 150]


def _with_column(values):
    frame = _frame()
    frame["same"] = values
    return frame[["size", "same", "target"]]


@pytest.mark.parametrize("standardise", [True, False])
def test_column_without_spread_takes_no_part(standardise):
    dataset = table_dataset("t", "t.csv", _with_column(0.1), TableOptions(standardise=standardise))
    assert [column.name for column in dataset.spec.columns] == ["size"]
    assert dataset.spec.shape == dataset.train.x.shape[1:] == (1,)
    assert dataset.warnings == (
        "column 'same' is 0.1 in every training row and is left out, since no density can be learned of it",
    )


def test_other_values_in_the_test_rows_are_told():
    official = np.arange(200) >= 150
    values = np.where(np.arange(200) >= 197, 8.0, 7.0)
    dataset = table_dataset("t", "t.csv", _with_column(values), TableOptions(), official)
    assert "'same' is 7 in every training row and is left out" in dataset.warnings[0]
    assert dataset.warnings[0].endswith("another value stands in 3 of the 80 validation and test rows")


@pytest.mark.parametrize(
    "values",
    [np.arange(200) == 3, np.full(200, 0.3) + 1e-9 * np.arange(200), np.r_[np.nan, np.arange(199.0)]],
    ids=["one_other_value", "little_spread", "one_missing"],
)
def test_column_with_any_spread_takes_part(values):
    official = np.arange(200) >= 150
    dataset = table_dataset("t", "t.csv", _with_column(values.astype(float)), TableOptions(), official)
    assert dataset.spec.dim == 2
    assert dataset.train.x[:, 1].std() == pytest.approx(1, abs=1e-4)


def test_column_that_differs_by_rounding_alone_has_no_spread():
    values = np.where(np.arange(200) % 2, 0.1 + 0.2, 0.3)
    assert table_dataset("t", "t.csv", _with_column(values), TableOptions()).spec.dim == 1


def test_categories_without_spread_stay():
    dataset = table_dataset("t", "t.csv", _with_column(pd.Series(["a"] * 200, dtype=object)), TableOptions())
    assert dataset.spec.categories == (0, 1)


def test_table_of_columns_without_spread_alone_is_refused():
    with pytest.raises(DataError, match="every column of numbers has the same value in all training rows"):
        table_dataset("t", "t.csv", _with_column(7.0)[["same", "target"]], TableOptions())


def test_test_rows_do_not_touch_what_is_estimated():
    """Changing the test rows wildly changes nothing of the training split."""
    frame = _frame()
    official = np.arange(200) >= 150
    wild = frame.copy()
    wild.loc[150:, "size"] *= 1e6
    one, other = (table_dataset("t", "t.csv", f, TableOptions(), official) for f in (frame, wild))
    np.testing.assert_array_equal(one.train.x, other.train.x)


def test_unlabelled_table():
    dataset = table_dataset("t", "t.csv", _frame().drop(columns="target"), TableOptions(target=None))
    assert (dataset.spec.classes, dataset.train.y) == (0, None)
