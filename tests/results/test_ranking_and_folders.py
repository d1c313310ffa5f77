"""Ranks, history, merging, figures and LaTeX, on runs made by hand; and text that would do harm."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import scikit_posthocs
from harness import CommandLine, one_error_line, write_distribution
from made_runs import failed, make_run, measured
from scipy import stats

from genbench.errors import GenbenchError, RunFolderError, UnknownNameError
from genbench.measurement import Measurement
from genbench.records import ModelSpec
from genbench.results import compare, critical_differences, history, load, rank, scores, win_rates
from genbench.results.folder import RunFolder
from genbench.results.latex import as_latex
from genbench.results.merging import merge
from genbench.results.tables import write_tables

VALUES = np.random.default_rng(5).normal(size=(6, 4)) + np.arange(4)
HOSTILE = "<script>alert(1)</script>"


def ranked_run(path: Path, leave_out: tuple[tuple[str, str], ...] = ()) -> Path:
    """Four models on six data sets, and a control that leads on all."""
    rows = {
        (f"m{model}", f"d{dataset}"): [measured("nll", [value, value + 0.01])]
        for dataset, of_dataset in enumerate(VALUES)
        for model, value in enumerate(of_dataset)
    } | {("cheat", f"d{dataset}"): [measured("nll", [-50, -50.1])] for dataset in range(6)}
    make_run(
        path, {pair: found for pair, found in rows.items() if pair not in leave_out}, seeds=(0, 1), controls=("cheat",)
    )
    return path


def test_ranks_are_those_of_scipy_and_posthocs(tmp_path: Path) -> None:
    run = ranked_run(tmp_path / "run")
    frame = rank(run, metrics=["nll"]).set_index("model").sort_index()
    assert list(frame.index) == ["m0", "m1", "m2", "m3"]
    expected = stats.rankdata(VALUES, axis=1)
    np.testing.assert_allclose(frame["average_rank"], expected.mean(axis=0))
    assert frame["friedman_p"].iloc[0] == pytest.approx(stats.friedmanchisquare(*VALUES.T).pvalue)
    chosen = scores(run, "nll", "exact")
    np.testing.assert_allclose(critical_differences(chosen), scikit_posthocs.posthoc_nemenyi_friedman(VALUES))
    wins = win_rates(chosen)
    assert wins.loc["m0", "m3"] == np.mean(VALUES[:, 0] < VALUES[:, 3])
    np.testing.assert_allclose((wins + wins.T).to_numpy()[np.triu_indices(4, 1)], 1)
    wilcoxon = critical_differences(chosen, "wilcoxon").loc["m0", "m3"]
    assert wilcoxon >= stats.wilcoxon(VALUES[:, 0], VALUES[:, 3]).pvalue
    assert rank(run, metrics=["nll"], controls=True)["model"][0] == "cheat"


def test_unequal_coverage_is_refused(tmp_path: Path) -> None:
    run = ranked_run(tmp_path / "run", leave_out=(("m1", "d3"),))
    with pytest.raises(GenbenchError, match="m1 lacks d3; --common-only"):
        rank(run, metrics=["nll"])
    assert rank(run).empty
    assert set(rank(run, metrics=["nll"], common_only=True)["datasets"]) == {5}
    assert set(rank(run, metrics=["nll"], models=["m0", "m2"])["datasets"]) == {6}


def test_a_metric_that_is_not_there_is_answered_with_metrics(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", {("a", "d"): [measured("nll", [1.0] * 3)], ("b", "d"): [failed("kl")]})
    with pytest.raises(UnknownNameError, match=r"no metric is called 'foo'; there is: kl, nll$"):
        rank(folder.path, metrics=["foo"])


def test_models_that_all_tie_rank_alike(tmp_path: Path) -> None:
    rows = {(f"m{model}", f"d{data}"): [measured("nll", [1.0, 1.0])] for model in range(3) for data in range(2)}
    make_run(tmp_path / "run", rows, seeds=(0, 1))
    frame = rank(tmp_path / "run", tables=["likelihood"])
    assert set(frame["average_rank"]) == {2.0}
    assert set(frame["friedman_p"]) == {1.0}


def test_rows_that_another_table_repeats_count_once(tmp_path: Path) -> None:
    rows = {
        (f"m{place}", data): [measured("frechet_distance", [value, value + place], estimator="fd[pixels]")]
        for data, value in (("d", 1.0), ("e", 2.0))
        for place in range(2)
    }
    for name in ("a", "b"):
        folder = make_run(tmp_path / name, rows, seeds=(0, 1), table="sample_quality")
        shutil.rmtree(folder.jobs)
        shutil.copy(folder.tables / "sample_quality.csv", folder.tables / "likelihood_vs_quality.csv")
    assert set(load(tmp_path / "a")["table"]) == {"sample_quality", "likelihood_vs_quality"}
    for frame in (
        rank(tmp_path / "a"),
        compare(tmp_path / "a", tmp_path / "b"),
        history(tmp_path / "a", metric="frechet_distance"),
    ):
        assert set(frame["table"]) == {"sample_quality"}


@pytest.mark.slow
def test_the_commands_draw_and_print(tmp_path: Path, genbench_here: CommandLine) -> None:
    run = ranked_run(tmp_path / "run")
    done = genbench_here("rank", run, "--metric", "nll", "-o", "cd.svg")
    assert done.returncode == 0, done.stderr
    assert "6 data sets (d0, d1, d2, d3, d4, d5); Friedman's test" in done.stdout
    assert genbench_here.cwd.joinpath("cd.svg").read_text().count("<svg") == 1
    assert genbench_here("plot", run, "--table", "likelihood", "-o", "points.pdf").returncode == 0
    assert genbench_here.cwd.joinpath("points.pdf").read_bytes().startswith(b"%PDF")
    one_error_line(genbench_here("rank", run, "-o", "x.bmp"), "expected an ending of .png, .svg, .pdf")
    one_error_line(genbench_here("history", run), "which metric? Name one with --metric; there are: nll")
    one_error_line(genbench_here("plot", run, "--table", "likelyhood", "-o", "x.png"), "did you mean 'likelihood'?")
    one_error_line(
        genbench_here("plot", run, "--table", "likelihood", "-o", "x.bmp"), "expected an ending of .png, .svg, .pdf"
    )


def test_history_goes_by_time(tmp_path: Path) -> None:
    for name, month, value in (("late", 3, 3.0), ("early", 1, 1.0), ("other", 2, 2.0)):
        protocol = {"training": {"batch_size": 1}} if name == "other" else None
        rows = {("vae", "iris"): [measured("nll", [value, value])]}
        make_run(tmp_path / name, rows, seeds=(0, 1), started=f"2026-0{month}-01T00:00:00+00:00", protocol=protocol)
    frame = history(tmp_path / "late", tmp_path / "early", tmp_path / "other", metric="nll")
    assert list(frame["value"]) == [1.0, 2.0, 3.0]
    assert [reason.split(" ")[0] for reason in frame["comparable"]] == ["", "protocol:", ""]
    with pytest.raises(GenbenchError, match="did you mean 'nll'"):
        history(tmp_path / "late", metric="nl")
    with pytest.raises(GenbenchError, match="late is named twice"):
        history(tmp_path / "late", tmp_path / "early", tmp_path / "late", metric="nll")


def test_runs_of_two_machines_are_merged_and_conflicts_told(tmp_path: Path) -> None:
    one, two = [measured("nll", [1.0, 2.0])], [measured("nll", [1.5, 2.5])]
    bad = [failed("nll")]
    make_run(tmp_path / "a", {("vae", "iris"): one, ("gan", "iris"): bad, ("gda", "iris"): one}, seeds=(0, 1), key="k")
    make_run(tmp_path / "b", {("vae", "iris"): one, ("gan", "iris"): two, ("gda", "iris"): two}, seeds=(0, 1), key="k")
    make_run(tmp_path / "c", {("gan", "wine"): one, ("vae", "iris"): one}, seeds=(0, 1), key="other")
    merged = merge([tmp_path / name for name in "abc"], tmp_path / "out")
    assert merged.jobs == 4
    assert len(merged.conflicts) == 2
    assert "gda on iris: the same job came to other numbers; kept that of" in merged.conflicts[0]
    assert "vae on iris: the jobs differ" in merged.conflicts[1]
    rows = load(tmp_path / "out").query("table == 'likelihood'").set_index(["model", "dataset"])["value"]
    assert rows.to_dict() == {("vae", "iris"): 1.5, ("gan", "iris"): 2.0, ("gda", "iris"): 1.5, ("gan", "wine"): 1.5}
    with pytest.raises(RunFolderError, match="is not empty"):
        merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    make_run(tmp_path / "d", {("vae", "iris"): one}, seeds=(0, 1), protocol={"threads": 9})
    with pytest.raises(RunFolderError, match="different protocols"):
        merge([tmp_path / "a", tmp_path / "d"], tmp_path / "new")


def test_tables_without_jobs_are_not_lost(tmp_path: Path, genbench_here: CommandLine) -> None:
    import shutil

    folder = make_run(tmp_path / "run", {("vae", "iris"): [measured("nll", [1.0, 2.0])]}, seeds=(0, 1))
    shutil.rmtree(folder.jobs)
    assert "without their jobs they cannot be made again" in genbench_here("tables", folder.path).stdout
    with pytest.raises(RunFolderError, match="keeps tables without the jobs"):
        write_tables(folder)
    assert (folder.tables / "likelihood.csv").is_file()
    assert r"\toprule" in genbench_here("tables", folder.path, "--format", "latex").stdout


def test_latex_marks_the_best_and_escapes(tmp_path: Path) -> None:
    rows = {("a_b&%$#{}~^\\", "iris"): [measured("nll", [1.0, 2.0])], ("x", "iris"): [measured("nll", [2.0, 3.0])]}
    make_run(tmp_path / "run", rows, seeds=(0, 1), controls=("x",))
    text = as_latex(
        "likelihood", load(tmp_path / "run").query("table == 'likelihood'"), frozenset("x"), {"x": "50 % noise"}
    )
    assert r"a\_b\&\%\$\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{} & 1.500" in text
    assert r"\textit{x} & 2.500" in text
    assert r"x: 50 \% noise." in text
    assert r"\toprule" in text


@pytest.mark.parametrize("name", [HOSTILE, "a/../b", "=cmd()", "x" * 10_000, "a\u202eb", "+1", "", "a\n"])
def test_hostile_names_are_refused_where_they_are_declared(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        ModelSpec(name=name, target="a:b", summary="x")


@pytest.mark.parametrize("name", ["=cmd()", "@SUM(A1)", "-1", "x" * 10_000, "a\u202eb", "a\nb", "a\x1b[2J"])
def test_names_of_measurements_are_checked(name: str) -> None:
    for where in ("metric", "estimator", "unit"):
        with pytest.raises(ValueError, match="is not allowed") as caught:
            Measurement(**{"metric": "m", "estimator": "e", "value": 1.0, where: name})  # type: ignore[arg-type]
        assert len(str(caught.value)) < 300
        assert "\u202e" not in str(caught.value)


HOOKS = """
from genbench import EvaluationSpec, ModelSpec, hookimpl
@hookimpl
def genbench_models():
    yield ModelSpec(name="evil", target="evil_code:Evil", summary="<script>=cmd()|**x**</script>")
@hookimpl
def genbench_evaluations():
    yield EvaluationSpec(name="evil", target="evil_code:evaluate", summary="x", table="evil", metrics=("<b>|",))
"""
CODE = """
from genbench import Measurement, Model
class Evil(Model):
    supports = frozenset({"real"})
    def __init__(self, data):
        super().__init__(data)
    def fit(self, train, validation, context):
        pass
    def log_prob(self, x):
        raise RuntimeError("=cmd()|\\u202e<script>alert(1)</script>\\x1b[2J" + "y" * 10_000)
def evaluate(context):
    yield Measurement("<script>", "<b>|", 1.0, reason="=cmd()")
    yield Measurement("nothing", "", None, status="skipped", reason="=cmd()" + chr(0x202E) + "<script>")
"""


@pytest.mark.slow
def test_a_hostile_plugin_harms_neither_tables_nor_folders(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    write_distribution(site, "evil", {"evil": HOOKS, "evil_code": CODE}, {"evil": "evil", "-2+3": "evil"})
    cli = CommandLine(tmp_path / "work", site)
    done = cli.run("-m", "evil", "-d", "iris")
    assert done.returncode == 1, done.stderr
    assert "\x1b" not in done.stdout
    assert "the name of its entry point is not allowed" in done.stderr
    assert all(len(line) < 2500 for line in (done.stdout + done.stderr).splitlines())
    folder = RunFolder(cli.cwd / "out")
    for path in folder.tables.iterdir():
        text = path.read_text()
        assert not set("\u202e\x1b") & set(text)
        if path.suffix == ".md":
            assert "<script" not in text
            assert "<b>" not in text
            continue
        cells = [cell for line in csv.reader(text.splitlines()) for cell in line]
        assert not [cell for cell in cells if cell.startswith(tuple("=+-@"))]
    assert {path.name for path in cli.cwd.iterdir()} <= {"out", "cache", "tiny.toml"}
    for kind in ("html", "markdown"):
        assert "<script" not in cli("compare", "out", "out", "--all", "--format", kind).stdout
