"""What is suspicious in a user's file is told before a run and kept in its record."""

from __future__ import annotations

from pathlib import Path

import pytest

from genbench.cli.display import progress_display, show_plan
from genbench.data.source import DataSource
from genbench.execution.loading import load
from genbench.execution.plan import Plan
from genbench.execution.run import _dataset_record
from genbench.execution.selection import select
from genbench.execution.survey import survey_dataset
from genbench.plugins import load_plugins
from genbench.protocol import load_protocol


def test_a_column_that_numbers_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sorted.csv"
    path.write_text("id,size,target\n" + "".join(f"{i},{i % 7},{i // 30}\n" for i in range(60)))
    (dataset,) = select(load_plugins(), load_protocol("quick"), DataSource(), ["gaussian"], [str(path)]).datasets
    card = survey_dataset(load(dataset), dataset)
    plan = Plan((), (), (), {"device": "cpu"}, {dataset.label: card})
    expected = "warning: data set 'sorted': column 'id' may number the rows"

    show_plan(plan)
    assert expected in capsys.readouterr().out
    with progress_display(plan):
        assert f"genbench: {expected}" in capsys.readouterr().err
    assert _dataset_record(card)["warnings"] == list(card.warnings)
