"""The heavy imports, done once in the process that workers are forked from, so that no job pays for them."""

import pandas  # noqa: F401
import scipy.stats
import sklearn.datasets
import sklearn.linear_model
import sklearn.mixture
import sklearn.neighbors
import sklearn.svm  # noqa: F401
import torch  # noqa: F401
import torchmetrics.image.fid  # noqa: F401

import genbench.execution.survey
import genbench.execution.worker  # noqa: F401
