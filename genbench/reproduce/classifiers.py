"""Classifiers on MNIST and UCI tables, and on two Gaussian classes of which theory knows the error."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from genbench.data.dataset import Split
from genbench.evaluation.classification import example_losses
from genbench.reproduce.bench import Bench
from genbench.reproduce.classify import (
    Wrong,
    accuracy,
    error,
    joined,
    wrong,
    wrong_by_least_squares,
    wrong_cross_validated,
    wrong_held_out,
)
from genbench.reproduce.line import Line, Obtained

Judge = Callable[..., Obtained]
Measure = Callable[[Bench], Obtained]

line = partial(Line, "classifiers")
MNIST_PAGE = "LeCun, Cortes & Burges, The MNIST database of handwritten digits, table of results"
GERON = "Géron 2019, Hands-on machine learning, 2nd edition, notebook 03_classification"
PIMA_PAGE = "Accuracy of simple classifiers, README of a public course project (Weka)"
OPTDIGITS = (98.00, 97.38, 97.83, 97.61, 97.89, 97.77, 97.66, 97.66, 97.72, 97.55, 97.89)
UNKNOWN_IN_ADULT = ("workclass", "occupation", "native-country")
"""The columns in which the first category is "?"."""
ADULT_SIZES = (30_162, 15_060)
SOFTMAX = "logistic_regression, C = 0.1 (L2), to convergence, 50,000 training images; all 10,000 test images"


def held_out(model: str, data: str, judge: Judge, validation: bool = True) -> Measure:
    """Fitted to the training split, with ``validation`` to that one too; judged on the test split."""
    key = (model, data, validation)
    return lambda bench: judge(bench.once(key, lambda: wrong_held_out(bench, model, data, validation)))


def cross_validated(model: str, data: str, judge: Judge, folds: int | None, repeats: int = 1) -> Measure:
    return lambda bench: judge(wrong_cross_validated(bench, model, data, folds, repeats))


def least_squares(data: str, judge: Judge) -> Measure:
    return lambda bench: judge(wrong_by_least_squares(bench, data))


def neighbours(k: int, weights: str = "uniform") -> str:
    """Of features as they are."""
    return f"nearest_neighbours:neighbours={k},weights={weights},standardise=false"


def softmax(judge: Judge, bench: Bench) -> Obtained:
    """Logistic regression fitted to MNIST's 50,000 training images by Newton's method, as learning curves are."""

    def compute() -> Wrong:
        dataset = bench.dataset("mnist")
        fitter, size = bench.fitter("logistic_regression:C=0.1", "mnist"), len(dataset.train)
        [(_, log_proba)] = fitter.fit_many(dataset.train, np.arange(size)[None], [size], dataset.test.x)
        return np.asarray(example_losses(log_proba[0], dataset.test.y)[0])

    return judge(bench.once("softmax", compute))


def adult(model: str, bench: Bench) -> Obtained:
    """On the published rows without an unknown value."""
    dataset = bench.dataset("adult")
    names = [column.name for column in dataset.spec.columns]
    unknown = [names.index(name) for name in UNKNOWN_IN_ADULT]

    def known(split: Split) -> Split:
        return split[(split.x[:, unknown] != 0).all(axis=1)]

    train, test = known(joined(dataset.train, dataset.validation)), known(dataset.test)
    assert (len(train), len(test)) == ADULT_SIZES, "the counts of adult.names"
    return error(wrong(bench.fitter(model, "adult"), train, test))


MNIST = (
    line(
        "mnist-1nn", "error", "%", 3.09, 0.005, MNIST_PAGE + " (K. Wilder)",
        "k nearest neighbours, Euclidean (L2), no preprocessing; 60,000 training and 10,000 test images",
        "nearest_neighbours, k = 1, on pixels; the same images",
        held_out(neighbours(1), "mnist", error), ("mnist",), "equal",
    ),
    line(
        "mnist-knn-lecun", "error", "%", 5.0, 0.05, MNIST_PAGE + " (LeCun et al. 1998)",
        "k nearest neighbours, Euclidean (L2), no preprocessing; k not told there",
        "nearest_neighbours, k = 3, on pixels; the same images",
        held_out(neighbours(3), "mnist", error), ("mnist",),
    ),
    line(
        "mnist-4nn-distance", "accuracy", "%", 97.14, 0.005, GERON,
        "k = 4, weights by distance; 60,000 training and 10,000 test images",
        "nearest_neighbours, k = 4, weights by distance, on pixels; the same images",
        held_out(neighbours(4, "distance"), "mnist", accuracy), ("mnist",), "equal",
    ),
    line(
        "mnist-linear", "error", "%", 12.0, 0.05, MNIST_PAGE + " (LeCun et al. 1998)",
        "linear classifier (one-layer network, squared error), no preprocessing",
        "least squares on the labels' indicators, the minimum of such a network's loss; 60,000 training images",
        least_squares("mnist", error), ("mnist",),
    ),
    line(
        "mnist-softmax-sgd", "error", "%", 7.489583, 5e-7, "LISA lab, Deep learning tutorials, doc/logreg.txt",
        "softmax regression, gradient descent at rate 0.13 in batches of 600, about 74 epochs, stopped early; 50,000 "
        "training images; the first 9,600 test images",
        SOFTMAX, partial(softmax, error), ("mnist",),
    ),
    line(
        "mnist-softmax-10-epochs", "accuracy", "%", 91.77, 0.005, "Raschka, deeplearning-models, softmax-regression.ipynb",
        "softmax regression, gradient descent at rate 0.1 in batches of 256, 10 epochs",
        SOFTMAX, partial(softmax, accuracy), ("mnist",),
    ),
)  # fmt: skip

UCI = (
    *(
        line(
            f"optdigits-{k}nn", "accuracy", "%", value, 0.005, "Alpaydin & Kaynak 1998, optdigits.names (UCI)",
            f"k = {k}, Euclidean distance; 3,823 training and 1,797 test images",
            f"nearest_neighbours, k = {k}, on the levels 0 to 16, equally far ones share the votes; the same images",
            held_out(neighbours(k), "optdigits:standardise=false", accuracy), ("optdigits",), "equal",
        )
        for k, value in enumerate(OPTDIGITS, start=1)
    ),
    line(
        "ionosphere-1nn", "accuracy", "%", 92.1, 0.05, "Sigillito et al. 1989, ionosphere.names (UCI)",
        "nearest neighbour; the first 200 rows for training, the other 151 for test",
        "nearest_neighbours, k = 1, on the features as they are; the same rows",
        held_out(neighbours(1), "ionosphere:standardise=false", accuracy), ("ionosphere",), "equal",
    ),
    line(
        "ionosphere-linear", "accuracy", "%", 90.7, 0.05, "Sigillito et al. 1989, ionosphere.names (UCI)",
        "linear perceptron; the first 200 rows for training, the other 151 for test",
        "least squares on the labels' indicators, to which a linear unit tends under the delta rule; how theirs was trained "
        "is not told; the same rows",
        least_squares("ionosphere", accuracy), ("ionosphere",),
    ),
    line(
        "sonar-1nn", "accuracy", "%", 82.7, 0.05, "Gorman & Sejnowski 1988, sonar.names (UCI)",
        "nearest neighbour, each of the 208 cases left out in turn",
        "nearest_neighbours, k = 1, on the features as they are; the same cases",
        cross_validated(neighbours(1), "sonar:standardise=false", accuracy, folds=None), ("sonar",), "equal",
    ),
    line(
        "sonar-linear", "accuracy", "%", 77.1, 0.05, "Gorman & Sejnowski 1988, sonar.names (UCI)",
        "network without hidden units, 13 folds, 10 runs; standard deviation 8.3",
        "logistic_regression with its defaults, 13 stratified folds, 10 times",
        cross_validated("logistic_regression", "sonar", accuracy, folds=13, repeats=10), ("sonar",),
    ),
    line(
        "adult-naive-bayes", "error", "%", 16.12, 0.005, "Kohavi & Becker 1996, adult.names (UCI)",
        "naive Bayes of MLC++ with its defaults (numbers cut into bins); 30,162 training and 15,060 test rows",
        "naive_bayes with its defaults: a Gaussian for each number, Laplace smoothing for categories; the same rows",
        partial(adult, "naive_bayes"), ("adult",),
    ),
    line(
        "adult-1nn", "error", "%", 21.42, 0.005, "Kohavi & Becker 1996, adult.names (UCI)",
        "nearest neighbour of MLC++ with its defaults; 30,162 training and 15,060 test rows",
        "nearest_neighbours, k = 1, numbers standardised, categories 0 or 1 apart; the same rows",
        partial(adult, "nearest_neighbours:neighbours=1"), ("adult",),
    ),
    line(
        "adult-3nn", "error", "%", 20.35, 0.005, "Kohavi & Becker 1996, adult.names (UCI)",
        "three nearest neighbours of MLC++ with its defaults; 30,162 training and 15,060 test rows",
        "nearest_neighbours, k = 3, numbers standardised, categories 0 or 1 apart; the same rows",
        partial(adult, "nearest_neighbours:neighbours=3"), ("adult",),
    ),
    line(
        "promoters-3nn", "error", "%", 100 * 13 / 106, 0.0, "Towell, Shavlik & Noordewier 1990, promoter data (UCI)",
        "nearest neighbours, k = 3, each of the 106 cases left out in turn: 13 errors; the distance is not told",
        "nearest_neighbours, k = 3, distance by the number of bases that differ; the same cases",
        cross_validated("nearest_neighbours:neighbours=3", "promoters", error, folds=None), ("promoters",),
    ),
    line(
        "lymphography-naive-bayes", "accuracy", "%", 83.0, 0.5, "Clark & Niblett 1987, in lymphography.names (UCI)",
        "simple Bayes, random splits of the 148 cases",
        "naive_bayes with its defaults, 10 stratified folds, 10 times",
        cross_validated("naive_bayes", "lymphography", accuracy, folds=10, repeats=10), ("lymphography",),
    ),
    *(
        line(
            f"pima-{name}", "accuracy", "%", value, 0.00005, PIMA_PAGE,
            f"{theirs} of Weka, 10 folds; numbers normalised to [0, 1]",
            f"{model}, numbers standardised; 10 stratified folds, other ones",
            cross_validated(model, "pima", accuracy, folds=10), ("pima",),
        )
        for name, value, theirs, model in (
            ("naive-bayes", 75.1302, "naive Bayes", "naive_bayes"),
            ("1nn", 67.8385, "1 nearest neighbour", "nearest_neighbours:neighbours=1"),
            ("5nn", 74.4792, "5 nearest neighbours", "nearest_neighbours:neighbours=5"),
        )
    ),
    line(
        "pima-majority", "accuracy", "%", 65.1042, 0.00005, PIMA_PAGE,
        "the most frequent class (ZeroR of Weka), 10 folds", "class_prior; 10 stratified folds",
        cross_validated("class_prior", "pima", accuracy, folds=10), ("pima",), "equal",
    ),
)  # fmt: skip

THEORY = tuple(
    line(
        name, "error", "%", value, 0.005, "McLachlan 1992, Discriminant analysis and statistical pattern recognition",
        theirs, f"{model} with its defaults, fitted to 12,000 examples of {data}; its 10,000 test examples",
        held_out(model, data, error), (data,), kind="theory",
    )
    for name, value, model, data, theirs in (
        ("gaussians-naive-bayes", 12.51, "naive_bayes_shared", "gaussians", "Phi(-D/2) for a Mahalanobis distance D = 2.3"),
        ("gaussians-logistic", 12.51, "logistic_regression", "gaussians", "Phi(-D/2) for a Mahalanobis distance D = 2.3"),
        ("correlated-discriminant", 10.56, "gda_shared", "correlated", "Phi(-D/2) for a Mahalanobis distance D = 2.5"),
        ("correlated-naive-bayes", 15.54, "naive_bayes_shared", "correlated",
         "Phi(-w.m / 2 sqrt(w.S w)), weights w that ignore the correlations in the covariance S"),
    )
)  # fmt: skip

LINES: tuple[Line, ...] = (*MNIST, *UCI, *THEORY)
