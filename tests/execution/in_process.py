"""A plan made in the test's own process, without workers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from pydantic import BaseModel

from genbench.data.source import DataSource
from genbench.execution.child import failed_of
from genbench.execution.loading import load
from genbench.execution.plan import Plan, make_plan
from genbench.execution.selection import select
from genbench.execution.task import Outcome, Task
from genbench.plugins import Registry
from genbench.protocol import Protocol
from genbench.targets import resolve


class Here:
    """Stands in for the pool of workers: does at once what is scheduled."""

    def schedule(self, task: Task) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        try:
            data = () if task.dataset is None else (load(task.dataset),)
            answer = resolve(task.target)(*data, *task.arguments)
            message = answer.model_dump(mode="json") if isinstance(answer, BaseModel) else answer
            future.set_result(Outcome([json.loads(json.dumps(message))]))
        except Exception as error:
            future.set_result(Outcome(end=failed_of(error)))
        return future


def plan_here(registry: Registry, protocol: Protocol, models: Sequence[str], datasets: Sequence[str]) -> Plan:
    """The plan of ``-m ... -d ...``."""
    selection = select(registry, protocol, DataSource(()), models, datasets)
    pool: Any = Here()
    return make_plan(pool, selection, protocol, "cpu")
