"""``genbench run``."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genbench.cli.options import DataDir, NoPlugin, given_path, registry_with_warnings
from genbench.cli.streams import say

if TYPE_CHECKING:
    from genbench.results.folder import RunFolder

INTERRUPTED = 128 + signal.SIGINT
STOPPING = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


def run(
    all_: Annotated[bool, typer.Option("--all", help="Every model on every data set of the protocol.")] = False,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "-m", "--model", metavar="MODEL[:key=value,...]", help="A model; may be repeated.", show_default=False
        ),
    ] = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "-d",
            "--dataset",
            metavar="DATASET",
            help="A data set, or data of your own: a CSV, TSV, Parquet, NPZ, NPY or IDX file, or a folder of images; may be "
            "repeated.",
            show_default=False,
        ),
    ] = None,
    protocol: Annotated[str, typer.Option(metavar="quick|standard|full|FILE.toml", help="The protocol.")] = "quick",
    seeds: Annotated[int | None, typer.Option(help="Seeds, instead of the protocol's.", show_default=False)] = None,
    first_seed: Annotated[
        int | None,
        typer.Option(metavar="K", help="The first seed, for a run with others (default: 0).", show_default=False),
    ] = None,
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Where to train.")] = "auto",
    workers: Annotated[
        int | None, typer.Option(max=1024, help="Jobs at a time (default: as the cores allow).", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=given_path, metavar="DIR", help="Run folder (default: results/<protocol>).", show_default=False
        ),
    ] = None,
    data_dir: DataDir = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Time limit a job.", show_default=False)
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Do this command's jobs again, also the finished ones; the folder's others stay."),
    ] = False,
    no_plugin: NoPlugin = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print what would be run, and what not, and why.")
    ] = False,
) -> None:
    """Train and evaluate models on data sets; the same command again does what is left."""
    from genbench.cli.display import looking_around, progress_display, refuse_empty, show_plan
    from genbench.data.source import DataSource
    from genbench.errors import GenbenchError
    from genbench.execution.plan import make_plan
    from genbench.execution.pool import check_workers, default_workers, worker_pool
    from genbench.execution.run import RunSummary, check_folder, execute_plan
    from genbench.execution.selection import select
    from genbench.execution.unchanged import begun_before, inputs_of, jobs_done_before
    from genbench.protocol import load_protocol
    from genbench.results.atomic import check_output_folder
    from genbench.results.folder import RunFolder

    if not (all_ or model or dataset):
        raise GenbenchError("nothing to run: add --all, or name models with -m and data sets with -d (or both)")
    if device not in ("auto", "cpu", "cuda"):
        raise GenbenchError(f"--device {device} is not known; expected auto, cpu or cuda")
    chosen = load_protocol(protocol).with_changes(seeds, first_seed, timeout)
    registry = registry_with_warnings(no_plugin)
    selection = select(registry, chosen, DataSource.find(data_dir), model or [], dataset or [])
    count = default_workers(chosen.threads) if workers is None else check_workers(workers)
    folder = RunFolder(out or Path("results") / chosen.name)
    if dry_run:
        with worker_pool(count, chosen.threads) as pool, looking_around():
            plan = make_plan(pool, selection, chosen, device)
        show_plan(plan)
        return
    check_output_folder(folder.path)
    inputs = inputs_of(selection, chosen, device)
    whole = all_ and not (model or dataset)
    check_folder(folder, chosen, anew=fresh or whole or begun_before(folder.at_work(), inputs))
    with _interruptible(folder), folder.locked():
        work = folder.at_work()
        done = None if fresh else jobs_done_before(work, inputs, selection)
        if done is not None:
            summary = RunSummary(planned=done, resumed=done, failed=0)
        else:
            with worker_pool(count, chosen.threads) as pool:
                with looking_around():
                    plan = make_plan(pool, selection, chosen, device)
                refuse_empty(plan)
                with progress_display(plan) as progress:
                    summary = execute_plan(plan, inputs, chosen, work, pool, registry, progress, fresh)
        from genbench.cli.summary import show_summary  # seconds of imports, which nobody should wait for before the run

        show_summary(folder, chosen, summary)
    if summary.failed:
        raise typer.Exit(1)


@contextmanager
def _interruptible(folder: RunFolder) -> Iterator[None]:
    """Let each of :data:`STOPPING` end the run with a line that says how to go on, and the exit code of a shell, 128 more
    than the signal's number. A signal that is ignored when the run begins, as under ``nohup``, stays so."""
    asked: list[int] = []

    def stop(number: int, frame: object) -> None:
        asked.append(number)
        for one in before:
            signal.signal(one, signal.SIG_IGN)  # a second Ctrl-C must not spoil the farewell
        raise KeyboardInterrupt

    heard = [number for number in STOPPING if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    except BaseException as error:
        # where the terminal is gone, too, what clears the display fails while the interrupt is on its way
        if not asked and not isinstance(error, KeyboardInterrupt):
            raise
        begun = folder.at_work().has_run()  # so that --fresh has been seen to
        again = shlex.join(["genbench", *(argument for argument in sys.argv[1:] if argument != "--fresh" or not begun)])
        say(f"\nstopped; what is finished is kept in {folder.path}. To do the rest: {again}")
        raise typer.Exit(128 + asked[0] if asked else INTERRUPTED) from None
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is stop:
                signal.signal(number, handler)
