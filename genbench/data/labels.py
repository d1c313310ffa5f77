"""Raw targets to labels 0, 1, ..., and what makes targets unusable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def encode_labels(where: str, targets: NDArray[Any]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Labels (n,) in the sorted order of the target's values, and the values' names.

    ``where`` names the file or data set in the :class:`DataError` that is raised if the targets are not finite, look
    like those of a regression, have one class only, or a class with a single example.
    """
    numeric = np.issubdtype(targets.dtype, np.number)
    if numeric and not np.isfinite(targets).all():
        raise DataError(f"{where}: the target is NaN or infinite in {int((~np.isfinite(targets)).sum())} rows")
    values, labels, counts = np.unique(targets, return_inverse=True, return_counts=True)
    if numeric and len(values) > max(20, len(targets) / 10):
        raise DataError(
            f"{where}: the target has {len(values)} different numbers in {len(targets)} rows, which is regression, "
            "not classes; use target=none, or a column of classes"
        )
    names = tuple(f"{value:g}" if np.issubdtype(targets.dtype, np.floating) else str(value) for value in values)
    if len(values) == 1:
        raise DataError(
            f"{where}: all {len(targets)} rows have the target {names[0]!r}; two classes are needed at least"
        )
    if counts.min() == 1:
        single = ", ".join(name for name, count in zip(names, counts, strict=True) if count == 1)
        raise DataError(
            f"{where}: a single row has the target {single[:80]}; each class needs two rows at least: remove such a row "
            "from the file, join its class to another, or give target=none"
        )
    return labels.astype(np.int64), names
