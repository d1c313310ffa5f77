"""The arrays that a job keeps beside its result, checked once, when they are read."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.results.reading import LONGEST, Damaged, warn
from genbench.text import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

PICTURES, EXAMPLES = "samples.npz", "per_example.npz"
INDEX = "/index"
"""How the arrays end that are positions and no values."""
AXES_BEFORE_AN_EXAMPLE = {
    "samples": 2, "nearest": 2, "reconstructions": 2, "interpolations": 3, "traversals": 3, "arithmetic": 3, "real": 1,
}  # fmt: skip
"""Of the arrays of ``samples.npz`` that hold examples, how many axes stand before those of a single one."""
NOT_OF_SEEDS = ("real",)


def read_pictures(job: Path) -> Arrays:
    """What pictures are drawn of (see :func:`genbench.execution.kept.kept_arrays`); none, after a warning, of a damaged
    file."""
    return _read(job / PICTURES, _check_pictures)


def read_examples(job: Path) -> Arrays:
    """By ``<metric>/<estimator>``, the values (seeds, n) of test examples; none, after a warning, of a damaged file."""
    return {name: array for name, array in _read(job / EXAMPLES, _check_examples).items() if not name.endswith(INDEX)}


def _read(path: Path, check: Any) -> Arrays:
    try:
        with path.open("rb") as file:
            arrays = _arrays(file)
        check(arrays)
    except FileNotFoundError:
        return {}
    except (OSError, Damaged) as error:
        why = plain(getattr(error, "strerror", None) or error, LONGEST)
        warn(f"{path} is damaged: {why}; what it holds is left out, and genbench run --fresh makes it again")
        return {}
    return arrays


def _arrays(file: Any) -> Arrays:
    if not zipfile.is_zipfile(file):
        raise Damaged("it is no .npz file, or not the whole of one")
    file.seek(0)
    try:
        with np.load(file, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except Exception as error:  # whatever a parser makes of bytes that are no arrays
        raise Damaged(str(error) or type(error).__name__) from None


def _check_numbers(arrays: Arrays) -> None:
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif" or array.size == 0:
            raise Damaged(f"{name} holds no numbers")
        if np.isnan(array).any():
            raise Damaged(f"{name} holds NaN")


def _check_pictures(arrays: Arrays) -> None:
    """Raise :class:`Damaged` if the arrays do not go together."""
    _check_numbers(arrays)
    if "seeds" not in arrays or arrays["seeds"].ndim != 1:
        raise Damaged("it does not say the seeds")
    examples = {name: array for name, array in arrays.items() if name in AXES_BEFORE_AN_EXAMPLE}
    shapes = {array.shape[AXES_BEFORE_AN_EXAMPLE[name] :] for name, array in examples.items()}
    of_seeds = {array.shape[:1] for name, array in examples.items() if name not in NOT_OF_SEEDS}
    if len(shapes) > 1 or () in shapes or of_seeds - {arrays["seeds"].shape}:
        raise Damaged("the shapes of its arrays do not go together")
    shape = next(iter(shapes), ())
    forms = {"centres": (-1, 2), "extent": (4,), "log_density": (-1, -1)}
    for name, form in forms.items():
        found = arrays[name].shape if name in arrays else form
        if len(found) != len(form) or any(wanted not in (-1, size) for wanted, size in zip(form, found, strict=True)):
            raise Damaged(f"{name} has the shape {found}")
        if name in arrays and shape != (2,):
            raise Damaged(f"{name} beside examples of the shape {shape}")


def _check_examples(arrays: Arrays) -> None:
    _check_numbers(arrays)
    for name, array in arrays.items():
        if array.ndim != (1 if name.endswith(INDEX) else 2):
            raise Damaged(f"{name} has the shape {array.shape}")
        if np.isinf(array).any():
            raise Damaged(f"{name} holds an infinite number")
