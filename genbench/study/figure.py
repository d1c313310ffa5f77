"""The study's figure, in the layout of Ng & Jordan (2001): a panel a data set, error against training examples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from genbench.study.discriminative_generative import DISCRIMINATIVE, Curves
from genbench.study.statistics import mean_with_interval

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


def figure_of(curves: Sequence[Curves]) -> Figure:
    """Logistic regression dashed, its generative pairs solid and dash-dotted, each with its 95 % interval shaded."""
    from matplotlib.figure import Figure

    rows = math.ceil(len(curves) / COLUMNS)
    figure = Figure(figsize=(3.1 * COLUMNS, 2.5 * rows), layout="constrained")
    axes = figure.subplots(rows, COLUMNS, squeeze=False)
    for axis, one in zip(axes.flat, curves, strict=False):
        _panel(axis, one)
    for axis in axes.flat[len(curves) :]:
        axis.set_axis_off()
    figure.supxlabel("training examples m")
    figure.supylabel("test error")
    handles = {label: line for axis in axes.flat for line, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=len(handles), frameon=False)
    return figure


def _panel(axis: Axes, curves: Curves) -> None:
    for model in curves.measured:
        colour, line, label = STYLES[model]
        errors = curves.errors(model)
        estimates = [mean_with_interval(errors[:, index]) for index in range(errors.shape[1])]
        mean, low, high = (np.array([getattr(e, end) for e in estimates]) for end in ("value", "low", "high"))
        axis.plot(curves.pool.sizes, mean, color=colour, linestyle=line, linewidth=1.2, label=label)
        axis.fill_between(curves.pool.sizes, low, high, color=colour, alpha=0.2, linewidth=0)
    axis.set_xscale("log")
    axis.set_title(curves.name, fontsize=9)
    axis.tick_params(labelsize=7, which="both")
