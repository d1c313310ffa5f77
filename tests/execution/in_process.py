"""A plan made in the test's own process, without workers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from genbench.data.source import DataSource
from genbench.execution.plan import Plan, make_plan
from genbench.execution.selection import select
from genbench.plugins import Registry
from genbench.protocol import Protocol
from genbench.targets import resolve


class Here:
    """Stands in for the pool of workers: does at once what is scheduled."""

    def schedule(self, target: str, *arguments: Any, timeout: float | None = None) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(resolve(target)(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


def plan_here(registry: Registry, protocol: Protocol, models: Sequence[str], datasets: Sequence[str]) -> Plan:
    """The plan of ``-m ... -d ...``."""
    selection = select(registry, protocol, DataSource(()), models, datasets)
    pool: Any = Here()
    return make_plan(pool, selection, protocol, "cpu")
