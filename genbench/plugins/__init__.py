"""The plugin host: what the installed plugins bring, with each of them kept in a process of its own."""

from genbench.plugins.loading import load_plugins
from genbench.plugins.registry import Plugin, Problem, Provided, Registry

__all__ = ["Plugin", "Problem", "Provided", "Registry", "load_plugins"]
