"""``genbench data``."""

from __future__ import annotations

from typing import Annotated

import typer

from genbench.cli.options import DataDir, registry_with_warnings

app = typer.Typer(no_args_is_help=True, help="List, fetch and verify data sets.")


@app.command("list")
def list_(data_dir: DataDir = None) -> None:
    """Every data set: bundled, at hand, or how to get it."""
    from genbench.data.source import DataSource

    source = DataSource.find(data_dir)
    for name, provided in registry_with_warnings(None).datasets.items():
        spec = provided.spec
        if not spec.files:
            state = "bundled"
        elif source.has(*spec.files):
            state = "at hand"
        else:
            state = "to be fetched" if spec.fetchable else "not at hand"
        typer.echo(f"{name:<24} {state:<14} {spec.summary}")


@app.command("fetch")
def fetch(names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Data sets to download.")]) -> None:
    """Download data sets into the cache, with checksums verified."""
    from genbench.data.fetch import RECIPES
    from genbench.data.fetch import fetch as fetch_one
    from genbench.data.source import cache_folder
    from genbench.errors import UnknownNameError

    for name in names:
        if name not in RECIPES:
            raise UnknownNameError("data set that can be fetched", name, RECIPES)
    for name in names:
        for path in fetch_one(name, cache_folder()):
            typer.echo(f"{name}: {path}")


@app.command("verify")
def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME...]", help="Data sets (default: all at hand).", show_default=False),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Check files against their checksums and load each data set; exit code 1 if one is damaged."""
    from genbench.data.source import DataSource
    from genbench.data.verify import verify as verify_one
    from genbench.errors import UnknownNameError

    datasets, source = registry_with_warnings(None).datasets, DataSource.find(data_dir)
    for name in names or ():
        if name not in datasets:
            raise UnknownNameError("data set", name, datasets)
    chosen = names or [name for name, one in datasets.items() if source.has(*one.spec.files)]
    damaged = False
    for name in chosen:
        for finding in verify_one(source, datasets[name].spec):
            damaged = damaged or not finding.ok
            typer.echo(f"{'ok' if finding.ok else 'damaged'}  {finding.text}")
    if damaged:
        raise typer.Exit(1)
