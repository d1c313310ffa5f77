"""The shared training loop: a plugin's author imports these names."""

from genbench.training.functional import input_gradient
from genbench.training.neural_model import NeuralModel
from genbench.training.objective import Objective, Optimizer, RateSchedule

__all__ = ["NeuralModel", "Objective", "Optimizer", "RateSchedule", "input_gradient"]
