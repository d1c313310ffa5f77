"""A hundredth is the control ``gaussian``."""

from __future__ import annotations

from genbench_baselines.gaussian import Gaussian
from genbench_baselines.one_percent import one_percent

GaussianOnePercent = one_percent(Gaussian)
