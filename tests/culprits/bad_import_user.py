"""Ends when it is imported."""

from genbench.errors import HyperparameterError

raise HyperparameterError("as if the user had erred")
