"""Ends when it is imported."""

x = bytearray(1 << 40)
