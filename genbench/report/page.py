"""One HTML file that shows a run: it needs no network, no other file, and nothing but a browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

import genbench
from genbench.report.cards import galleries
from genbench.report.charts import Chart, learning_curves, rank_charts, trade_offs
from genbench.report.overview import overview_of
from genbench.report.payload import comparison_table, label, tables_of
from genbench.results.atomic import write_text
from genbench.results.comparison import compare
from genbench.results.loading import Run, read_run
from genbench.results.readable import notes
from genbench.results.tables import flaws
from genbench.text import plain

STYLES = ("style.css",)
SCRIPTS = ("format.js", "tables.js", "axes.js", "charts.js", "start.js")


def write_report(folder: str | Path, output: Path, other: str | Path | None = None) -> None:
    """Write the page of a run (a run folder, or a folder of tables), with a comparison if there is an ``other``.

    Raises :class:`genbench.errors.RunFolderError` for a folder without results, and if the page cannot be written.
    """
    run = read_run(folder)
    tables = tables_of(run)
    if other is not None:
        lines = compare(folder, other)
        tables = [comparison_table(lines, notes(lines, everything=True)), *tables]
    shown = galleries(run)
    charts = [*learning_curves(run), *trade_offs(run), *rank_charts(run)]
    page = _environment().get_template("page.html").render(
        title=label(run.label),
        version=genbench.__version__,
        overview=overview_of(run),
        tables=tables,
        flaws=_flaws(run),
        charts=charts,
        galleries=shown,
        data=_embedded(tables, charts, shown),
        **_inlined("style", STYLES),
        **_inlined("script", SCRIPTS),
    )  # fmt: skip
    write_text(output, page)


def _flaws(run: Run) -> list[tuple[str, str]]:
    wrong = flaws(run.folder) if run.record else {}
    return [(label(model), plain(flaw)) for model, flaw in sorted(wrong.items())]


def _embedded(tables: list[dict[str, Any]], charts: Iterable[Chart], shown: Iterable[Any]) -> Markup:
    """What the page's script draws from, so written that nothing in it can end the element that holds it."""
    curves = [card.curves for gallery in shown for card in gallery.cards if card.curves]
    drawn = [{"kind": chart.kind, **chart.spec} for chart in charts] + [{"kind": "curves", **spec} for spec in curves]
    return htmlsafe_json_dumps({"tables": tables, "charts": drawn}, separators=(",", ":"), allow_nan=False)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("genbench.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inlined(kind: str, names: tuple[str, ...]) -> dict[str, Markup | str]:
    """The text of the page's own files, and the hash by which alone its policy lets them work."""
    text = "\n" + "\n".join((files("genbench.report") / "page" / name).read_text(encoding="utf-8") for name in names)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {kind: Markup(text), f"{kind}_hash": f"sha256-{digest}"}
