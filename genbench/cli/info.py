"""``genbench info``."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genbench.cli.options import DataDir, NoPlugin, registry_with_warnings
from genbench.errors import GenbenchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from genbench.data.dataset import Dataset
    from genbench.model import Model
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
    from genbench.execution.selection import parsed
    from genbench.protocol import BUNDLED

    registry = registry_with_warnings(no_plugin)
    bare, options = parsed(name)
    if bare in registry.models:
        _model(registry.models[bare], options)
    elif bare in registry.datasets:
        _dataset(registry, name, registry.datasets[bare], options, data_dir)
    elif name in registry.evaluations:
        _evaluation(registry.evaluations[name])
    elif name in BUNDLED:
        _protocol(name)
    elif names_a_file(bare):
        _file(registry, name, options)
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
    from genbench.capabilities import CAPABILITIES
    from genbench.model import capabilities
    from genbench.signature import validate

    model_class = _model_class(provided)
    validate(f"model {provided.spec.name!r}", model_class, options)
    _heading("model", provided)
    supports = ", ".join(sorted(model_class.supports))
    labels = ", with labels" if model_class.needs_labels else ""
    unlabelled = ", also for a part of the examples alone" if model_class.takes_unlabelled else ""
    typer.echo(f"  takes: {supports} data{labels}{unlabelled}")
    typer.echo(f"  fit: {'the same for every seed' if model_class.deterministic_fit else 'differs with the seed'}")
    typer.echo("  capabilities:")
    for capability in capabilities(model_class):
        typer.echo(f"    {CAPABILITIES[capability]}")
    _parameters("hyperparameters", model_class, options)


def _dataset(registry: Registry, name: str, provided: Provided[Any], options: dict[str, Any], data_dir: Any) -> None:
    from genbench.data.catalogue import dataset_loader
    from genbench.data.source import DataSource
    from genbench.execution.loading import load
    from genbench.execution.selection import dataset_ref

    spec, source = provided.spec, DataSource.find(data_dir)
    contents = load(dataset_ref(registry, source, name)) if source.has(*spec.files) else None
    _heading("data set", provided)
    without = "none, it is bundled" if provided.plugin.name == "genbench" else f"none, {provided.plugin.name} brings it"
    typer.echo(f"  files: {', '.join(spec.files) or without}")
    _parameters("options", dataset_loader(spec), options)
    if contents is not None:
        _contents(contents)
    else:
        typer.echo("  not at hand" + (f"; get it with: genbench data fetch {spec.name}" if spec.fetchable else ""))


def _file(registry: Registry, name: str, options: dict[str, Any]) -> None:
    from genbench.data.source import DataSource
    from genbench.execution.loading import load
    from genbench.execution.selection import dataset_ref
    from genbench.targets import resolve

    reference = dataset_ref(registry, DataSource(()), name)
    dataset = load(reference)
    typer.echo(f"{reference.name} (data set, {reference.summary})")
    _parameters("options", resolve(reference.target), reference.options)
    _contents(dataset)


def _contents(dataset: Dataset) -> None:
    data, sizes = dataset.spec, [len(split) for split in (dataset.train, dataset.validation, dataset.test)]
    typer.echo(f"  examples: {sizes[0]} training, {sizes[1]} validation, {sizes[2]} test")
    levels = f", {data.levels} levels" if data.levels else ""
    typer.echo(f"  form: {data.support}{levels}, shape {data.shape}, {data.classes or 'no'} classes")
    known = [name for name in ("truth", "modes") if getattr(dataset, name) is not None]
    typer.echo(f"  known: {', '.join(known) or 'nothing but the examples'}")
    typer.echo(f"  fingerprint: {dataset.fingerprint}")
    for warning in dataset.warnings:
        typer.echo(f"  warning: {warning}")
    for note in dataset.notes:
        typer.echo(f"  note: {note}")


def _evaluation(provided: Provided[Any]) -> None:
    from genbench.targets import docstring

    spec = provided.spec
    _heading("evaluation", provided)
    typer.echo(f"  table: {spec.table}.csv; headline metrics: {', '.join(spec.metrics)}")
    loop = ["the shared training loop"] if spec.of_shared_loop else []
    typer.echo(f"  needs: {', '.join((*spec.needs, *loop, *spec.data_needs, *spec.files)) or 'nothing'}")
    typer.echo(f"  sees training data: {'yes' if spec.sees_training_data else 'no'}")
    if described := docstring(spec.target):
        typer.echo("\n" + textwrap.indent(described, "  "))


def _protocol(name: str) -> None:
    from genbench.protocol import FOLDER

    typer.echo((FOLDER / f"{name}.toml").read_text(encoding="utf-8").rstrip())


def _model_class(provided: Provided[Any]) -> type[Model]:
    from genbench.errors import ModelError
    from genbench.execution.loading import load_model_class

    try:
        return load_model_class(provided.spec.target)
    except ModelError as error:
        raise GenbenchError(f"model {provided.spec.name!r} of plugin {provided.plugin.name}: {error}") from None
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
        raise GenbenchError(f"{provided.spec.target} cannot be imported: {problem}") from None


def _parameters(title: str, function: Callable[..., Any], given: dict[str, Any]) -> None:
    from genbench.signature import parameters

    described = parameters(function)
    typer.echo(f"  {title}:{'' if described else ' none'}")
    for parameter in described:
        bounds = f", {parameter.allowed}" if parameter.allowed else ""
        value = given.get(parameter.name, parameter.default)
        typer.echo(f"    {parameter.name} = {value}  ({parameter.type}{bounds})")
