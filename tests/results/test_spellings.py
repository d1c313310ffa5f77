"""Rows of a run are found under every spelling of a model's or a data set's options."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from genbench.errors import UnknownNameError
from genbench.results.folder import RunFolder
from genbench.results.loading import Run, check_names

LABELS = ["vae", "vae:latent=2,lr=0.01", "gaussian"]


def run_of(recorded: bool) -> Run:
    rows = pd.DataFrame({"model": LABELS, "dataset": "gaussians:dim=20", "table": "likelihood"})
    settings = {"vae": {"latent": "none", "lr": "0.002"}, LABELS[1]: {"latent": "2", "lr": "0.01"}, "gaussian": {}}
    jobs = {
        str(i): {"model": label, "dataset": "gaussians:dim=20", "settings": {"model": settings[label], "dataset": {}}}
        for i, label in enumerate(LABELS)
    }
    record = {"jobs": jobs} if recorded else {}
    return Run("run", rows, pd.DataFrame(index=rows.index), {}, record, RunFolder(Path("run")))


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("text", ["vae:latent=2,lr=0.01", "vae:lr=1e-2,latent=02"])
def test_another_spelling(recorded: bool, text: str) -> None:
    run = run_of(recorded)
    check_names([run], "model", "model", [text])
    assert run.only(model=[text], dataset=["gaussians:dim=020"]).rows["model"].tolist() == ["vae:latent=2,lr=0.01"]


def test_a_default_written_out_is_found_where_the_run_recorded_it() -> None:
    assert run_of(recorded=True).only(model=["vae:lr=2e-3"]).rows["model"].tolist() == ["vae"]
    with pytest.raises(UnknownNameError, match="no model is called 'vae:lr=2e-3'"):
        check_names([run_of(recorded=False)], "model", "model", ["vae:lr=2e-3"])


@pytest.mark.parametrize("text", ["vae:lr=0.01", "vae:latent=2", "vea", "gaussian:lr=0.002"])
def test_what_no_spelling_means(text: str) -> None:
    with pytest.raises(UnknownNameError):
        check_names([run_of(recorded=True)], "model", "model", [text])
