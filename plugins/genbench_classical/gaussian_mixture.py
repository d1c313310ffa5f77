"""Gaussian mixture, fitted by expectation maximisation."""

from __future__ import annotations

import warnings
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Mixture
from torch import Tensor

from genbench import DataSpec, Draws, FitContext, Model, ModelError, Split, as_rows
from genbench_classical.generative import Array
from genbench_classical.scaling import Scaling

FULL_UP_TO = 256
"""Dimensions up to which ``covariance="auto"`` means full covariances; their cost grows with the square."""
MIXTURE = ("weights", "means", "covariances", "precisions_cholesky")
"""What scikit-learn's mixture has learned."""
LARGEST = 128
"""Most components that are tried when their number is chosen."""


class GaussianMixture(Model):
    """scikit-learn's mixture on standardised features (``unit`` data as they are), k-means start.

    components  None doubles their number, 1, 2, 4, ..., as long as the log-likelihood of the validation split rises.
    covariance  of a component, as scikit-learn names them; ``auto``: full up to 256 dimensions, diagonal beyond.
    n_init      starts of EM, of which the best is kept.
    max_iter    EM iterations a start.
    ridge       added to the variances, in units of the standardised features (scikit-learn's ``reg_covar``).
    """

    supports = frozenset({"real", "unit"})
    continuous_density = True

    def __init__(
        self,
        data: DataSpec,
        *,
        components: Annotated[int | None, Field(ge=1)] = None,
        covariance: Literal["auto", "full", "tied", "diag", "spherical"] = "auto",
        n_init: Annotated[int, Field(ge=1)] = 1,
        max_iter: Annotated[int, Field(ge=1)] = 200,
        ridge: Annotated[float, Field(gt=0)] = 1e-6,
    ) -> None:
        super().__init__(data)
        if covariance == "auto":
            covariance = "full" if data.dim <= FULL_UP_TO else "diag"
        self.components = components
        self.settings = {"covariance_type": covariance, "n_init": n_init, "max_iter": max_iter, "reg_covar": ridge}

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        x = as_rows(train.x)
        if len(x) < 2:
            raise ModelError(f"needs 2 training examples or more, given {len(x)}")
        self.scaling = Scaling.of(x, self.data)
        z = self.scaling.forward(x)
        if self.components is not None:
            self.mixture = self._fitted(z, min(self.components, len(z)), context.seed)
        else:
            self.mixture = self._chosen(z, self.scaling.forward(as_rows(validation.x)), context)

    def log_prob(self, x: Tensor) -> Array:
        return self.mixture.score_samples(self.scaling.forward(as_rows(x))) + self.scaling.log_det

    def score(self, x: Tensor) -> Array:
        z = self.scaling.forward(as_rows(x))
        weights = self.mixture.predict_proba(z)
        total = np.zeros_like(z)
        for k, mean in enumerate(self.mixture.means_):
            total -= weights[:, [k]] * self._precision_times(k, z - mean)
        return (total / self.scaling.scale).reshape(x.shape)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Array:
        rng = draws.numpy()
        self.mixture.set_params(random_state=int(rng.integers(2**31)))
        ordered_by_component, _ = self.mixture.sample(n)
        return self.scaling.backward(rng.permutation(ordered_by_component)).reshape(n, *self.data.shape)

    def state(self) -> dict[str, Any]:
        return {name: getattr(self.mixture, f"{name}_") for name in MIXTURE} | vars(self.scaling)

    def restore(self, state: dict[str, Any]) -> None:
        arrays = {name: tensor.numpy() for name, tensor in state.items()}
        self.scaling = Scaling(arrays["shift"], arrays["scale"])
        self.mixture = Mixture(len(arrays["weights"]), **self.settings)
        for name in MIXTURE:
            setattr(self.mixture, f"{name}_", arrays[name])

    def _fitted(self, z: Array, components: int, seed: int) -> Mixture:
        mixture = Mixture(components, random_state=seed % 2**32, **self.settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # stopped by max_iter, or fewer distinct points
            return mixture.fit(z)

    def _chosen(self, z: Array, validation: Array, context: FitContext) -> Mixture:
        """The mixture after which doubling the components no longer helps on validation data."""
        best = self._fitted(z, 1, context.seed)
        best_value = best.score(validation)
        while 2 * best.n_components <= min(LARGEST, len(z)) and not context.should_stop():
            candidate = self._fitted(z, 2 * best.n_components, context.seed)
            value = candidate.score(validation)
            context.log(candidate.n_components, validation_log_prob=value + self.scaling.log_det)
            if value <= best_value:
                break
            best, best_value = candidate, value
        return best

    def _precision_times(self, k: int, residual: Array) -> Array:
        """The inverse covariance of component k times each row of ``residual`` (n, d)."""
        factors = self.mixture.precisions_cholesky_
        factor = factors if self.mixture.covariance_type == "tied" else factors[k]
        return residual @ factor @ factor.T if np.ndim(factor) == 2 else residual * factor**2
