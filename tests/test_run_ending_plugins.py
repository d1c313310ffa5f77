"""Whatever a plugin's module does when it is imported or asked, every command works, and it costs one line."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from harness import GENBENCH, CommandLine, one_error_line, wait_until
from run_ending_plugins import AT_IMPORT, HANGS, HARMLESS, HOOK, IN_A_HOOK, module_of, write_plugins

SOUND = {name: HOOK.format(name=f"model_of_{name}") for name in ("aaa-sound", "zzz-sound")}
ENDING = {**AT_IMPORT, **IN_A_HOOK}


def source_of(name: str, source: str) -> str:
    return source.replace("{name}", f"model_of_{name}")


def problems(shown: str, name: str) -> list[str]:
    start = f"error: {name} ({name} 1.0): "
    return [line.removeprefix(start) for line in shown.splitlines() if line.startswith(start)]


def models(shown: str) -> list[str]:
    return [line.split()[0] for line in shown.splitlines()]


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Two sound plugins, whose names stand before and after those of all others."""
    site = tmp_path_factory.mktemp("ending")
    write_plugins(site, SOUND)
    write_plugins(site, {name: source_of(name, source) for name, (source, _) in ENDING.items()})
    write_plugins(site, {name: source + HOOK.format(name=f"model_of_{name}") for name, source in HARMLESS.items()})
    return CommandLine(tmp_path_factory.mktemp("work"), site)


@pytest.fixture(scope="module")
def listed(cli: CommandLine) -> subprocess.CompletedProcess[str]:
    return cli("plugins")


@pytest.mark.parametrize("name", ENDING)
def test_a_plugin_that_ends_its_process_is_one_line(name: str, listed: subprocess.CompletedProcess[str]) -> None:
    (problem,) = problems(listed.stdout, name)
    assert problem.startswith(ENDING[name][1].format(m=module_of(name)))


@pytest.mark.parametrize("name", [*IN_A_HOOK, *HARMLESS, *SOUND])
def test_what_was_yielded_stays(name: str, listed: subprocess.CompletedProcess[str]) -> None:
    lines = listed.stdout.splitlines()
    assert lines[lines.index(f"{name}  {name} 1.0") + 1].split(",")[0] == f"    models: model_of_{name}"
    assert name in ENDING or not problems(listed.stdout, name)


def test_nothing_else_changes(listed: subprocess.CompletedProcess[str], genbench: CommandLine) -> None:
    assert listed.returncode == 0
    assert listed.stderr == ""
    assert len([line for line in listed.stdout.splitlines() if line.startswith("error: ")]) == len(ENDING)
    alone = genbench("plugins").stdout.splitlines()
    assert [line for line in listed.stdout.splitlines() if line in alone] == alone


FEW = ("exits-with-70", "interrupts", "segfault", "hook-exits")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("list", "datasets"), "iris"),
        (("info", "likelihood"), "likelihood (evaluation, from genbench"),
        pytest.param(("info", "gaussian"), "gaussian (model, from genbench_baselines", marks=pytest.mark.slow),
        pytest.param(("run", "-m", "gaussian", "-d", "iris", "--dry-run"), "1 jobs on ", marks=pytest.mark.slow),
        pytest.param(("doctor",), "plugins    genbench, ", marks=pytest.mark.slow),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_command_works(arguments: tuple[str, ...], shown: str, tmp_path: Path) -> None:
    write_plugins(tmp_path / "site", {name: source_of(name, ENDING[name][0]) for name in FEW})
    done = CommandLine(tmp_path / "work", tmp_path / "site")(*arguments)
    assert done.returncode == ("doctor" in arguments), done.stderr
    assert shown in done.stdout
    told = done.stdout if "doctor" in arguments else done.stderr
    assert [name for name in FEW if told.count(f"plugin {name} ({name}): ") == 1] == list(FEW)
    assert len(done.stderr.splitlines()) == (0 if "doctor" in arguments else len(FEW))


def test_no_process_is_left(cli: CommandLine, listed: object) -> None:
    assert cli.processes_gone_within(10), [process.cmdline() for process in cli.processes()]


@pytest.fixture(scope="module")
def hanging(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    site = tmp_path_factory.mktemp("hanging")
    write_plugins(site, SOUND)
    write_plugins(site, {name: source_of(name, source) for name, (source, _) in HANGS.items()})
    return CommandLine(tmp_path_factory.mktemp("work"), site, {"GENBENCH_PLUGIN_SECONDS": "5"})


def test_a_plugin_that_hangs_is_waited_for_once(hanging: CommandLine) -> None:
    """The sound ones are known from before: on a machine with much to do they might not answer in so short a time."""
    off = CommandLine(hanging.cwd, hanging.site, {**hanging.variables, "GENBENCH_DISABLE_PLUGINS": ",".join(HANGS)})
    before = models(off("list", "models").stdout)
    first = hanging("list", "models")
    assert first.returncode == 0
    assert hanging.processes_gone_within(10)
    warnings = first.stderr.splitlines()
    assert len(warnings) == len(HANGS)
    for line, name in zip(warnings, sorted(HANGS), strict=True):
        stage = HANGS[name][1].format(m=module_of(name))
        assert line.startswith(f"genbench: warning: plugin {name} ({name}): {stage}it was stopped after 5 s; "), line
        assert "set GENBENCH_PLUGIN_SECONDS to more seconds" in line
    assert set(models(first.stdout)) == {*before, "model_of_hook-hangs"}
    again = hanging("list", "models", timeout=60)
    assert again.stdout == first.stdout
    assert again.stderr.splitlines() == [
        f"{line} (found by an earlier command; genbench plugins tries again)" for line in warnings
    ]


def test_a_time_limit_that_is_none(genbench_here: CommandLine) -> None:
    for text in ("soon", "0", "-3", "nan", "inf"):
        genbench_here.variables["GENBENCH_PLUGIN_SECONDS"] = text
        one_error_line(
            genbench_here("list", "models"), f"GENBENCH_PLUGIN_SECONDS={text!r} is no time limit; expected a"
        )


def test_no_folder_of_the_user_is_searched(tmp_path: Path) -> None:
    """A file of the user's that has the name of a module of Python or genbench is not imported."""
    write_plugins(tmp_path / "site", SOUND)
    cli = CommandLine(tmp_path / "work", tmp_path / "site")
    for name in ("json", "socket", "genbench", "pydantic", "m_aaa_sound"):
        (cli.cwd / f"{name}.py").write_text("raise SystemExit('imported')")
    assert cli("list", "models").stderr == ""


@pytest.mark.parametrize("closed", ["<&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(closed: str, tmp_path: Path) -> None:
    write_plugins(tmp_path / "site", SOUND)
    cli = CommandLine(tmp_path / "work", tmp_path / "site")
    command = f"{GENBENCH} list models {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=cli.cwd, env=cli.environment(), capture_output=True, text=True)
    assert "model_of_aaa-sound" in done.stdout or ">&-" in closed
    assert done.stderr == ""
    assert len(list((cli.cwd / "cache" / "plugins").iterdir())) == len(SOUND)


def test_an_interrupt_leaves_no_process(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    write_plugins(tmp_path / "site", {"sleeps": f"open({str(begun)!r}, 'w')\n" + HANGS["sleeps"][0]})
    cli = CommandLine(tmp_path / "work", tmp_path / "site")
    for end in (signal.SIGINT, signal.SIGKILL):
        run = cli.start("-m", "gaussian", "-d", "iris")
        assert wait_until(begun.exists, 60)
        run.send_signal(end)
        assert "Traceback" not in run.communicate(timeout=60)[1]
        assert cli.processes_gone_within(20), [process.cmdline() for process in cli.processes()]
        begun.unlink()
