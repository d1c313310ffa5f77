"""The conditional VAE with labels that are known for a part of the examples."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from autoencoder_fitting import build, context

from genbench import UNLABELLED, DataSpec, Draws, ModelError, Split, Unavailable

SPEC = DataSpec("three", (4,), "binary", classes=3)
X = torch.as_tensor(np.random.default_rng(0).integers(0, 2, (12, 4)), dtype=torch.float32)
Y = torch.arange(12) % 3
WEIGHT = 0.1


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
    """Less the entropy of q(y | x): Kingma et al. 2014, eq. 7, with equally probable labels."""
    model = build("conditional_vae", SPEC, classification_weight=WEIGHT)
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
