"""No table puts a control first without saying what is wrong with it; and for each there is a number that tells."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from harness import TINY_PROTOCOL, CommandLine, OwnProcess

from genbench.evaluation.hooks import genbench_evaluations
from genbench.model import capabilities
from genbench.training import NeuralModel
from genbench_baselines import CONTROLS

FLAWED = ("uniform", "one_point", "memoriser", "gaussian_1_percent")
HONEST = ("gaussian_mixture:components=2", "gda")
CLASSIFIERS = ("logistic_regression",)
"""That compete with gda."""
THERE = {
    "likelihood": {"uniform", "gaussian_1_percent"},
    **{
        table: set(FLAWED)
        for table in (
            "parzen", "sample_quality", "memorisation", "mode_coverage", "generative_curve", "likelihood_vs_quality",
        )
    },
    "learning_curve": {"class_prior"},
    "semi_supervised": {"class_prior"},
    "shift": {"uniform", "gaussian_1_percent", "class_prior"},
    "cost": {*FLAWED, "class_prior"},
}  # fmt: skip
"""The flawed controls that stand in each table."""
TABLES = tuple(THERE)
WITHOUT_BEST = ("memorisation",)
"""No direction is better."""


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The controls and three models on a labelled set of 569 rows and in two modes in the plane."""
    cli = CommandLine(tmp_path_factory.mktemp("controls"))
    protocol = TINY_PROTOCOL.replace("_examples = 30", "_examples = 100").replace("amples = 20", "amples = 100")
    (cli.cwd / "tiny.toml").write_text(protocol)
    models = [part for model in (*FLAWED, "class_prior", *HONEST, *CLASSIFIERS) for part in ("-m", model)]
    done = cli.run(*models, "-d", "breast_cancer", "-d", "mixture:dim=2")
    assert done.returncode == 0, done.stdout + done.stderr
    return cli


def values(cli: CommandLine, table: str, model: str, dataset: str = "breast_cancer") -> dict[str, float]:
    """By metric, in its first row."""
    frame = cli.table(table)
    rows = frame[(frame["model"] == model) & (frame["dataset"] == dataset) & (frame["status"] == "ok")]
    return {row["metric"]: float(row["value"]) for _, row in rows.iloc[::-1].iterrows()}


@pytest.mark.parametrize("table", TABLES)
def test_no_control_is_marked_best_and_each_says_what_is_wrong(cli: CommandLine, table: str) -> None:
    frame = cli.table(table)
    there = set(frame["model"]) & set(CONTROLS)
    assert there == THERE[table]
    text = (cli.cwd / "out" / "tables" / f"{table}.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for control in there:
        assert f"- *{control}*: {CONTROLS[control][2]}." in text
        assert not any("**" in row for row in rows if row.startswith(f"| *{control}*"))
        assert not any(row.startswith(f"| {control} ") for row in rows)
    assert any("**" in row for row in rows) == (table not in WITHOUT_BEST)
    first = frame.groupby("dataset")["model"].first()
    assert not set(first) & set(CONTROLS)


def test_no_control_can_stand_in_any_other_table() -> None:
    """Each of these asks for what no control has: a code, a discriminator, labels to sample by, the shared training loop."""
    assert {spec.table for spec in genbench_evaluations()} - set(THERE) == {
        "representation", "gan_diagnostics", "conditional_quality", "training_quality",
    }  # fmt: skip
    for name, (attribute, _, _) in CONTROLS.items():
        control = getattr(import_module(f"genbench_baselines.{name}"), attribute)
        can = set(capabilities(control))
        assert not can & {"embed", "cluster", "discriminate"}
        assert not (control.needs_labels and "sample" in can)
        assert not issubclass(control, NeuralModel)


def test_the_terminal_says_it_too(cli: CommandLine) -> None:
    said = OwnProcess(cli.cwd)("tables", "out").stdout
    assert all(f"{control}: {CONTROLS[control][2]}" in said for control in FLAWED)


def test_a_number_gives_each_control_away(cli: CommandLine) -> None:
    quality, copying, modes = (
        {model: values(cli, table, model) for model in (*FLAWED, *HONEST)}
        for table in ("sample_quality", "memorisation", "mode_coverage")
    )
    for model in HONEST:
        assert copying[model]["data_copying_p_value"] > 0.01
        assert copying[model]["exact_copies"] == 0
        assert modes[model]["modes_found_ratio"] == 1
    assert copying["memoriser"]["data_copying_p_value"] < 1e-6
    assert copying["memoriser"]["exact_copies"] == 1
    assert quality["one_point"]["recall"] == 0
    assert quality["one_point"]["vendi_score"] == pytest.approx(1)
    assert modes["one_point"]["modes_found"] == 1
    for noise in ("uniform", "gaussian_1_percent"):
        assert quality[noise]["classifier_test_p_value"] < 1e-6
        assert quality[noise]["frechet_distance"] > 10 * quality["gda"]["frechet_distance"]
    likelihood = {model: values(cli, "likelihood", model)["nll"] for model in ("gaussian_1_percent", "gda")}
    assert likelihood["gaussian_1_percent"] - likelihood["gda"] < 30
    assert values(cli, "mode_coverage", "one_point", "mixture:dim=2")["collapsed_seeds"] == 1


def test_the_csv_tables_put_controls_last(cli: CommandLine) -> None:
    frame = pd.concat([cli.table(table) for table in TABLES])
    for _, rows in frame.groupby("dataset"):
        order = [model in CONTROLS for model in rows[rows["metric"] == "train_seconds"]["model"]]
        assert order == sorted(order)


def test_every_control_has_its_flaw_in_the_run_folder(cli: CommandLine) -> None:
    results = list(Path(cli.cwd / "out" / "jobs").glob("[!.]*/result.json"))
    # in the plane there are no labels for gda and the classifiers
    assert len(results) == 2 * len((*FLAWED, *HONEST)) - 1 + len(("class_prior", *CLASSIFIERS))
