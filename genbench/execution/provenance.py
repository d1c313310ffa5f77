"""What a run was made with: versions, git state, plugins."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import genbench
from genbench.data.files.kinds import printable
from genbench.plugins import Registry

LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "pandas", "torchmetrics", "pot", "pebble", "pluggy", "pydantic")


def versions() -> dict[str, str]:
    """Python's, genbench's and its libraries'."""
    found = {"python": platform.python_version(), "genbench": genbench.__version__}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def git_state() -> dict[str, Any] | None:
    """Commit and cleanliness of the checkout that genbench runs from; None if it is none or git is not there."""
    folder = Path(genbench.__file__).parent

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
        return done.stdout.strip()

    try:
        if not git("ls-files", "__init__.py"):
            return None
        return {
            "commit": git("rev-parse", "HEAD"),
            "clean": git("status", "--porcelain", "--", ":/genbench", ":/plugins") == "",
        }
    except (OSError, subprocess.SubprocessError):
        return None


def plugin_rows(registry: Registry) -> list[dict[str, Any]]:
    """Every plugin with its distribution, what it brought and what was wrong with it."""
    return [
        {
            "plugin": plugin.name,
            "distribution": plugin.distribution,
            "version": plugin.version,
            "enabled": plugin.enabled,
            **registry.brought_by(plugin),
            "problems": [problem.message for problem in registry.problems if problem.plugin == plugin],
        }
        for plugin in registry.plugins
    ]


def command() -> list[str]:
    """The command line, as it was given."""
    return [printable(argument) for argument in (Path(sys.argv[0]).name, *sys.argv[1:])]
