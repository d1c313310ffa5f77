"""Data sets: real and synthetic, bundled, from a data folder or a user's own file."""
