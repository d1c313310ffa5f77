"""``genbench info``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from genbench.cli.options import DataDir, NoPlugin, registry_with_warnings

if TYPE_CHECKING:
    from collections.abc import Callable

    from genbench.plugins import Provided


def info(
    name: Annotated[str, typer.Argument(help="A model, data set, evaluation or protocol.")],
    data_dir: DataDir = None,
    no_plugin: NoPlugin = None,
) -> None:
    """Show what a model, data set, evaluation or protocol is and what it takes."""
    from genbench.errors import UnknownNameError
    from genbench.protocol import BUNDLED

    registry = registry_with_warnings(no_plugin)
    if name in registry.models:
        _model(registry.models[name])
    elif name in registry.datasets:
        _dataset(registry.datasets[name], data_dir)
    elif name in registry.evaluations:
        _evaluation(registry.evaluations[name])
    elif name in BUNDLED:
        _protocol(name)
    else:
        known = [*registry.models, *registry.datasets, *registry.evaluations, *BUNDLED]
        raise UnknownNameError("model, data set, evaluation or protocol", name, known)


def _heading(kind: str, provided: Provided[Any]) -> None:
    spec, plugin = provided.spec, provided.plugin
    typer.echo(f"{spec.name} ({kind}, from {plugin.name}, {plugin.distribution} {plugin.version})")
    typer.echo(f"  {spec.summary}")
    if getattr(spec, "source", ""):
        typer.echo(f"  source: {spec.source}")


def _model(provided: Provided[Any]) -> None:
    from genbench.model import CAPABILITIES, capabilities

    _heading("model", provided)
    model_class = _resolved(provided)
    supports = ", ".join(sorted(model_class.supports))
    labels = ", with labels" if model_class.needs_labels else ""
    unlabelled = ", also for a part of the examples alone" if model_class.takes_unlabelled else ""
    typer.echo(f"  takes: {supports} data{labels}{unlabelled}")
    typer.echo(f"  fit: {'the same for every seed' if model_class.deterministic_fit else 'differs with the seed'}")
    typer.echo("  capabilities:")
    for capability in capabilities(model_class):
        typer.echo(f"    {CAPABILITIES[capability]}")
    _parameters("hyperparameters", model_class)


def _dataset(provided: Provided[Any], data_dir: Any) -> None:
    from genbench.data.source import DataSource

    spec, source = provided.spec, DataSource.find(data_dir)
    _heading("data set", provided)
    typer.echo(f"  files: {', '.join(spec.files) or 'none, it is bundled'}")
    _parameters("options", _resolved(provided))
    if not source.has(*spec.files):
        typer.echo("  not at hand" + (f"; get it with: genbench data fetch {spec.name}" if spec.fetchable else ""))
        return
    from genbench.data.catalogue import load_dataset

    dataset = load_dataset(spec, source, {})
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
    spec = provided.spec
    _heading("evaluation", provided)
    typer.echo(f"  table: {spec.table}.csv; metrics: {', '.join(spec.metrics)}")
    typer.echo(f"  needs: {', '.join((*spec.needs, *spec.data_needs, *spec.files)) or 'nothing'}")
    typer.echo(f"  sees training data: {'yes' if spec.sees_training_data else 'no'}")


def _protocol(name: str) -> None:
    from genbench.protocol import FOLDER

    typer.echo((FOLDER / f"{name}.toml").read_text(encoding="utf-8").rstrip())


def _resolved(provided: Provided[Any]) -> Any:
    from genbench.errors import GenbenchError
    from genbench.targets import resolve

    try:
        return resolve(provided.spec.target)
    except Exception as error:
        raise GenbenchError(f"{provided.spec.target} cannot be imported: {type(error).__name__}: {error}") from None


def _parameters(title: str, function: Callable[..., Any]) -> None:
    from genbench.signature import parameters

    described = parameters(function)
    typer.echo(f"  {title}:{'' if described else ' none'}")
    for parameter in described:
        bounds = f", {parameter.allowed}" if parameter.allowed else ""
        typer.echo(f"    {parameter.name} = {parameter.default}  ({parameter.type}{bounds})")
