"""From ``-m`` and ``-d`` to models and data sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from genbench.data.source import DataSource
from genbench.errors import DataError, GenbenchError, UnknownNameError
from genbench.execution.loading import load
from genbench.execution.plan import _pair, worth_telling
from genbench.execution.selection import Selection, select
from genbench.execution.survey import survey_dataset, survey_model
from genbench.plugins import load_plugins
from genbench.protocol import load_protocol

REGISTRY = load_plugins()
QUICK, STANDARD = load_protocol("quick"), load_protocol("standard")
NOWHERE = DataSource(())


def chosen(models: tuple[str, ...] = ("gaussian",), datasets: tuple[str, ...] = ("iris",)) -> Selection:
    return select(REGISTRY, QUICK, NOWHERE, models, datasets)


def test_models_and_their_labels() -> None:
    first, second = chosen(("gaussian", "gaussian:ridge=0.1")).models
    assert (first.label, first.hyperparameters, first.plugin) == ("gaussian", {}, "genbench_baselines")
    assert (second.name, second.label, second.hyperparameters) == ("gaussian", "gaussian:ridge=0.1", {"ridge": "0.1"})
    assert first.control
    assert len(first.code) == 64
    assert first.code == second.code


def test_without_models_every_one_without_data_sets_the_protocols() -> None:
    selection = chosen((), ())
    assert [model.name for model in selection.models] == list(REGISTRY.models)
    assert [dataset.name for dataset in selection.datasets] == list(QUICK.datasets or ())
    assert not selection.datasets_named
    left_out = {spec.name for spec in selection.evaluations_without_files}
    assert [one.spec.name for one in selection.evaluations] == [n for n in REGISTRY.evaluations if n not in left_out]


def test_an_evaluation_that_needs_a_file_waits_for_it(tmp_path: Path) -> None:
    assert [spec.name for spec in chosen().evaluations_without_files] == ["inception"]
    path = tmp_path / "inception" / "inception-2015-12-05.pt"
    path.parent.mkdir()
    path.touch()
    selection = select(REGISTRY, QUICK, DataSource((tmp_path,)), ("gaussian",), ("iris",))
    assert not selection.evaluations_without_files
    (inception,) = (one for one in selection.evaluations if one.spec.name == "inception")
    assert inception.files == {"inception/inception-2015-12-05.pt": path}


def test_a_protocol_without_data_sets_takes_those_at_hand_and_says_what_is_missing() -> None:
    selection = select(REGISTRY, STANDARD, NOWHERE, (), ())
    bundled = [name for name, one in REGISTRY.datasets.items() if not one.spec.files]
    assert [dataset.name for dataset in selection.datasets] == bundled
    missing = {skipped.dataset: skipped.reason for skipped in selection.not_at_hand}
    assert set(missing) == set(REGISTRY.datasets) - set(bundled)
    assert "genbench data fetch mnist" in missing["mnist"]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("table.csv", {}),
        ("table.csv:target=price", {"target": "price"}),
        ("table.csv:categorical=[a,b],missing=drop", {"categorical": "[a,b]", "missing": "drop"}),
    ],
)
def test_a_users_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, options: dict[str, str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("a,b\n")
    (dataset,) = chosen(datasets=(text,)).datasets
    assert dataset.name == "table"
    assert dataset.options == {"path": str(tmp_path / "table.csv"), **options}
    assert dataset.label.startswith("table")


def test_a_file_in_a_folder_whose_name_has_a_colon(tmp_path: Path) -> None:
    folder = tmp_path / "a:b"
    folder.mkdir()
    (folder / "t.csv").write_text("x\n")
    (dataset,) = chosen(datasets=(str(folder / "t.csv"),)).datasets
    assert dataset.options["path"] == str(folder / "t.csv")


@pytest.mark.parametrize(
    ("models", "datasets", "error", "message"),
    [
        (("gausian",), ("iris",), UnknownNameError, "no model is called 'gausian'; did you mean 'gaussian'?"),
        (("gaussian",), ("irsi",), UnknownNameError, "no data set is called 'irsi'; did you mean 'iris'?"),
        (("gaussian", "gaussian"), ("iris",), GenbenchError, "the model 'gaussian' is named twice"),
        (("gaussian",), ("iris", "iris"), GenbenchError, "the data set 'iris' is named twice"),
        (
            ("gaussian:ridge=1,ridge=2",), ("iris",), GenbenchError,
            "gaussian: 'ridge' is given twice, as 1 and as 2; give it once",
        ),
        (("gaussian",), ("gaussians:dim=2,dim=2",), GenbenchError, "gaussians: 'dim' is given twice, as 2 and as 2"),
        (("gaussian:ridge=1,x",), ("iris",), GenbenchError, "'x' is not of the form key=value"),
        (
            ("gaussian:ridge",), ("iris",), GenbenchError,
            "model 'gaussian': 'ridge' is not of the form key=value; expected gaussian:key=value,...",
        ),
        (("gaussian",), ("gaussians:3,dim=2",), GenbenchError, "'3,dim=2' is not of the form key=value; expected gaussians"),
        (("gaussian",), ("gone.npz",), DataError, "the file 'gone.npz' does not exist"),
        (("gaussian",), ("mnist",), DataError, "--data-dir or get it with: genbench data fetch mnist"),
        (("",), ("iris",), GenbenchError, "an empty name was given"),
    ],
)  # fmt: skip
def test_mistakes(models: tuple[str, ...], datasets: tuple[str, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        chosen(models, datasets)
    assert message in str(caught.value)


def test_a_folder_is_a_data_set(tmp_path: Path) -> None:
    (dataset,) = chosen(datasets=(f"{tmp_path}:size=8",)).datasets
    assert (dataset.files, dataset.options) == ((tmp_path,), {"path": str(tmp_path), "size": "8"})


@pytest.mark.parametrize("order", [1, -1])
def test_files_of_one_name_from_two_folders(tmp_path: Path, order: int) -> None:
    names = ["a/data.csv", "b/data.csv", "data.npz", "other.csv", "iris.csv", "データ.csv", "измерения.csv"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    datasets = chosen(datasets=("iris", *(str(tmp_path / name) for name in names[::order]))).datasets
    labels = {str(one.files[0].relative_to(tmp_path)): one.label for one in datasets[1:]}
    assert labels == {
        "a/data.csv": "a/data.csv", "b/data.csv": "b/data.csv", "data.npz": "data.npz", "other.csv": "other",
        "iris.csv": "iris.csv", "データ.csv": "データ", "измерения.csv": "измерения",
    }  # fmt: skip


def test_one_file_with_different_options_and_twice(tmp_path: Path) -> None:
    (tmp_path / "t.csv").touch()
    path = str(tmp_path / "t.csv")
    assert [one.label for one in chosen(datasets=(path, f"{path}:missing=drop")).datasets] == ["t", "t:missing=drop"]
    with pytest.raises(GenbenchError, match="the data set 't' is named twice; name it once"):
        chosen(datasets=(path, path))


@pytest.mark.parametrize("name", ["a=b, c.csv", "x:y=1, z.csv", "caf\udce9.csv", "a\nb.csv"])
def test_names_of_files_that_look_like_options_or_are_not_utf8(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    (dataset,) = chosen(datasets=(f"{tmp_path / name}:missing=drop",)).datasets
    assert dataset.options["missing"] == "drop"
    assert type(dataset).model_validate_json(dataset.model_dump_json()) == dataset
    assert dataset.files == (tmp_path / name,)


@pytest.mark.parametrize(
    ("run", "lacking", "told"),
    [
        ((), ("ais", "ais_noisy", "parzen"), ["ais", "parzen"]),
        (("ais",), ("ais_noisy", "parzen"), ["parzen"]),
        (("ais_noisy",), ("ais",), []),
        ((), ("ais_noisy",), ["ais_noisy"]),
    ],
)
def test_of_two_evaluations_that_stand_in_for_each_other_one_is_told(
    run: tuple[str, ...], lacking: tuple[str, ...], told: list[str]
) -> None:
    specs = {name: provided.spec for name, provided in REGISTRY.evaluations.items()}
    found = worth_telling([specs[name] for name in run], [specs[name] for name in lacking])
    assert [spec.name for spec in found] == told


def test_milestones_are_looked_at_only_where_the_shared_loop_leaves_them() -> None:
    selection = chosen(("naive_bayes", "vae"))
    (iris,) = selection.datasets
    card = survey_dataset(load(iris), iris)
    own, shared = (
        _pair(model, survey_model(model, {"iris": card.spec}), iris, card, selection, QUICK, "cpu")
        for model in selection.models
    )
    for (job, left_out), planned in ((own, False), (shared, True)):
        assert job is not None
        assert ("training_quality" in {one.spec.name for one in job.evaluations}) == planned
        assert "training_quality" not in {one.what for one in left_out}
