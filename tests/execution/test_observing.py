"""Observers in processes of their own: what one does costs one line, and neither jobs nor other observers see it."""

from __future__ import annotations

import json
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from harness import CommandLine, wait_until
from run_ending_plugins import OBSERVER, OBSERVERS, module_of, observer, write_plugins

from genbench.execution.observing import LONGEST_LOG, observed_by
from genbench.plugins import Plugin

SECONDS = 6.0
SOUND = OBSERVER.format(
    first="told = []",
    body="told.append((job, result)); open('{told}', 'a').write(__import__('json').dumps(told[-1]) + chr(10))",
)
CALLS = [({"model": "first"}, {"status": "ok", "rows": [1, 2.5, None]}), ({"model": "second"}, {"status": "failed"})]


def plugin(name: str) -> Plugin:
    return Plugin(name, name, "1.0", module_of(name))


def told(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    return site


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], float]:
    """All observers together, between two sound ones: the folder, the warnings, and the seconds that telling took."""
    folder = tmp_path_factory.mktemp("observed")
    names = ["sound-1", *OBSERVERS, "sound-2"]
    sources = {name: observer(name) for name in OBSERVERS}
    sound = {name: SOUND.replace("{told}", str(folder / name)) for name in ("sound-1", "sound-2")}
    write_plugins(folder / "site", {**sources, **sound})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder / "site"))
        with observed_by([plugin(name) for name in names], folder / "logs", SECONDS) as observers:
            started = time.monotonic()
            for job, result in CALLS:
                observers.tell(job, result)
            seconds = time.monotonic() - started
    return folder, observers.new_warnings(), seconds


@pytest.mark.parametrize("name", OBSERVERS)
def test_a_bad_observer_is_one_warning(name: str, observed: tuple[Path, list[str], float]) -> None:
    start, expected = f"plugin {name}: genbench_job_finished: ", OBSERVERS[name][1]
    lines = [line.removeprefix(start) for line in observed[1] if line.startswith(start)]
    assert len(lines) == bool(expected)
    assert not expected or lines[0].startswith(expected)


@pytest.mark.parametrize("name", ["sound-1", "sound-2"])
def test_the_others_are_told_of_every_job(name: str, observed: tuple[Path, list[str], float]) -> None:
    assert told(observed[0] / name) == [list(call) for call in CALLS]
    assert not [line for line in observed[1] if name in line]


def test_nobody_waits_for_observers(observed: tuple[Path, list[str], float]) -> None:
    """Starting each of their processes takes a few milliseconds; those that hang would take seconds."""
    assert observed[2] < SECONDS / 2


def test_what_they_print_is_kept_up_to_a_size(observed: tuple[Path, list[str], float]) -> None:
    logs = observed[0] / "logs"
    assert (logs / "prints.log").read_text() == "first\nsecond\n"
    assert (logs / "prints-much.log").stat().st_size == LONGEST_LOG
    assert not (logs / "sound-1.log").exists()


def test_it_keeps_its_state_and_its_last_words(site: Path, tmp_path: Path) -> None:
    path = tmp_path / "told"
    source = OBSERVER.format(
        first="import atexit; n = []", body="n.append(job) or len(n) == 1 and atexit.register(last)"
    )
    write_plugins(site, {"counts": f"{source}\ndef last(): open({str(path)!r}, 'w').write(str(len(n)))\n"})
    with observed_by([plugin("counts")], tmp_path / "logs", 60) as observers:
        for job, result in CALLS * 3:
            observers.tell(job, result)
    assert (observers.new_warnings(), path.read_text()) == ([], "6")


def test_one_that_raised_is_told_of_the_next_job(site: Path, tmp_path: Path) -> None:
    path = tmp_path / "told"
    write_plugins(site, {"raises": SOUND.replace("{told}", str(path)) + "    raise ValueError(len(told))\n"})
    with observed_by([plugin("raises")], tmp_path / "logs", 60) as observers:
        for job, result in CALLS:
            observers.tell(job, result)
    assert len(told(path)) == 2
    assert observers.new_warnings() == ["plugin raises: genbench_job_finished: ValueError: 1"]
    assert observers.new_warnings() == []


def test_one_that_cannot_be_imported_any_more(site: Path, tmp_path: Path) -> None:
    with observed_by([plugin("gone")], tmp_path / "logs", 60) as observers:
        observers.tell(*CALLS[0])
    (warning,) = observers.new_warnings()
    assert warning.startswith("plugin gone: genbench_job_finished: importing m_gone failed: ModuleNotFoundError")


def test_a_slow_one_has_its_time_after_the_last_job(site: Path, tmp_path: Path) -> None:
    path = tmp_path / "told"
    write_plugins(site, {"slow": SOUND.replace("{told}", str(path)) + "    time.sleep(0.3)\n"})
    with observed_by([plugin("slow")], tmp_path / "logs", 60) as observers:
        for job, result in CALLS * 2:
            observers.tell(job, result)
    assert (len(told(path)), observers.new_warnings()) == (4, [])


def test_what_is_left_over_is_said(site: Path, tmp_path: Path) -> None:
    """Each call is within the limit; all of them are not."""
    write_plugins(site, {"slow": OBSERVER.format(first="", body="time.sleep(1.5)")})
    started = time.monotonic()
    with observed_by([plugin("slow")], tmp_path / "logs", 2) as observers:
        for _ in range(50):
            observers.tell(*CALLS[0])
    assert time.monotonic() - started < 20
    (warning,) = observers.new_warnings()
    assert "plugin slow: genbench_job_finished: it was stopped " in warning


def test_an_error_of_the_run_waits_for_nobody(site: Path, tmp_path: Path) -> None:
    write_plugins(site, {"sleeps": observer("sleeps")})
    started = time.monotonic()
    with suppress(KeyboardInterrupt), observed_by([plugin("sleeps")], tmp_path, 600) as observers:
        observers.tell(*CALLS[0])
        raise KeyboardInterrupt
    assert time.monotonic() - started < 60


@pytest.mark.slow
def test_a_run_is_as_without_them(tmp_path: Path) -> None:
    names = tuple(OBSERVERS)
    write_plugins(tmp_path / "site", {name: observer(name) for name in names})
    watched = CommandLine(tmp_path / "watched", tmp_path / "site", {"GENBENCH_PLUGIN_SECONDS": "20"})
    alone = CommandLine(tmp_path / "alone")
    for cli in (watched, alone):
        done = cli.run("-m", "gaussian", "-d", "iris")
        assert done.returncode == 0, done.stdout + done.stderr
        lines = [line for line in done.stdout.splitlines() if line.startswith("genbench: warning: plugin ")]
        told_of = sorted(line.split()[3].rstrip(":") for line in lines)
        assert told_of == ([] if cli is alone else sorted(name for name in names if warns_of_first(name)))
        assert ("is in the run folder, in observers/" in done.stdout) == (cli is watched)
    assert (watched.cwd / "out" / "observers" / "prints.log").read_text() == "gaussian\n"
    assert watched.all_but_cost() == alone.all_but_cost()
    assert watched.processes_gone_within(10), [process.cmdline() for process in watched.processes()]


def warns_of_first(name: str) -> bool:
    return OBSERVERS[name][1] != "" and name != "exits-later"


@pytest.mark.parametrize(
    "end", ["SIGKILL", pytest.param("SIGINT", marks=pytest.mark.slow), pytest.param("SIGTERM", marks=pytest.mark.slow)]
)
def test_none_outlives_the_run(end: str, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    starts = "subprocess.Popen(['sleep', '999'], start_new_session=True)"
    source = OBSERVER.format(first="", body=f"{starts}; open({str(begun)!r}, 'w'); time.sleep(999)")
    write_plugins(tmp_path / "site", {"stays": source})
    cli = CommandLine(tmp_path / "work", tmp_path / "site")
    run = cli.start("-m", "gaussian", "-d", "iris")
    assert wait_until(begun.exists, 60)
    run.send_signal(signal.Signals[end])
    run.wait(60)
    assert cli.processes_gone_within(20), [process.cmdline() for process in cli.processes()]
    run.communicate()
