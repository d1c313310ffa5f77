"""A user's own CSV, NPZ or IDX file as a data set."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from genbench.data.files.csv_file import read_csv
from genbench.data.files.load import load_user_file
from genbench.data.idx import idx_bytes, read_idx
from genbench.data.source import DataSource

RNG = np.random.default_rng(0)


def load(path, **options):
    return load_user_file(DataSource(), path=path, **options)


def _csv(path: Path, rows: int = 60) -> Path:
    lines = ["height,shape,grade,outcome"]
    lines += [
        f"{1.5 + i / 100},{'round' if i % 3 else 'square'},{i % 4 + 1},{'win' if i % 2 else 'loss'}"
        for i in range(rows)
    ]
    text = "\n".join(lines) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def _x(dataset):
    return np.concatenate([dataset.train.x, dataset.validation.x, dataset.test.x])


def test_csv(tmp_path):
    dataset = load(_csv(tmp_path / "My Data (v2).csv"), target="outcome")
    assert dataset.spec.name == "my_data_v2"
    assert dataset.spec.support == "mixed"
    assert dataset.spec.categories == (0, 2, 0)
    assert dataset.spec.class_names == ("loss", "win")
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [36, 12, 12]


def test_gzipped_csv_is_the_same(tmp_path):
    plain, packed = _csv(tmp_path / "a.csv"), _csv(tmp_path / "a.csv.gz")
    assert load(plain, target="outcome").fingerprint == load(packed, target="outcome").fingerprint


def test_column_of_numbers_named_as_categorical(tmp_path):
    dataset = load(_csv(tmp_path / "a.csv"), target="outcome", categorical=("grade",), standardise=False)
    assert dataset.spec.categories == (0, 2, 4)
    assert set(_x(dataset)[:, 2]) == {0, 1, 2, 3}


def test_unlabelled_csv(tmp_path):
    dataset = load(_csv(tmp_path / "a.csv"), target=None)
    assert (dataset.spec.classes, dataset.spec.dim) == (0, 4)


def test_csv_with_byte_order_mark_quotes_blank_lines_and_spaces(tmp_path):
    path = tmp_path / "a.csv"
    rows = "\n".join(f'"{i},m", {i}.5,{i % 2}' for i in range(10) for _ in range(3))
    path.write_text(f'\ufeff"name", size ,target\n{rows}\n\n', encoding="utf-8")
    dataset = load(path, standardise=False)
    assert [column.name for column in dataset.spec.columns] == ["name", "size"]
    assert dataset.spec.categories == (10, 0)
    assert "name: coded 0, 1, ... for 0,m, 1,m, 2,m" in dataset.notes[0]


def test_markers_of_missing_values_in_text_and_numbers(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "kind,size,target\n" + "None,1,none\nNA,?,b\nnull,n/a,none\n,nan,b\nfull,NULL,b\nfull,1.5,none\n" * 10
    )
    dataset = load(path, standardise=False)
    assert dataset.spec.class_names == ("b", "none")
    assert dataset.spec.categories == (3, 0)
    assert "kind: coded 0, 1, ... for None, full, (missing)" in dataset.notes
    assert any(
        note.startswith("size: 40 missing values imputed by the training split's median") for note in dataset.notes
    )


@pytest.mark.parametrize("separator", [";", "\t"])
def test_semicolons_and_tabs(tmp_path, separator):
    path = _csv(tmp_path / "a.csv")
    path.write_text(path.read_text().replace(",", separator))
    dataset = load(path, target="outcome")
    assert [column.name for column in dataset.spec.columns] == ["height", "shape", "grade"]


def test_rows_know_their_lines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'"a\n name",target\r\n1,b\r\n\r\n2,"c\r\nd"\r3,e')
    frame = read_csv(path)
    assert list(frame.columns) == ["a name", "target"]
    assert list(frame.index) == [3, 5, 7]


def test_ignored_column_may_hold_anything(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("size,remark,target\n" + "".join(f"{i % 7},{i or 'none'},{i % 2}\n" for i in range(60)))
    dataset = load(path, ignore=("remark",))
    assert [column.name for column in dataset.spec.columns] == ["size"]


SUSPICIOUS = {
    "numbered": (lambda i: i + 1, "may number the rows"),
    "numbered_at_random": (lambda i: 100 + 7 * i % 60, "may number the rows"),
    "ascending": (lambda i: i * i, "may number the rows"),
    "date": (lambda i: f"2024-01-{i % 9 + 1:02}", "holds dates, which are taken as 9 categories"),
    "same_text": (lambda i: "a", "is 'a' in every row"),
    "names": (lambda i: f"n{i % 20}", "has 20 different texts in 60 rows"),
    "target_again": (lambda i: i // 30, "is the target in the same or other words"),
    "target_in_words": (lambda i: "no" if i // 30 else "yes", "is the target in the same or other words"),
    "target_but_once": (lambda i: i // 30 if i else 1, None),
    "far_out": (
        lambda i: 1e7 if i == 11 else i % 7,
        "hardly varies once it is standardised, because of 1e+07 in line 13",
    ),
    "skewed": (lambda i: 1e3 if i == 11 else i % 7, None),
    "seldom_more_than_0": (lambda i: 1e7 if i == 11 else 0, None),
    "size": (lambda i: i * i % 61, None),
    "colour": (lambda i: f"c{i % 6}", None),
    "holes": (lambda i: "a" * (i % 2), None),
}


@pytest.mark.parametrize("name", SUSPICIOUS)
def test_suspicious_columns_are_warned_of(tmp_path, name):
    cell, expected = SUSPICIOUS[name]
    path = tmp_path / "a.csv"
    path.write_text(f"{name},target\n" + "".join(f"{cell(i)},{i // 30}\n" for i in range(60)))
    warnings = load(path).warnings
    assert len(warnings) == bool(expected)
    if expected:
        assert warnings[0].startswith(f"column {name!r} {expected}")
        assert warnings[0].endswith(f"; to leave it out: ignore=[{name}]")


def test_where_nothing_is_the_target_nothing_equals_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("kind,target\n" + "".join(f"{i % 2},{i % 2}\n" for i in range(60)))
    assert load(path, target=None).warnings == ()
    assert "is the target" in load(path).warnings[0]


def test_split_hangs_on_the_contents_not_on_the_name(tmp_path):
    one, other = _csv(tmp_path / "one.csv"), _csv(tmp_path / "other.csv.gz")
    np.testing.assert_array_equal(load(one, target="outcome").test.x, load(other, target="outcome").test.x)
    for name in ("one", "other"):
        np.savez(tmp_path / f"{name}.npz", x=np.arange(100.0)[:, None])
    a, b = (load(tmp_path / f"{name}.npz").test.x for name in ("one", "other"))
    np.testing.assert_array_equal(a, b)


def test_true_and_false_are_categories(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("flag,target\n" + "True,a\nFalse,b\n" * 10)
    assert load(path).spec.categories == (2,)


def test_labels_are_sorted_as_numbers(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("v,target\n" + "".join(f"{i},{i % 11}\n" for i in range(110)))
    assert load(path).spec.class_names == tuple(str(i) for i in range(11))


@pytest.mark.parametrize(
    ("x", "support", "levels", "shape"),
    [
        (RNG.integers(0, 256, (40, 8, 8), dtype=np.uint8), "unit", 256, (1, 8, 8)),
        (RNG.integers(0, 256, (40, 6), dtype=np.uint8), "unit", 256, (6,)),
        (RNG.integers(0, 2, (40, 8, 8)), "binary", None, (1, 8, 8)),
        (RNG.random((40, 8, 8)) < 0.5, "binary", None, (1, 8, 8)),
        (RNG.random((40, 8, 9)), "unit", None, (1, 8, 9)),
        (RNG.random((40, 3, 8, 9)), "unit", None, (3, 8, 9)),
        (RNG.random((40, 8, 9, 3)), "unit", None, (3, 8, 9)),
        (RNG.normal(size=(40, 8, 8)), "real", None, (1, 8, 8)),
        (RNG.random((40, 5)), "real", None, (5,)),
        (RNG.integers(0, 50, (40, 5)), "real", None, (5,)),
    ],
)
def test_npz_support_is_told_from_the_numbers(tmp_path, x, support, levels, shape):
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(40) % 2)
    dataset = load(tmp_path / "a.npz", standardise=False)
    assert (dataset.spec.support, dataset.spec.levels, dataset.spec.shape) == (support, levels, shape)
    assert dataset.spec.classes == 2
    expected = np.moveaxis(x, 3, 1) if x.shape[1:] == (8, 9, 3) else x
    expected = expected.reshape(40, -1).astype(np.float64) / (255 if levels else 1)
    flat = _x(dataset).reshape(40, -1)
    np.testing.assert_allclose(flat[np.lexsort(flat.T)], expected[np.lexsort(expected.T)], rtol=1e-6)


def test_npz_table_is_standardised(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.column_stack([RNG.normal(7, 3, 100), np.full(100, 2.5)]))
    dataset = load(tmp_path / "a.npz")
    assert dataset.spec.classes == 0
    assert dataset.train.x[:, 0].std() == pytest.approx(1, abs=1e-5)
    assert dataset.spec.shape == (1,)
    assert dataset.warnings[0].startswith("column '1' is 2.5 in every training row and is left out")


def test_npz_with_given_test_rows(tmp_path):
    x = np.arange(100.0)[:, None]
    y = np.array(["a", "b"])[np.arange(100) % 2]
    np.savez(tmp_path / "a.npz", x_train=x[:70], y_train=y[:70], x_test=x[70:], y_test=y[70:])
    dataset = load(tmp_path / "a.npz", standardise=False)
    assert sorted(dataset.test.x.ravel()) == list(range(70, 100))
    assert [len(dataset.train), len(dataset.validation)] == [56, 14]
    np.testing.assert_array_equal(dataset.test.y, dataset.test.x.ravel() % 2)


def test_npz_with_given_validation_rows(tmp_path):
    x, y = np.arange(100.0)[:, None], np.arange(100) % 2
    parts = {"train": slice(0, 70), "val": slice(70, 80), "test": slice(80, 100)}
    arrays = {f"x_{part}": x[rows] for part, rows in parts.items()} | {
        f"y_{part}": y[rows] for part, rows in parts.items()
    }
    np.savez(tmp_path / "a.npz", **arrays)
    dataset = load(tmp_path / "a.npz", standardise=False)
    for split, rows in (
        (dataset.train, parts["train"]),
        (dataset.validation, parts["val"]),
        (dataset.test, parts["test"]),
    ):
        assert sorted(split.x.ravel()) == x[rows].ravel().tolist()
        np.testing.assert_array_equal(split.y, split.x.ravel() % 2)


def test_npz_unlabelled_on_request(tmp_path):
    np.savez(tmp_path / "a.npz", x=RNG.random((40, 5)), y=np.arange(40) % 2)
    assert load(tmp_path / "a.npz", target=None).spec.classes == 0


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_idx_images_find_their_labels(tmp_path, ending):
    images = RNG.integers(0, 256, (50, 4, 5), dtype=np.uint8)
    images[:, 0, 0] = np.arange(50)
    labels = (np.arange(50) % 5).astype(np.uint8)
    for name, array in (("my-images-idx3-ubyte", images), ("my-labels-idx1-ubyte", labels)):
        contents = idx_bytes(array)
        (tmp_path / (name + ending)).write_bytes(gzip.compress(contents) if ending else contents)
    dataset = load(tmp_path / f"my-images-idx3-ubyte{ending}")
    assert (dataset.spec.shape, dataset.spec.levels, dataset.spec.classes) == ((1, 4, 5), 256, 5)
    np.testing.assert_array_equal(np.rint(dataset.train.x[:, 0, 0, 0] * 255) % 5, dataset.train.y)


def test_idx_without_labels(tmp_path):
    (tmp_path / "noise.idx").write_bytes(idx_bytes(RNG.integers(0, 256, (50, 4, 5), dtype=np.uint8)))
    assert load(tmp_path / "noise.idx").spec.classes == 0


def test_idx_bytes_are_those_of_the_format(tmp_path):
    contents = idx_bytes(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8))
    assert contents == b"\0\0\x08\x02" + b"\0\0\0\x02" + b"\0\0\0\x03" + bytes([1, 2, 3, 4, 5, 6])
    (tmp_path / "a.idx").write_bytes(contents)
    assert read_idx(tmp_path / "a.idx").tolist() == [[1, 2, 3], [4, 5, 6]]


def test_mnist_file_as_a_users_own(shared_data):
    dataset = load(shared_data / "mnist" / "t10k-images-idx3-ubyte.gz")
    assert dataset.spec.name == "t10k-images-idx3-ubyte"
    assert (dataset.spec.shape, dataset.spec.classes) == ((1, 28, 28), 10)
    assert len(_x(dataset)) == 10_000


@pytest.mark.parametrize("copies", [1, 5])
def test_test_examples_that_were_seen_in_training_are_told(tmp_path, copies):
    rows = np.repeat(np.random.default_rng(0).standard_normal((60, 2)).round(6), copies, axis=0)
    text = "a,b,target\n" + "\n".join(f"{a},{b},{'x' if a > 0 else 'y'}" for a, b in rows)
    (tmp_path / "repeated.csv").write_text(text)
    warned = load(tmp_path / "repeated.csv").warnings
    assert [" test examples are among the training examples" in line for line in warned] == [True] * (copies > 1)


def test_images_that_were_seen_in_training_are_told(tmp_path):
    images = RNG.integers(0, 2, (40, 4, 4)).astype(np.uint8)
    np.savez(tmp_path / "a.npz", x_train=images, x_test=images[:10])
    assert "of the 10 test examples are among" in load(tmp_path / "a.npz").warnings[0]


@pytest.mark.parametrize("rows", ["x,y,0\nx,z,1\nw,y,1\n", "1,2,0\n2,3,1\n1,3,1\n2,2,0\n3,1,1\n"])
def test_categories_and_counts_may_repeat(tmp_path, rows):
    (tmp_path / "codes.csv").write_text("a,b,target\n" + rows * 30)
    assert load(tmp_path / "codes.csv").warnings == ()
