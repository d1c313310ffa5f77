"""What is to be seen of each model on each data set: pictures of what its job kept, and its training curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from genbench.report.charts import training_curves
from genbench.report.embedding import density_image, image_blocks, points_path, square_about
from genbench.report.payload import label
from genbench.results.arrays import read_pictures
from genbench.results.loading import Run
from genbench.results.tables import flaws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

LARGEST = 9_000_000
"""Characters that pictures may take of a page."""
SIDE = 6
"""Images a side of a grid."""
ACROSS, DOWN = 8, 4
"""Images in other pictures."""


@dataclass(frozen=True)
class Picture:
    """An image by its ``address``, or a scatter by the ``dots`` of its path."""

    title: str
    caption: str
    address: str = ""
    dots: str = ""


@dataclass(frozen=True)
class Card:
    """One model on one data set."""

    model: str
    control: bool
    flaw: str
    pictures: list[Picture]
    curves: dict[str, Any] | None


@dataclass(frozen=True)
class Plane:
    """A data set's side of its scatters: picture of the density (or ""), real examples and modes as paths of dots."""

    density: str
    real: str
    modes: str


@dataclass
class Gallery:
    """The cards of one data set, controls last."""

    dataset: str
    cards: list[Card] = field(default_factory=list)
    plane: Plane | None = None
    left_out: int = 0
    """Models whose pictures the page had no room for."""

    @property
    def shows_something(self) -> bool:
        return any(card.pictures or card.curves for card in self.cards)


class Kind(NamedTuple):
    """How a picture is made of a job's arrays: which it needs, and what they become."""

    title: str
    caption: str
    needs: tuple[str, ...]
    blocks: Callable[[Arrays], tuple[NDArray[Any], ...]]


KINDS = (
    Kind(
        "Samples beside real examples",
        "Samples of the first seed at the left, test examples at the right, neither of them chosen. Samples that are alike "
        "among themselves tell of dropped modes.",
        ("samples", "real"),
        lambda a: (_grid(a["samples"][0]), _grid(a["real"])),
    ),
    Kind(
        "Nearest training examples",
        "Above, samples of the first seed; below each, its nearest training example. Pairs that are the same are copies.",
        ("samples", "nearest"),
        lambda a: (np.stack([a["samples"][0, :ACROSS], a["nearest"][0, :ACROSS]]),),
    ),
    Kind(
        "Reconstructions",
        "Above, test examples; below each, what the model makes of its code for it.",
        ("reconstructions", "real"),
        lambda a: (np.stack([a["real"][: a["reconstructions"].shape[1]], a["reconstructions"][0]]),),
    ),
    Kind(
        "Interpolations",
        "Each row walks from one random noise to another. Good models change smoothly; jumps tell of memorised examples.",
        ("interpolations",),
        lambda a: (a["interpolations"][0, :DOWN],),
    ),
    Kind(
        "Traversals",
        "Each row changes a single number of the noise from -2 to 2; shown are those that change the sample most.",
        ("traversals",),
        lambda a: (a["traversals"][0, :DOWN],),
    ),
    Kind(
        "Arithmetic between classes",
        "In each row the mean noises of three classes, and at the right the first minus the second plus the third.",
        ("arithmetic",),
        lambda a: (a["arithmetic"][0, :DOWN],),
    ),
)


def galleries(run: Run) -> list[Gallery]:
    """A gallery for each data set, first those with something to see; without pictures where only tables are kept."""
    found: dict[str, Gallery] = {}
    keys, wrong, room = run.job_keys(), flaws(run.folder) if run.record else {}, LARGEST
    ordered = run.of_models().sort_values(["dataset", "control", "model"], kind="stable")
    for _, of_pair in ordered.groupby(["dataset", "control", "model"], sort=False):
        dataset, model = (str(of_pair[name].iloc[0]) for name in ("dataset", "model"))
        control = bool(of_pair["control"].iloc[0])
        gallery = found.setdefault(dataset, Gallery(label(dataset)))
        key = keys.get((model, dataset))
        arrays = read_pictures(run.folder.jobs / key) if key else {}
        pictures = list(_pictures(arrays, gallery)) if room > 0 else []
        room -= sum(len(picture.address) + len(picture.dots) for picture in pictures)
        gallery.left_out += bool(arrays) and not pictures
        curves = training_curves(of_pair)
        if pictures or (of_pair["status"] == "ok").any():
            gallery.cards.append(Card(label(model), control, label(wrong.get(model, "")), pictures, curves))
    return sorted(found.values(), key=lambda gallery: not gallery.shows_something)


def _pictures(arrays: Arrays, gallery: Gallery) -> Iterator[Picture]:
    samples = arrays.get("samples", np.empty(0))
    if samples.ndim == 3 and samples.shape[2] == 2:
        yield _scatter(samples, arrays, gallery)
        return
    for kind in KINDS:
        if all(arrays.get(name, np.empty(0)).ndim >= 4 for name in kind.needs):
            yield Picture(kind.title, kind.caption, address=image_blocks(*kind.blocks(arrays)))


def _scatter(samples: NDArray[Any], arrays: Arrays, gallery: Gallery) -> Picture:
    """The samples as dots; the first scatter of a data set also brings what all of them share."""
    real, centres = arrays.get("real", samples[0]), arrays.get("centres")
    extent = arrays.get("extent", square_about(real))
    if gallery.plane is None:
        density = density_image(arrays["log_density"]) if "log_density" in arrays else ""
        modes = points_path(centres, extent, crosses=True) if centres is not None else ""
        gallery.plane = Plane(density, points_path(real, extent) if "real" in arrays else "", modes)
    caption = (
        "Dots are samples of the first seed. Behind them, where they are known, the true density in blue and the true "
        "modes as crosses, else real examples in grey. Dots between the modes, and modes without dots, are faults."
    )
    return Picture("Samples in the plane", caption, dots=points_path(samples[0], extent))


def _grid(images: NDArray[Any]) -> NDArray[Any]:
    """Images (n, c, h, w) as a square table of at most SIDE a side."""
    side = min(SIDE, math.isqrt(len(images)))
    return images[: side * side].reshape(side, side, *images.shape[1:])
