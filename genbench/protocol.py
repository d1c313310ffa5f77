"""The protocol: what every model gets alike, and how it is evaluated."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from genbench.errors import ProtocolError, did_you_mean
from genbench.text import plain

SHOWN = 80
"""Characters of a value that a message repeats."""
BUNDLED = ("quick", "standard", "full")
FOLDER = Path(__file__).parent / "protocols"

LARGEST = 2**63 - 1
"""What fits into 64 bits, as everything that counts in NumPy and PyTorch must."""
MOST_SEEDS = 10_000
EXACT = 2**53 - 1
"""The largest number up to which every reader of JSON tells whole numbers apart; the report's page is one."""
MOST_THREADS = 1024
LONGEST_SECONDS = 1_000_000
"""Eleven days; a wait of more than 24 is more milliseconds than the operating system counts."""
MOST_GB = 1_000_000

Count = Annotated[int, Field(ge=1, le=LARGEST)]

Precision = Literal["float32", "tf32", "bf16"]
"""Of matrix products and convolutions in training. ``tf32`` is float32 where there is no GPU that has it; with ``bf16``
parameters and optimisers stay in float32."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class TrainingProtocol(Section):
    examples_seen: Count
    """Training examples that a model may see, counted with repetition."""
    batch_size: Count
    max_examples: Count | None = None
    """Cap on the size of the training split."""
    precision: Precision = "float32"


class EvaluationProtocol(Section):
    test_examples: Count
    """At most so many test examples stand behind a likelihood or an error."""
    samples: Annotated[int, Field(ge=2, le=LARGEST)]
    """Samples drawn a seed for sample quality and cost."""
    mode_samples: Count
    """Samples drawn a seed for mode coverage."""
    milestone_samples: Annotated[int, Field(ge=2, le=LARGEST)] = 500
    """Samples drawn a seed at each milestone of its training."""
    neighbours: Count
    """k of precision, recall, density and coverage."""
    projections: Count = 50
    """Random directions of the sliced Wasserstein distance."""
    resamples: Annotated[int, Field(ge=100, le=LARGEST)]
    """Bootstrap resamples behind an interval."""
    jackknife_groups: Annotated[int, Field(ge=2, le=LARGEST)]
    """Groups of the delete-a-group jackknife behind the interval of a statistic of a whole set. Of nearest neighbours,
    degrees of freedom, at least, of the variance between pieces."""
    learning_curve_sizes: tuple[Count, ...]
    """Sizes of the training subsets of a learning curve; those larger than the training split are left out."""
    learning_curve_subsets: Count
    """Random subsets a size."""
    semi_supervised_labels: tuple[Count, ...] = ()
    """How many training examples keep their labels where the others lose theirs."""
    semi_supervised_subsets: Count = 5
    """Random subsets a number of labels."""
    unlabelled_examples: Count = 10_000
    """Training examples, at most, with and without labels."""
    generative_curve_sizes: tuple[Count, ...] = ()
    """Sizes of the training set at which generative models are fitted afresh, each with the whole budget."""
    generative_curve_datasets: tuple[str, ...] = ()
    """The data sets on which they are."""
    importance_samples: Count
    """k of the importance-weighted likelihood bound."""
    parzen_centres: Count = 1_000
    """Samples in a Parzen window; no more than half of the training split has examples."""
    ais_examples: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    """At most so many test examples have their likelihood estimated by annealed importance sampling; 0: none."""
    ais_chains: Count = 8
    """Chains an example."""
    ais_temperatures: Annotated[int, Field(ge=2, le=LARGEST)] = 200
    """Steps from the prior to the posterior."""
    probe_examples: Annotated[int, Field(ge=2, le=LARGEST)]
    """At most so many training examples are behind a linear probe or a nearest-neighbour classifier on features."""


class Limits(Section):
    """What a job may use. None of it changes a result, so none of it is part of a job's key."""

    seconds: Annotated[float, Field(gt=0, le=LONGEST_SECONDS)]
    memory_gb: Annotated[float, Field(gt=0, le=MOST_GB)]

    @property
    def memory_bytes(self) -> int:
        return int(self.memory_gb * 2**30)


class Protocol(Section):
    """Two results compare only if everything here but ``name``, ``summary``, ``datasets`` and ``limits`` was the same."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    summary: str
    datasets: tuple[str, ...] | None = None
    """The data sets of ``--all``; None means every one at hand."""
    classifier_datasets: tuple[str, ...] = ()
    """Those of them on which ``--all`` runs only models that classify."""
    seeds: Annotated[int, Field(ge=1, le=MOST_SEEDS)]
    first_seed: Annotated[int, Field(ge=0, le=EXACT - MOST_SEEDS)] = 0
    """Models are fitted with the seeds first_seed, ..., first_seed + seeds - 1. Nothing of the data depends on them."""
    threads: Annotated[int, Field(ge=1, le=MOST_THREADS)]
    """CPU threads a job: fixed, because sums depend on it in their last digits."""
    training: TrainingProtocol
    evaluation: EvaluationProtocol
    limits: Limits

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that can change a result."""
        return hashlib.sha256(self.model_dump_json(exclude=NOT_IN_FINGERPRINT).encode()).hexdigest()

    def differences(self, recorded: dict[str, Any]) -> list[str]:
        """The settings that can change a result and differ from a recorded protocol's, as ``section.name theirs -> mine``.

        ``recorded`` may come from another version of genbench; a setting that one of the two lacks is ``unknown``.
        """
        found = recorded_differences(recorded, self.model_dump(mode="json"))
        return [f"{name} {their} -> {my}" for name, (their, my) in found.items()]

    def with_changes(
        self, seeds: int | None = None, first_seed: int | None = None, timeout: float | None = None
    ) -> Protocol:
        """The protocol with another number of seeds, other seeds, or another time limit a job (seconds)."""
        given = {"seeds": seeds, "first_seed": first_seed}
        changes: dict[str, Any] = {name: number for name, number in given.items() if number is not None}
        if timeout is not None:
            changes["limits"] = {**self.limits.model_dump(), "seconds": timeout}
        return _validated({**self.model_dump(), **changes}, "the command line") if changes else self


NOT_IN_FINGERPRINT = {"name", "summary", "datasets", "limits", "classifier_datasets"}


UNKNOWN = "unknown"
BEFORE = {"first_seed": 0}
"""What runs did before there was such a setting."""


def recorded_differences(theirs: dict[str, Any], mine: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """By ``section.name``, the settings of two protocols, as run.json has them, that can change a result and differ.

    They may come from different versions of genbench; a setting that one of the two lacks is ``UNKNOWN``, or as in
    :data:`BEFORE`.
    """
    one, other = (
        BEFORE | _flatten({name: value for name, value in protocol.items() if name not in NOT_IN_FINGERPRINT})
        for protocol in (theirs, mine)
    )
    pairs = {name: (one.get(name, UNKNOWN), other.get(name, UNKNOWN)) for name in {**one, **other}}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def load_protocol(name: str) -> Protocol:
    """A bundled protocol by name, or one from a TOML file by path."""
    path = FOLDER / f"{name}.toml" if name in BUNDLED else Path(name)
    if not path.is_file():
        if path.suffix == ".toml":
            raise ProtocolError(f"the protocol file {name!r} does not exist")
        raise ProtocolError(f"no protocol is called {name!r}{did_you_mean(name, BUNDLED)} (or give a .toml file)")
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # also a number of more digits than Python reads
        raise ProtocolError(f"the protocol file {name!r} is not valid TOML: {error}") from None
    return _validated(settings, name)


def _validated(settings: dict[str, Any], origin: str) -> Protocol:
    try:
        return Protocol.model_validate(settings)
    except ValidationError as error:
        # A misspelt key explains the missing one, so it comes first.
        first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        place = ".".join(str(part) for part in first["loc"])
        given = "" if first["type"] == "missing" else f", given {plain(repr(first['input']), SHOWN)}"
        hint = _nearby(first["loc"]) if first["type"] == "extra_forbidden" else ""
        raise ProtocolError(f"protocol from {origin}: {place}: {first['msg'].lower()}{given}{hint}") from None


def _nearby(place: tuple[int | str, ...]) -> str:
    *sections, name = place
    model: Any = Protocol
    for section in sections:
        model = model.model_fields[section].annotation
    return did_you_mean(str(name), model.model_fields)


def _flatten(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= _flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat
