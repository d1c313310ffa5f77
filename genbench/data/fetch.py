"""Download of data sets into the cache folder, in the layout of a data folder."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

from filelock import FileLock

from genbench.data import openml
from genbench.data.checksums import CHECKSUMS, check_first_use, check_pinned, read_checksums, sha256
from genbench.errors import DataError, UnknownNameError
from genbench.text import plain
from genbench.whole_files import write_whole

LONGEST = 300
"""Characters of what a parser says."""
RECIPES: dict[str, Callable[[openml.Download], openml.Files]] = {
    "mnist": openml.mnist,
    "mnist-binary": openml.mnist,
    "stacked_mnist": openml.mnist,
    "fashion_mnist": openml.fashion_mnist,
    "cifar10": openml.cifar10,
    "lenses": openml.lenses,
    **{name: partial(openml.uci_table, name) for name in openml.TABLES},
}


def fetch(name: str, folder: Path) -> tuple[Path, ...]:
    """Download the data set's files into the folder; returns their paths. ``SHA256SUMS`` there records them.

    Contents that are known for good are held to their pinned SHA-256, others to OpenML's MD5, and all of them to what
    ``SHA256SUMS`` recorded when they were first fetched. Each file is written whole, then renamed. Raises
    :class:`UnknownNameError` for a name without a recipe and :class:`DataError` if the download fails or is not what is
    known of the data set.
    """
    if name not in RECIPES:
        raise UnknownNameError("data set that can be fetched", name, RECIPES)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as cache:
            files = RECIPES[name](_downloader(cache))
        for path, contents in files.items():
            check_pinned(path, contents)
        with FileLock(folder / ".lock"):
            check_first_use(folder, files)
            return _write(folder, files)
    except OSError as error:
        why = plain(error, LONGEST)
        raise DataError(f"fetching {name!r} into {folder} failed: {why}; try again, or use --data-dir") from error


def _downloader(cache: str) -> openml.Download:
    """scikit-learn's ``fetch_openml``, which compares the download with OpenML's MD5, with its cache in that folder."""
    from sklearn.datasets import fetch_openml

    def download(**arguments: object) -> object:
        try:
            with warnings.catch_warnings(action="ignore"):  # of its retries; what fails in the end is told in one line
                return fetch_openml(**arguments, data_home=cache, parser="auto")
        except OSError:
            raise
        except Exception as error:  # whatever its parsers make of an answer that is none
            message = plain(str(error).partition("\n")[0] or type(error).__name__, LONGEST)
            raise DataError(f"OpenML's data set {arguments['data_id']} could not be downloaded: {message}") from error

    return download


def _write(folder: Path, files: openml.Files) -> tuple[Path, ...]:
    paths = []
    for name, contents in files.items():
        path = folder / name
        write_whole(path, contents)
        paths.append(path)
    checksums = read_checksums(folder) | {name: sha256(folder / name) for name in files}
    lines = [f"{checksum}  {name}\n" for name, checksum in sorted(checksums.items())]
    write_whole(folder / CHECKSUMS, "".join(lines).encode())
    return tuple(paths)
