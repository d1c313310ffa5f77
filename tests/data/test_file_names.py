"""What files are called: kinds told from names, and what data sets made of files are called."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from own_files import load_own, refusal
from pydantic import TypeAdapter

from genbench.data.files.kinds import FilePath, distinct_labels, kind_of_name, readable_name, safe_name, stem
from genbench.records import DatasetSpec

TABLE = "a,b,target\n" + "".join(f"{i * i % 37 / 7},{i % 9},{'xy'[i % 2]}\n" for i in range(40))
NOT_UTF8 = os.fsdecode(b"caf\xe9")

NAMES = {
    "data.csv": "data", "data.CSV.GZ": "data", "My Data (v2).tsv": "my_data_v2", "data.v1.csv": "data_v1", "a.b.npy": "a_b",
    "train-images-idx3-ubyte.gz": "train-images-idx3-ubyte", "train-images.idx3-ubyte": "train-images",
    "データ.csv": "データ", "измерения.parquet": "измерения", "größe.csv": "größe", "a=b, c:d.csv": "a_b_c_d",
    "x" * 90 + ".csv": "x" * 48, "...csv": "file", f"{NOT_UTF8}.csv": "caf", "-.csv": "file",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_files_are_called(name):
    assert readable_name(stem(Path(name))) == NAMES[name]
    readable_name(stem(Path(name))).encode()
    DatasetSpec(name=safe_name(Path(name)), target="a:b", summary="c")


def test_names_without_latin_letters_stay_different():
    names = [safe_name(Path(name)) for name in ("データ.csv", "измерения.csv", "größe.csv", "grüße.csv", "gr__e.csv")]
    assert len(set(names)) == len(names)
    assert safe_name(Path("b/データ.csv")) == safe_name(Path("a/データ.npz")) == names[0]


CALLED = [
    (["a/data.csv", "b/data.csv"], ["a/data.csv", "b/data.csv"]),
    (["x/a/data.csv", "y/a/data.csv"], ["x/a/data.csv", "y/a/data.csv"]),
    (["a/data.csv", "a/data.npz"], ["data.csv", "data.npz"]),
    (["a/data.csv", "a/other.csv"], ["data", "other"]),
    (["データ.csv", "измерения.csv"], ["データ", "измерения"]),
    (["a/data.csv", "b/data.csv", "b/data.npz"], ["a/data.csv", "b/data.csv", "data.npz"]),
    (["a/iris.csv"], ["iris.csv"]),
    (["a b/data.csv", "a_b/data.csv"], None),
    ([f"{NOT_UTF8}/data.csv", "caf/data.csv"], None),
    (["A/data.csv", "a/data.csv"], None),
]


@pytest.mark.parametrize(("paths", "expected"), CALLED)
def test_files_that_are_called_alike_get_different_labels_in_any_order(paths, expected):
    first = dict(zip(paths, distinct_labels([Path(path) for path in paths], ["iris"]), strict=True))
    assert len(set(first.values())) == len(paths)
    assert expected is None or list(first.values()) == expected
    for order in itertools.permutations(paths):
        assert distinct_labels([Path(path) for path in order], ["iris"]) == [first[path] for path in order]
    " ".join(first.values()).encode()


@pytest.mark.parametrize(
    "name", ["データ.csv", "a=b, c:d.csv", "a\nb.csv", f"{NOT_UTF8}.csv", "x" * 200 + ".csv", "%41.csv"]
)
def test_files_of_any_name_are_read(tmp_path, name):
    (tmp_path / name).write_text(TABLE)
    assert load_own(tmp_path / name).spec.classes == 2
    (tmp_path / name).write_text("a,b\n1,2\n")
    refusal(tmp_path / name)


@pytest.mark.parametrize("name", ["データ.csv", f"{NOT_UTF8}.csv", "%FF.csv", "a b.csv"])
def test_paths_travel_as_json(tmp_path, name):
    paths = TypeAdapter(FilePath)
    assert paths.validate_json(paths.dump_json(tmp_path / name)) == tmp_path / name
    assert paths.validate_python(paths.dump_python(tmp_path / name, mode="json")) == tmp_path / name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", "table"), ("a.TSV.gz", "table"), ("a.txt", "table"), ("a.parquet", "parquet"), ("a.npz", "npz"),
        ("a.npy.xz", "npy"), ("t-images-idx3-ubyte", "idx"), ("t-images.idx3-ubyte.gz", "idx"), ("a.idx", "idx"),
        ("a.idx3", "idx"), ("data-ubyte", "idx"), ("a.xlsx", None), ("csv", None), ("iris", None), ("x.gz", None),
    ],
)  # fmt: skip
def test_kinds_of_names(name, kind):
    assert kind_of_name(name) == kind


def test_linked_file_is_called_as_the_link(tmp_path):
    (tmp_path / "store1234").write_text(TABLE)
    (tmp_path / "mine.csv").symlink_to(tmp_path / "store1234")
    assert load_own(tmp_path / "mine.csv").spec.name == "mine"
