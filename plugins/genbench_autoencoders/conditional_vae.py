"""A VAE given the label, of which it may know only a few."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from genbench import UNLABELLED, DataSpec, Draws, FitContext, ModelError, Split, Unavailable
from genbench_autoencoders.gaussian_code import GaussianCode
from genbench_autoencoders.networks import encoder
from genbench_autoencoders.vae import VAE


class ConditionalVAE(VAE):
    """Kingma et al. 2014 (M2), Sohn et al. 2015: p(x | z, y) and q(z | x, y), with z independent of y. p(y) is the share of
    the label in the training set, with one example more of each; while it is trained all labels are as probable.

    Without a label: samples draw it from p(y); the bound is that of log sum_y p(y) p(x | y), each term by importance
    sampling; codes and reconstructions use the label that is most probable under the model.

    classification_weight  alpha of M2. None: every example must have its label. Else a network q(y | x) is trained with the
                           rest, on the labels (alpha times its cross-entropy) and on the bound of examples without one: the
                           mean under q(y | x) of the bounds with each label, and its entropy. A step sees each example with
                           every label.
    """

    needs_labels = True
    takes_unlabelled = True
    bound_variant = "label-marginal"

    def __init__(
        self,
        data: DataSpec,
        *,
        classification_weight: Annotated[float, Field(ge=0)] | None = None,
        **inherited: Any,
    ) -> None:
        super().__init__(data, **inherited)
        self.classification_weight = classification_weight
        self.class_prior: Tensor
        self.register_buffer("class_prior", torch.full((data.classes,), 1 / data.classes))
        if classification_weight is not None:
            hidden, network = inherited.get("hidden"), inherited.get("network", "mlp")
            self.classifier = encoder(data, data.classes, hidden, network)

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        if self.classification_weight is None and bool((train.y == UNLABELLED).any()):
            raise ModelError("examples without a label need classification_weight")
        super().fit(train, validation, context)

    def loss(self, x: Tensor, y: Tensor, draws: Draws) -> tuple[Tensor, dict[str, Tensor]]:
        rows, label = x.flatten(1), self.one_hot(y)
        if self.classification_weight is not None:
            return self._semi_supervised_loss(rows, label, draws, self.classification_weight)
        terms = self._bound_terms(rows, label, draws.normal(len(rows), self.latent))
        misfit, kl = (term.mean(0) for term in terms)
        return misfit + self.counted(kl), {"misfit": misfit, "kl": kl.sum()}

    def _bound_terms(self, rows: Tensor, label: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """-log p(x | z, y) (n,) at the codes of the noise (n, latent), and KL(q(z | x, y) || p(z)) by dimension, as they."""
        code = self.code(rows, label)
        misfit = -self.likelihood.log_prob(rows, self.decode(code.at(noise), label))
        return misfit, code.kl_by_dimension()

    def _semi_supervised_loss(
        self, rows: Tensor, label: Tensor, draws: Draws, weight: float
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Kingma et al. 2014 (model M2), an example; ``label`` (n, classes) is 0 throughout where it is not known."""
        noise, known = draws.normal(len(rows), self.latent), label.sum(-1)
        every = torch.cat(tuple(self.every_label(rows)))
        terms_of_labels = self._bound_terms(
            rows.repeat(self.data.classes, 1), every, noise.repeat(self.data.classes, 1)
        )
        misfits, kls = (term.unflatten(0, (self.data.classes, -1)).transpose(0, 1) for term in terms_of_labels)
        log_q = self.classifier(rows).log_softmax(-1)
        share = label + (1 - known).unsqueeze(-1) * log_q.exp()
        misfit, kl = (share * misfits).sum(-1).mean(), (share.unsqueeze(-1) * kls).sum(1).mean(0)
        uncertainty = ((1 - known) * (log_q.exp() * log_q).sum(-1)).mean()
        cross_entropy = -(label * log_q).sum() / known.sum().clamp(min=1)
        terms = {"misfit": misfit, "kl": kl.sum(), "cross_entropy": cross_entropy}
        return misfit + self.counted(kl) + uncertainty + weight * cross_entropy, terms

    def after_fit(self, train: Split, validation: Split, context: FitContext) -> None:
        counts = torch.bincount(train.y[train.y != UNLABELLED], minlength=self.data.classes) + 1
        self.class_prior.copy_(counts / counts.sum())

    def log_weights(self, rows: Tensor, draws: Draws, k: int) -> Tensor:
        noise = draws.normal(k, len(rows), self.latent)
        return self.joint_log_weights(rows, noise).logsumexp(-1)

    def joint_log_weights(self, rows: Tensor, noise: Tensor) -> Tensor:
        """log p(x, y, z) - log q(z | x, y) for every label y, at the codes of the noise (k, n, latent). (k, n, classes)"""
        weights = []
        for label in self.every_label(rows):
            code = self.code(rows, label)
            z = code.at(noise)
            log_likelihood = self.likelihood.log_prob(rows, self.decode(z, label))
            weights.append(log_likelihood + self.log_prior(z) - code.log_density(noise))
        return torch.stack(weights, -1) + self.class_prior.log()

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Tensor:
        """(n, *shape), of the labels y (n,) or, without them, of labels drawn from p(y)."""
        z = self.prior_code(n, draws)
        return self.sample_given(z, draws) if y is None else self.sample_of(z, y, draws)

    def sample_given(self, z: Tensor, draws: Draws) -> Tensor:
        return self.sample_of(z, draws.categorical(self.class_prior, len(z)), draws)

    def sample_of(self, z: Tensor, y: Tensor, draws: Draws) -> Tensor:
        """Examples (n, *shape) drawn from p(x | z, y)."""
        output = self.decode(z, self.one_hot(y))
        return self.likelihood.sample(output, draws).unflatten(1, self.data.shape)

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x | z) = log sum_y p(y) p(x | z, y) (n,)."""
        rows = x.flatten(1)
        of_labels = [self.likelihood.log_prob(rows, self.decode(z, label)) for label in self.every_label(rows)]
        return (torch.stack(of_labels, -1) + self.class_prior.log()).logsumexp(-1)

    def reconstruct(self, x: Tensor, draws: Draws) -> Tensor:
        rows = x.flatten(1)
        label = self.probable_label(rows)
        code = self.code(rows, label)
        output = self.decode(code.at(code.noise(draws)), label)
        return self.likelihood.mean(output).unflatten(1, self.data.shape)

    def embed(self, x: Tensor) -> Tensor:
        """The mean of q(z | x, y) (n, latent), and the probabilities of y (n, classes) that the model gives."""
        rows = x.flatten(1)
        return torch.cat((self.code(rows, self.probable_label(rows)).mean, self.label_probabilities(rows)), 1)

    def label_log_proba(self, x: Tensor) -> Tensor:
        """log q(y | x) (n, classes) of the network that is trained with ``classification_weight``."""
        if self.classification_weight is None:
            raise Unavailable("q(y | x) is trained only with classification_weight")
        log_q: Tensor = self.classifier(x.flatten(1)).log_softmax(-1)
        return log_q

    def label_probabilities(self, rows: Tensor) -> Tensor:
        """p(y | x) (n, classes), with log p(x | y) from the one importance weight at the mean of q(z | x, y)."""
        noise = torch.zeros(1, len(rows), self.latent, device=rows.device)
        return self.joint_log_weights(rows, noise)[0].softmax(-1)

    def probable_label(self, rows: Tensor) -> Tensor:
        return self.one_hot(self.label_probabilities(rows).argmax(-1))

    def code(self, rows: Tensor, label: Tensor) -> GaussianCode:
        return GaussianCode.of(self.encoder(torch.cat((rows, label), -1)))

    def decode(self, z: Tensor, label: Tensor) -> Tensor:
        """z (..., n, latent) and labels (n, classes) to the decoder's output (..., n, maps * d)."""
        output: Tensor = self.decoder(torch.cat((z, label.expand(*z.shape[:-1], -1)), -1))
        return output

    def one_hot(self, y: Tensor) -> Tensor:
        return (y.unsqueeze(-1) == torch.arange(self.data.classes, device=y.device)).float()

    def every_label(self, rows: Tensor) -> Any:
        """For each label, its indicators for all examples (n, classes)."""
        return torch.eye(self.data.classes, device=rows.device).unsqueeze(1).expand(-1, len(rows), -1)
