"""Data sets by their record: what is there, options, and checks on other people's loaders."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from genbench.data.catalogue import load_dataset
from genbench.data.dataset import Dataset, Split
from genbench.data.hooks import genbench_datasets
from genbench.data.source import DataSource
from genbench.data.spec import Column, DataSpec
from genbench.errors import DataError, HyperparameterError
from genbench.records import DatasetSpec

SPECS = {spec.name: spec for spec in genbench_datasets()}
NOWHERE = DataSource()


def test_the_promised_data_sets_are_there():
    assert set(SPECS) == {
        "digits", "digits-binary", "stacked_digits", "breast_cancer", "wine", "iris", "ring8", "grid25", "grid100",
        "mixture", "two_moons", "stacked_mnist",
        "gaussians", "correlated", "mnist", "mnist-binary", "fashion_mnist", "cifar10", "pima", "ionosphere", "sonar",
        "boston", "liver", "optdigits", "adult", "breast_cancer_ljubljana", "promoters", "lymphography", "lenses", "vote",
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name, spec in SPECS.items() if not spec.files])
def test_bundled_data_sets_load_from_nowhere(name):
    assert load_dataset(SPECS[name], NOWHERE, {}).spec.name == name


def test_everything_in_the_data_folder_loads(shared_data):
    source = DataSource((shared_data,))
    at_hand = [spec for spec in SPECS.values() if spec.files and source.has(*spec.files)]
    assert len(at_hand) >= 14
    for spec in at_hand:
        if "mnist" not in spec.name or spec.name == "fashion_mnist":  # the others are loaded in test_images
            assert load_dataset(spec, source, {}).spec.name == spec.name


def test_option_from_the_command_line():
    assert load_dataset(SPECS["gaussians"], NOWHERE, {"dim": "4"}).spec.dim == 4


def test_options_of_a_users_file_from_the_command_line(tmp_path):
    (tmp_path / "a.csv").write_text("zip,size,target\n" + "10,1.5,a\n20,2.5,b\n" * 20)
    spec = DatasetSpec(name="a", target="genbench.data.files.load:load_user_file", summary="own")
    path = str(tmp_path / "a.csv")
    options = {"path": path, "target": "none", "categorical": "[zip, target]", "standardise": "false"}
    dataset = load_dataset(spec, NOWHERE, options)
    assert (dataset.spec.classes, dataset.spec.categories) == (0, (2, 0, 2))
    with pytest.raises(HyperparameterError, match="data set 'a' has no option 'taget'; did you mean 'target'"):
        load_dataset(spec, NOWHERE, {"path": path, "taget": "zip"})


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("gaussians", {"dims": "3"}, "data set 'gaussians' has no option 'dims'; did you mean 'dim'?"),
        ("gaussians", {"dim": "1"}, "data set 'gaussians': dim=1 is not allowed; dim is a whole number, at least 2"),
        ("ring8", {"sigma": "1"}, "data set 'ring8' has no option 'sigma'; there is none"),
        ("pima", {"missing": "guess"}, "data set 'pima': missing=guess is not allowed"),
    ],
)
def test_wrong_option(name, options, message):
    with pytest.raises(HyperparameterError) as caught:
        load_dataset(SPECS[name], NOWHERE, options)
    assert message in str(caught.value)


def test_listing_imports_nothing_heavy():
    code = (
        "import sys, genbench.data.hooks as h; list(h.genbench_datasets());"
        "print(sorted({'torch', 'pandas', 'sklearn', 'scipy', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def _good() -> Dataset:
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    split = Split(x, np.array([0, 1, 0, 1, 0, 1]))
    return Dataset(DataSpec("other", (2,), "real", classes=2), split, split, split)


def _with_x(x):
    return replace(_good(), validation=Split(x, _good().test.y[: len(x)]))


def _spec(**changes):
    return replace(_good(), spec=replace(_good().spec, **changes))


def _no_second_class():
    return replace(_good(), train=_good().train[::2])


OTHERS = {
    "list": (lambda: [1, 2], "its loader returned list, expected a genbench Dataset"),
    "float64": (lambda: _with_x(np.ones((6, 2))), "the validation split must hold a float32 array, not float64"),
    "python_list": (lambda: _with_x([[1.0, 2.0]]), "the validation split must hold a float32 array, not list"),
    "empty": (lambda: _with_x(np.ones((0, 2), np.float32)), "the validation split is empty"),
    "nan": (lambda: _with_x(np.full((6, 2), np.nan, np.float32)), "the validation split holds NaN or infinite numbers"),
    "shape": (lambda: _with_x(np.ones((6, 3), np.float32)), "has examples of shape (3,), but the data set says (2,)"),
    "unit": (lambda: _spec(support="unit"), "the train split has values from 0 to 11, but unit data lie in [0, 1]"),
    "binary": (lambda: _spec(support="binary"), "has values other than 0 and 1"),
    "support": (lambda: _spec(support="reel"), "support 'reel' is not known; expected real, unit, binary, categorical or"),
    "name": (lambda: _spec(name="others"), "its DataSpec is called 'others'; give it the record's name"),
    "columns": (lambda: _spec(support="categorical"), "has 2 features, but the data set describes 0 columns"),
    "codes": (
        lambda: _spec(support="categorical", columns=(Column("a", 11), Column("b", 3))),
        "column 'b' has values other than the codes 0 to 2",
    ),
    "unlabelled": (lambda: _spec(classes=0), "the train split has labels, but the data set has 0 classes"),
    "labels_out_of_range": (
        lambda: replace(_good(), test=Split(_good().test.x, np.arange(6))),
        "the test split has labels from 0 to 5, expected 0 to 1",
    ),
    "float_labels": (
        lambda: replace(_good(), test=Split(_good().test.x, np.zeros(6))), "must have int64 labels of shape (6,)",
    ),
    "one_class": (lambda: replace(_spec(classes=1)), "the train split has labels from 0 to 1, expected 0 to 0"),
    "absent_class": (_no_second_class, "class 1 is not in the training split"),
}  # fmt: skip


@pytest.fixture
def third_party(monkeypatch):
    """A loader in a module of a third party's."""
    import types

    module = types.ModuleType("third_party")
    monkeypatch.setitem(sys.modules, "third_party", module)

    def install(make):
        module.load = lambda source: make()
        return DatasetSpec(name="other", target="third_party:load", summary="Another")

    return install


def test_good_third_party_data_set_passes(third_party):
    assert load_dataset(third_party(_good), NOWHERE, {}).spec.name == "other"


@pytest.mark.parametrize("fault", OTHERS)
def test_third_party_data_set_gets_the_same_checks(third_party, fault):
    make, message = OTHERS[fault]
    with pytest.raises(DataError) as caught:
        load_dataset(third_party(make), NOWHERE, {})
    assert str(caught.value).startswith("data set 'other': ")
    assert message in str(caught.value)


def test_options_by_position_are_no_options(third_party):
    spec = third_party(_good)
    sys.modules["third_party"].load = lambda source, noise=0.1: _good()
    message = (
        r"^data set 'other': third_party:load: noise is not keyword-only; put a star before it: \*, noise: float = 0.1$"
    )
    with pytest.raises(DataError, match=message):
        load_dataset(spec, NOWHERE, {})


def test_third_party_loader_that_fails_is_named(third_party):
    def explode():
        raise ZeroDivisionError("by nought")

    with pytest.raises(DataError, match="its loader third_party:load failed: ZeroDivisionError: by nought"):
        load_dataset(third_party(explode), NOWHERE, {})


@pytest.mark.parametrize("target", ["no_such_module:load", "genbench.data.synthetic:no_such_function"])
def test_target_that_cannot_be_imported(target):
    with pytest.raises(DataError, match=rf"data set 'other': its target '{target}' cannot be imported"):
        load_dataset(DatasetSpec(name="other", target=target, summary="x"), NOWHERE, {})


def test_data_set_that_does_not_fit_into_memory_is_one_line():
    spec = DatasetSpec(name="a", target="test_catalogue:_loads_too_much", summary="too large")
    with pytest.raises(DataError, match=r"data set 'a' takes more memory than a job may use; raise limits\.memory_gb"):
        load_dataset(spec, DataSource(), {})


def _loads_too_much(source: DataSource) -> Dataset:
    raise MemoryError
