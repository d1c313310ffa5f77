"""Bad data end in one clear line, before any training."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from genbench.data import uci
from genbench.data.catalogue import load_dataset
from genbench.data.idx import idx_bytes
from genbench.data.source import DataSource
from genbench.errors import DataError
from genbench.records import DatasetSpec

GOOD_ROWS = "".join(f"{i}.5,{i % 7},{'ab'[i % 2]}\n" for i in range(30))
IMAGES = idx_bytes(np.zeros((10, 4, 4), dtype=np.uint8))


def _refused(path, **options):
    """The one line that the user reads, loading the way the command line does."""
    spec = DatasetSpec(name="own", target="genbench.data.files.load:load_user_file", summary="own")
    with pytest.raises(DataError) as caught:
        load_dataset(spec, DataSource(), {"path": str(path), **options})
    message = str(caught.value)
    assert "\n" not in message
    return message


CSV_FAULTS = {
    "empty": (b"", "a.csv is empty"),
    "header_only": (b"x,y,target\n", "has a header but no rows"),
    "one_column": (
        b"x y target\n1 2 a\n",
        "has one column, 'x y target'; expected a header, and commas (or semicolons, or tabs)",
    ),
    "blank": (b"\n\n", "has one column, ''"),
    "no_header": (
        b"5.1,3.5,1\n4.9,3,0\n",
        "has no header: its first line holds 5.1, 3.5, 1; put a line of",
    ),
    "index_of_pandas": (
        b",x,target\n0,5,a\n1,6,b\n",
        "column 1 has no name in the header; name it, or remove the column",
    ),
    "no_target": (
        b"x,y,label\n1,2,a\n",
        "has no column 'target'; its columns are x, y, label; say which one holds the labels with :target=COLUMN",
    ),
    "text": (
        ("x,y,target\n\n" + GOOD_ROWS + "unknown,1,a\n").encode(),
        "column 'x' holds numbers, but 'unknown' in line 33 is none that can be used; leave a missing value empty or write "
        "NA (or say with na=[unknown] that this means missing), or name the column in categorical=",
    ),
    "thousands": (
        ("x,y,target\n" + GOOD_ROWS + '"1,000",1,a\n').encode(),
        "column 'x' holds numbers, but '1,000' in line 32 is none that can be used; write numbers without separators of "
        "thousands and with a decimal point",
    ),
    "decimal_commas_alone": (b"x;target\n" + b"0,5;a\n1,5;b\n" * 9, "column 'x' holds numbers, but '0,5' in line 2"),
    "infinite": (
        ("x,y,target\n" + GOOD_ROWS + "1,-inf,a\n").encode(),
        "column 'y' holds numbers, but '-inf' in line 32",
    ),
    "too_large": (
        ("x,y,target\n" + GOOD_ROWS + "1e300,1,a\n").encode(),
        "column 'x' holds 1e+300, too large for 32 bits",
    ),
    "one_class": (("x,y,target\n" + "1,2,a\n" * 9).encode(), "all 9 rows have the target 'a'; two classes are needed"),
    "single_row": (("x,y,target\n" + GOOD_ROWS + "1,2,c\n").encode(), "at least: remove such a row from the file"),
    "fewer_rows_than_classes": (b"x,y,target\n1,2,a\n1,2,b\n", "a single row has the target a, b"),
    "too_few_rows": (
        b"x,y,target\n1,2,a\n3,4,a\n1,2,b\n5,6,b\n",
        "the validation split is empty: there are too few rows",
    ),
    "regression": (
        ("x,target\n" + "".join(f"1,{i}.25\n" for i in range(50))).encode(),
        "the target has 50 different numbers in 50 rows, which is regression, not classes",
    ),
    "ragged": (("x,y,target\n" + GOOD_ROWS + "1,2\n").encode(), "line 32 has 2 cells, but the header has 3"),
    "too_many_cells": (b"x,y,target\n1,2,a,b\n", "line 2 has 4 cells, but the header has 3"),
    "not_utf8": ("x,y,target\n1,2,caf\u00e9\n".encode("latin-1"), "is not UTF-8 (line 2); save it as UTF-8"),
    "repeated_column": (b"x,x,target\n1,2,a\n", "more than one column called 'x'"),
    "empty_column": (b"x,y,target\n" + b"1,,a\n2,,b\n" * 9, "column 'y' is empty; leave it out with ignore=[y]"),
    "missing_target": (
        ("x,y,target\n" + GOOD_ROWS + "1,2,\n1,2,?\n").encode(),
        "the target 'target' is missing (written ?, or left empty) in 2 rows; give missing=drop; if ? is a class",
    ),
    "identifiers": (
        ("name,y,target\n" + "".join(f"n{i},1,{'ab'[i % 2]}\n" for i in range(99))).encode(),
        "column 'name' has 99 different texts in 99 rows, too many for categories; leave it out with ignore=[name]",
    ),
    "target_alone": (b"target,\na,\nb,\n", None),
    "open_quote": (b'x,y,target\n1,"2,a\n3,4,b\n', None),
    "nul_byte": (b"x,y,target\n1,\0,a\n3,4,b\n", None),
    "binary": (bytes(range(256)) * 10, None),
}


@pytest.mark.parametrize("fault", CSV_FAULTS)
def test_csv(tmp_path, fault):
    contents, expected = CSV_FAULTS[fault]
    path = tmp_path / "a.csv"
    path.write_bytes(contents)
    message = _refused(path)
    assert "a.csv" in message or "'own'" in message
    assert expected is None or expected in message


def test_misspelt_target_has_a_suggestion(tmp_path):
    (tmp_path / "a.csv").write_text("x,outcome\n1,a\n")
    assert "no column 'outcme'; did you mean 'outcome'?" in _refused(tmp_path / "a.csv", target="outcme")


def test_misspelt_categorical_column_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("colour,target\n" + "1,a\n2,b\n" * 9)
    message = _refused(tmp_path / "a.csv", categorical="[color]")
    assert "no column 'color'; did you mean 'colour'?" in message


def test_ignored_columns_are_columns_and_not_all(tmp_path):
    (tmp_path / "a.csv").write_text("colour,target\n" + "1,a\n2,b\n" * 9)
    assert "no column 'color'; did you mean 'colour'?" in _refused(tmp_path / "a.csv", ignore="[color]")
    assert "ignore leaves out the target, 'target'; give target=none" in _refused(tmp_path / "a.csv", ignore="[target]")
    assert "has no column beside the target" in _refused(tmp_path / "a.csv", ignore="[colour]")


def test_dropping_every_row(tmp_path):
    (tmp_path / "a.csv").write_text("x,y,target\n" + "1,,a\n,2,b\n" * 9)
    assert "every row has a missing value" in _refused(tmp_path / "a.csv", missing="drop")


GZIP = gzip.compress(IMAGES)
FILE_FAULTS = {
    "truncated_gzip": ("a-images-idx3-ubyte.gz", GZIP[:-9], "truncated gzip"),
    "damaged_gzip": ("a-images-idx3-ubyte.gz", GZIP[:-6] + bytes(6), "not a sound gzip file"),
    "empty_gzip": ("a-images-idx3-ubyte.gz", gzip.compress(b""), "is empty"),
    "empty_idx": ("a.idx", b"", "is empty"),
    "truncated_idx": ("a.idx", IMAGES[:-1], "is truncated: 175 bytes, but sizes (10, 4, 4) need 176"),
    "truncated_header": ("a.idx", IMAGES[:9], "is truncated: its header has 9 of 16 bytes"),
    "too_long_idx": ("a.idx", IMAGES + b"\0", "longer than its header says"),
    "wrong_magic": ("a.idx", b"\x89PNQ" + IMAGES[4:], "starts with 89504e51, not with the magic number"),
    "huge_sizes": ("a.idx", b"\0\0\x08\x03" + b"\xff" * 12, "is truncated"),
    "no_images": ("a.idx", idx_bytes(np.zeros((0, 4, 4), dtype=np.uint8)), "there are no rows"),
    "labels_alone": ("a-labels-idx1-ubyte", idx_bytes(np.zeros(9, dtype=np.uint8)), "x has the shape (9,)"),
    "truncated_csv_gzip": ("a.csv.gz", gzip.compress(b"x,target\n1,a\n" * 99)[:-5], "truncated gzip"),
    "not_npz": ("a.npz", b"PK\3\4 and no more", "not a sound NPZ file"),
    "empty_npz": ("a.npz", b"", "not a sound NPZ file"),
    "plain_text_npz": ("a.npz", b"hello", "get it again, or write it with numpy.savez"),
    "unknown": (
        "a.xlsx",
        b"PK",
        "is of an unknown kind; expected CSV or TSV (.csv, .tsv, .txt), .parquet, .npz, .npy, IDX",
    ),
}


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_file(tmp_path, fault):
    name, contents, expected = FILE_FAULTS[fault]
    (tmp_path / name).write_bytes(contents)
    assert expected in _refused(tmp_path / name)


def test_missing_file_and_folder(tmp_path):
    assert "nowhere.csv' does not exist" in _refused(tmp_path / "nowhere.csv")
    assert "has no PNG or JPEG images; expected them in it, or in a subfolder for each class" in _refused(tmp_path)


def _one(value):
    x = np.ones((10, 2))
    x[3, 1] = value
    return x


NPZ_FAULTS = {
    "nan": ({"x": _one(np.nan)}, "x is NaN, infinite or too large in 1 rows, the first being 3"),
    "infinite": ({"x": _one(np.inf)}, "x is NaN, infinite or too large in 1 rows"),
    "too_large": ({"x": _one(-1e300)}, "x is NaN, infinite or too large in 1 rows"),
    "wrong_names": ({"pictures": np.ones((3, 2))}, "an array 'pictures' that is not used; expected only x (and y), or"),
    "two_of_one_kind": ({"X": np.ones((3, 2)), "data": np.ones((3, 2))}, "has the arrays 'X' and 'data', of which one"),
    "nearest_name": (
        {"x_train": np.ones((9, 2)), "x_test": np.ones((9, 2)), "x_vall": np.ones((9, 2))},
        "an array 'x_vall' that is not used; expected only x (and y), or x_train and x_test (and y_train, y_test), "
        "also x_val (and y_val); did you mean 'x_val'?",
    ),
    "both_forms": ({"x": np.ones((9, 2)), "x_val": np.ones((9, 2))}, "an array 'x_val' that is not used"),
    "no_test": (
        {"x_train": np.ones((9, 2)), "x_val": np.ones((9, 2))},
        "has the arrays x_train, x_val; expected x (and y)",
    ),
    "flat_test": ({"x_train": np.ones((9, 2)), "x_test": np.float64(3)}, "x_test has the shape (), expected (n, d)"),
    "too_flat": ({"x": np.ones(9)}, "x has the shape (9,), expected (n, d)"),
    "no_rows": ({"x": np.ones((0, 2))}, "there are no rows"),
    "text": ({"x": np.array([["a", "b"]])}, "x is of type <U1, expected numbers"),
    "objects": (
        {"x": np.array([[None, 1]], dtype=object)},
        "the array 'x' holds Python objects, which are not loaded; make",
    ),
    "one_hot": (
        {"x": np.ones((9, 2)), "y": np.eye(3)[np.arange(9) % 3]},
        "y has the shape (9, 3), but x has 9 rows; if these are one-hot labels, give the classes' numbers, y.argmax(axis=1)",
    ),
    "lengths": ({"x": np.ones((9, 2)), "y": np.arange(8)}, "y has the shape (8,), but x has 9 rows"),
    "one_class": ({"x": np.ones((9, 2)), "y": np.zeros(9)}, "all 9 rows have the target '0'"),
    "single": ({"x": np.ones((9, 2)), "y": np.arange(9) // 8}, "a single row has the target 1"),
    "nan_target": ({"x": np.ones((9, 2)), "y": np.full(9, np.nan)}, "the target is NaN or infinite in 9 rows"),
    "regression": ({"x": np.ones((90, 2)), "y": np.arange(90) / 7}, "which is regression, not classes"),
    "half_labelled": (
        {"x_train": np.ones((9, 2)), "x_test": np.ones((9, 2)), "y_test": np.arange(9) % 2},
        "has x_train, x_test, but the labels y_test; expected y_train, y_test, or target=none",
    ),
    "validation_unlabelled": (
        {
            **{name: np.ones((9, 2)) for name in ("x_train", "x_val", "x_test")},
            "y_train": np.arange(9) % 2,
            "y_test": np.arange(9) % 2,
        },
        "has x_train, x_val, x_test, but the labels y_test, y_train; expected y_train, y_val, y_test, or target=none",
    ),
    "shapes": (
        {"x_train": np.ones((9, 2)), "x_test": np.ones((9, 3))},
        "x_train has the shape (9, 2), but x_test (9, 3)",
    ),
    "test_lengths": (
        {
            "x_train": np.ones((9, 2)),
            "x_test": np.ones((9, 2)),
            "y_train": np.arange(9) % 2,
            "y_test": np.arange(8) % 2,
        },
        "y_test has the shape (8,), but x_test has 9 rows",
    ),
}


@pytest.mark.parametrize("fault", NPZ_FAULTS)
def test_npz(tmp_path, fault):
    arrays, expected = NPZ_FAULTS[fault]
    np.savez(tmp_path / "a.npz", **arrays)
    assert expected in _refused(tmp_path / "a.npz")


def test_options_for_csv_are_refused_elsewhere(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones((9, 2)))
    assert "is an NPZ file, which takes no option target; it takes standardise, channels and target=none" in _refused(
        tmp_path / "a.npz", target="label"
    )


def test_missing_file_of_a_data_folder(tmp_path):
    with pytest.raises(DataError, match=r"uci/pima.csv is not in .*; give its folder with --data-dir"):
        uci.pima(DataSource((tmp_path,)))


def test_uci_file_with_other_rows(tmp_path):
    (tmp_path / "uci").mkdir()
    (tmp_path / "uci" / "pima.csv").write_text("x,y,target\n" + GOOD_ROWS)
    with pytest.raises(DataError, match="has 30 rows, but pima has 768"):
        uci.pima(DataSource((tmp_path,)))


def test_wrong_checksum(tmp_path):
    (tmp_path / "uci").mkdir()
    (tmp_path / "uci" / "lenses.csv").write_text("x,y,target\n" + GOOD_ROWS)
    (tmp_path / "SHA256SUMS").write_text("0" * 64 + "  uci/lenses.csv\n")
    with pytest.raises(DataError, match=r"lenses.csv is damaged: its SHA-256 is not the one in SHA256SUMS"):
        uci.lenses(DataSource((tmp_path,)))


def test_one_flipped_bit_in_mnist_is_found(tmp_path, shared_data):
    from genbench.data.images import mnist

    (tmp_path / "mnist").mkdir()
    for path in (shared_data / "mnist").iterdir():
        (tmp_path / "mnist" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "SHA256SUMS").write_bytes((shared_data / "SHA256SUMS").read_bytes())
    target = tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz"
    contents = bytearray(target.read_bytes())
    contents[4] ^= 1  # the gzip header's time: the contents still unpack
    target.write_bytes(contents)
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte.gz is damaged"):
        mnist(DataSource((tmp_path,)))
