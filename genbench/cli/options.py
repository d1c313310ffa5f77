"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genbench.errors import check_choice

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


Models = Annotated[
    list[str] | None,
    typer.Option("-m", "--model", metavar="MODEL", help="Only this model; may be repeated.", show_default=False),
]
Datasets = Annotated[
    list[str] | None,
    typer.Option("-d", "--dataset", metavar="DATASET", help="Only this data set; may be repeated.", show_default=False),
]
Metrics = Annotated[
    list[str] | None, typer.Option("--metric", help="Only this metric; may be repeated.", show_default=False)
]
Format = Annotated[str, typer.Option("--format", metavar="table|markdown|csv|json|html", help="How to print it.")]


def given_path(text: str) -> Path:
    """Return the path that was given; refuse an empty one, which would mean the folder that the command is called in."""
    if not text:
        raise typer.BadParameter("the path is empty")
    return Path(text)


def check_format(given: str) -> None:
    check_choice("--format", given, ("table", "markdown", "csv", "json", "html"))


def registry_with_warnings(no_plugin: list[str] | None) -> Registry:
    """The installed plugins; each problem with one is a warning line, never more."""
    from genbench.plugins import load_plugins

    registry = load_plugins(no_plugin or ())
    for problem in registry.problems:
        plugin = problem.plugin
        typer.echo(f"genbench: warning: plugin {plugin.name} ({plugin.distribution}): {problem.message}", err=True)
    return registry
