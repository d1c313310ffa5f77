"""Published values run again: the rules, the committed table, and the command."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from sklearn.linear_model import LinearRegression

from genbench.cli.reproduce import reproduce
from genbench.data.source import DataSource
from genbench.errors import GenbenchError, RunFolderError, UnknownNameError
from genbench.evaluation.frechet import Moments
from genbench.plugins import load_plugins
from genbench.reproduce import table
from genbench.reproduce.bench import Bench
from genbench.reproduce.classify import joined, wrong_by_least_squares
from genbench.reproduce.distances import equal_gaussians_frechet, equal_sets_coverage, shifted_gaussians_kernel
from genbench.reproduce.line import Line, Obtained

RESULTS = Path(__file__).parents[2] / "results"
COMMITTED = table.read(RESULTS)
FAST = ("digits-kde-bandwidth", "noise-costs-log-100", "density-equal", "recall-collapsed", "gaussians-naive-bayes")
"""On bundled or simulated data, in about a second each."""
TRAINED = {"mode coverage"}
"""Groups whose values come from long training, in which a last digit that differs between machines grows."""
MINUTES = {"mnist-vae-elbo", "mnist-vae-importance", "parzen-kmeans", "parzen-gan", "adult-1nn", "adult-3nn"}
LINE = Line("g", "l", "q", "%", 10.0, 0.5, "s", "p", "o", lambda bench: Obtained(1, 0, 2, 1, 1))


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(load_plugins(), DataSource())


@pytest.mark.parametrize(
    ("rule", "obtained", "agrees"),
    [
        ("equal", Obtained(10.5, None, None, 1, 9), True),
        ("equal", Obtained(10.51, 0.0, 20.0, 1, 9), False),
        ("interval", Obtained(12.0, 10.4, 13.6, 1, 9), True),
        ("interval", Obtained(12.0, 10.6, 13.4, 1, 9), False),
        ("interval", Obtained(8.0, 7.0, 9.4, 1, 9), False),
        ("at most", Obtained(10.5, 10.4, 10.6, 1, 9), True),
        ("at most", Obtained(10.6, 10.4, 10.7, 1, 9), False),
        ("at most", Obtained(-3.0, -4.0, -2.0, 1, 9), True),
    ],
)
def test_rules(rule: str, obtained: Obtained, agrees: bool) -> None:
    assert replace(LINE, rule=rule).agrees(obtained) == agrees  # type: ignore[arg-type]


@pytest.mark.parametrize("line", table.LINES.values(), ids=lambda line: line.name)
def test_every_line_says_what_it_is(line: Line) -> None:
    for text in (line.quantity, line.source, line.published_settings, line.settings):
        assert text
        assert "\n" not in text
    assert (
        line.kind == "theory"
        or any(year.isdigit() and len(year) == 4 for year in line.source.split())
        or "," in line.source
    )
    assert math.isfinite(line.published)
    assert 0 <= line.margin < math.inf


def test_the_committed_table_is_of_known_lines_and_numbers() -> None:
    assert len(COMMITTED) >= 20
    assert sum(row["kind"] == "published" for row in COMMITTED.values()) >= 20
    for name, row in COMMITTED.items():
        line = table.LINES[name]
        obtained = Obtained(row["obtained"], *(None if math.isnan(row[end]) else row[end] for end in ("ci_low", "ci_high")),
                            int(row["seeds"]), int(row["n"]))  # fmt: skip
        assert math.isfinite(obtained.value)
        assert obtained.ci_low is None or obtained.ci_low <= obtained.value <= obtained.ci_high
        again = table.row_of(line, obtained)
        for column in set(table.COLUMNS) - {"ci_low", "ci_high"}:
            assert row[column] == again[column], (name, column)


def test_the_twin_for_reading_is_that_of_the_table(tmp_path: Path) -> None:
    shutil.copy(RESULTS / "published.csv", tmp_path)
    table.write(tmp_path, table.read(tmp_path))
    for name in ("published.csv", "published.md"):
        assert (tmp_path / name).read_text() == (RESULTS / name).read_text()


@pytest.mark.parametrize("name", FAST)
def test_fast_lines_give_the_committed_values(name: str, bench: Bench) -> None:
    obtained = table.LINES[name].run(bench)
    assert obtained.value == pytest.approx(COMMITTED[name]["obtained"], rel=1e-6, abs=1e-6)
    assert table.LINES[name].agrees(obtained)


def test_the_formula_of_the_frechet_distance() -> None:
    rng = np.random.default_rng(1)
    real, fake = (Moments.of_all(map(Moments.of, sets)) for sets in rng.standard_normal((2, 1_000, 500, 4)))
    (distances,) = real.distances([fake])
    assert np.mean(distances) == pytest.approx(equal_gaussians_frechet(500, 4), rel=0.05)  # four standard errors


def test_the_formula_of_the_kernel_distance() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 20_000, 4))
    a, b = rng.standard_normal((2, 20_000, 4)) + 0.5
    kernel = [np.mean((np.einsum("nd,nd->n", *pair) / 4 + 1) ** 3) for pair in ((x, y), (a, b), (x, a))]
    assert kernel[0] + kernel[1] - 2 * kernel[2] == pytest.approx(shifted_gaussians_kernel(0.5, 4), abs=0.1)
    assert shifted_gaussians_kernel(0, 4) == pytest.approx(0)


def test_the_formula_of_the_coverage() -> None:
    assert equal_sets_coverage(10_000) == pytest.approx(1 - 0.5**5, abs=1e-3)


def test_the_command_keeps_the_other_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = table.read(RESULTS)
    before["recall-collapsed"]["obtained"] = 0.5
    table.write(tmp_path, before)
    (tmp_path / "data").mkdir()
    with pytest.raises(typer.Exit) as end:
        reproduce(["recall-collapsed", "mnist-1nn"], False, False, tmp_path / "data", tmp_path)
    assert end.value.exit_code == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("recall-collapsed: recall: theory 0.0009933460314, obtained 0.000993 [")
    assert "agree: yes (rule: equal)" in shown.out
    [line] = shown.err.splitlines()
    assert line.startswith("genbench: mnist-1nn was not run: data set 'mnist' needs mnist/train-images-idx3-ubyte.gz")
    assert (tmp_path / "published.csv").read_text() == (RESULTS / "published.csv").read_text()


def test_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reproduce(None, False, True, None, tmp_path)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(table.LINES)
    assert not [*tmp_path.iterdir()]


def test_bad_usage(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no line is called 'mnist-1n'; did you mean 'mnist-1nn'"):
        reproduce(["mnist-1n"], False, False, None, tmp_path)
    with pytest.raises(GenbenchError, match="name lines"):
        reproduce(None, False, False, None, tmp_path)
    (tmp_path / "published.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RunFolderError, match="is not a table of published values"):
        reproduce(["recall-collapsed"], False, False, None, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name in COMMITTED if name not in MINUTES and table.LINES[name].group not in TRAINED]
)
def test_every_line_of_a_minute_gives_the_committed_value(name: str, real_bench: Bench) -> None:
    assert table.LINES[name].run(real_bench).value == pytest.approx(COMMITTED[name]["obtained"], rel=1e-6, abs=1e-6)


@pytest.fixture(scope="module")
def real_bench(shared_data: Path) -> Bench:
    return Bench(load_plugins(), DataSource((shared_data,)))


def test_least_squares_is_that_of_scikit_learn(shared_data: Path) -> None:
    bench = Bench(load_plugins(), DataSource((shared_data,)))
    dataset = bench.dataset("ionosphere")
    train = joined(dataset.train, dataset.validation)
    reference = LinearRegression().fit(train.x.astype(float), np.eye(2)[train.y])
    expected = reference.predict(dataset.test.x.astype(float)).argmax(axis=1) != dataset.test.y
    found = wrong_by_least_squares(bench, "ionosphere")
    np.testing.assert_array_equal(found, expected)
    assert 100 * (1 - found.mean()) == pytest.approx(COMMITTED["ionosphere-linear"]["obtained"])


def test_linear_classifiers_are_run_by_the_published_loss() -> None:
    for name in ("mnist-linear", "ionosphere-linear"):
        assert table.LINES[name].settings.startswith("least squares")
    assert COMMITTED["mnist-linear"]["agree"] == "no"
