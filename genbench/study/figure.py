"""The study's figure, in the layout of Ng & Jordan (2001): a panel a data set, error against training examples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from genbench.study.discriminative_generative import DISCRIMINATIVE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 4
STYLES = {
    DISCRIMINATIVE: ("C0", "--", "logistic regression"),
    "naive_bayes": ("C3", "-", "naive Bayes"),
    "naive_bayes_shared": ("C3", "-", "naive Bayes"),
    "gda_shared": ("C2", "-.", "Gaussian discriminant analysis"),
}


def figure_of(learning_curve: pd.DataFrame) -> Figure:
    """From the table: logistic regression dashed, its generative pairs solid and dash-dotted, 95 % intervals shaded."""
    from matplotlib.figure import Figure

    errors = learning_curve[(learning_curve["metric"] == "test_error") & (learning_curve["status"] == "ok")]
    panels = list(errors.groupby("dataset", sort=False))
    down, across = math.ceil(len(panels) / COLUMNS), min(COLUMNS, len(panels))
    figure = Figure(figsize=(3.1 * across, 2.5 * down), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False)
    for axis, (dataset, curves) in zip(axes.flat, panels, strict=False):
        _panel(axis, str(dataset), curves)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    figure.supxlabel("training examples m")
    figure.supylabel("test error")
    handles: dict[str, Any] = {}
    for axis in axes.flat:
        handles |= {label: line for line, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=across, frameon=False)
    return figure


def _panel(axis: Axes, dataset: str, curves: pd.DataFrame) -> None:
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    for model, curve in curves.groupby("model", sort=False):
        colour, line, label = STYLES[str(model)]
        m = curve["examples"].to_numpy(dtype=float)
        axis.plot(m, curve["value"], color=colour, linestyle=line, linewidth=1.2, label=label)
        # Student's interval of a small error may reach below 0, where no error is
        low, high = (curve[end].to_numpy(dtype=float).clip(0, 1) for end in ("ci_low", "ci_high"))
        axis.fill_between(m, low, high, color=colour, alpha=0.2, linewidth=0)
    axis.set_xscale("log")
    decades = math.log10(curves["examples"].max() / curves["examples"].min())
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0,) if decades > 2 else (1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_title(dataset, fontsize=9)
    axis.tick_params(labelsize=7)
