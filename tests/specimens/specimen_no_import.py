"""A module that cannot be imported."""

raise OSError("libweights.so.7 is not there")
