"""A worker process: it loads one data set, and runs each task that it is given in a child forked from itself.

No plugin's code runs in it but the data set's own loader, so that every child starts from the same state, whatever the
children before it did.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from typing import Any

import threadpoolctl
import torch
from pydantic import BaseModel

from genbench.data.dataset import Dataset
from genbench.errors import DataError
from genbench.execution.child import (
    Channel,
    Death,
    Failed,
    Message,
    MoreTime,
    adopt_orphans,
    end_orphans,
    failed_of,
    keep_for_children,
    run_child,
)
from genbench.execution.job import DatasetRef
from genbench.execution.lifeline import die_with_direct_parent, tie_to_parent
from genbench.execution.loading import load
from genbench.execution.log_file import LogFile
from genbench.execution.memory import memory_limit
from genbench.execution.task import Task
from genbench.targets import resolve


def serve(connection: Connection, threads: int, reference: DatasetRef | None, memory: int | None) -> None:
    """Load the data set, answer whether that went well, then run tasks until the connection is closed."""
    for name in (signal.SIGINT, signal.SIGHUP):  # the main process hears them, and says what is to be done
        signal.signal(name, signal.SIG_IGN)
    tie_to_parent(signal.SIGKILL)
    dataset = None
    if reference is not None:
        # One thread: OpenMP's threads would not survive a fork, and the children would wait for them for ever.
        torch.set_num_threads(1)
        try:
            with threadpoolctl.threadpool_limits(1):
                dataset = _loaded(connection, reference, memory)
        except BaseException as error:  # sys.exit in a loader, too
            connection.send(("error", failed_of(error)))
            return
    connection.send(("loaded", None))
    adopt_orphans()
    signal.signal(signal.SIGTERM, _end)
    die_with_direct_parent(signal.SIGTERM)  # so that it can take its children's children with it
    keep_for_children()
    while True:
        try:
            task: Task = connection.recv()
        except EOFError:
            return
        connection.send(("end", _run(task, dataset, threads, connection)))


def _loaded(connection: Connection, reference: DatasetRef, memory: int | None) -> Dataset:
    needs = f"data set {reference.label!r} takes more memory than a job may use; raise limits.memory_gb in the protocol"
    try:
        with memory_limit(memory, lambda: connection.send(("error", Failed("DataError", needs)))):
            dataset = load(reference)
            _ = dataset.fingerprint  # kept by the data set, so that no child reckons it again
            return dataset
    except MemoryError:
        raise DataError(needs) from None


def _run(task: Task, dataset: Dataset | None, threads: int, connection: Connection) -> Death | Failed | None:
    """Run the task in a child and pass on its messages; return how it died or what it raised, if it did."""

    def body(channel: Channel) -> None:
        channel.close_other_lines()
        torch.set_num_threads(threads)
        data = () if task.dataset is None else (dataset,)
        with memory_limit(task.memory, channel.run_out_of_memory, task.device):
            for message in _messages(resolve(task.target)(*data, *task.arguments)):
                channel.send(message)

    log = None if task.log is None else LogFile(task.log)
    try:
        on_output = _ignore if log is None else log.write
        return run_child(body, task.seconds, lambda message: connection.send(("message", message)), on_output)
    finally:
        end_orphans()
        if log is not None:
            log.close()


def _messages(answer: BaseModel | Message | Iterable[Message | MoreTime]) -> Iterator[Message | MoreTime]:
    if isinstance(answer, BaseModel):
        yield answer.model_dump(mode="json")
    elif isinstance(answer, dict):
        yield answer
    else:
        yield from answer


def _ignore(data: bytes) -> None:
    pass


def _end(signal_number: int, frame: Any) -> None:
    end_orphans()
    os._exit(1)
