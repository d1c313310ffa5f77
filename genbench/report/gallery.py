"""The pictures of a run: what its jobs kept of their models' samples, drawn beside the tables."""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genbench.report.pictures import save, scatters, tiled
from genbench.results.arrays import PICTURES, read_pictures
from genbench.results.atomic import write_bytes
from genbench.results.folder import RunFolder, make_way

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_NAME = 150
"""Bytes of a label in a file's name, of which a disk takes 255."""
PIXELS = 24
"""To which the sides of small images are enlarged."""


def draw_gallery(folder: RunFolder, anew: bool = False) -> int:
    """``pictures/<data set>/<model>-*.png`` for every job that kept images or points in the plane; those that are newer
    than the job's samples stay as they are, unless all are drawn ``anew``. Returns how many the folder has.

    ``samples``        a grid a seed, or a scatter a seed with the true modes as crosses;
    ``interpolation``  a path through the noise a row, a block a seed;
    ``arithmetic``     rows of three classes' mean noises and of the first minus the second plus the third, a block a seed.
    """
    count = 0
    jobs = folder.read_run()["jobs"]
    of_datasets, of_models = (file_names(job[column] for job in jobs.values()) for column in ("dataset", "model"))
    for key, job in jobs.items():
        made = _modified(folder.jobs / key / PICTURES)
        if made is not None:
            stem = folder.pictures / of_datasets[job["dataset"]] / of_models[job["model"]]
            arrays = read_pictures(folder.jobs / key)
            count += sum(_drawn(stem, name, arrays, math.inf if anew else made) for name in arrays)
    return count


def _modified(path: Path) -> float | None:
    """When the file was written; None if there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def file_names(labels: Iterable[str]) -> dict[str, str]:
    """Return for each label of the tables, such as ``gan:k=2``, a part of a file's name, which leads out of no folder.

    Labels that would share one, also where case makes no difference, and long ones are told apart by a hash at the end.
    """
    names = {label: re.sub(r"^\.+|[^\w.=-]+", "_", label) for label in labels}
    shared = Counter(name.casefold() for name in names.values())
    return {label: _own(label, name, shared[name.casefold()] > 1) for label, name in names.items()}


def _own(label: str, name: str, shared: bool) -> str:
    if not shared and len(name.encode()) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(label.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{name.encode()[:LONGEST_NAME].decode(errors='ignore')}-{digest}"


def _drawn(stem: Path, name: str, arrays: Any, made: float) -> bool:
    """Draw one of the arrays; False if it is nothing to draw."""
    names = {"samples": "samples", "interpolations": "interpolation", "arithmetic": "arithmetic"}
    if name not in names:
        return False
    path = stem.with_name(f"{stem.name}-{names[name]}.png")
    drawn = _modified(path) if path.is_file() else None
    if drawn is not None and drawn >= made:
        return True
    values = arrays[name]
    in_the_plane = values.ndim == 3 and values.shape[2] == 2
    if not in_the_plane and values.ndim < 5:
        return False
    make_way(path.parent, for_folder=True)
    make_way(path)
    if in_the_plane:
        titles = [f"seed {seed}" for seed in arrays["seeds"]]
        save(scatters(values, arrays.get("centres"), titles), path)
    else:
        write_bytes(path, _blocks(_in_rows(values)))
    return True


def _in_rows(values: NDArray[Any]) -> NDArray[Any]:
    """Samples (seeds, n, c, h, w) as a square table a seed; what has rows already stays. (seeds, rows, columns, c, h, w)"""
    if values.ndim == 6:
        return values
    side = math.isqrt(values.shape[1])
    return values[:, : side * side].reshape(len(values), side, side, *values.shape[2:])


def _blocks(tables: NDArray[Any]) -> bytes:
    """Tables of images (seeds, rows, columns, c, h, w) side by side, a wide white line between them, as PNG."""
    from matplotlib.image import imsave

    blocks = [np.pad(tiled(table, PIXELS), [(0, 0), (0, 10), (0, 0)], constant_values=1.0) for table in tables]
    file = io.BytesIO()
    imsave(file, np.concatenate(blocks, axis=1), format="png")
    return file.getvalue()
