"""Classical models: naive Bayes, discriminant analysis, logistic regression, neighbours, mixture, kernel density."""

from __future__ import annotations

from collections.abc import Iterable

from genbench import ModelSpec, hookimpl

NG_JORDAN = "Ng & Jordan 2001, On discriminative vs. generative classifiers, NIPS 14"
HASTIE = "Hastie, Tibshirani & Friedman 2009, The elements of statistical learning, 2nd edition, section "


@hookimpl
def genbench_models() -> Iterable[ModelSpec]:
    yield ModelSpec(
        name="naive_bayes",
        target="genbench_classical.naive_bayes:NaiveBayes",
        summary="Naive Bayes: Gaussian, Bernoulli or multinomial column by column, variances of each class its own",
        source=NG_JORDAN,
    )
    yield ModelSpec(
        name="naive_bayes_shared",
        target="genbench_classical.naive_bayes_shared:NaiveBayesShared",
        summary="Naive Bayes with Gaussian variances shared by the classes, the generative pair of logistic regression",
        source=NG_JORDAN,
    )
    yield ModelSpec(
        name="gda",
        target="genbench_classical.gda:GDA",
        summary="Gaussian discriminant analysis, a covariance for each class (quadratic boundaries)",
        source=HASTIE + "4.3",
    )
    yield ModelSpec(
        name="gda_shared",
        target="genbench_classical.gda_shared:GDAShared",
        summary="Gaussian discriminant analysis, one covariance shared by the classes (linear boundaries)",
        source=HASTIE + "4.3",
    )
    yield ModelSpec(
        name="logistic_regression",
        target="genbench_classical.logistic_regression:LogisticRegression",
        summary="Multinomial logistic regression with an L2 penalty",
        source=HASTIE + "4.4",
    )
    yield ModelSpec(
        name="nearest_neighbours",
        target="genbench_classical.nearest_neighbours:NearestNeighbours",
        summary="Votes of the k nearest training examples",
        source="Cover & Hart 1967, Nearest neighbor pattern classification, IEEE Trans. Inf. Theory 13",
    )
    yield ModelSpec(
        name="gaussian_mixture",
        target="genbench_classical.gaussian_mixture:GaussianMixture",
        summary="Mixture of Gaussians fitted by EM, the number of components chosen on the validation split",
        source="Dempster, Laird & Rubin 1977, Maximum likelihood from incomplete data via the EM algorithm, JRSS B 39",
    )
    yield ModelSpec(
        name="kernel_density",
        target="genbench_classical.kernel_density:KernelDensity",
        summary="Gaussian kernel density estimate, the bandwidth chosen on the validation split; a classifier given labels",
        source="Parzen 1962, On estimation of a probability density function and mode, Ann. Math. Statist. 33",
    )
