"""What names of files tell: of which kind a file is, what a data set made of it is called, where its labels lie.

Nothing heavy is imported here, since the command line asks before anything is loaded.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote_to_bytes

from pydantic import PlainSerializer, PlainValidator

Kind = Literal["table", "parquet", "npz", "npy", "idx"]

PACKED = (".gz", ".bz2", ".xz", ".zip", ".zst")
"""Endings of compressed files, which stand behind the ending of what was compressed."""
ENDINGS: dict[Kind, tuple[str, ...]] = {
    "table": (".csv", ".tsv", ".tab", ".txt"),
    "parquet": (".parquet", ".pq"),
    "npz": (".npz",),
    "npy": (".npy",),
    "idx": (".idx", "-ubyte", ".ubyte"),
}
IDX = re.compile(r".*([-.]idx\d(-ubyte)?|-ubyte|\.ubyte|\.idx)$")
IDX_ENDING = re.compile(r"\.(idx\d?(-ubyte)?|ubyte)$")
EXPECTED = "CSV or TSV (.csv, .tsv, .txt), .parquet, .npz, .npy, IDX (*-idx3-ubyte), or a folder of PNG and JPEG images"
LONGEST = 48
"""Characters that are kept of a name."""

LABELS_BESIDE = (
    ("images", "labels"), ("data", "labels"), ("features", "labels"), ("x", "y"), ("X", "y"),
    ("data", "targets"), ("features", "targets"), ("X", "Y"),
)  # fmt: skip
"""How the last word of an array file's name becomes that of the file of its labels."""


def path_text(path: Path) -> str:
    """Return a path as text in UTF-8: as it is, or if it is not UTF-8 as a ``file:`` URI of an absolute path."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return path.as_uri()
    return str(path)


def path_of(text: str | Path) -> Path:
    """Return the path that :func:`path_text` made text."""
    if isinstance(text, str) and text.startswith("file:///"):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix("file://"))))
    return Path(text)


FilePath = Annotated[Path, PlainValidator(path_of), PlainSerializer(path_text, when_used="json")]
"""A path that can be written as JSON, whatever bytes it is made of."""


def printable(text: str) -> str:
    """Return the text with ``\\xff`` and the like for bytes of a file's name that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def whole_path(path: Path) -> Path:
    """Return the path from the root on, without ``..``; links, whose names are the user's, are not followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def without_packing(name: str) -> str:
    """Return the file's name without the ending of a compressed file."""
    return next((name[: -len(ending)] for ending in PACKED if name.lower().endswith(ending)), name)


def kind_of_name(name: str) -> Kind | None:
    """Return the kind of file that a name's ending tells, compressed or not; None if it tells nothing."""
    lowered = without_packing(name).lower()
    if IDX.match(lowered):
        return "idx"
    return next((kind for kind, endings in ENDINGS.items() if lowered.endswith(endings)), None)


def names_a_file(name: str) -> bool:
    """Tell whether a name that is no data set's is a user's file or folder, or would be, though it is missing."""
    return kind_of_name(name) is not None or Path(name).exists()


def stem(path: Path) -> str:
    """Return the file's name without its endings; a folder's name as it is."""
    name = without_packing(whole_path(path).name)
    known = [ending for endings in ENDINGS.values() for ending in endings if ending.startswith(".")]
    ending = next((ending for ending in known if name.lower().endswith(ending)), None)
    return name[: -len(ending)] if ending else name[: match.start()] if (match := IDX_ENDING.search(name)) else name


def readable_name(text: str) -> str:
    """Return lower-case letters of any script, digits, ``_`` and ``-`` of the text."""
    composed = unicodedata.normalize("NFC", text).lower()
    return re.sub(r"[^\w-]+", "_", composed).strip("_-")[:LONGEST].strip("_-") or "file"


def safe_name(path: Path) -> str:
    """Return the name of the data set made of the file: Latin letters, digits, ``_`` and ``-``.

    If letters are lost by that, part of a hash of the whole name is added, so that two names remain two.
    """
    label = readable_name(stem(path))
    plain = re.sub(r"[^a-z0-9_-]+", "_", label).strip("_-")
    if plain == label:
        return plain
    digest = hashlib.sha256(os.fsencode(unicodedata.normalize("NFC", stem(path)))).hexdigest()[:6]
    return f"{plain or 'file'}-{digest}"


def distinct_labels(paths: Sequence[Path], taken: Sequence[str] = ()) -> list[str]:
    """Return what tables call each file: its stem, or where two would be called alike, its name or its path's end.

    A label depends on the set of files alone, not on their order. ``taken`` are labels of other data sets.
    """
    labels = [_ways_to_call(path) for path in paths]
    chosen = [ways[0] for ways in labels]
    for length in range(1, max(map(len, labels), default=0)):
        alike = {label for label in chosen if chosen.count(label) > 1 or label in taken}
        chosen = [
            ways[min(length, len(ways) - 1)] if label in alike else label
            for ways, label in zip(labels, chosen, strict=True)
        ]
    return chosen


def _ways_to_call(path: Path) -> list[str]:
    """Return the stem, the name, the name with one folder above it, with two, and so on, and at last with a hash."""
    whole = whole_path(path)
    folders = [readable_name(part) for part in whole.parent.parts[1:]]
    name = ".".join(readable_name(part) for part in whole.name.split(".") if part)
    tails = ["/".join([*folders[len(folders) - above :], name]) for above in range(len(folders) + 1)]
    digest = hashlib.sha256(os.fsencode(whole)).hexdigest()[:6]
    return [readable_name(stem(path)), *tails, f"{readable_name(stem(path))}-{digest}"]


def label_file(path: Path) -> Path | None:
    """Return the file beside an IDX or NPY file that holds its labels by its name; None if there is none."""
    names = _idx_names(path.name) if kind_of_name(path.name) == "idx" else _npy_names(path.name)
    return next((beside for name in names if (beside := path.with_name(name)) != path and beside.is_file()), None)


def _idx_names(name: str) -> list[str]:
    """Return names of label files in either style, ``-idx1-ubyte`` and ``.idx1-ubyte``, compressed or not."""
    plain = without_packing(name)
    if "images" not in plain:
        return []
    base = plain.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")
    styles = dict.fromkeys([base, base.replace(".idx1", "-idx1"), base.replace("-idx1", ".idx1")])
    return [style + ending for style in styles for ending in (name[len(plain) :], "", *PACKED)]


def _npy_names(name: str) -> list[str]:
    if kind_of_name(name) != "npy":
        return []
    before, ending = without_packing(name)[:-4], without_packing(name)[-4:]
    swapped = [before[: -len(x)] + y for x, y in LABELS_BESIDE if re.search(rf"(^|[^A-Za-z]){x}$", before)]
    return [one + ending for one in (*swapped, f"{before}_labels", f"{before}_y", f"{before}-labels", f"{before}-y")]
