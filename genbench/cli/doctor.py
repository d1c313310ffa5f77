"""``genbench doctor``."""

from __future__ import annotations

import typer

from genbench.cli.options import DataDir


def doctor(data_dir: DataDir = None) -> None:
    """Show versions, devices, data at hand and plugins with errors; exit code 1 if something is wrong."""
    from genbench.data.source import DataSource, cache_folder
    from genbench.execution.provenance import versions
    from genbench.execution.survey import survey_machine
    from genbench.plugins import load_plugins

    registry = load_plugins(anew=True)
    machine = survey_machine("auto")
    typer.echo("versions   " + ", ".join(f"{name} {number}" for name, number in versions().items()))
    typer.echo(f"machine    {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GiB of memory")
    typer.echo(f"device     {machine['device']}" + (f" ({', '.join(machine['gpus'])})" if machine["gpus"] else ""))
    source = DataSource.find(data_dir)
    at_hand = [name for name, one in registry.datasets.items() if source.has(*one.spec.files)]
    typer.echo(f"data       {len(at_hand)} of {len(registry.datasets)} data sets at hand: {', '.join(at_hand)}")
    typer.echo(f"cache      {cache_folder()}")
    typer.echo(f"plugins    {', '.join(plugin.name for plugin in registry.plugins if plugin.enabled)}")
    for problem in registry.problems:
        typer.echo(f"error      plugin {problem.plugin.name} ({problem.plugin.distribution}): {problem.message}")
    if registry.problems:
        raise typer.Exit(1)
