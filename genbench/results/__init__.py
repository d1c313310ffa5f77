"""Results of runs as pandas frames: read, compared, ranked, followed over runs. See docs/compare.md.

The functions are loaded when first used, so that what only writes a run folder does not import pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genbench.results.comparison import compare
    from genbench.results.loading import load, load_pairs, load_seeds
    from genbench.results.ranking import critical_differences, rank, scores, win_rates
    from genbench.results.timeline import history

_HOMES = {
    "load": "loading",
    "load_pairs": "loading",
    "load_seeds": "loading",
    "compare": "comparison",
    "history": "timeline",
    "rank": "ranking",
    "critical_differences": "ranking",
    "scores": "ranking",
    "win_rates": "ranking",
}

__all__ = [
    "compare",
    "critical_differences",
    "history",
    "load",
    "load_pairs",
    "load_seeds",
    "rank",
    "scores",
    "win_rates",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'genbench.results' has no attribute {name!r}")
    return getattr(import_module(f"genbench.results.{_HOMES[name]}"), name)
