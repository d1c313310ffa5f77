"""The verbs of the command line on what is installed."""

from __future__ import annotations

import pytest
from harness import CommandLine, OwnProcess

from genbench.plugins import load_plugins

REGISTRY = load_plugins()


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return CommandLine(tmp_path_factory.mktemp("verbs"))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return OwnProcess(tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="module")
def run(cli: CommandLine) -> str:
    """What a small run printed."""
    done = cli.run("-m", "gaussian", "-m", "naive_bayes", "-d", "iris")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", ["models", "datasets", "evaluations"])
def test_list_names_everything(here: CommandLine, kind: str) -> None:
    lines = here("list", kind).stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(getattr(REGISTRY, kind))


def test_list_protocols(here: CommandLine) -> None:
    assert [line.split()[0] for line in here("list", "protocols").stdout.splitlines()] == ["quick", "standard", "full"]


@pytest.mark.parametrize("name", REGISTRY.models)
def test_info_of_every_model(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    from genbench.cli.info import info

    info(name)
    shown = capsys.readouterr().out
    assert shown.startswith(f"{name} (model, from ")
    for heading in ("  takes: ", "  fit: ", "  capabilities:", "  hyperparameters:"):
        assert heading in shown


@pytest.mark.parametrize("name", [*REGISTRY.datasets])
def test_info_of_every_data_set(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    from genbench.cli.info import info

    info(name)
    shown = capsys.readouterr().out
    assert shown.startswith(f"{name} (data set, from genbench, genbench 0.1.0)")
    assert ("  fingerprint: " in shown) == (not REGISTRY.datasets[name].spec.files) or "not at hand" not in shown
    assert "  options:" in shown


@pytest.mark.parametrize("name", [*REGISTRY.evaluations, "quick", "standard", "full"])
def test_info_of_evaluations_and_protocols(here: CommandLine, name: str) -> None:
    done = here("info", name)
    assert done.returncode == 0
    assert name in done.stdout.splitlines()[0]


def test_info_shows_bounds(here: CommandLine) -> None:
    assert "ridge = 1e-06  (a number, above 0)" in here("info", "gaussian").stdout


def test_version(cli: CommandLine) -> None:
    import genbench

    assert cli("--version").stdout.strip() == genbench.__version__


def test_doctor(here: CommandLine) -> None:
    done = here("doctor")
    assert done.returncode == 0, done.stdout
    for heading in ("versions", "machine", "device", "data", "cache", "plugins"):
        assert f"\n{heading} " in f"\n{done.stdout}"


def test_data_list_and_verify(here: CommandLine) -> None:
    listed = {line.split()[0]: line for line in here("data", "list").stdout.splitlines()}
    assert set(listed) == set(REGISTRY.datasets)
    assert "bundled" in listed["iris"]
    done = here("data", "verify", "iris", "wine")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("ok ")
    missing = here("data", "verify", "mnist")
    assert missing.returncode == 1
    assert "damaged" in missing.stdout or "mnist" in missing.stdout


@pytest.mark.slow
def test_dry_run_prints_every_pair_and_reason_and_leaves_nothing(cli: CommandLine) -> None:
    done = cli.run("-m", "gaussian", "-m", "naive_bayes", "-d", "digits-binary", "-d", "iris", "--dry-run", out="dry")
    assert done.returncode == 0, done.stderr
    assert "3 jobs on c" in done.stdout
    assert "left out: gaussian on digits-binary: takes real or unit data, not binary" in done.stdout
    assert "left out: learning_curve of gaussian on iris: has no predict_log_proba" in done.stdout
    assert not (cli.cwd / "dry").exists()


@pytest.mark.slow
def test_data_sets_for_classifiers_take_others_only_when_named(cli: CommandLine) -> None:
    models = ("-m", "gaussian", "-m", "naive_bayes")
    of_the_protocol = cli.run(*models, "--protocol", "quick", "--dry-run", out="dry")
    reason = "protocol quick runs only classifiers on breast_cancer, unless it is named with -d"
    assert f"left out: gaussian on breast_cancer: {reason}" in of_the_protocol.stdout
    assert "left out: naive_bayes on breast_cancer" not in of_the_protocol.stdout
    named = cli.run(*models, "-d", "breast_cancer", "--protocol", "quick", "--dry-run", out="dry")
    assert "2 jobs on c" in named.stdout


def test_run_prints_a_line_a_job_and_the_tables(cli: CommandLine, run: str) -> None:
    lines = run.splitlines()
    assert [line for line in lines if line.startswith(("[1/2] ok: ", "[2/2] ok: "))]
    for table in ("cost", "learning curve", "likelihood", "sample quality"):
        assert any(line.startswith(f"{table}: ") for line in lines), table
    assert "2 jobs; 0 failed. Tables: out/tables" in run


def test_tables_are_rebuilt_from_the_jobs_alone(cli: CommandLine, run: str) -> None:
    folder = cli.cwd / "out" / "tables"
    before = {path.name: path.read_text() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    for ending in ("csv", "md"):
        (folder / f"of_an_earlier_run.{ending}").write_text("x")
    done = OwnProcess(cli.cwd)("tables", "out")
    assert done.returncode == 0
    assert "likelihood: nll" in done.stdout
    assert {path.name: path.read_text() for path in folder.iterdir()} == before


@pytest.mark.slow
def test_quick_says_that_it_is_a_first_look(cli: CommandLine) -> None:
    quick = (cli.cwd / "tiny.toml").read_text().replace('name = "tiny"', 'name = "quick"')
    (cli.cwd / "quick.toml").write_text(quick)
    done = cli("run", "-m", "uniform", "--protocol", "quick.toml")
    assert done.returncode == 0, done.stderr
    assert "first look" in done.stdout.splitlines()[-1]
    assert "genbench run --all --protocol standard" in done.stdout.splitlines()[-1]
    assert (cli.cwd / "results" / "quick" / "tables" / "likelihood.csv").is_file()


def test_a_reader_that_leaves_early_is_no_error(cli: CommandLine) -> None:
    import subprocess

    from harness import GENBENCH

    piped = subprocess.run(
        f"{GENBENCH} list datasets | head -n 1", shell=True, env=cli.environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert piped.stdout.startswith("digits ")
    assert "Traceback" not in piped.stderr
