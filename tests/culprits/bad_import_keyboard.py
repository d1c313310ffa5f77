"""Ends when it is imported."""

raise KeyboardInterrupt
