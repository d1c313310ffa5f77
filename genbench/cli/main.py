"""The command ``genbench``; one file a verb. Nothing here or in the verbs' signatures imports anything heavy."""

from __future__ import annotations

import shlex
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
    streams,
    study,
    tables,
    watch,
)
from genbench.cli.usage import UsageError, usage_line
from genbench.errors import GenbenchError, RunFolderWarning

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
    streams.prepare()
    with _damage_told_once():
        code = _called()
    sys.exit(streams.finish(code))


def _called() -> int:
    """Run the command; return its exit code."""
    try:
        command = typer.main.get_command(app)
        with command.make_context("genbench", sys.argv[1:]) as context:
            command.invoke(context)
        return 0
    except typer.Exit as end:
        return end.exit_code
    except UsageError as error:
        return _refused(usage_line(error))
    except GenbenchError as error:
        return _refused(str(error))
    except KeyboardInterrupt:
        streams.say(f"\nstopped; to start it again: {shlex.join(['genbench', *sys.argv[1:]])}")
        return run.INTERRUPTED
    except OSError as error:
        if not error.filename:  # of a stream
            return streams.lost(error)
        return _refused(f"{error.filename}: {error.strerror}")


def _refused(line: str) -> int:
    if line:
        streams.say(f"genbench: {line}")
    return 2


@contextmanager
def _damage_told_once() -> Iterator[None]:
    """Tell of each damaged file in a line, however often it is met; of other warnings as ever."""
    told: set[str] = set()

    def show(message: Warning | str, category: type[Warning], filename: str, lineno: int, *others: Any) -> None:
        if not issubclass(category, RunFolderWarning):
            as_ever(message, category, filename, lineno, *others)
        elif str(message) not in told:
            told.add(str(message))
            streams.say(f"genbench: warning: {message}")

    with warnings.catch_warnings():
        as_ever = warnings.showwarning
        warnings.showwarning = show  # type: ignore[assignment]
        warnings.simplefilter("always", RunFolderWarning)
        yield
