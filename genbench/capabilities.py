"""What a model may be able to do. Records and models both name it, and records must import nothing heavy."""

from __future__ import annotations

CAPABILITIES: dict[str, str] = {
    "sample": "sample(n, draws, y=None) -> (n, *shape), in the data's own space; y (n,) are the labels asked for",
    "log_prob": "log_prob(x) -> (n,) nats, exact and normalised",
    "log_joint": "log_joint(x) -> (n, classes) nats, exact log p(x, y) for every label y",
    "log_prob_bound": "log_prob_bound(x, draws, k) -> (n,) nats, a lower bound that is not looser as k grows",
    "predict_log_proba": "predict_log_proba(x) -> (n, classes), log p(y | x); rows sum to one in probability",
    "label_log_proba": "label_log_proba(x) -> (n, classes), the same of a model that is no classifier but learns labels too",
    "embed": "embed(x) -> (n, d)",
    "reconstruct": "reconstruct(x, draws) -> (n, *shape)",
    "score": "score(x) -> (n, *shape), gradient of log p(x)",
    "discriminate": "discriminate(x, y=None) -> (n,) log odds of real against generated; y (n,) if the model needs labels",
    "prior_code": "prior_code(n, draws) -> (n, latent), codes z drawn from the prior p(z), a density",
    "log_prior": "log_prior(z) -> (n,) nats, log p(z); differentiable",
    "log_likelihood": "log_likelihood(x, z) -> (n,) nats, log p(x | z); differentiable by z",
    "sample_given": "sample_given(z, draws) -> (n, *shape), an example drawn from each p(x | z)",
    "mean_given": "mean_given(z) -> (n, *shape), what a decoder without a likelihood makes of z; differentiable",
    "cluster": "cluster(x) -> (n,) integers 0, 1, ...: the group of each example, found without labels",
}
"""Each capability and what it returns. All arguments are float32 tensors (labels int64) on the context's device;
what is returned may be a tensor or a NumPy array."""
