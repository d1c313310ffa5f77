"""``genbench plugins``."""

from __future__ import annotations

from typing import Annotated

import typer

from genbench.cli.options import NoPlugin


def plugins(
    no_plugin: NoPlugin = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the tracebacks of errors.")] = False,
) -> None:
    """List every plugin, what it brings, and what is wrong with it."""
    from genbench.plugins import load_plugins

    registry = load_plugins(no_plugin or (), anew=True)
    for plugin in registry.plugins:
        typer.echo(
            f"{plugin.name}  {plugin.distribution} {plugin.version}{'' if plugin.enabled else '  (switched off)'}"
        )
        for kind, names in registry.brought_by(plugin).items():
            if names:
                typer.echo(f"    {kind}: {', '.join(names)}")
    for problem in registry.problems:
        plugin = problem.plugin
        typer.echo(f"error: {plugin.name} ({plugin.distribution} {plugin.version}): {problem.message}")
        if verbose and problem.traceback:
            typer.echo(problem.traceback)
