"""What figures show: no rows without a value, and panels as wide as the page of their number."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from genbench.report import figures
from genbench.study.figure import figure_of


def test_a_panel_has_the_models_alone_that_have_a_value_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(figures, "save", lambda figure, path, **options: drawn.append(figure))
    of = {"metric": "nll", "estimator": "exact", "unit": "nats", "better": "lower", "control": False, "status": "ok"}
    rows = [
        {**of, "dataset": dataset, "model": model, "value": 1.0, "ci_low": 0.5, "ci_high": 1.5, "n": 10, "examples": 5}
        for dataset, model in (("d", "a"), ("d", "b"), ("e", "b"), ("e", "c"))
    ]
    figures.draw_table(pd.DataFrame(rows), tmp_path / "x.png")
    labels = [[tick.get_text() for tick in axis.get_yticklabels()] for axis in drawn[0].axes]
    assert labels == [["a", "b"], ["b", "c"]]


def test_a_study_of_one_data_set_is_one_panel_and_no_error_is_below_0() -> None:
    of = {"metric": "test_error", "status": "ok", "dataset": "iris", "model": "naive_bayes", "ci_high": 0.2}
    rows = [{**of, "examples": m, "value": 0.1, "ci_low": -0.1} for m in (10, 100)]
    figure = figure_of(pd.DataFrame(rows))
    (axis,) = figure.axes
    (band,) = axis.collections
    assert band.get_paths()[0].get_extents().ymin == 0
