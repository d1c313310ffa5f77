"""However its options are written, a model is one model, with one label and one key; so is a data set."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import plan_here

from genbench.errors import GenbenchError, HyperparameterError
from genbench.execution.job import Job
from genbench.plugins import load_plugins
from genbench.protocol import load_protocol

REGISTRY = load_plugins()
QUICK = load_protocol("quick")


def planned(model: str, dataset: str = "iris") -> Job:
    (job,) = plan_here(REGISTRY, QUICK, [model], [dataset]).jobs
    return job


SAME = [
    ("vae", "vae"),
    ("vae:lr=0.002", "vae"),
    ("vae:lr=2e-3", "vae"),
    ("vae:lr=.002,latent=none", "vae"),
    ("vae:scale=example,free_bits=1e-1,network=mlp,hidden=null", "vae"),
    ("vae:latent=2,lr=0.01", "vae:latent=2,lr=0.01"),
    ("vae:lr=1e-2,latent=02", "vae:latent=2,lr=0.01"),
    ("vae: lr = 0.010 , latent = 2", "vae:latent=2,lr=0.01"),
    ("vae:latent=2.0,lr=10E-3,scale=example", "vae:latent=2,lr=0.01"),
    ("vae:latent=+2,lr=00.01,hidden=None", "vae:latent=2,lr=0.01"),
    ("vae:hidden=[64,32]", "vae:hidden=[64,32]"),
    ("vae:hidden=[64, 32]", "vae:hidden=[64,32]"),
    ("vae:hidden=[064,32.0],lr=0.002", "vae:hidden=[64,32]"),
    ("vae:hidden=[]", "vae:hidden=[]"),
    ("gan:spectral_norm=false", "gan"),
    ("gan:hidden=[128,128],k=1", "gan"),
    ("gan:spectral_norm=True", "gan:spectral_norm=true"),
    ("gan:spectral_norm=yes", "gan:spectral_norm=true"),
    ("gan:spectral_norm=1,ema_decay=0.9990", "gan:spectral_norm=true"),
    ("gan:beta1=0", "gan:beta1=0"),
    ("gan:beta1=0.0", "gan:beta1=0"),
]


def test_spellings_of_one_model_have_one_label_and_one_key() -> None:
    keys: dict[str, set[str]] = {}
    for written, label in SAME:
        job = planned(written)
        assert job.model.label == label, written
        keys.setdefault(label, set()).add(job.key)
    assert {label: len(found) for label, found in keys.items()} == {label: 1 for _, label in SAME}
    assert len(set.union(*keys.values())) == len(keys)


def test_other_values_are_other_models() -> None:
    others = [
        "vae", "vae:lr=0.0020000001", "vae:lr=0.02", "vae:latent=2", "vae:latent=20", "vae:latent=2,lr=0.02",
        "vae:hidden=[2]", "vae:hidden=[]", "vae:hidden=[2,2]", "vae:hidden=[2,3]", "vae:hidden=[3,2]",
        "vae:scale=shared", "vae:free_bits=0",
        "iwae", "gan",
    ]  # fmt: skip
    jobs = [planned(other) for other in others]
    assert [job.model.label for job in jobs] == others
    assert len({job.key for job in jobs}) == len(others)


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("gaussians:dim=20", "gaussians:dim=20"),
        ("gaussians:dim=020", "gaussians:dim=20"),
        ("gaussians:dim= 20.0", "gaussians:dim=20"),
        ("gaussians:dim=10", "gaussians"),
        ("sub/table.csv", "table"),
        ("sub/table.csv:target=target", "table"),
        ("./sub/../sub/table.csv:missing=impute,standardise=yes", "table"),
        ("sub/table.csv:standardise=0,ignore=[a]", "table:ignore=[a],standardise=false"),
        ('sub/table.csv:ignore=["a"]', "table:ignore=[a]"),
    ],
)
def test_data_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, label: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    rows = "".join(f"{i / 7},{i % 5},{'xy'[i % 2]}\n" for i in range(60))
    (tmp_path / "sub" / "table.csv").write_text(f"a,b,target\n{rows}")
    job, plain = planned("gaussian", written), planned("gaussian", label.replace("table", "sub/table.csv"))
    assert job.dataset.label == label
    assert job.key == plain.key


@pytest.mark.parametrize(
    ("models", "datasets", "message"),
    [
        (("vae", "vae:lr=0.002"), ("iris",), "'vae' and 'vae:lr=0.002' are the same model, 'vae'; name it once"),
        (("vae:latent=2", "vae:latent=02"), ("iris",), "the same model, 'vae:latent=2'; name it once"),
        (("gaussian",), ("gaussians", "gaussians:dim=10"), "are the same data set, 'gaussians'; name it once"),
    ],
)
def test_one_model_under_two_spellings_is_refused(
    models: tuple[str, ...], datasets: tuple[str, ...], message: str
) -> None:
    with pytest.raises(GenbenchError, match=message):
        plan_here(REGISTRY, QUICK, models, datasets)


@pytest.mark.parametrize(
    "model", ["vae:latent=99999999999999999999", "vae:hidden=[1,9223372036854775808]", "vae:lr=1e400"]
)
def test_numbers_that_no_tensor_holds_end_it_before_any_training(model: str) -> None:
    with pytest.raises(HyperparameterError, match=r"^model 'vae': \w+=.* is not allowed; .* is a "):
        plan_here(REGISTRY, QUICK, [model], ["iris"])


def test_what_a_job_records_of_its_model() -> None:
    job = planned("vae:lr=1e-2,latent=02,scale=example")
    assert job.model.hyperparameters == {"latent": 2, "lr": 0.01}
    assert job.model.settings["lr"] == "0.01"
    assert job.model.settings["scale"] == "example"
    assert set(job.code) >= {"genbench", "libraries", "model vae", "data set iris", "evaluation cost"}
    assert set(job.versions) >= {"torch", "numpy", "scipy", "scikit-learn", "pot", "torchmetrics"}
