"""``genbench reproduce``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from genbench.cli.options import DataDir, given_path, registry_with_warnings


def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Lines of the table.", show_default=False)
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every line; some take minutes.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Only print what there is.")] = False,
    data_dir: DataDir = None,
    out: Annotated[
        Path, typer.Option(parser=given_path, metavar="DIR", help="The folder with published.csv and .md.")
    ] = Path("results"),
) -> None:
    """Run published values again, and set them side by side; exit code 1 if a line could not be run."""
    from genbench.data.source import DataSource
    from genbench.errors import DataError, GenbenchError, ModelError, UnknownNameError
    from genbench.reproduce.bench import Bench
    from genbench.reproduce.table import LINES, as_text, read, row_of, write
    from genbench.results.atomic import check_output_folder

    for name in names or ():
        if name not in LINES:
            raise UnknownNameError("line", name, LINES)
    if list_:
        for name in names or LINES:
            line = LINES[name]
            value = f"{line.published:.6g} {line.unit}"
            typer.echo(f"{name:<28} {line.group:<14} {line.quantity:<40} {value:<14} {line.source}")
        return
    if not (names or all_):
        raise GenbenchError("nothing to reproduce: name lines (genbench reproduce --list), or give --all")
    check_output_folder(out)
    bench = Bench(registry_with_warnings(None), DataSource.find(data_dir))
    rows, complete = read(out), True
    for name in LINES if all_ else dict.fromkeys(names or ()):
        line = LINES[name]
        try:
            for dataset in line.datasets:
                bench.find(dataset)
            obtained = line.run(bench)
        except (DataError, ModelError) as error:
            typer.echo(f"genbench: {name} was not run: {error}", err=True)
            complete = False
            continue
        rows[name] = row_of(line, obtained)
        theirs, ours = as_text(rows[name])
        verdict = f"agree: {rows[name]['agree']} (rule: {line.rule})"
        typer.echo(f"{name}: {line.quantity}: {theirs}, obtained {ours}, {verdict}")
        write(out, rows)
    if not complete:
        raise typer.Exit(1)
