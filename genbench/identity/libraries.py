"""Versions of the libraries that a result depends on."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires, version

NUMERIC = ("torch", "numpy", "scipy", "scikit-learn", "torchmetrics", "pot")
"""Those that compute: in models, in training and in metrics. What reads data is judged by what it read."""
REQUIREMENT = re.compile(r"[\w.-]+")


def numeric_versions() -> dict[str, str]:
    """Give Python's version without its patch level, and those of the libraries that compute."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **_versions(NUMERIC)}


def versions_of(distribution: str, imported: Iterable[str]) -> dict[str, str]:
    """Give the versions of what a distribution requires, and of imported packages whose distribution has their name."""
    try:
        required = [line for line in requires(distribution) or () if "extra ==" not in line]
    except (PackageNotFoundError, ValueError):
        required = []
    names = {found[0].lower() for line in required if (found := REQUIREMENT.match(line))}
    return _versions(sorted({*names, *imported} - {"genbench"}))


def _versions(names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except (PackageNotFoundError, ValueError):
            continue
    return found
