"""Imports one plugin's module and calls its hooks, each on its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pluggy

from genbench import hookspecs
from genbench.errors import did_you_mean
from genbench.plugins.events import Event, problem
from genbench.records import DatasetSpec, EvaluationSpec, ModelSpec, Record

GROUP = "genbench"
HOOKS = {name for name in vars(hookspecs) if name.startswith("genbench_")}
OBSERVES = "genbench_job_finished"
KINDS: dict[str, type[Record]] = {
    "genbench_models": ModelSpec,
    "genbench_datasets": DatasetSpec,
    "genbench_evaluations": EvaluationSpec,
}
MOST_RECORDS = 10_000
"""What one hook may yield; a generator without an end is cut off there."""

Contained = type[BaseException]
"""The errors of a plugin that become problems: all of them in a process of the plugin's own; in genbench's own process
``Exception`` alone, since Ctrl-C there is the user's."""


def events_of(value: str, contained: Contained) -> Iterator[Event]:
    """Import what the entry point's value names, call its hooks, and yield what becomes known, up to ``done``."""
    yield Event(kind="stage", text=f"importing {value}")
    try:
        module = EntryPoint("", value, GROUP).load()
    except contained as error:
        yield problem(f"importing {value} failed", error)
    else:
        if isinstance(module, ModuleType):
            yield from _events_of_module(module, contained)
        else:
            yield problem(f"its entry point {value!r} must name a module, not a {type(module).__name__}")
    yield Event(kind="done")


def implementations(module: ModuleType) -> tuple[dict[str, Callable[..., Any]], list[Event]]:
    """Find the module's valid hook implementations, and a problem for each faulty one."""
    hooks: dict[str, Callable[..., Any]] = {}
    problems = []
    for name, function in inspect.getmembers(module, callable):
        # Looked up without running code: mocks and lazy proxies answer to any name, or raise.
        marked = inspect.getattr_static(function, "genbench_impl", None) is not None
        if marked and name not in HOOKS:
            problems.append(problem(f"there is no hook {name!r}{did_you_mean(name, HOOKS)}"))
        elif marked:
            manager = pluggy.PluginManager(GROUP)
            manager.add_hookspecs(hookspecs)
            single = ModuleType(module.__name__)
            setattr(single, name, function)
            try:
                manager.register(single)
                hooks[name] = getattr(manager.hook, name)
            except pluggy.PluginValidationError:
                expected = ", ".join(inspect.signature(getattr(hookspecs, name)).parameters) or "no arguments"
                given = ", ".join(inspect.signature(function).parameters) or "none"
                problems.append(problem(f"hook {name} takes {expected}; the implementation asks for {given}"))
        elif name in HOOKS and getattr(function, "__module__", "") == module.__name__:
            problems.append(problem(f"{name} is not marked with @hookimpl, so it is not called"))
    if not hooks and not problems:
        problems.append(problem(f"{module.__name__} implements no hook; there is: {', '.join(sorted(HOOKS))}"))
    return hooks, problems


def _events_of_module(module: ModuleType, contained: Contained) -> Iterator[Event]:
    try:
        hooks, problems = implementations(module)
    except contained as error:  # its attributes run code when they are looked at
        yield problem(f"looking for the hooks of {module.__name__} failed", error)
        return
    yield from problems
    for name, kind in KINDS.items():
        if name in hooks:
            yield Event(kind="stage", text=f"hook {name}")
            yield from _records(name, hooks[name], kind, contained)
    if OBSERVES in hooks:
        yield Event(kind="observes")


def _records(name: str, hook: Callable[..., Any], kind: type[Record], contained: Contained) -> Iterator[Event]:
    """Yield the records one by one: a generator that raises cannot go on, but those before are sound."""
    records, count = _yielded(hook), 0
    while True:
        try:
            record = next(records, None)
            if record is None:
                return
            fault = _fault(record, kind) if count < MOST_RECORDS else f"more than {MOST_RECORDS} records"
            fields = {} if fault else record.model_dump(mode="json", include=set(kind.model_fields), warnings=False)
        except contained as error:
            yield problem(f"hook {name} failed{after(count)}", error)
            return
        if fault:
            yield problem(f"hook {name} yielded {fault}{after(count)}")
            return
        count += 1
        yield Event(kind="record", hook=name, fields=fields)


def _yielded(hook: Callable[..., Any]) -> Iterator[Any]:
    (records,) = hook() or [()]
    yield from records


def _fault(record: Any, kind: type[Record]) -> str:
    return "" if isinstance(record, kind) else f"a {type(record).__name__}, expected {kind.__name__}"


def after(records: int) -> str:
    """Say how many records a hook that failed had yielded before."""
    return f" after {records} of its records, which stay" if records else ""
