"""Protocols: the bundled ones, files, and what makes two of them comparable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harness import TINY_PROTOCOL

from genbench.errors import ProtocolError
from genbench.plugins import load_plugins
from genbench.protocol import BUNDLED, load_protocol


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_protocols_load_and_name_data_sets_that_exist(name: str) -> None:
    protocol = load_protocol(name)
    assert protocol.name == name
    assert set(protocol.datasets or ()) <= set(load_plugins().datasets)


def test_they_grow() -> None:
    quick, standard, full = (load_protocol(name) for name in BUNDLED)
    for smaller, larger in ((quick, standard), (standard, full)):
        assert smaller.seeds < larger.seeds
        assert smaller.training.examples_seen < larger.training.examples_seen
        assert smaller.evaluation.samples < larger.evaluation.samples
        assert smaller.fingerprint != larger.fingerprint


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TINY_PROTOCOL)
    protocol = load_protocol(str(path))
    assert (protocol.seeds, protocol.datasets, protocol.evaluation.learning_curve_sizes) == (2, ("iris",), (10, 20))


def test_seeds_change_the_fingerprint_and_limits_do_not() -> None:
    quick = load_protocol("quick")
    assert quick.with_changes() == quick
    more = quick.with_changes(seeds=7)
    assert more.seeds == 7
    assert more.fingerprint != quick.fingerprint
    assert more.differences(quick.model_dump(mode="json")) == [f"seeds {quick.seeds} -> 7"]
    others = quick.with_changes(first_seed=5)
    assert others.fingerprint != quick.fingerprint
    assert others.differences(quick.model_dump(mode="json")) == ["first_seed 0 -> 5"]
    with pytest.raises(ProtocolError, match=r"the command line: first_seed: .* greater than or equal to 0, given -1"):
        quick.with_changes(first_seed=-1)
    shorter = quick.with_changes(timeout=1.5)
    assert shorter.limits.seconds == 1.5
    assert shorter.limits.memory_gb == quick.limits.memory_gb
    assert shorter.fingerprint == quick.fingerprint
    assert shorter.differences(quick.model_dump(mode="json")) == []


def test_differences_name_the_section() -> None:
    quick, standard = load_protocol("quick"), load_protocol("standard")
    named = {difference.split(" ")[0] for difference in standard.differences(quick.model_dump(mode="json"))}
    assert {"seeds", "training.examples_seen", "evaluation.samples"} <= named
    assert not any(name.startswith(("name", "summary", "datasets", "limits")) for name in named)


def test_a_protocol_recorded_by_another_version_differs_in_what_it_lacks() -> None:
    quick = load_protocol("quick")
    recorded = quick.model_dump(mode="json")
    del recorded["first_seed"]
    assert quick.differences(recorded) == []
    assert quick.with_changes(first_seed=5).differences(recorded) == ["first_seed 0 -> 5"]
    del recorded["evaluation"]["samples"]
    recorded["training"]["rounds"] = 3
    assert quick.differences(recorded) == [
        "training.rounds 3 -> unknown",
        f"evaluation.samples unknown -> {quick.evaluation.samples}",
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("quikc", "no protocol is called 'quikc'; did you mean 'quick'? (or give a .toml file)"),
        ("gone.toml", "the protocol file 'gone.toml' does not exist"),
    ],
)
def test_unknown_names(name: str, message: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        load_protocol(name)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("\nsamples = 20", "\nsmaples = 20", ("evaluation.smaples", "did you mean 'samples'?")),
        ("\nsamples = 20", "", ("evaluation.samples: field required",)),
        ("seeds = 2", "seeds = 0", ("seeds: input should be greater than or equal to 1, given 0",)),
        ("seeds = 2", "seeds = 1.5", ("seeds: input should be a valid integer", "given 1.5")),
        ('name = "tiny"', 'name = "../evil"', ("name: string should match pattern", "'../evil'")),
        ("sizes = [10, 20]", "sizes = [10, 0]", ("evaluation.learning_curve_sizes.1", "given 0")),
        ("[training]", "[training]\n[training]", ("is not valid TOML",)),
        ("[training]\nexamples_seen = 1000\nbatch_size = 50", "training = 5", ("training", "given 5")),
        ("seeds = 2", "seeds = 2\nextra = 1", ("extra: extra inputs are not permitted, given 1",)),
    ],
)
def test_wrong_files_are_one_line(tmp_path: Path, before: str, after: str, parts: tuple[str, ...]) -> None:
    assert before in TINY_PROTOCOL
    path = tmp_path / "wrong.toml"
    path.write_text(TINY_PROTOCOL.replace(before, after))
    with pytest.raises(ProtocolError) as caught:
        load_protocol(str(path))
    for part in parts:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProtocolError, match="is not valid TOML"):
        load_protocol(str(path))


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("seeds = 2", "seeds = 10001", "seeds"),
        ("seeds = 2", "seeds = 99999999999999999999", "seeds"),
        ("seeds = 2", "seeds = 2\nfirst_seed = 99999999999999999999", "first_seed"),
        ("seeds = 2", "seeds = 2\nfirst_seed = 9007199254740993", "first_seed"),
        ("seeds = 2", "seeds = 2\nfirst_seed = -1", "first_seed"),
        ("threads = 1", "threads = 99999999999", "threads"),
        ("examples_seen = 1000", "examples_seen = 9223372036854775808", "training.examples_seen"),
        ("batch_size = 50", "batch_size = 1e400", "training.batch_size"),
        ("batch_size = 50", "batch_size = nan", "training.batch_size"),
        ("batch_size = 50", "batch_size = 50\nmax_examples = 99999999999999999999", "training.max_examples"),
        ("samples = 20", "samples = 99999999999999999999", "evaluation.samples"),
        ("resamples = 100", "resamples = 99999999999999999999", "evaluation.resamples"),
        ("[10, 20]", "[10, 99999999999999999999]", "evaluation.learning_curve_sizes.1"),
        ("seconds = 60", "seconds = inf", "limits.seconds"),
        ("seconds = 60", "seconds = nan", "limits.seconds"),
        ("seconds = 60", "seconds = 1e300", "limits.seconds"),
        ("memory_gb = 0.5", "memory_gb = inf", "limits.memory_gb"),
        ("memory_gb = 0.5", "memory_gb = -inf", "limits.memory_gb"),
        ("memory_gb = 0.5", "memory_gb = nan", "limits.memory_gb"),
        ("memory_gb = 0.5", "memory_gb = -1", "limits.memory_gb"),
        ("memory_gb = 0.5", "memory_gb = 0", "limits.memory_gb"),
        ("memory_gb = 0.5", "memory_gb = 1e300", "limits.memory_gb"),
        ("seeds = 2", f"seeds = {'9' * 4000}", "seeds"),
        ("seeds = 2", f"seeds = {'9' * 5000}", "is not valid TOML"),
        ("seeds = 2", f"seeds = {'[' * 5000}", "is not valid TOML"),
    ],
)
def test_numbers_that_no_computer_holds_are_one_line(tmp_path: Path, field: str, value: str, place: str) -> None:
    path = tmp_path / "wrong.toml"
    assert field in TINY_PROTOCOL
    path.write_text(TINY_PROTOCOL.replace(field, value, 1))
    with pytest.raises(ProtocolError) as caught:
        load_protocol(str(path))
    assert place in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "changes", [{"seeds": 10**20}, {"first_seed": 10**20}, {"timeout": float("inf")}, {"timeout": -1.0}]
)
def test_numbers_of_the_command_line_are_held_to_the_same(changes: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError, match=r"^protocol from the command line: (seeds|first_seed|limits.seconds): "):
        load_protocol("quick").with_changes(**changes)


def test_the_largest_seeds() -> None:
    protocol = load_protocol("quick").with_changes(seeds=10_000, first_seed=2**53 - 1 - 10_000)
    assert protocol.first_seed + protocol.seeds - 1 < 2**53
