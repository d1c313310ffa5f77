"""``genbench info``."""

from __future__ import annotations

import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genbench.cli.options import DataDir, NoPlugin, registry_with_warnings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genbench.plugins import Provided, Registry


def info(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME[:key=value,...]",
            help="A model, data set, evaluation or protocol, or a data file of your own.",
        ),
    ],
    data_dir: DataDir = None,
    no_plugin: NoPlugin = None,
) -> None:
    """Show what a model, data set, evaluation or protocol is and what it takes."""
    from genbench.data.files.kinds import names_a_file
    from genbench.errors import UnknownNameError
    from genbench.execution.selection import split_name
    from genbench.protocol import BUNDLED

    registry = registry_with_warnings(no_plugin)
    bare, options = split_name(name)
    if bare in registry.models:
        _model(registry.models[bare], options)
    elif bare in registry.datasets:
        _dataset(registry, name, registry.datasets[bare], options, data_dir)
    elif name in registry.evaluations:
        _evaluation(registry.evaluations[name])
    elif name in BUNDLED:
        _protocol(name)
    elif names_a_file(bare):
        _file(registry, name)
    else:
        known = [*registry.models, *registry.datasets, *registry.evaluations, *BUNDLED]
        raise UnknownNameError("model, data set, evaluation or protocol", bare, known)


def _heading(kind: str, provided: Provided[Any]) -> None:
    spec, plugin = provided.spec, provided.plugin
    typer.echo(f"{spec.name} ({kind}, from {plugin.name}, {plugin.distribution} {plugin.version})")
    typer.echo(f"  {spec.summary}")
    if getattr(spec, "source", ""):
        typer.echo(f"  source: {spec.source}")


def _model(provided: Provided[Any], options: dict[str, Any]) -> None:
    from genbench.cli.described import model_lines

    lines = model_lines(provided.spec.name, provided.plugin.name, provided.spec.target, options)
    _heading("model", provided)
    _print(lines)


def _dataset(registry: Registry, name: str, provided: Provided[Any], options: dict[str, Any], data_dir: Any) -> None:
    from genbench.cli.described import dataset_lines
    from genbench.data.source import DataSource
    from genbench.execution.selection import dataset_ref

    spec, source = provided.spec, DataSource.find(data_dir)
    reference = dataset_ref(registry, source, name).model_dump_json() if source.has(*spec.files) else None
    lines = dataset_lines(spec.model_dump(mode="json"), provided.plugin.name, options, reference)
    _heading("data set", provided)
    without = "none, it is bundled" if provided.plugin.name == "genbench" else f"none, {provided.plugin.name} brings it"
    typer.echo(f"  files: {', '.join(spec.files) or without}")
    _print(lines)
    if reference is None:
        typer.echo("  not at hand" + (f"; get it with: genbench data fetch {spec.name}" if spec.fetchable else ""))


def _file(registry: Registry, name: str) -> None:
    from genbench.cli.described import contents_lines, parameter_lines
    from genbench.data.source import DataSource
    from genbench.execution.loading import load
    from genbench.execution.selection import dataset_ref
    from genbench.signature import validate
    from genbench.targets import resolve

    reference = dataset_ref(registry, DataSource(()), name)
    dataset = load(reference)
    typer.echo(f"{reference.name} (data set, {reference.summary})")
    loader = resolve(reference.target)
    values = validate(f"data set {reference.name!r}", loader, reference.options, noun="option")
    _print(parameter_lines("options", loader, values))
    _print(contents_lines(dataset))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _evaluation(provided: Provided[Any]) -> None:
    from genbench.targets import docstring

    spec = provided.spec
    _heading("evaluation", provided)
    typer.echo(f"  table: {spec.table}.csv; headline metrics: {', '.join(spec.metrics)}")
    loop = ["the shared training loop"] if spec.of_shared_loop else []
    typer.echo(f"  needs: {', '.join((*spec.needs, *loop, *spec.data_needs, *spec.files)) or 'nothing'}")
    typer.echo(f"  sees training data: {'yes' if spec.sees_training_data else 'no'}")
    with suppress(OSError, SyntaxError, ValueError):  # of a source that cannot be read there is no description
        if described := docstring(spec.target):
            typer.echo("\n" + textwrap.indent(described, "  "))


def _protocol(name: str) -> None:
    from genbench.protocol import FOLDER

    typer.echo((FOLDER / f"{name}.toml").read_text(encoding="utf-8").rstrip())
