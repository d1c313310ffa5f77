"""Mode coverage of adversarial networks on published mixtures."""

from __future__ import annotations

from functools import partial

from genbench.reproduce.bench import Bench, protocol
from genbench.reproduce.line import Line, Obtained

line = partial(Line, "mode coverage")
SEEDS, EXAMPLES_SEEN, BATCH_SIZE = 5, 500_000, 128
NETWORKS = (
    "hidden=[128,128],k=1,lr_generator=0.004,lr_discriminator=0.004,beta1=0.5,ema_decay=0.999,schedule=inverse_sqrt"
)
OURS = (
    f"{{}} with two hidden layers of 128, {SEEDS} seeds, {EXAMPLES_SEEN:,} examples seen in batches of {BATCH_SIZE}; "
    "mean over seeds of 2,500 samples, a mode counts from one sample within 3 sigma"
)
VEEGAN = "Srivastava et al. 2017, VEEGAN, NIPS, table 1"
PACGAN = "Lin et al. 2018, PacGAN, NeurIPS, table 1"
THEIRS = {
    VEEGAN: "100,000 training points, 2,500 samples, a sample is of high quality within 3 sigma",
    PACGAN: "settings of VEEGAN, other networks, 10 trials",
}
UNITS = {"modes_found": "modes", "high_quality": "%", "reverse_kl": "nats"}


def covered(model: str, data: str, metric: str, bench: Bench) -> Obtained:
    under = protocol(SEEDS, EXAMPLES_SEEN, BATCH_SIZE)
    rows = bench.measure(f"{model}:{NETWORKS}", data, "mode_coverage", under)
    return Obtained.of(rows[metric, "nearest-3sigma"], factor=100 if metric == "high_quality" else 1)


def published(
    name: str, source: str, model: str, data: str, metric: str, value: float, margin: float, theirs: str = "GAN"
) -> Line:
    return line(
        name, metric.replace("_", " "), UNITS[metric], value, margin, source, f"{theirs}; {THEIRS[source]}",
        OURS.format(model), partial(covered, model, data, metric), (data,),
    )  # fmt: skip


LINES: tuple[Line, ...] = (
    published("ring8-gan-veegan-modes", VEEGAN, "gan", "ring8", "modes_found", 1, 0.5),
    published("ring8-gan-veegan-quality", VEEGAN, "gan", "ring8", "high_quality", 99.3, 0.05),
    published("ring8-gan-modes", PACGAN, "gan", "ring8", "modes_found", 6.3, 0.5),
    published("ring8-gan-quality", PACGAN, "gan", "ring8", "high_quality", 98.2, 0.2),
    published("ring8-gan-reverse-kl", PACGAN, "gan", "ring8", "reverse_kl", 0.45, 0.09),
    published("ring8-pacgan2-modes", PACGAN, "pacgan", "ring8", "modes_found", 7.9, 0.1, "PacGAN2"),
    published("ring8-pacgan2-quality", PACGAN, "pacgan", "ring8", "high_quality", 95.6, 0.05, "PacGAN2"),
    published("grid25-gan-veegan-modes", VEEGAN, "gan", "grid25", "modes_found", 3.3, 0.05),
    published("grid25-gan-modes", PACGAN, "gan", "grid25", "modes_found", 17.3, 0.8),
    published("grid25-gan-quality", PACGAN, "gan", "grid25", "high_quality", 94.8, 0.7),
    published("grid25-gan-reverse-kl", PACGAN, "gan", "grid25", "reverse_kl", 0.70, 0.07),
    published("grid25-pacgan2-modes", PACGAN, "pacgan", "grid25", "modes_found", 23.8, 0.05, "PacGAN2"),
)
