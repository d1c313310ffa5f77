"""Finds the installed plugins through their entry points and takes in what each of them brings.

Nothing that a plugin does here can stop another, or the command: an import that fails, exits or hangs, a hook that raises, a
record that is malformed or a name that is taken becomes one :class:`Problem`. The code of third-party plugins runs in
processes of their own and never in this one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any

from pydantic import ValidationError

import genbench
from genbench.errors import UnknownNameError
from genbench.plugins.events import Event, one_line, problem
from genbench.plugins.hooks import GROUP, KINDS, events_of
from genbench.plugins.registry import Plugin, Problem, Provided, Registry
from genbench.plugins.time_limit import time_limit
from genbench.text import plain

ENTRY_NAME = re.compile(r"\w[\w.-]{0,63}")
"""It stands in every row of the plugin's, and in commands."""
CORE = "genbench"
CORE_HOOKS = ("genbench.data.hooks", "genbench.evaluation.hooks")

_BAD_NAME = (
    problem(
        "the name of its entry point is not allowed; expected at most 64 letters, digits, and _ . - after the first"
    ),
)

Found = tuple[EntryPoint, Distribution]


def load_plugins(disabled: Iterable[str] = (), anew: bool = False) -> Registry:
    """Load genbench's own records, then those of every installed plugin that is not switched off.

    ``disabled`` names plugins (``--no-plugin``); a name that none has raises :class:`UnknownNameError`.
    ``GENBENCH_DISABLE_PLUGINS`` names more, separated by commas, installed or not. What a third-party plugin answered
    is kept until its files change; ``anew`` asks all of them again.
    """
    registry = Registry()
    core = Plugin(CORE, CORE, genbench.__version__, "genbench")
    for module in CORE_HOOKS:
        _take_in(registry, core, events_of(module, Exception))
    registry.plugins.append(core)

    found = _entry_points(registry)
    names = [entry.name for entry, _ in found]
    for name in disabled:
        if name not in names:
            raise UnknownNameError("plugin", name, names)
    switched_off = {*disabled, *_disabled_by_environment()}
    plugins = [_plugin(entry, distribution, entry.name not in switched_off) for entry, distribution in found]
    asked = [i for i, plugin in enumerate(plugins) if plugin.enabled and plugin.distribution != CORE]
    answers = dict(zip(asked, _ask([found[i] for i in asked], time_limit(), anew), strict=True))
    for i, plugin in enumerate(plugins):
        registry.plugins.append(plugin)
        if plugin.enabled:
            _take_in(registry, plugin, answers[i] if i in answers else events_of(plugin.module, Exception))
    return registry


def _ask(found: Sequence[Found], limit: float, anew: bool) -> list[tuple[Event, ...]]:
    """Return what third-party plugins bring; one whose entry point has no proper name brings nothing."""
    named = [one for one in found if ENTRY_NAME.fullmatch(one[0].name)]
    if not named:
        return [_BAD_NAME] * len(found)
    from genbench.plugins.answers import answers_of  # subprocess and more, which nobody needs without such plugins

    answers = iter(answers_of(named, limit, anew))
    return [next(answers) if ENTRY_NAME.fullmatch(entry.name) else _BAD_NAME for entry, _ in found]


def _plugin(entry: EntryPoint, distribution: Distribution, enabled: bool) -> Plugin:
    return Plugin(
        plain(entry.name, 64), plain(distribution.name, 64), plain(distribution.version, 64), entry.value, enabled
    )


def _disabled_by_environment() -> set[str]:
    return {name.strip() for name in os.environ.get("GENBENCH_DISABLE_PLUGINS", "").split(",") if name.strip()}


def _entry_points(registry: Registry) -> list[Found]:
    """List the entry points of the group: genbench first, then by distribution and name, always in the same order."""
    found: dict[tuple[str, str], Found] = {}
    for distribution in distributions():
        try:
            entries = distribution.entry_points.select(group=GROUP)
            # The name of one that brings nothing is left unread: parsing the metadata of all would take the most time.
            if entries and (name := distribution.name):
                for entry in entries:
                    found.setdefault((name, entry.name), (entry, distribution))
        except Exception as error:
            name = getattr(distribution, "name", None) or "unknown"
            _take_in(registry, Plugin(name, name, "unknown", ""), [problem("its entry points cannot be read", error)])
    return [found[key] for key in sorted(found, key=lambda key: (key[0] != CORE, *key))]


def _take_in(registry: Registry, plugin: Plugin, events: Iterable[Event]) -> None:
    """Add what became known of a plugin. Its records are checked here, whoever checked them before."""
    tables: dict[str, dict[str, Any]] = {
        "genbench_models": registry.models,
        "genbench_datasets": registry.datasets,
        "genbench_evaluations": registry.evaluations,
    }
    faults = []
    for event in events:
        if event.kind == "problem":
            registry.problems.append(Problem(plugin, plain(event.text), event.traceback))
        elif event.kind == "observes":
            registry.observers.append(plugin)
        elif event.kind == "record" and (fault := _fault(plugin, event, tables.get(event.hook))):
            faults.append(fault)
    if faults:
        more = f"; so are {len(faults) - 1} more of its records" if len(faults) > 1 else ""
        registry.problems.append(Problem(plugin, plain(faults[0]) + more))


def _fault(plugin: Plugin, event: Event, table: dict[str, Any] | None) -> str:
    """Add the record to its table, or say why it is left out."""
    if table is None:
        return f"it sent a record of a hook {event.hook!r} that does not exist"
    kind = KINDS[event.hook]
    try:
        spec = kind.model_validate(event.fields)
    except ValidationError as error:
        return f"hook {event.hook} yielded a record that is not allowed: {one_line(error)}"
    name: str = spec.name  # type: ignore[attr-defined]
    if name in table:
        owner = table[name].plugin
        return (
            f"{kind.__name__} {name!r} is brought by {owner} already; that one stays, the one of {plugin} is left out"
        )
    table[name] = Provided(spec, plugin)
    return ""
