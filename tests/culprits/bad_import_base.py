"""Ends when it is imported."""

raise type("Odd", (BaseException,), {})("odd")
