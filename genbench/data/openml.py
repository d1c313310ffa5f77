"""What the data sets are called on OpenML, and how a download becomes the files of a data folder.

A data id pins one version for good. Facts that are known of the sets (rows, classes, published checksums) are checked,
so that a wrong download is never written.
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from genbench.data.idx import idx_bytes
from genbench.data.images import THINGS
from genbench.data.layout import CIFAR_FILES, IDX_FILES
from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Files = dict[str, bytes]
"""Contents by path inside the data folder."""
Download = Callable[..., Any]
"""``fetch_openml`` of scikit-learn, which checks OpenML's MD5, bound to its cache folder."""

MNIST_MD5 = {
    "train-images-idx3-ubyte.gz": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte.gz": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte.gz": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte.gz": "27ae3e4e09519cfbb04c329615203637",
}
"""The published MD5s of the unpacked files."""


@dataclass(frozen=True)
class Table:
    """One UCI set on OpenML.

    data_id  the pinned data id.          target   its column of labels, None for the one that OpenML names.
    classes  rows of each class as they are written.     rename  how labels are written, where not as they are.
    """

    data_id: int
    classes: dict[str, int]
    target: str | None = None
    rename: dict[str, str] = field(default_factory=dict)
    categorical: bool = False
    """Whether every feature is categorical: categories that look like numbers get the letter c before them."""
    unknown: str = ""
    """What a missing value is written as; empty leaves it missing."""


TABLES = {
    "pima": Table(
        37, {"0": 500, "1": 268}, rename={"tested_negative": "0", "tested_positive": "1"}
    ),
    "ionosphere": Table(59, {"b": 126, "g": 225}),
    "sonar": Table(40, {"M": 111, "R": 97}, rename={"Mine": "M", "Rock": "R"}),
    "boston": Table(531, {"above_median": 250, "below_median": 256}),
    "liver": Table(8, {"1": 145, "2": 200}, target="selector"),
    "optdigits": Table(
        28, {"0": 554, "1": 571, "2": 557, "3": 572, "4": 568, "5": 558, "6": 558, "7": 566, "8": 554, "9": 562}
    ),
    "adult": Table(1590, {"1": 37155, "0": 11687}, rename={"<=50K": "1", ">50K": "0"}, unknown="?"),
    "breast_cancer_ljubljana": Table(13, {"no-recurrence-events": 201, "recurrence-events": 85}, categorical=True),
    "promoters": Table(164, {"0": 53, "1": 53}, rename={"+": "0", "-": "1"}, categorical=True),
    "lymphography": Table(
        10, {"0": 4, "1": 61, "2": 81, "3": 2}, categorical=True,
        rename={"fibrosis": "0", "malign_lymph": "1", "metastases": "2", "normal": "3"},
    ),
    "vote": Table(
        56, {"0": 267, "1": 168}, rename={"democrat": "0", "republican": "1"}, categorical=True, unknown="neither"
    ),
}  # fmt: skip


def uci_table(name: str, download: Download) -> Files:
    """``uci/<name>.csv`` from OpenML."""
    table = TABLES[name]
    bunch = download(data_id=table.data_id, target_column=table.target or "default-target", as_frame=True)
    features = bunch.data.drop(columns=["instance"], errors="ignore")  # the row's name in promoters
    frame = pd.DataFrame({str(column): _cells(features[column], table) for column in features})
    targets = bunch.target
    if name == "boston":
        targets = np.where(targets.astype(float) > targets.astype(float).median(), "above_median", "below_median")
    frame["target"] = pd.Series(targets, index=frame.index).astype(str).str.strip().replace(table.rename)
    if name == "adult":
        frame = _training_file_first(frame)
    counts = frame["target"].value_counts().to_dict()
    if counts != table.classes:
        raise DataError(f"OpenML's data set {table.data_id} has the classes {counts}, but {name} has {table.classes}")
    if name == "optdigits":
        _check_last_rows_are_digits(frame)
    text = frame.to_csv(index=False, lineterminator="\n").encode()
    return {"uci/adult.csv.gz": gzip.compress(text, mtime=0)} if name == "adult" else {f"uci/{name}.csv": text}


def lenses(download: Download) -> Files:
    """``uci/lenses.csv``: the complete table of all 24 cases, by the rules of Cendrowska (1987). Nothing is downloaded."""
    lines = ["age,prescription,astigmatism,tear_rate,target"]
    for age, prescription, astigmatism, tears in itertools.product(
        ("young", "pre-presbyopic", "presbyopic"), ("myope", "hypermetrope"), ("no", "yes"), ("reduced", "normal")
    ):
        lines.append(f"{age},{prescription},{astigmatism},{tears},{_lens(age, prescription, astigmatism, tears)}")
    return {"uci/lenses.csv": ("\n".join(lines) + "\n").encode()}


def mnist(download: Download) -> Files:
    """The four files of MNIST; what they hold must have the published MD5s."""
    arrays = _mnist_like(download, data_id=554)
    for name, array in arrays.items():
        if hashlib.md5(idx_bytes(array), usedforsecurity=False).hexdigest() != MNIST_MD5[name]:
            raise DataError(f"{name} made from OpenML's data set 554 does not have the published MD5")
    return _packed("mnist", arrays)


def fashion_mnist(download: Download) -> Files:
    """The four files of Fashion-MNIST; each class must have as many images in training and in test as any other."""
    arrays = _mnist_like(download, data_id=40996)
    for name, array in arrays.items():
        if array.ndim == 1:
            _check_balance(f"{name} made from OpenML's data set 40996", array)
    return _packed("fashion_mnist", arrays)


def cifar10(download: Download) -> Files:
    """The six files of CIFAR-10's binary version: records of a label and 3,072 pixels, planes red, green, blue."""
    bunch = download(data_id=40927, as_frame=False)
    names = {name: label for label, name in enumerate(THINGS)}
    labels = np.array([names.get(str(target), target) for target in bunch.target]).astype(np.uint8)
    records = np.column_stack([labels, _as_bytes(bunch.data, 40927, (60_000, 3_072))])
    _check_balance("the training part of OpenML's data set 40927", labels[:50_000])
    _check_balance("the test part of OpenML's data set 40927", labels[50_000:])
    parts = zip(CIFAR_FILES, np.split(records, len(CIFAR_FILES)), strict=True)
    return {f"cifar10/{name}": part.tobytes() for name, part in parts}


def _cells(column: pd.Series, table: Table) -> pd.Series:
    """A column as it is written: numbers as they are, categories as text."""
    numeric = pd.to_numeric(column, errors="coerce").notna().any()
    if not table.categorical and numeric:
        return pd.to_numeric(column)
    text = column.astype(object).map(lambda value: str(value).strip(), na_action="ignore")
    if table.categorical and numeric:
        text = text.map(lambda value: "c" + value.removesuffix(".0"), na_action="ignore")
    return text.where(text.notna(), table.unknown)


def _training_file_first(frame: pd.DataFrame) -> pd.DataFrame:
    """``adult`` in UCI's order. Its training file starts with a man of 39, number 77516; OpenML has the test file first."""
    start = np.flatnonzero((frame["age"] == 39) & (frame["fnlwgt"] == 77516) & (frame["education-num"] == 13))
    if not len(start) or start[0] not in (0, 16_281):
        raise DataError("OpenML's data set 1590 is not in the order of UCI's adult.test and adult.data")
    return pd.concat([frame.iloc[start[0] :], frame.iloc[: start[0]]])


def _check_last_rows_are_digits(frame: pd.DataFrame) -> None:
    """The test file of ``optdigits`` is scikit-learn's digits, row by row."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    last = frame.iloc[-len(digits.target) :]
    same = np.array_equal(last.drop(columns="target").to_numpy(dtype=float), digits.data)
    if not same or not np.array_equal(last["target"].astype(int), digits.target):
        raise DataError("OpenML's data set 28 is not in the order of UCI's optdigits.tra and optdigits.tes")


def _lens(age: str, prescription: str, astigmatism: str, tears: str) -> str:
    if tears == "reduced":
        return "none"
    if astigmatism == "no":
        return "none" if (age, prescription) == ("presbyopic", "myope") else "soft"
    return "hard" if prescription == "myope" or age == "young" else "none"


def _mnist_like(download: Download, data_id: int) -> dict[str, NDArray[np.uint8]]:
    bunch = download(data_id=data_id, as_frame=False)
    images = _as_bytes(bunch.data, data_id, (70_000, 784)).reshape(-1, 28, 28)
    labels = np.asarray(bunch.target).astype(np.uint8)
    arrays = (images[:60_000], labels[:60_000], images[60_000:], labels[60_000:])
    return dict(zip(IDX_FILES, arrays, strict=True))


def _as_bytes(data: NDArray[Any], data_id: int, shape: tuple[int, int]) -> NDArray[np.uint8]:
    pixels = np.asarray(data)
    if pixels.shape != shape or pixels.min() < 0 or pixels.max() > 255:
        raise DataError(f"OpenML's data set {data_id} has the shape {pixels.shape}, expected bytes of shape {shape}")
    return pixels.astype(np.uint8)


def _check_balance(where: str, labels: NDArray[np.uint8]) -> None:
    counts = np.bincount(labels, minlength=10)
    if not (counts == len(labels) / 10).all():
        raise DataError(f"{where} has {counts.tolist()} images a class, expected {len(labels) // 10} of each")


def _packed(folder: str, arrays: dict[str, NDArray[np.uint8]]) -> Files:
    return {
        f"{folder}/{name}": gzip.compress(idx_bytes(array), compresslevel=6, mtime=0) for name, array in arrays.items()
    }
