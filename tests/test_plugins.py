"""The plugin host: distributions made on the spot, sound ones and ones broken in every way."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from harness import SPECIMENS, CommandLine, one_error_line, write_distribution

SOUND = """
from genbench import ModelSpec, hookimpl

@hookimpl
def genbench_models():
    yield ModelSpec(name="{name}", target="specimen_models:Steady", summary="A sound model")
"""

BROKEN = {
    "import-error": ("import no_such", "importing {m} failed: ModuleNotFoundError: No module named 'no_such'"),
    "syntax-error": ("def (", "importing {m} failed: SyntaxError: invalid syntax ("),
    "exits": ("raise SystemExit(4)", "importing {m} failed: SystemExit: 4"),
    "raises-in-hook": (
        "from genbench import hookimpl\n@hookimpl\ndef genbench_models():\n    raise RuntimeError('first\\nsecond')",
        "hook genbench_models failed: RuntimeError: first second",
    ),
    "exits-in-hook": (
        "import sys\nfrom genbench import hookimpl\n@hookimpl\ndef genbench_datasets():\n    sys.exit('no data')",
        "hook genbench_datasets failed: SystemExit: no data",
    ),
    "raises-midway": (
        SOUND.format(name="half") + "    raise KeyError('midway')",
        "hook genbench_models failed after 1 of its records, which stay: KeyError: 'midway'",
    ),
    "wrong-type": (
        "from genbench import hookimpl\n@hookimpl\ndef genbench_models():\n    return ['vae']",
        "hook genbench_models yielded a str, expected ModelSpec",
    ),
    "wrong-record": (
        "from genbench import EvaluationSpec, hookimpl\n@hookimpl\ndef genbench_models():\n"
        "    yield EvaluationSpec(name='e', target='m:f', summary='s', table='t', metrics=('x',))",
        "hook genbench_models yielded a EvaluationSpec, expected ModelSpec",
    ),
    "not-iterable": (
        "from genbench import hookimpl\n@hookimpl\ndef genbench_models():\n    return 7",
        "hook genbench_models failed: TypeError: 'int' object is not iterable",
    ),
    "malformed": (
        SOUND.format(name="Bad Name"),
        "hook genbench_models failed: ModelSpec: name: String should match pattern",
    ),
    "third-malformed": (
        SOUND.format(name="first") + "    yield ModelSpec(name='second', target='m:C', summary='s')\n"
        "    yield ModelSpec(name='third', target='m:C', summary='')",
        "hook genbench_models failed after 2 of its records, which stay: ModelSpec: summary: String should have at least 1",
    ),
    "unknown-field": (
        "from genbench import ModelSpec, hookimpl\n@hookimpl\ndef genbench_models():\n"
        "    yield ModelSpec(name='a', target='m:C', summary='s', colour='red')",
        "hook genbench_models failed: ModelSpec: colour: Extra inputs are not permitted, given 'red'",
    ),
    "unknown-need": (
        "from genbench import EvaluationSpec, hookimpl\n@hookimpl\ndef genbench_evaluations():\n"
        "    yield EvaluationSpec(name='e', target='m:f', summary='s', table='t', metrics=('x',), needs=('logprob',))",
        "EvaluationSpec: needs: Value error, there is no capability 'logprob'; did you mean 'log_prob'?",
    ),
    "wrong-argument": (
        "from genbench import hookimpl\n@hookimpl\ndef genbench_models(register):\n    return []",
        "hook genbench_models takes no arguments; the implementation asks for register",
    ),
    "unknown-hook": (
        "from genbench import hookimpl\n@hookimpl\ndef genbench_model():\n    return []",
        "there is no hook 'genbench_model'; did you mean 'genbench_models'?",
    ),
    "no-marker": (
        "def genbench_models():\n    return []",
        "genbench_models is not marked with @hookimpl, so it is not called",
    ),
    "no-hook": ("ANSWER = 42", "{m} implements no hook; there is: genbench_datasets, genbench_evaluations"),
    "taken": (
        SOUND.format(name="gaussian"),
        "ModelSpec 'gaussian' is brought by genbench_baselines (genbench 0.1.0) already; that one stays, "
        "the one of taken (taken 1.0) is left out",
    ),
    "odd-objects": (
        "from unittest.mock import MagicMock\nstranger = MagicMock()\n"
        "class Proxy:\n    def __call__(self): pass\n    def __getattr__(self, name): raise RuntimeError(name)\n"
        "proxy = Proxy()\n" + SOUND.format(name="gaussian"),
        "ModelSpec 'gaussian' is brought by",
    ),
}  # fmt: skip


def module_of(name: str) -> str:
    return f"broken_{name.replace('-', '_')}"


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A sound distribution among all the broken ones, whose names stand before and after it."""
    site = tmp_path_factory.mktemp("many")
    models = (SPECIMENS / "specimen_models.py").read_text()
    write_distribution(
        site,
        "sound-plugin",
        {"sound_hooks": SOUND.format(name="sound"), "specimen_models": models},
        {"sound": "sound_hooks"},
    )
    for name, (source, _) in BROKEN.items():
        write_distribution(site, name, {module_of(name): source}, {name: module_of(name)})
    write_distribution(site, "missing-module", {}, {"missing": "no_such_module"})
    write_distribution(site, "names-a-function", {"has_function": "def f(): pass"}, {"function": "has_function:f"})
    return CommandLine(tmp_path_factory.mktemp("host"), site)


@pytest.fixture(scope="module")
def listed(cli: CommandLine) -> subprocess.CompletedProcess[str]:
    return cli("plugins")


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_plugin_is_one_clear_line(name: str, listed: subprocess.CompletedProcess[str]) -> None:
    errors = [line for line in listed.stdout.splitlines() if line.startswith(f"error: {name} ({name} 1.0): ")]
    assert len(errors) == 1, errors
    assert BROKEN[name][1].format(m=module_of(name)) in errors[0]


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("error: missing (missing-module 1.0): ", "importing no_such_module failed: ModuleNotFoundError"),
        (
            "error: function (names-a-function 1.0): ",
            "its entry point 'has_function:f' must name a module, not a function",
        ),
    ],
)
def test_entry_points_that_name_no_module(start: str, message: str, listed: subprocess.CompletedProcess[str]) -> None:
    (error,) = [line for line in listed.stdout.splitlines() if line.startswith(start)]
    assert message in error


def test_broken_plugins_change_nothing_else(listed: subprocess.CompletedProcess[str], genbench: CommandLine) -> None:
    assert listed.returncode == 0
    assert "Traceback" not in listed.stdout + listed.stderr
    alone = genbench("plugins").stdout.splitlines()
    assert set(alone) <= set(listed.stdout.splitlines())
    assert not [line for line in alone if line.startswith("error")]
    lines = listed.stdout.splitlines()
    assert lines[lines.index("sound  sound-plugin 1.0") + 1] == "    models: sound"
    assert len([line for line in lines if line.startswith("error")]) == len(BROKEN) + 2


def test_records_before_a_refused_one_stay(listed: subprocess.CompletedProcess[str]) -> None:
    lines = listed.stdout.splitlines()
    assert lines[lines.index("third-malformed  third-malformed 1.0") + 1] == "    models: first, second"


def test_verbose_shows_the_traceback(cli: CommandLine) -> None:
    shown = cli("plugins", "--verbose").stdout
    assert "Traceback (most recent call last)" in shown
    assert "import no_such" in shown


def test_sound_plugin_runs_among_broken_ones(cli: CommandLine) -> None:
    done = cli.run("-m", "sound", "-m", "gaussian", "-d", "iris")
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if line.startswith("genbench: warning: plugin ")]
    assert len(warnings) == len(BROKEN) + 2
    assert len(done.stderr.splitlines()) == len(warnings)
    likelihood = cli.table("likelihood")
    assert set(zip(likelihood["model"], likelihood["plugin"], strict=True)) == {
        ("sound", "sound"),
        ("gaussian", "genbench_baselines"),
    }


def test_doctor_names_the_broken_ones_and_ends_with_one(cli: CommandLine, genbench: CommandLine) -> None:
    ill = cli("doctor")
    assert ill.returncode == 1
    assert "error      plugin wrong-argument (wrong-argument): hook genbench_models takes no arguments" in ill.stdout
    well = genbench("doctor")
    assert well.returncode == 0, well.stdout
    assert "error" not in well.stdout


def test_no_plugin_switches_one_off(cli: CommandLine) -> None:
    done = cli("plugins", "--no-plugin", "exits", "--no-plugin", "sound")
    assert "exits  exits 1.0  (switched off)" in done.stdout
    assert "error: exits " not in done.stdout
    assert "models: sound" not in done.stdout
    assert "error: import-error " in done.stdout
    models = cli("list", "models", "--no-plugin", "sound").stdout
    assert "sound" not in [line.split()[0] for line in models.splitlines() if line]


def test_no_plugin_with_an_unknown_name(cli: CommandLine) -> None:
    one_error_line(cli("plugins", "--no-plugin", "soundd"), "no plugin is called 'soundd'; did you mean 'sound'?")


def test_environment_switches_off(cli: CommandLine) -> None:
    off = ",".join([*BROKEN, "missing", " function ", "not-even-installed"])
    quiet = CommandLine(cli.cwd, cli.site, {"GENBENCH_DISABLE_PLUGINS": off})
    done = quiet("list", "models")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "sound" in done.stdout.split()


def test_unreadable_metadata_costs_that_distribution_alone(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_distribution(site, "sound-plugin", {"sound_hooks": SOUND.format(name="sound")}, {"sound": "sound_hooks"})
    broken = site / "torn-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: torn\nVersion: 1.0\n")
    (broken / "entry_points.txt").write_text("no section here\n=\n")
    (site / "nameless-1.0.dist-info").mkdir()
    done = CommandLine(tmp_path / "work", site)("plugins")
    assert done.returncode == 0, done.stderr
    assert "    models: sound" in done.stdout


def test_two_distributions_that_bring_one_name(tmp_path: Path) -> None:
    site = tmp_path / "site"
    for letter in "ab":
        write_distribution(
            site, f"plugin-{letter}", {f"hooks_{letter}": SOUND.format(name="twin")}, {f"p{letter}": f"hooks_{letter}"}
        )
    lines = CommandLine(tmp_path / "work", site)("plugins").stdout.splitlines()
    (error,) = [line for line in lines if line.startswith("error")]
    assert error == (
        "error: pb (plugin-b 1.0): ModelSpec 'twin' is brought by pa (plugin-a 1.0) already; that one stays, "
        "the one of pb (plugin-b 1.0) is left out"
    )


@pytest.mark.slow
def test_wheel_installed_by_pip_without_a_network(tmp_path: Path) -> None:
    """A real wheel, a real pip: it is listed, it runs, it sits in the tables."""
    wheel = tmp_path / "third_party-2.3-py3-none-any.whl"
    record = "third_party-2.3.dist-info"
    files = {
        "third_party.py": SOUND.format(name="bought").replace("specimen_models", "third_party_model"),
        "third_party_model.py": (SPECIMENS / "specimen_models.py").read_text(),
        f"{record}/METADATA": "Metadata-Version: 2.1\nName: third-party\nVersion: 2.3\n",
        f"{record}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{record}/entry_points.txt": "[genbench]\nthird_party = third_party\n",
        f"{record}/RECORD": "",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", site, wheel]
    subprocess.run(pip, check=True, capture_output=True)
    cli = CommandLine(tmp_path / "work", site)
    assert "third_party  third-party 2.3\n    models: bought" in cli("plugins").stdout
    done = cli.run("-m", "bought", "-d", "iris")
    assert done.returncode == 0, done.stderr
    assert set(cli.table("likelihood")["plugin"]) == {"third_party"}
