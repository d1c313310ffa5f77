"""Small runs made by hand, and what a page holds."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from genbench.measurement import COLUMNS
from genbench.report.page import write_report

QUICK = Path(__file__).parents[2] / "results" / "quick"


def rows_of(*lines: dict[str, Any]) -> pd.DataFrame:
    """Rows of a table; what is not given is as of a value that went well."""
    usual: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    usual |= {"estimator": "exact", "better": "lower", "status": "ok", "seeds": 1, "n": 100, "examples": 50}
    usual |= {"value": None, "ci_low": None, "ci_high": None}
    return pd.DataFrame([usual | line for line in lines])


def write_run(
    folder: Path,
    tables: dict[str, pd.DataFrame],
    arrays: dict[tuple[str, str], dict[str, np.ndarray]] | None = None,
    controls: tuple[str, ...] = (),
) -> Path:
    """A run folder of tables, whose jobs keep the arrays that are given by model and data set."""
    (folder / "tables").mkdir(parents=True)
    pairs = list(dict.fromkeys((m, d) for t in tables.values() for m, d in zip(t["model"], t["dataset"], strict=True)))
    jobs = {f"job{i}": {"model": m, "dataset": d, "control": m in controls} for i, (m, d) in enumerate(pairs)}
    (folder / "run.json").write_text(json.dumps({"jobs": jobs, "tables": list(tables)}))
    for name, frame in tables.items():
        frame.to_csv(folder / "tables" / f"{name}.csv", index=False)
    for key, job in jobs.items():
        kept = (arrays or {}).get((job["model"], job["dataset"]))
        if kept is not None:
            (folder / "jobs" / key).mkdir(parents=True)
            np.savez_compressed(folder / "jobs" / key / "samples.npz", **kept)
    return folder


class Page(HTMLParser):
    """The elements of a page with their attributes, the text of each script, and all other text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
            self._inside = ""
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script draws from."""
        found: dict[str, Any] = json.loads(self.scripts[0])
        return found


def page_of(folder: Path, *other: Path) -> Page:
    output = folder / "page.html"
    write_report(folder, output, *other)
    return Page(output.read_text(encoding="utf-8"))
