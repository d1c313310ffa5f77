"""Figures of tables, for papers: drawn from numbers alone, in the format that the file's ending names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from genbench.errors import GenbenchError
from genbench.report.pictures import save
from genbench.results.ranking import Scores, critical_differences
from genbench.text import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf")
COLUMNS = 3
LONGEST_LABEL = 40
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Told apart by the colour-blind (Okabe & Ito 2008); with the markers, also without colours."""
MARKERS = "osD^vPX*<>"


def check_ending(path: Path) -> None:
    """Raise :class:`GenbenchError` for a file that is none of the formats."""
    if path.suffix.lower() not in ENDINGS:
        raise GenbenchError(f"{path} is no figure's name; expected an ending of {', '.join(ENDINGS)}")


def draw_table(rows: pd.DataFrame, path: Path) -> None:
    """One metric and estimator of one table: a panel a data set, its models as points with their 95 % intervals.

    Where models were measured at several training sizes, or at several n, they are lines over those, intervals shaded.
    Controls are hollow and grey, under the others.
    """
    from matplotlib.figure import Figure

    check_ending(path)
    panels = list(rows.groupby("dataset", sort=False))
    down, across = math.ceil(len(panels) / COLUMNS), min(COLUMNS, len(panels))
    axis_name = _axis_name(rows)
    models = 1 if axis_name else max(int(panel["model"].nunique()) for _, panel in panels)
    figure = Figure(figsize=(3.4 * across, (2.6 if axis_name else 1.0 + 0.22 * models) * down), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False)
    order = _order(rows)
    for axis, (dataset, panel) in zip(axes.flat, panels, strict=False):
        (_curves if axis_name else _points)(axis, panel, order, axis_name)
        axis.set_title(_label(dataset), fontsize=9)
        axis.tick_params(labelsize=7)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    _describe(figure, rows.iloc[0], axis_name)
    if axis_name:
        handles = {
            label: line for axis in axes.flat for line, label in zip(*axis.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=3, fontsize=7, frameon=False)
    save(figure, path, dpi=200, bbox_inches="tight")


def draw_critical_differences(scores: Scores, post_hoc: str, path: Path) -> None:
    """Models on a line by their average rank, the best at the left; bars join those whose difference chance may account for
    (Demšar 2006)."""
    import scikit_posthocs
    from matplotlib.figure import Figure

    check_ending(path)
    names = {model: _label(model) for model in scores.values.columns}
    figure = Figure(figsize=(7, 1.2 + 0.2 * len(names)), layout="constrained")
    ranks, p = scores.ranks.mean().rename(names), critical_differences(scores, post_hoc)
    scikit_posthocs.critical_difference_diagram(
        ranks, p.rename(index=names, columns=names), ax=figure.subplots(), label_props={"fontsize": 8}
    )
    figure.suptitle(_label(f"{scores.name}: average rank on {len(scores.values)} data sets"), fontsize=9)
    save(figure, path, dpi=200, bbox_inches="tight")


def _axis_name(rows: pd.DataFrame) -> str:
    """What the values are curves of: ``examples`` or ``n``; "" if there is one value a model and data set."""
    for name in ("examples", "n"):
        sizes = rows.dropna(subset=[name]).drop_duplicates(["dataset", "model", name])
        if sizes.duplicated(["dataset", "model"]).any():
            return name
    return ""


def _order(rows: pd.DataFrame) -> list[tuple[str, bool]]:
    """The models, controls last, and whether each is one."""
    pairs = rows[["model", "control"]].drop_duplicates()
    return sorted(pairs.itertuples(index=False, name=None), key=lambda pair: (pair[1], pair[0]))


def _points(axis: Axes, panel: pd.DataFrame, order: Sequence[tuple[str, bool]], _: str) -> None:
    by_model = panel.drop_duplicates("model").set_index("model")
    order = [(model, control) for model, control in order if model in by_model.index]
    for place, (model, control) in enumerate(order):
        row = by_model.loc[model]
        colour = "0.5" if control else COLOURS[0]
        axis.plot([row["ci_low"], row["ci_high"]], [place, place], color=colour, linewidth=1.2)
        axis.plot(
            [row["value"]], [place], "o", color=colour, markerfacecolor="none" if control else colour, markersize=4
        )
    axis.set_yticks(range(len(order)), [_label(model) for model, _ in order])
    axis.set_ylim(len(order) - 0.5, -0.5)
    axis.grid(axis="x", linewidth=0.3)


def _curves(axis: Axes, panel: pd.DataFrame, order: Sequence[tuple[str, bool]], name: str) -> None:
    for place, (model, control) in enumerate(order):
        curve = panel[panel["model"] == model].dropna(subset=[name]).sort_values(name)
        if len(curve):
            sizes = curve[name].to_numpy(dtype=float)
            colour = "0.5" if control else COLOURS[place % len(COLOURS)]
            style: dict[str, Any] = {"linestyle": "--" if control else "-", "marker": MARKERS[place % len(MARKERS)]}
            axis.plot(sizes, curve["value"], color=colour, linewidth=1.0, markersize=3, label=_label(model), **style)
            low, high = (curve[end].to_numpy(dtype=float) for end in ("ci_low", "ci_high"))
            axis.fill_between(sizes, low, high, color=colour, alpha=0.15, linewidth=0)
    axis.set_xscale("log")


def _describe(figure: Figure, row: pd.Series[Any], axis_name: str) -> None:
    unit = f", {row['unit']}" if row["unit"] else ""
    better = f" ({row['better']} is better)" if row["better"] else ""
    measured = _label(f"{row['metric']} ({row['estimator']}){unit}{better}", 120)
    if axis_name:
        figure.supxlabel("training examples" if axis_name == "examples" else "test examples and samples n", fontsize=8)
        figure.supylabel(measured, fontsize=8)
    else:
        figure.supxlabel(measured, fontsize=8)


def _label(text: object, limit: int = LONGEST_LABEL) -> str:
    """Text that a plugin brought, of which no part is read as a formula."""
    return plain(text, limit).replace("$", r"\$")
