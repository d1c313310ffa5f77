"""The data sets that genbench brings, as records; their code is imported when one is loaded."""

from __future__ import annotations

from collections.abc import Iterator

from genbench.data.layout import CIFAR_FILES, IDX_FILES
from genbench.hookspecs import hookimpl
from genbench.records import DatasetSpec

_BUNDLED = (
    ("digits", "digits:digits", "Handwritten digits, 8x8, 17 grey levels, 1,797 images", "Alpaydin & Kaynak 1998 (UCI)"),
    ("digits-binary", "digits:digits_binary", "The digits in black and white (level 8 of 16 and above is 1)",
     "Alpaydin & Kaynak 1998 (UCI)"),
    ("stacked_digits", "digits:stacked_digits", "Three random digits as channels: 1,000 modes, not labelled",
     "after stacked MNIST, Metz et al. 2017"),
    ("breast_cancer", "bundled_tables:breast_cancer", "Breast cancer Wisconsin (diagnostic), 569 rows, 30 features",
     "Street et al. 1993 (UCI)"),
    ("wine", "bundled_tables:wine", "Wine, 178 rows, 13 features, three cultivars", "Aeberhard & Forina 1991 (UCI)"),
    ("iris", "bundled_tables:iris", "Iris, 150 rows, 4 features, three species", "Fisher 1936"),
    ("ring8", "synthetic:ring8", "Eight Gaussians on a circle (sigma 0.01); truth known", "Srivastava et al. 2017"),
    ("grid25", "synthetic:grid25", "25 Gaussians on a grid (sigma 0.05); truth known", "Srivastava et al. 2017"),
    ("grid100", "synthetic:grid100", "100 Gaussians on a grid (sigma 0.05); truth known", "after Srivastava et al. 2017"),
    ("mixture", "synthetic:mixture", "Ten Gaussians in 50 dimensions (sigma 0.1); truth known",
     "after Srivastava et al. 2017"),
    ("two_moons", "synthetic:two_moons", "Two noisy half circles, labelled; truth known", "after scikit-learn"),
    ("gaussians", "synthetic:gaussians", "Two classes for which naive Bayes is the true model; truth known",
     "after Ng & Jordan 2001"),
    ("correlated", "synthetic:correlated", "Two classes for which naive Bayes is wrong; truth known",
     "after Ng & Jordan 2001"),
)  # fmt: skip

_IMAGES = (
    ("mnist", "mnist", "mnist", IDX_FILES, "MNIST, 28x28, 256 grey levels, 70,000 images", "LeCun et al. 1998"),
    ("mnist-binary", "mnist_binary", "mnist", IDX_FILES, "MNIST binarised at random, once, with a fixed seed",
     "after Salakhutdinov & Murray 2008"),
    ("stacked_mnist", "stacked_mnist", "mnist", IDX_FILES, "Three random MNIST digits as channels: 1,000 modes",
     "Metz et al. 2017; settings of Srivastava et al. 2017"),
    ("fashion_mnist", "fashion_mnist", "fashion_mnist", IDX_FILES, "Fashion-MNIST, 28x28, 256 grey levels, 70,000 images",
     "Xiao et al. 2017"),
    ("cifar10", "cifar10", "cifar10", CIFAR_FILES, "CIFAR-10, 32x32, three colours, 60,000 images", "Krizhevsky 2009"),
)  # fmt: skip

_UCI = (
    ("pima", "pima.csv", "Pima Indians diabetes, 768 rows, 8 numbers"),
    ("ionosphere", "ionosphere.csv", "Ionosphere radar returns, 351 rows, 34 numbers; published split"),
    ("sonar", "sonar.csv", "Sonar, mines against rocks, 208 rows, 60 numbers"),
    ("boston", "boston.csv", "Boston housing, price above the median or not, 506 rows, 13 numbers"),
    ("liver", "liver.csv", "BUPA liver disorders, 345 rows, 6 numbers"),
    ("optdigits", "optdigits.csv", "Optical digits as a table, 5,620 rows, 64 numbers; published split"),
    ("adult", "adult.csv.gz", "Adult census income, 48,842 rows, numbers and categories; published split"),
    ("breast_cancer_ljubljana", "breast_cancer_ljubljana.csv", "Breast cancer recurrence, 286 rows, 9 categories"),
    ("promoters", "promoters.csv", "E. coli promoter sequences, 106 rows, 57 bases"),
    ("lymphography", "lymphography.csv", "Lymphography, 148 rows, 18 categories"),
    ("lenses", "lenses.csv", "Contact lenses, 24 rows, 4 categories"),
    ("vote", "vote.csv", "US congressional voting records 1984, 435 rows, 16 categories"),
)


@hookimpl
def genbench_datasets() -> Iterator[DatasetSpec]:
    for name, target, summary, source in _BUNDLED:
        yield DatasetSpec(name=name, target=f"genbench.data.{target}", summary=summary, source=source)
    for name, function, folder, names, summary, source in _IMAGES:
        files = tuple(f"{folder}/{file}" for file in names)
        target = f"genbench.data.images:{function}"
        yield DatasetSpec(name=name, target=target, summary=summary, source=source, files=files, fetchable=True)
    for name, file, summary in _UCI:
        target = f"genbench.data.uci:{name}"
        yield DatasetSpec(
            name=name, target=target, summary=summary, source="UCI repository", files=(f"uci/{file}",), fetchable=True
        )
