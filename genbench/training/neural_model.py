"""A model made of a torch.nn.Module whose training the harness owns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from torch import nn

from genbench.data.spec import DataSpec
from genbench.model import FitContext, Model

if TYPE_CHECKING:
    from torch import Tensor

    from genbench.data.dataset import Split
    from genbench.draws import Draws
    from genbench.training.objective import Objective


class NeuralModel(nn.Module, Model):
    """Its author writes the modules, :meth:`objectives` and the capabilities; the harness trains it.

    All randomness of a loss comes from its ``draws``, of which it must ask the same shapes at every step. Losses may run
    under ``torch.func.vmap``: no ``.item()``, no branch on a tensor's value, and
    :func:`genbench.training.input_gradient` instead of ``torch.autograd.grad``.
    Hyperparameters are the keyword arguments of ``__init__``, as for every :class:`Model`.
    """

    stackable: ClassVar[bool] = True
    """Whether losses can run under ``vmap``, so that all seeds can be trained in one pass."""
    ema_decay: float | None = None
    """Decay of the exponential moving average of the parameters, and of the running statistics of normalisation layers, that
    is evaluated in their place; None: no average."""
    patience: ClassVar[int | None] = None
    """Validations without improvement of :meth:`criterion` after which a seed stops; None: never before the budget ends."""

    def __init__(self, data: DataSpec) -> None:
        nn.Module.__init__(self)
        self.data = data

    def objectives(self) -> Sequence[Objective]:
        """What is minimised in each step, in this order."""
        raise TypeError(f"{type(self).__name__} must define objectives()")

    def criterion(self, x: Tensor, y: Tensor | None, draws: Draws) -> Tensor:
        """A scalar on validation examples, lower is better. A model that defines it is given back as it was when the
        criterion was best; one that does not, as it was at the end."""
        raise TypeError(f"{type(self).__name__} has no criterion()")

    @classmethod
    def has_criterion(cls) -> bool:
        return cls.criterion is not NeuralModel.criterion

    def after_fit(self, train: Split, validation: Split, context: FitContext) -> None:
        """Called once the model holds its trained parameters, for what is estimated after training (such as a mixture
        fitted to the training codes). It runs without gradients and in evaluation mode; what it finds belongs in
        buffers, so that it is saved with the parameters."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        """Train this one model; raises :class:`genbench.errors.DivergedError` if its loss stops being finite."""
        from genbench.training.loop import fit_side_by_side

        (error,) = fit_side_by_side([self], train, validation, [context])
        if error is not None:
            raise error

    def state(self) -> dict[str, Any]:
        return dict(self.state_dict())

    def restore(self, state: dict[str, Any]) -> None:
        self.load_state_dict(state)
