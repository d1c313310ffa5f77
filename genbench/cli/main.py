"""The command ``genbench``; one file a verb. Nothing here or in the verbs' signatures imports anything heavy."""

from __future__ import annotations

import shlex
import sys

import typer

from genbench.cli import (
    compare,
    data,
    doctor,
    history,
    info,
    listing,
    merge,
    plot,
    plugins,
    rank,
    report,
    reproduce,
    run,
    sample,
    study,
    tables,
    watch,
)
from genbench.cli.usage import UsageError, usage_line
from genbench.errors import GenbenchError

app = typer.Typer(
    help="Train and evaluate every generative model you can find, under one protocol.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.add_typer(listing.app, name="list")
app.command("info")(info.info)
app.command("watch")(watch.watch)
app.command("tables")(tables.tables)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("rank")(rank.rank)
app.command("history")(history.history)
app.command("plot")(plot.plot)
app.command("merge")(merge.merge)
app.command("sample")(sample.sample)
app.command("reproduce")(reproduce.reproduce)
app.command("plugins")(plugins.plugins)
app.command("doctor")(doctor.doctor)
app.add_typer(data.app, name="data")
app.add_typer(study.app, name="study")


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    if version:
        import genbench

        typer.echo(genbench.__version__)
        raise typer.Exit


def main() -> None:
    """Entry point: what a user can mend is one line on standard error and exit code 2; Ctrl-C is one line, too."""
    try:
        command = typer.main.get_command(app)
        with command.make_context("genbench", sys.argv[1:]) as context:
            command.invoke(context)
        sys.exit(0)
    except typer.Exit as end:
        sys.exit(end.exit_code)
    except UsageError as error:
        _refuse(usage_line(error))
    except GenbenchError as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        typer.echo(f"\nstopped; to start it again: {shlex.join(['genbench', *sys.argv[1:]])}", err=True)
        sys.exit(run.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has gone, as in `genbench list models | head`
        sys.exit(0)


def _refuse(line: str) -> None:
    sys.stdout.flush()
    if line:
        typer.echo(f"genbench: {line}", err=True)
    sys.exit(2)
