"""``genbench watch``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from genbench.results.folder import RunFolder

POLL_SECONDS = 1.0
SHOWN_RUNNING = 20


def watch(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run that is going on.")]) -> None:
    """Follow a run from another terminal; ends when the run ends, and on Ctrl-C, which does nothing to the run."""
    from genbench.errors import RunFolderError
    from genbench.results.folder import RunFolder

    watched = RunFolder(folder)
    watched.read_run()  # says so if there is no run
    if watched.keeps_tables_alone() and not watched.at_work().has_run():
        raise RunFolderError(f"{folder} keeps tables alone, and no run is at work there; give the folder of one")
    try:
        typer.echo(f"watching {folder}; Ctrl-C ends the watching, not the run", err=True)
        _follow(watched)
    except KeyboardInterrupt:
        typer.echo("stopped watching; the run goes on", err=True)


def _follow(folder: RunFolder) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.markup import escape

    console, told = Console(), set[str]()
    with Live(console=console, transient=True, auto_refresh=False) as live:
        while True:
            ends = not folder.is_locked()  # asked before the results are read, so that none is missed
            work = folder.at_work()
            run = work.read_run()
            for line in _news(work, run, told):
                live.console.print(escape(line), soft_wrap=True, highlight=False)
            if ends:
                break
            if console.is_terminal:
                live.update(_picture(work, run, len(told)), refresh=True)
            time.sleep(POLL_SECONDS)
    planned = run.get("planned", run["jobs"])
    state = "finished" if run.get("finished") else "stopped"
    typer.echo(f"{state}: {len(told)} of {len(planned)} jobs; see {folder.path}")


def _news(folder: RunFolder, run: dict[str, Any], told: set[str]) -> list[str]:
    """A line for each planned job that has ended since it was asked last."""
    from genbench.cli.display import outcome

    lines = []
    for key in run.get("planned", run["jobs"]):
        result = None if key in told else folder.result(key)
        if result is not None:
            told.add(key)
            lines.append(outcome(result))
    return lines


def _picture(folder: RunFolder, run: dict[str, Any], done: int) -> RenderableType:
    """How many jobs are done, and how far the running ones have come with their training."""
    from rich.markup import escape
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    table = Table(box=None, show_header=False)
    planned = len(run.get("planned", run["jobs"]))
    table.add_row("jobs", ProgressBar(total=max(planned, 1), completed=done, width=30), f"{done} of {planned}")
    for key in folder.running()[:SHOWN_RUNNING]:
        job, share = run["jobs"][key], folder.progress(key)
        name = escape(f"{job['model']} on {job['dataset']}")
        table.add_row(
            name, ProgressBar(total=1.0, completed=share or 0.0, width=30), "" if share is None else f"{share:.0%}"
        )
    return table
