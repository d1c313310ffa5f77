"""What a data set made of a user's file is called."""

from __future__ import annotations

import re
from pathlib import Path


def safe_name(path: Path) -> str:
    """The file's name without its endings, in lower-case letters, digits, ``_`` and ``-``."""
    return re.sub(r"[^a-z0-9_-]+", "_", path.name.lower().partition(".")[0]).strip("_-") or "file"
