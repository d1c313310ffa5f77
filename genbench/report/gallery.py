"""The pictures of a run: what its jobs kept of their models' samples, drawn beside the tables."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.report.pictures import save, scatters, tiled
from genbench.results.atomic import disk_errors_named
from genbench.results.folder import RunFolder

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS = 24
"""To which the sides of small images are enlarged."""


def draw_gallery(folder: RunFolder) -> int:
    """``pictures/<data set>/<model>-*.png`` for every job that kept images or points in the plane; those that are newer
    than the job's samples stay as they are. Returns how many the folder has.

    ``samples``        a grid a seed, or a scatter a seed with the true modes as crosses;
    ``interpolation``  a path through the noise a row, a block a seed;
    ``arithmetic``     rows of three classes' mean noises and of the first minus the second plus the third, a block a seed.
    """
    count = 0
    for key, job in folder.read_run()["jobs"].items():
        kept = folder.jobs / key / "samples.npz"
        if not kept.is_file():
            continue
        stem = folder.pictures / file_name(job["dataset"]) / file_name(job["model"])
        with disk_errors_named(folder.pictures), np.load(kept) as arrays:
            count += sum(_drawn(stem, name, arrays, kept.stat().st_mtime) for name in arrays.files)
    return count


def file_name(label: str) -> str:
    """A label of the tables, such as ``gan:k=2``, as part of a file's name."""
    return re.sub(r"[^\w.=-]+", "_", label)


def _drawn(stem: Path, name: str, arrays: Any, made: float) -> bool:
    """Draw one of the arrays; False if it is nothing to draw."""
    names = {"samples": "samples", "interpolations": "interpolation", "arithmetic": "arithmetic"}
    if name not in names:
        return False
    path = stem.with_name(f"{stem.name}-{names[name]}.png")
    if path.is_file() and path.stat().st_mtime >= made:
        return True
    values = arrays[name]
    if values.ndim == 3 and values.shape[2] == 2:
        path.parent.mkdir(parents=True, exist_ok=True)
        centres = arrays["centres"] if "centres" in arrays.files else None
        save(scatters(values, centres, [f"seed {seed}" for seed in arrays["seeds"]]), path)
        return True
    if values.ndim < 5:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    _save_blocks(_in_rows(values), path)
    return True


def _in_rows(values: NDArray[Any]) -> NDArray[Any]:
    """Samples (seeds, n, c, h, w) as a square table a seed; what has rows already stays. (seeds, rows, columns, c, h, w)"""
    if values.ndim == 6:
        return values
    side = math.isqrt(values.shape[1])
    return values[:, : side * side].reshape(len(values), side, side, *values.shape[2:])


def _save_blocks(tables: NDArray[Any], path: Path) -> None:
    """Tables of images (seeds, rows, columns, c, h, w) side by side, a wide white line between them."""
    from matplotlib.image import imsave

    blocks = [np.pad(tiled(table, PIXELS), [(0, 0), (0, 10), (0, 0)], constant_values=1.0) for table in tables]
    imsave(path, np.concatenate(blocks, axis=1))
