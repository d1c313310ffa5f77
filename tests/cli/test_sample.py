"""``genbench sample``: a trained model drawn from, into pictures and files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from harness import CommandLine, one_error_line


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    cli = CommandLine(tmp_path_factory.mktemp("sample"))
    done = cli.run(
        "-m",
        "conditional_vae",
        "-m",
        "naive_bayes",
        "-m",
        "linear_autoencoder",
        "-d",
        "digits",
        "-d",
        "iris",
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return cli


@pytest.mark.slow
def test_images_become_a_picture(trained: CommandLine) -> None:
    done = trained("sample", "out", "-m", "conditional_vae", "-d", "digits", "-n", "9", "-o", "new/grid.png")
    assert done.returncode == 0, done.stderr
    assert (trained.cwd / "new" / "grid.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_run_leaves_pictures_of_samples_and_of_paths_through_the_noise(trained: CommandLine) -> None:
    pictures = trained.cwd / "out" / "pictures"
    drawn = {str(path.relative_to(pictures)) for path in pictures.rglob("*")}
    assert {f"digits/{name}.png" for name in ("conditional_vae-samples", "conditional_vae-interpolation")} <= drawn
    assert not any(path.startswith("iris/") for path in drawn)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_samples_and_a_label_others(trained: CommandLine) -> None:
    names = {"a.npz": (), "b.npz": (), "seed.npz": ("--seed", "1"), "label.npz": ("--label", "3")}
    for name, extra in names.items():
        done = trained("sample", "out", "-m", "conditional_vae", "-d", "digits", "-n", "5", "-o", name, *extra)
        assert done.returncode == 0, done.stderr
    a, b, other_seed, label = (np.load(trained.cwd / name)["samples"] for name in names)
    assert a.shape == (5, 1, 8, 8)
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, other_seed)
    assert not np.array_equal(a, label)


@pytest.mark.slow
def test_tables_become_csv(trained: CommandLine) -> None:
    job = next(folder for folder in (trained.cwd / "out" / "jobs").iterdir() if '"iris"' in _result(folder, "vae"))
    done = trained("sample", job, "-n", "7", "-o", "rows.csv")
    assert done.returncode == 0, done.stderr
    lines = (trained.cwd / "rows.csv").read_text().splitlines()
    assert len(lines) == 8
    assert len(lines[0].split(",")) == 4


@pytest.mark.slow
def test_a_model_with_a_fit_of_its_own_gives_levels(trained: CommandLine) -> None:
    arguments = ("-m", "naive_bayes", "-d", "digits", "--label", "3", "-n", "50", "-o", "bayes.npz")
    done = trained("sample", "out", *arguments)
    assert done.returncode == 0, done.stderr
    samples = np.load(trained.cwd / "bayes.npz")["samples"]
    assert samples.shape == (50, 1, 8, 8)
    assert set(np.unique(np.rint(samples * 16 * 100) / 100)) <= set(range(17))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("out",), ("6 such jobs", "-m MODEL -d DATASET")),
        (("out", "-m", "naive_bayse"), ("no model of out is called 'naive_bayse'", "did you mean 'naive_bayes'?")),
        (("out", "-m", "naive_bayes", "-d", "iris", "--label", "3"), ("--label 3", "0 to 2")),
        (("out", "-m", "conditional_vae", "-d", "digits", "-o", "x.gif"), ("x.gif", ".png")),
        (("out", "-m", "conditional_vae", "-d", "iris", "-o", "x.png"), ("iris", ".csv")),
        (("out", "-m", "conditional_vae", "-d", "digits", "--seed", "9"), ("seed 9", "0, 1")),
        (("out", "-m", "conditional_vae", "-d", "digits", "--label", "10"), ("--label 10", "0 to 9")),
        (("out", "-m", "linear_autoencoder", "-d", "digits", "--label", "1"), ("LinearAutoencoder", "--label 1")),
        (("nowhere",), ("nowhere", "run.json")),
    ],
)
def test_what_cannot_be_drawn_is_one_line(
    trained: CommandLine, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    one_error_line(trained("sample", *arguments), *parts)


def _result(folder: Path, model: str) -> str:
    text = (folder / "result.json").read_text()
    return text if model in text else ""
