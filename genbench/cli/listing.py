"""``genbench list``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import typer

from genbench.cli.options import DataDir, NoPlugin, registry_with_warnings

if TYPE_CHECKING:
    from genbench.plugins import Provided

app = typer.Typer(no_args_is_help=True, help="List models, data sets, evaluations or protocols.")


@app.command("models")
def models(no_plugin: NoPlugin = None) -> None:
    """Every model, with the plugin that brings it."""
    _print(registry_with_warnings(no_plugin).models.values())


@app.command("datasets")
def datasets(data_dir: DataDir = None, no_plugin: NoPlugin = None) -> None:
    """Every data set, and whether it is at hand."""
    from genbench.data.source import DataSource

    source = DataSource.find(data_dir)
    provided = registry_with_warnings(no_plugin).datasets.values()
    _print(provided, {one.spec.name: "" if source.has(*one.spec.files) else " (not at hand)" for one in provided})


@app.command("evaluations")
def evaluations(no_plugin: NoPlugin = None) -> None:
    """Every evaluation, with the plugin that brings it."""
    _print(registry_with_warnings(no_plugin).evaluations.values())


@app.command("protocols")
def protocols() -> None:
    """The bundled protocols."""
    from genbench.protocol import BUNDLED, load_protocol

    for name in BUNDLED:
        typer.echo(f"{name:<10} {load_protocol(name).summary}")


def _print(provided: Iterable[Provided[Any]], remarks: dict[str, str] | None = None) -> None:
    rows = [
        (one.spec.name, one.plugin.name, one.spec.summary + (remarks or {}).get(one.spec.name, "")) for one in provided
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    for name, plugin, summary in rows:
        typer.echo(f"{name:<{widths[0]}}  {plugin:<{widths[1]}}  {summary}")
