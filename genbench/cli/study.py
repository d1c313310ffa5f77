"""``genbench study``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genbench.cli.options import DataDir, given_path, registry_with_warnings

app = typer.Typer(no_args_is_help=True, help="Questions of the field, each answered by one command.")


@app.callback()
def _studies() -> None:
    """Keeps the study's name a word of the command, though there is only one."""


@app.command("discriminative-generative")
def discriminative_generative(
    dataset: Annotated[
        list[str] | None,
        typer.Option("-d", "--dataset", help="A data set; may be repeated (default: all at hand).", show_default=False),
    ] = None,
    splits: Annotated[int, typer.Option(min=2, max=1_000_000, help="Random splits of each set.")] = 1000,
    sizes: Annotated[int, typer.Option(min=4, max=1000, help="Training sizes of each set.")] = 12,
    dimensions: Annotated[
        bool, typer.Option("--dimensions/--no-dimensions", help="Also the growth with the dimension, 4 to 512.")
    ] = True,
    data_dir: DataDir = None,
    out: Annotated[Path, typer.Option(parser=given_path, metavar="DIR", help="The folder to write.")] = Path(
        "results/discriminative_generative"
    ),
) -> None:
    """Generative classifiers beside logistic regression as training examples grow (Ng & Jordan 2001)."""
    from genbench.data.source import DataSource
    from genbench.errors import UnknownNameError
    from genbench.results.atomic import check_output_folder
    from genbench.study.running import run_study

    check_output_folder(out)
    registry, source = registry_with_warnings(None), DataSource.find(data_dir)
    for name in dataset or ():
        if name not in registry.datasets:
            raise UnknownNameError("data set", name, registry.datasets)
    names = dataset or [name for name, one in registry.datasets.items() if source.has(*one.spec.files)]
    run_study(registry, source, names, splits, sizes, dimensions, out, lambda line: typer.echo(line))
    typer.echo(f"Figure and tables: {out}")
