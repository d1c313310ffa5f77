"""What is shown of a plan and of a run that is going on."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from genbench.errors import GenbenchError
from genbench.results.left_out import LeftOut, together

if TYPE_CHECKING:
    from genbench.execution.job import Job
    from genbench.execution.plan import Plan

SHOWN_RUNNING = 3
PLAIN_WIDTH = 160


def table_console() -> Console:
    """A console that is wide enough for tables also where there is no terminal to ask."""
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH)


def looking_around() -> AbstractContextManager[object]:
    """Shown on a terminal while workers start and look at models and data sets."""
    console = Console(stderr=True)
    return console.status("looking at models and data sets") if console.is_terminal else nullcontext()


def show_plan(plan: Plan) -> None:
    """Every pair with its evaluations, and what is left out with the reasons."""
    console = table_console()
    console.print(f"{len(plan.jobs)} jobs on {plan.machine['device']}", highlight=False)
    table = Table("model", "dataset", "evaluations", box=None)
    for job in plan.jobs:
        names = ", ".join(evaluation.spec.name for evaluation in job.evaluations)
        table.add_row(escape(job.model.label), escape(job.dataset.label), names)
    console.print(table)
    for entry in _left_out(plan):
        console.print(f"left out: {escape(str(entry))}", highlight=False, soft_wrap=True)
    for warning in _data_warnings(plan):
        console.print(escape(warning), highlight=False, soft_wrap=True)


def data_warnings(warnings: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A line for each of the warnings by data set."""
    return (f"warning: data set {label!r}: {text}" for label, texts in warnings.items() for text in texts)


def _data_warnings(plan: Plan) -> Iterator[str]:
    return data_warnings({label: card.warnings for label, card in plan.datasets.items()})


def refuse_empty(plan: Plan) -> None:
    """Raise :class:`GenbenchError` if the plan has no job; says of every pair why it was left out."""
    if plan.jobs:
        return
    pairs = [entry for entry in _left_out(plan) if not entry.what]
    if len(pairs) == 1:
        raise GenbenchError(f"nothing to run: {pairs[0]}")
    for entry in pairs:
        print(f"left out: {entry}", file=sys.stderr)
    raise GenbenchError("nothing to run: none of the models fits one of the data sets; see genbench info of either")


def _left_out(plan: Plan) -> list[LeftOut]:
    skipped = (*plan.left_out, *plan.broken_data)
    return together((one.what, one.reason, one.model, one.dataset) for one in skipped)


@contextmanager
def progress_display(plan: Plan) -> Iterator[LiveProgress | PlainProgress]:
    """A live bar on a terminal; without one, a plain line a job."""
    console = Console(stderr=True)
    for warning in (*(f"warning: {broken.reason}" for broken in plan.broken_data), *_data_warnings(plan)):
        console.print(f"genbench: {escape(warning)}", soft_wrap=True, highlight=False)
    if not console.is_terminal:
        yield PlainProgress(len(plan.jobs))
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("[red]{task.fields[failed]}[/red]"),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[running]}[/dim]"),
    )
    with Progress(*columns, console=console) as bar:
        yield LiveProgress(bar, len(plan.jobs))


class LiveProgress:
    """Jobs done, running and failed, and the time left."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar, self._failed = bar, 0
        self._task = bar.add_task("jobs", total=total, failed="", running="starting workers")

    def skip(self, finished: int) -> None:
        self._bar.update(self._task, completed=finished)

    def update(self, running: Sequence[tuple[Job, float | None]]) -> None:
        names = [_running(job, trained) for job, trained in running[:SHOWN_RUNNING]]
        more = f" and {len(running) - SHOWN_RUNNING} more" if len(running) > SHOWN_RUNNING else ""
        self._bar.update(self._task, running=escape(", ".join(names) + more))

    def finished(self, job: Job, result: dict[str, Any]) -> None:
        self._bar.advance(self._task)
        if result["status"] != "ok":
            self._failed += 1
            self._bar.update(self._task, failed=f"{self._failed} failed")
            self._bar.console.print(escape(outcome(result)), soft_wrap=True, highlight=False)

    def warn(self, message: str) -> None:
        self._bar.console.print(escape(f"genbench: warning: {message}"), soft_wrap=True, highlight=False)


class PlainProgress:
    """One line a job."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0

    def skip(self, finished: int) -> None:
        self._done = finished
        if finished:
            print(f"{finished} of {self._total} jobs are finished already", flush=True)

    def update(self, running: Sequence[tuple[Job, float | None]]) -> None:
        pass

    def finished(self, job: Job, result: dict[str, Any]) -> None:
        self._done += 1
        print(f"[{self._done}/{self._total}] {outcome(result)}", flush=True)

    def warn(self, message: str) -> None:
        print(f"genbench: warning: {message}", flush=True)


def _running(job: Job, trained: float | None) -> str:
    share = "" if trained is None else f" {trained:.0%}"
    return f"{job.model.label} on {job.dataset.label}{share}"


def outcome(result: dict[str, Any]) -> str:
    """What became of a job, by its result.json, in a line."""
    seconds = f" ({result['seconds']:.1f} s)" if result["seconds"] is not None else ""
    reason = "".join(f": {_where(failure)}{failure['reason']}" for failure in result["failures"][:1])
    status = result["status"].replace("_", " ")
    return f"{status}: {result['model']} on {result['dataset']}{seconds}{reason}"


def _where(failure: dict[str, Any]) -> str:
    """The evaluation that failed; of the model's own failures the reason is enough."""
    return "" if failure["stage"] in ("job", "import", "fit") else f"{failure['stage']}: "
