"""The conditional VAE with labels that are known for a part of the examples."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from autoencoder_fitting import build, context
from scipy.stats import t as student

from genbench import UNLABELLED, DataSpec, Draws, ModelError, Split, Unavailable
from genbench.data.digits import digits
from genbench.data.source import DataSource
from genbench.evaluation.subsets import subset_order
from genbench_autoencoders.conditional_vae import ConditionalVAE
from genbench_autoencoders.vae import VAE

SPEC = DataSpec("three", (4,), "binary", classes=3)
X = torch.as_tensor(np.random.default_rng(0).integers(0, 2, (12, 4)), dtype=torch.float32)
Y = torch.arange(12) % 3
WEIGHT = 0.1
CHOSEN = 3.0


def test_with_all_labels_the_bound_is_what_it_was() -> None:
    plain, semi = build("conditional_vae", SPEC), build("conditional_vae", SPEC, classification_weight=WEIGHT)
    loss, terms = plain.loss(X, Y, Draws(1))
    other, other_terms = semi.loss(X, Y, Draws(1))
    for name in ("misfit", "kl"):
        torch.testing.assert_close(terms[name], other_terms[name])
    torch.testing.assert_close(other, loss + WEIGHT * other_terms["cross_entropy"])
    expected = torch.nn.functional.nll_loss(semi.label_log_proba(X), Y)
    torch.testing.assert_close(other_terms["cross_entropy"], expected)


def test_without_labels_the_bound_is_the_mean_over_q_of_the_bounds_with_each() -> None:
    """Less the entropy of q(y | x): Kingma et al. 2014, with equally probable labels."""
    model = build("conditional_vae", SPEC, classification_weight=WEIGHT, free_bits=0.0)
    found = model.loss(X, torch.full((12,), UNLABELLED), Draws(1))[0]
    expected = torch.zeros(())
    for i in range(12):  # the bound is a mean over examples: each example's by itself, with its own noise
        q = model.label_log_proba(X[i : i + 1])[0].exp()
        noise = Draws(1).normal(12, model.latent)[i : i + 1]
        for k in range(3):
            code = model.code(X[i : i + 1], torch.eye(3)[k : k + 1])
            decoded = model.decode(code.at(noise), torch.eye(3)[k : k + 1])
            bound = model.likelihood.log_prob(X[i : i + 1], decoded) - code.kl_to_standard_normal()
            expected = expected - q[k] * (bound[0] - q[k].log()) / 12
    torch.testing.assert_close(found, expected)


def test_labels_teach_the_classifier_and_other_examples_only_through_the_bound() -> None:
    model = build("conditional_vae", SPEC, classification_weight=WEIGHT)
    half = torch.where(torch.arange(12) < 6, Y, UNLABELLED)
    terms = model.loss(X, half, Draws(1))[1]
    expected = torch.nn.functional.nll_loss(model.label_log_proba(X[:6]), Y[:6])
    torch.testing.assert_close(terms["cross_entropy"], expected)


def test_a_fit_to_few_labels_counts_those_alone() -> None:
    model = build("conditional_vae", SPEC, classification_weight=WEIGHT)
    split = Split(X, torch.where(torch.arange(12) < 3, Y, UNLABELLED))
    model.fit(split, Split(X, Y), context(256))
    torch.testing.assert_close(model.class_prior, torch.full((3,), 1 / 3))
    torch.testing.assert_close(model.label_log_proba(X).exp().sum(1), torch.ones(12))


def test_without_a_weight_it_takes_no_unlabelled_examples() -> None:
    model = build("conditional_vae", SPEC)
    with pytest.raises(ModelError, match="classification_weight"):
        model.fit(Split(X, torch.full((12,), UNLABELLED)), Split(X, Y), context(256))
    with pytest.raises(Unavailable, match="classification_weight"):
        model.label_log_proba(X)


@pytest.mark.slow
def test_unlabelled_digits_lower_the_error() -> None:
    """With 50 labels, on random subsets; the weight was chosen among 0.1, 3, 10, 30 by the error on the validation split."""
    data = digits(DataSource())
    validation, test = data.validation.to_torch(), data.test.to_torch()

    def error(subset: int, examples: int) -> float:
        order = subset_order(data.train.y, subset)[:examples]
        labels = np.where(np.arange(examples) < 50, data.train.y[order], UNLABELLED)
        model = build("conditional_vae", data.spec, seed=subset, classification_weight=CHOSEN)
        model.fit(Split(data.train.x[order], labels).to_torch(), validation, context(50_000, seed=subset))
        with torch.no_grad():
            return float((model.label_log_proba(test.x).argmax(1) != test.y).double().mean())

    gains = np.array([error(i, 50) - error(i, 1000) for i in range(4)])
    assert gains.mean() - student.ppf(0.975, 3) * gains.std(ddof=1) / 2 > 0


def test_its_bound_sums_over_labels_and_that_of_the_others_does_not() -> None:
    assert (ConditionalVAE.bound_variant, VAE.bound_variant) == ("label-marginal", "")
