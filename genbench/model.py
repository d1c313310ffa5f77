"""The contract of a model: a constructor, ``fit``, and whichever capabilities it has."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, get_args, runtime_checkable

from genbench.capabilities import CAPABILITIES
from genbench.data.dataset import Split
from genbench.data.spec import DataSpec, Support
from genbench.errors import ModelError, Unavailable, check_choice, did_you_mean
from genbench.protocol import Precision
from genbench.text import plain

if TYPE_CHECKING:
    from torch import Tensor

    from genbench.draws import Draws


DiscriminatorGives = Literal["log_odds", "critic"]


@dataclass(frozen=True)
class Budget:
    """How much training a model may have: training examples seen, counted with repetition, and examples a step."""

    examples_seen: int
    batch_size: int

    @property
    def steps(self) -> int:
        return max(1, self.examples_seen // self.batch_size)


@dataclass
class FitContext:
    """What the harness gives to ``fit``.

    device  ``"cpu"`` or ``"cuda"``; the splits' tensors lie there.
    budget  the protocol's budget; a model with its own loop is expected to keep to it.
    seed    of this fit; ``draws`` are made from it.
    """

    device: str
    budget: Budget
    seed: int
    draws: Draws
    should_stop: Callable[[], bool] = field(default=lambda: False)
    """True once the job's time is nearly spent; a model that then returns is still evaluated."""
    on_log: Callable[[int, dict[str, Any]], None] = field(default=lambda step, scalars: None)
    on_progress: Callable[[float], None] = field(default=lambda share: None)
    """Told now and then which share of the training is done, for the live display."""
    precision: Precision = "float32"
    """The protocol's; the shared loop sets it. A model with its own loop may."""
    at_milestone: Callable[[dict[str, Tensor]], Tensor | None] = field(default=lambda tensors: None)
    """Called by the shared loop at fixed shares of the training with the parameters and buffers (*shape) as they would be
    evaluated then. It must draw no number from a generator of the training's."""
    milestones: dict[int, Tensor] = field(default_factory=dict)
    """What ``at_milestone`` gave, by the number of training examples seen by then; kept in checkpoints."""

    def log(self, step: int, **scalars: Any) -> None:
        """Record scalars (losses, gradient norms, ...), numbers or tensors of one, at a training step; they go to
        ``training.csv``."""
        self.on_log(step, scalars)


class Model(ABC):
    """A model. Hyperparameters are the keyword arguments of ``__init__``, after ``data``, with types and defaults;
    bounds are written ``Annotated[int, Field(ge=1)]`` (pydantic). That signature is the schema.

    A subclass that defines a method named in :data:`genbench.capabilities.CAPABILITIES` has that capability; nothing else
    need be declared.
    """

    supports: ClassVar[frozenset[Support]] = frozenset({"real", "unit", "binary"})
    """The supports of the data that the model takes."""
    needs_labels: ClassVar[bool] = False
    """Whether the model can only be fitted to labelled data."""
    takes_unlabelled: ClassVar[bool] = False
    """Whether ``fit`` also learns from examples of ``train`` whose label is :data:`genbench.UNLABELLED`. Some examples, and
    all of the validation split, are labelled as ever."""
    deterministic_fit: ClassVar[bool] = False
    """Whether ``fit`` uses no randomness; such a model is fitted once, whatever the number of seeds."""
    continuous_density: ClassVar[bool] = False
    """Whether the model is a density with respect to Lebesgue measure. On data with levels the harness then fits it to
    uniformly dequantised data in [0, 1), evaluates its log density there, and takes its samples back to the levels."""
    discriminator_gives: ClassVar[DiscriminatorGives] = "log_odds"
    """What ``discriminate`` gives: log odds, or the numbers of a critic, of which all that is known is that they are
    larger for real examples."""
    bound_variant: ClassVar[str] = ""
    """A word that sets the bound of ``log_prob_bound`` apart from the evidence lower bound by codes alone, such as
    ``label-marginal``; "" for that bound. The estimator has it in its name, ``bound[elbo,label-marginal]``, and values of
    different estimators are never ranked together."""
    fitted_attributes: ClassVar[tuple[str, ...]] = ()
    """Attributes, NumPy arrays, that ``fit`` sets. If they are all that it sets, :meth:`state` and :meth:`restore` need not
    be defined."""

    def __init__(self, data: DataSpec) -> None:
        self.data = data

    @classmethod
    def refuses(cls, data: DataSpec) -> str | None:
        """Why the model cannot take such data, in a few words; None if it can."""
        if data.support not in cls.supports:
            return f"takes {' or '.join(sorted(cls.supports))} data, not {data.support}"
        if cls.needs_labels and data.classes < 2:
            return "needs labels"
        return None

    @abstractmethod
    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        """Fit to ``train``; choose whatever is to be chosen on ``validation``."""

    def state(self) -> dict[str, Any] | None:
        """The fitted parameters as arrays, by name, to be kept as ``model.safetensors``; None keeps nothing."""
        return {name: getattr(self, name) for name in self.fitted_attributes} or None

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`state` gave, as tensors on the CPU; raises :class:`genbench.errors.Unavailable` if the model
        neither defines it nor has ``fitted_attributes``."""
        if not self.fitted_attributes:
            raise Unavailable(f"{type(self).__name__} cannot be loaded back: it does not define restore(state)")
        for name in self.fitted_attributes:
            setattr(self, name, state[name].numpy())


@runtime_checkable
class FitsManySplits(Protocol):
    """A classifier that can be fitted to many random subsets of the training examples at once, for learning curves.

    It is optional: a classifier without it is fitted subset by subset.
    """

    def fit_predict_many(
        self, x: Tensor, y: Tensor, orders: Tensor, sizes: Sequence[int], x_test: Tensor, tested: Tensor
    ) -> Iterable[Tensor]:
        """For each of the ``sizes``, in turn, log p(y | x) (splits, t, classes) of ``x_test[tested]``, float64, natural log.

        Split i of size m is ``x[orders[i, :m]]``, ``y[orders[i, :m]]``, so that the larger subsets hold the smaller ones.
        What is given for it must be what ``fit`` to that subset and ``predict_log_proba`` would give. The model is fresh and
        stays unfitted.

        x       (n, *shape) float32, y (n,) int64: the examples that the subsets are taken from.
        orders  (splits, largest) int64, positions in ``x``; the harness gives as many splits as fit into memory.
        sizes   growing, the last at most ``largest``; every subset has an example of each class.
        x_test  (n_test, *shape) float32, the same for all splits.
        tested  (splits, t) int64, positions in ``x_test``: the examples that each split is tested on.

        All lie on one device, and so should the answer. A model that cannot do it with its hyperparameters raises
        :class:`genbench.Unavailable`, and is fitted subset by subset.
        """
        ...


def capabilities(model: type[Model]) -> tuple[str, ...]:
    """The capabilities that a model class has."""
    return tuple(name for name in CAPABILITIES if callable(getattr(model, name, None)))


def check_declared(model: type[Model]) -> None:
    """Raise :class:`ModelError` if what a model class says of itself is not of the vocabulary."""
    for attribute, example in (("supports", 'frozenset({"real"})'), ("fitted_attributes", '("mean",)')):
        names = getattr(model, attribute)
        if isinstance(names, str) or not isinstance(names, Collection):
            raise ModelError(f"{model.__name__}.{attribute} is {names!r}; expected several names, such as {example}")
    for name in model.supports:
        if name not in get_args(Support):
            raise ModelError(f"{model.__name__}.supports has {name!r}{did_you_mean(str(name), get_args(Support))}")
    variant = model.bound_variant
    if not isinstance(variant, str) or not re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9 _-]{0,59})?", variant):
        raise ModelError(
            f"{model.__name__}.bound_variant is {plain(repr(variant), 60)}; expected at most 60 letters, digits, spaces, "
            'hyphens and underscores, such as "label-marginal"'
        )
    given = f"{model.__name__}.discriminator_gives"
    check_choice(given, model.discriminator_gives, get_args(DiscriminatorGives), ModelError)
