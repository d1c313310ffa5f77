"""Ends when it is imported."""

raise GeneratorExit
