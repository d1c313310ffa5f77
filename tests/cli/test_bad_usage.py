"""What a user did wrong ends in one line and exit code 2, before any training and without a run folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import TINY_PROTOCOL, CommandLine, OwnProcess, one_error_line

IRIS = ("-d", "iris")
GAUSSIAN = ("-m", "gaussian")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return CommandLine(tmp_path_factory.mktemp("bad"))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    return OwnProcess(tmp_path_factory.mktemp("here"))


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ((), ("nothing to run", "--all", "-m", "-d")),
        (("-m", "gausian"), ("no model is called 'gausian'", "did you mean 'gaussian'?")),
        (("-d", "irsi"), ("no data set is called 'irsi'", "did you mean 'iris'?")),
        ((*GAUSSIAN, *IRIS, "--protocol", "quik"), ("no protocol is called 'quik'", "did you mean 'quick'?")),
        ((*GAUSSIAN, *IRIS, "--no-plugin", "genbench_clasical"), ("no plugin", "did you mean 'genbench_classical'?")),
        ((*GAUSSIAN, *IRIS, "--device", "gpu"), ("--device gpu", "auto, cpu or cuda")),
        ((*GAUSSIAN, *IRIS, "--workers", "0"), ("--workers must be at least 1, not 0",)),
        ((*GAUSSIAN, *IRIS, "--workers", "99999999999999999999"), ("--workers", "1024")),
        ((*GAUSSIAN, *IRIS, "--seeds", "99999999999999999999"), ("seeds", "less than or equal to 10000")),
        ((*GAUSSIAN, *IRIS, "--seeds", "9" * 5000), ("--seeds", "integer")),
        ((*GAUSSIAN, *IRIS, "--first-seed", "99999999999999999999"), ("first_seed", "less than or equal to")),
        ((*GAUSSIAN, *IRIS, "--timeout", "inf"), ("seconds", "finite number", "inf")),
        ((*GAUSSIAN, *IRIS, "--timeout", "nan"), ("seconds", "finite number", "nan")),
        ((*GAUSSIAN, *IRIS, "--timeout", "1e300"), ("seconds", "less than or equal to 1000000")),
        (("-m", "gaussian:ridge=1,ridge=2", *IRIS), ("gaussian: 'ridge' is given twice, as 1 and as 2; give it once",)),
        ((*GAUSSIAN, "-d", "gaussians:dim=2,dim=3"), ("gaussians: 'dim' is given twice, as 2 and as 3",)),
        ((*GAUSSIAN, *IRIS, "--seeds", "0"), ("seeds", "greater than or equal to 1", "0")),
        ((*GAUSSIAN, *IRIS, "--timeout", "-3"), ("seconds", "greater than 0", "-3")),
        ((*GAUSSIAN, *GAUSSIAN, *IRIS), ("the model 'gaussian' is named twice",)),
        (("-d", "absent.csv"), ("absent.csv", "does not exist")),
        ((*GAUSSIAN, *IRIS, "--protocol", "absent.toml"), ("absent.toml", "does not exist")),
        ((*GAUSSIAN, *IRIS, "--data-dir", "nowhere"), ("nowhere", "not a folder", "--data-dir")),
        (("-d", "mnist"), ("mnist", "--data-dir", "genbench data fetch mnist")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) and value and value[0].startswith("-") else "",
)  # fmt: skip
def test_wrong_names_and_options(here: CommandLine, arguments: tuple[str, ...], parts: tuple[str, ...]) -> None:
    one_error_line(here("run", *arguments, "--out", "never"), *parts)
    assert not (here.cwd / "never" / "run.json").exists()


@pytest.mark.parametrize(
    ("model", "parts"),
    [
        pytest.param(
            "gaussian:rigde=1",
            ("model 'gaussian' has no hyperparameter 'rigde'", "did you mean 'ridge'?"),
            marks=pytest.mark.slow,
        ),
        pytest.param("gaussian:ridge=soft", ("ridge=soft is not allowed", "a number, above 0"), marks=pytest.mark.slow),
        pytest.param("gaussian:ridge=-1", ("ridge=-1 is not allowed", "above 0"), marks=pytest.mark.slow),
        pytest.param("gaussian:ridge:=3", ("ridge:=3",), marks=pytest.mark.slow),
        pytest.param(
            "vae:latent=99999999999999999999",
            ("latent=99999999999999999999 is not allowed", "a whole number, at least 1, or none, within 64 bits"),
        ),
        pytest.param("vae:lr=1e400", ("lr=1e400", "a number, above 0, and finite"), marks=pytest.mark.slow),
        pytest.param("gaussian:ridge=", ("ridge= is not allowed",), marks=pytest.mark.slow),
        ("gaussian:ridge=1,,", ("key=value",)),
    ],
)  # fmt: skip
def test_wrong_hyperparameters(cli: CommandLine, model: str, parts: tuple[str, ...]) -> None:
    one_error_line(cli.run("-m", model, *IRIS, out="never"), *parts)


@pytest.mark.slow
def test_no_cuda(cli: CommandLine) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    one_error_line(cli.run(*GAUSSIAN, *IRIS, "--device", "cuda", out="never"), "--device cuda", "--device cpu or auto")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("a,b,target\n1,2,x\n1,oops", ("damaged.csv",), marks=pytest.mark.slow),
        pytest.param("a,b\n1,2\n", ("damaged.csv", "target"), marks=pytest.mark.slow),
        pytest.param("", ("damaged.csv",), marks=pytest.mark.slow),
    ],
    ids=["ragged", "no target", "empty"],
)
def test_damaged_files_end_it_before_any_training(cli: CommandLine, text: str, parts: tuple[str, ...]) -> None:
    (cli.cwd / "damaged.csv").write_text(text)
    one_error_line(cli.run(*GAUSSIAN, "-d", "damaged.csv", *IRIS, out="never"), *parts)
    assert not list((cli.cwd / "never").glob("jobs/*"))


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("seeds = 2", "sedes = 2", ("sedes", "did you mean 'seeds'?")),
        ("batch_size = 50", "batch_size = 50\nbatchsize = 5", ("training.batchsize", "did you mean 'batch_size'?")),
        ("batch_size = 50", 'batch_size = "many"', ("training.batch_size", "integer", "'many'")),
        ("seconds = 60", "seconds = -1", ("limits.seconds", "greater than 0", "-1")),
        ("[limits]", "[limits", ("not valid TOML",)),
        ('datasets = ["iris"]', 'datasets = ["irsi"]', ("no data set is called 'irsi'", "did you mean 'iris'?")),
    ],
)
def test_wrong_protocol_files(here: CommandLine, before: str, after: str, parts: tuple[str, ...]) -> None:
    (here.cwd / "wrong.toml").write_text(TINY_PROTOCOL.replace(before, after))
    one_error_line(here("run", *GAUSSIAN, "--protocol", "wrong.toml", "--out", "never"), *parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("info", "gausian"), ("did you mean 'gaussian'?",)),
        (("tables", "nowhere"), ("nowhere holds no run", "run.json")),
        (("data", "verify", "irsi"), ("did you mean 'iris'?",)),
        (("data", "fetch", "minst"), ("did you mean 'mnist'?",)),
        (("data", "list", "--data-dir", "nowhere"), ("nowhere",)),
        (("list", "models", "--no-plugin", "x"), ("no plugin is called 'x'",)),
    ],
    ids=lambda value: " ".join(value),
)
def test_other_verbs(here: CommandLine, arguments: tuple[str, ...], parts: tuple[str, ...]) -> None:
    one_error_line(here(*arguments), *parts)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("run --seed 3", "no such option: --seed; did you mean '--seeds'?"),
        ("run --colour", "no such option: --colour; see genbench run --help"),
        ("rnu", "no such command 'rnu'; did you mean 'run'?"),
        ("list modles", "no such command 'modles'; did you mean 'models'?"),
        ("tables", "missing argument 'DIR'; see genbench tables --help"),
    ],
)
def test_usage_that_the_parser_refuses(here: CommandLine, arguments: str, line: str) -> None:
    assert one_error_line(here(*arguments.split())) == f"genbench: {line}"


def test_a_value_that_is_no_number(here: CommandLine) -> None:
    one_error_line(here("run", "--seeds", "two"), "invalid value for '--seeds'", "see genbench run --help")


def test_no_verb_shows_the_help_alone(here: CommandLine) -> None:
    done = here("list")
    assert (done.returncode, done.stderr) == (2, "")
    assert "protocols" in done.stdout


def test_ctrl_c_before_anything_has_begun(here: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("genbench.protocol.load_protocol", interrupted)
    done = here("run", "--all", "--out", "my runs")
    assert done.returncode == 130
    assert done.stderr == "\nstopped; to start it again: genbench run --all --out 'my runs'\n"


def test_a_damaged_run_json_is_one_line(here: CommandLine) -> None:
    (here.cwd / "torn").mkdir()
    (here.cwd / "torn" / "run.json").write_text('{"jobs": ')
    one_error_line(here("tables", "torn"), "run.json is damaged")


def test_out_that_is_a_file(cli: CommandLine) -> None:
    (cli.cwd / "occupied").write_text("")
    one_error_line(cli.run(*GAUSSIAN, *IRIS, out="occupied"), "occupied cannot be written", "--out")
    assert Path(cli.cwd / "occupied").is_file()
