"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from genbench.plugins import Registry

DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder with data sets that are not bundled (default: $GENBENCH_DATA).", show_default=False),
]
NoPlugin = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Leave a plugin out; may be repeated.", show_default=False),
]


def registry_with_warnings(no_plugin: list[str] | None) -> Registry:
    """The installed plugins; each problem with one is a warning line, never more."""
    from genbench.plugins import load_plugins

    registry = load_plugins(no_plugin or ())
    for problem in registry.problems:
        plugin = problem.plugin
        typer.echo(f"genbench: warning: plugin {plugin.name} ({plugin.distribution}): {problem.message}", err=True)
    return registry
