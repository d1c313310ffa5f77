"""Finds the plugins through their entry points, each on its own, and remembers who brought what.

Nothing that a plugin does here can stop another: an import that fails, a hook that raises, a record that is malformed or a
name that is taken becomes one :class:`Problem`.
"""

from __future__ import annotations

import inspect
import os
import re
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import Distribution, EntryPoint, distributions
from types import ModuleType
from typing import Any, Generic, TypeVar

import pluggy
from pydantic import ValidationError

from genbench import hookspecs
from genbench.errors import UnknownNameError, did_you_mean
from genbench.records import DatasetSpec, EvaluationSpec, ModelSpec, Record
from genbench.text import plain

GROUP = "genbench"
ENTRY_NAME = re.compile(r"\w[\w.-]{0,63}")
"""It stands in every row of the plugin's, and in commands."""
CORE = "genbench"
CORE_HOOKS = ("genbench.data.hooks", "genbench.evaluation.hooks")
HOOKS = {name for name in vars(hookspecs) if name.startswith("genbench_")}

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True)
class Plugin:
    """One entry point of group ``genbench``, and the distribution that declares it."""

    name: str
    distribution: str
    version: str
    module: str
    enabled: bool = True


@dataclass(frozen=True)
class Problem:
    """Why a plugin, or a part of it, was left out: one line, and the traceback where there is one."""

    plugin: Plugin
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class Provided(Generic[RecordT]):
    """A record and the plugin that brought it."""

    spec: RecordT
    plugin: Plugin


@dataclass
class Registry:
    """Everything that the installed plugins bring."""

    plugins: list[Plugin] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    models: dict[str, Provided[ModelSpec]] = field(default_factory=dict)
    datasets: dict[str, Provided[DatasetSpec]] = field(default_factory=dict)
    evaluations: dict[str, Provided[EvaluationSpec]] = field(default_factory=dict)
    observers: list[tuple[Plugin, Callable[..., Any]]] = field(default_factory=list)

    def brought_by(self, plugin: Plugin) -> dict[str, list[str]]:
        """The names that a plugin brought, by kind."""
        kinds: dict[str, dict[str, Any]] = {
            "models": self.models,
            "datasets": self.datasets,
            "evaluations": self.evaluations,
        }
        return {kind: [name for name, one in found.items() if one.plugin == plugin] for kind, found in kinds.items()}


def load_plugins(disabled: Iterable[str] = ()) -> Registry:
    """Load genbench's own records, then every installed plugin that is not switched off.

    ``disabled`` names plugins (``--no-plugin``); a name that none has raises :class:`UnknownNameError`.
    ``GENBENCH_DISABLE_PLUGINS`` names more, separated by commas, installed or not.
    """
    registry = Registry()
    core = Plugin(CORE, CORE, _own_version(), "genbench")
    for module in CORE_HOOKS:
        _collect(registry, core, import_module(module))
    registry.plugins.append(core)

    found = _entry_points(registry)
    names = [entry.name for entry, _ in found]
    for name in disabled:
        if name not in names:
            raise UnknownNameError("plugin", name, names)
    switched_off = {*disabled, *_disabled_by_environment()}
    for entry, distribution in found:
        plugin = Plugin(
            plain(entry.name, 64),
            plain(distribution.name, 64),
            plain(distribution.version, 64),
            entry.value,
            entry.name not in switched_off,
        )
        registry.plugins.append(plugin)
        if plugin.enabled:
            _load(registry, plugin, entry)
    return registry


def _own_version() -> str:
    return str(import_module("genbench").__version__)


def _disabled_by_environment() -> set[str]:
    return {name.strip() for name in os.environ.get("GENBENCH_DISABLE_PLUGINS", "").split(",") if name.strip()}


def _entry_points(registry: Registry) -> list[tuple[EntryPoint, Distribution]]:
    """Entry points of the group: genbench first, then by distribution and name, always in the same order."""
    found: dict[tuple[str, str], tuple[EntryPoint, Distribution]] = {}
    for distribution in distributions():
        try:
            entries = distribution.entry_points.select(group=GROUP)
            # The name of one that brings nothing is left unread: parsing the metadata of all would take the most time.
            if entries and (name := distribution.name):
                for entry in entries:
                    found.setdefault((name, entry.name), (entry, distribution))
        except Exception as error:
            name = getattr(distribution, "name", None) or "unknown"
            _report(registry, Plugin(name, name, "unknown", ""), "its entry points cannot be read", error)
    return [found[key] for key in sorted(found, key=lambda key: (key[0] != CORE, *key))]


def _load(registry: Registry, plugin: Plugin, entry: EntryPoint) -> None:
    if not ENTRY_NAME.fullmatch(entry.name):
        expected = "at most 64 letters, digits, and _ . - after the first"
        _report(registry, plugin, f"the name of its entry point is not allowed; expected {expected}")
        return
    try:
        module = entry.load()
    except (Exception, SystemExit) as error:
        _report(registry, plugin, f"importing {entry.value} failed", error)
        return
    if not isinstance(module, ModuleType):
        _report(registry, plugin, f"its entry point {entry.value!r} must name a module, not a {type(module).__name__}")
        return
    _collect(registry, plugin, module)


def _collect(registry: Registry, plugin: Plugin, module: ModuleType) -> None:
    """Call each hook of one plugin on its own and take in what it yields."""
    hooks = _hook_implementations(registry, plugin, module)
    kinds: list[tuple[str, type[Record], dict[str, Any]]] = [
        ("genbench_models", ModelSpec, registry.models),
        ("genbench_datasets", DatasetSpec, registry.datasets),
        ("genbench_evaluations", EvaluationSpec, registry.evaluations),
    ]
    for hook, kind, table in kinds:
        if hook in hooks:
            for record in _call(registry, plugin, hook, hooks[hook]):
                _take_in(registry, plugin, hook, record, kind, table)
    if "genbench_job_finished" in hooks:
        registry.observers.append((plugin, hooks["genbench_job_finished"]))


def _hook_implementations(registry: Registry, plugin: Plugin, module: ModuleType) -> dict[str, Callable[..., Any]]:
    """The plugin's valid hook implementations; each faulty one is a problem of its own."""
    hooks: dict[str, Callable[..., Any]] = {}
    for name, function in inspect.getmembers(module, callable):
        # Looked up without running code: mocks and lazy proxies answer to any name, or raise.
        marked = inspect.getattr_static(function, "genbench_impl", None) is not None
        if marked and name not in HOOKS:
            _report(registry, plugin, f"there is no hook {name!r}{did_you_mean(name, HOOKS)}")
        elif marked:
            manager = pluggy.PluginManager("genbench")
            manager.add_hookspecs(hookspecs)
            single = ModuleType(module.__name__)
            setattr(single, name, function)
            try:
                manager.register(single)
                hooks[name] = getattr(manager.hook, name)
            except pluggy.PluginValidationError:
                expected = ", ".join(inspect.signature(getattr(hookspecs, name)).parameters) or "no arguments"
                given = ", ".join(inspect.signature(function).parameters) or "none"
                _report(registry, plugin, f"hook {name} takes {expected}; the implementation asks for {given}")
        elif name in HOOKS and getattr(function, "__module__", "") == module.__name__:
            _report(registry, plugin, f"{name} is not marked with @hookimpl, so it is not called")
    if not hooks and not any(problem.plugin == plugin for problem in registry.problems):
        _report(registry, plugin, f"{module.__name__} implements no hook; there is: {', '.join(sorted(HOOKS))}")
    return hooks


def _call(registry: Registry, plugin: Plugin, name: str, hook: Callable[..., Any]) -> list[Any]:
    """What the hook yields; if it fails on the way, what it had yielded before."""
    records: list[Any] = []
    try:
        (yielded,) = hook() or [()]
        for record in yielded:
            records.append(record)  # one by one: a generator that raises cannot go on, but those before are sound
    except (Exception, SystemExit) as error:
        before = f" after {len(records)} of its records, which stay" if records else ""
        _report(registry, plugin, f"hook {name} failed{before}", error)
    return records


def _take_in(
    registry: Registry, plugin: Plugin, hook: str, record: Any, kind: type[Record], table: dict[str, Any]
) -> None:
    if not isinstance(record, kind):
        _report(registry, plugin, f"hook {hook} yielded a {type(record).__name__}, expected {kind.__name__}")
        return
    name: str = record.name  # type: ignore[attr-defined]
    if name in table:
        owner = table[name].plugin
        _report(
            registry,
            plugin,
            f"{kind.__name__} {name!r} is brought by {_full_name(owner)} already; "
            f"that one stays, the one of {_full_name(plugin)} is left out",
        )
        return
    table[name] = Provided(record, plugin)


def _full_name(plugin: Plugin) -> str:
    return f"{plugin.name} ({plugin.distribution} {plugin.version})"


def _report(registry: Registry, plugin: Plugin, message: str, error: BaseException | None = None) -> None:
    if error is None:
        registry.problems.append(Problem(plugin, plain(message)))
        return
    trace = "".join(traceback.format_exception(error))
    registry.problems.append(Problem(plugin, plain(f"{message}: {_one_line(error)}"), trace))


def _one_line(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{error.title}: {place}: {first['msg']}, given {first.get('input')!r}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
