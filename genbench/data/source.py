"""Where a data set's files are looked for."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from genbench.errors import DataError


@dataclass(frozen=True)
class DataSource:
    """The folders in which a data set's files may lie, in the order in which they are searched."""

    folders: tuple[Path, ...] = field(default=())

    @classmethod
    def find(cls, data_dir: Path | None) -> DataSource:
        """``--data-dir``, else ``$GENBENCH_DATA``; then the cache that ``genbench data fetch`` fills."""
        chosen = data_dir or (Path(os.environ["GENBENCH_DATA"]) if os.environ.get("GENBENCH_DATA") else None)
        if chosen is not None and not chosen.is_dir():
            raise DataError(
                f"the data folder {str(chosen)!r} is not a folder; give one with --data-dir or GENBENCH_DATA"
            )
        return cls(tuple(folder.resolve() for folder in (chosen, cache_folder()) if folder is not None))

    def has(self, *files: str) -> bool:
        return all(self._find(name) for name in files)

    def path(self, name: str) -> Path:
        """Where the file lies; raises :class:`DataError` if it is in none of the folders."""
        found = self._find(name)
        if found is None:
            searched = ", ".join(str(folder) for folder in self.folders)
            raise DataError(f"{name} is not in {searched}; give its folder with --data-dir, or use genbench data fetch")
        return found

    def _find(self, name: str) -> Path | None:
        return next((folder / name for folder in self.folders if (folder / name).is_file()), None)


def cache_folder() -> Path:
    """``$GENBENCH_CACHE``, else the platform's folder for caches; it need not exist."""
    if os.environ.get("GENBENCH_CACHE"):
        return Path(os.environ["GENBENCH_CACHE"])
    import platformdirs

    return Path(platformdirs.user_cache_dir("genbench")) / "data"
