"""Arrays as people write them: what the numbers are is guessed right and told, or the file is refused with the fix."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from own_files import CASES, all_rows, load_own, refusal

from genbench.data.idx import idx_bytes

RNG = np.random.default_rng(2)
N = 40
BYTES = RNG.integers(0, 256, (N, 8, 9), dtype=np.uint8)
BYTES[0, 0, :2] = 0, 255
COLOUR = RNG.integers(0, 256, (N, 8, 9, 3), dtype=np.uint8)
OPAQUE = np.concatenate([COLOUR, np.full((N, 8, 9, 1), 255, np.uint8)], axis=3)
POINTS = RNG.normal(size=(N, 3))
LABELS = np.arange(N) % 2


def load_npz(tmp_path, options=None, **arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    return load_own(tmp_path / "a.npz", **(options or {}))


def refuse_npz(tmp_path, options=None, **arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    return refusal(tmp_path / "a.npz", **(options or {}))


def sorted_rows(x):
    flat = np.asarray(x, dtype=np.float32).reshape(len(x), -1)
    return flat[np.lexsort(flat.T[::-1])]


AS_BYTES = {
    "uint8": (BYTES, None),
    "int64": (BYTES.astype(np.int64), "whole numbers from 0 to 255 are taken as bytes"),
    "float32": (BYTES.astype(np.float32), "whole numbers from 0 to 255 are taken as bytes"),
    "float16": (BYTES.astype(np.float16), "whole numbers from 0 to 255 are taken as bytes"),
    "big_endian": (BYTES.astype(">f8"), "whole numbers from 0 to 255 are taken as bytes"),
    "fortran": (np.asfortranarray(BYTES), None),
    "divided": (BYTES / 255, None),
    "divided_float32": ((BYTES / 255).astype(np.float32), None),
    "divided_float16": ((BYTES / 255).astype(np.float16), None),
    "minus_1_to_1": ((BYTES / 127.5 - 1).astype(np.float32), "from -1 to 1 are moved to the range from 0 to 1"),
    "channel_last": (BYTES[..., None], None),
    "channel_first": (BYTES[:, None], None),
}


@pytest.mark.parametrize("name", AS_BYTES)
def test_the_same_bytes_in_many_dresses(tmp_path, name):
    x, told = AS_BYTES[name]
    dataset = load_npz(tmp_path, x=x, y=LABELS)
    assert (dataset.spec.support, dataset.spec.levels, dataset.spec.shape) == ("unit", 256, (1, 8, 9))
    np.testing.assert_allclose(all_rows(dataset)[:, :-1], sorted_rows(BYTES / 255), atol=1e-6)
    assert [told in warning for warning in dataset.warnings] == ([True] if told else [])


OTHER_IMAGES = {
    "words": (RNG.integers(0, 65_536, (N, 8, 9)).astype(np.uint16), ("unit", 65_536), "65,536 grey levels"),
    "16_levels": (RNG.integers(0, 17, (N, 8, 9)).astype(float), ("unit", 17), "from 0 to 16 are taken as 17 levels"),
    "16_levels_divided": (RNG.integers(0, 17, (N, 8, 9)) / 16, ("unit", 17), None),
    "fractions": (RNG.random((N, 8, 9)), ("unit", None), None),
    "fractions_to_255": (RNG.uniform(0, 255, (N, 8, 9)), ("unit", None), "are taken as grey values, divided by 255"),
    "fractions_around_0": (RNG.uniform(-1, 1, (N, 8, 9)), ("unit", None), "from -1 to 1 are moved to the range"),
    "any": (
        RNG.normal(0, 30, (N, 8, 9)),
        ("real", None),
        "are taken as any numbers (scale them to the range from 0 to 1",
    ),
    "negative_whole": (RNG.integers(-9, 9, (N, 8, 9)), ("real", None), "are taken as any numbers"),
    "bool": (BYTES > 99, ("binary", None), None),
    "black_and_white": (
        np.where(BYTES > 99, 255, 0).astype(np.uint8),
        ("binary", None),
        "0 and 255 alone, taken as 0 and 1",
    ),
}


@pytest.mark.parametrize("name", OTHER_IMAGES)
def test_other_images(tmp_path, name):
    x, form, told = OTHER_IMAGES[name]
    dataset = load_npz(tmp_path, x=x)
    assert (dataset.spec.support, dataset.spec.levels) == form
    values = all_rows(dataset)
    if form[0] == "real":
        assert (dataset.train.x.mean(), dataset.train.x.std()) == pytest.approx((0, 1), abs=1e-5)
    else:
        assert values.min() >= 0
        assert values.max() <= 1
        assert values.max() > 0.9
    assert [told in warning for warning in dataset.warnings] == ([True] if told else [])


def test_images_in_no_known_range_stay_as_they_are_on_request(tmp_path):
    x = RNG.normal(0, 30, (N, 8, 9))
    dataset = load_npz(tmp_path, {"standardise": "false"}, x=x)
    np.testing.assert_array_equal(all_rows(dataset), sorted_rows(x))


CHANNELS = {
    "last": (COLOUR, {}),
    "first": (np.moveaxis(COLOUR, 3, 1), {}),
    "opaque_last": (OPAQUE, {}),
    "opaque_first": (np.moveaxis(OPAQUE, 3, 1), {}),
    "opaque_floats": (OPAQUE / 255, {}),
    "last_said": (COLOUR, {"channels": "last"}),
}


@pytest.mark.parametrize("name", CHANNELS)
def test_the_same_colours_in_many_orders(tmp_path, name):
    x, options = CHANNELS[name]
    dataset = load_npz(tmp_path, options, x=x)
    assert (dataset.spec.shape, dataset.spec.levels) == ((3, 8, 9), 256)
    np.testing.assert_allclose(all_rows(dataset), sorted_rows(np.moveaxis(COLOUR, 3, 1) / 255), atol=1e-6)
    assert any("images of" in note for note in dataset.notes)
    assert bool(dataset.warnings) == name.startswith("opaque")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((4, 4, 3), (3, 4, 4)), ((4, 8, 8), (4, 8, 8)), ((8, 8, 2), (2, 8, 8)), ((1, 3, 3), (1, 3, 3))],
)
def test_square_images_tell_their_channels(tmp_path, shape, expected):
    x = RNG.random((N, *shape))
    if expected[0] == 4:
        assert "x has four channels, the last of which varies as transparency does" in refuse_npz(tmp_path, x=x)
        assert load_npz(tmp_path, {"channels": "first"}, x=x).spec.shape == expected
    else:
        assert load_npz(tmp_path, x=x).spec.shape == expected


@pytest.mark.parametrize("shape", [(3, 8, 3), (3, 3, 3), (1, 28, 1), (8, 9, 2), (5, 6, 7)])
def test_shape_that_does_not_tell_the_channels(tmp_path, shape):
    message = refuse_npz(tmp_path, x=RNG.random((N, *shape)))
    assert "does not tell where the channels are; say channels=first or channels=last" in message
    assert load_npz(tmp_path, {"channels": "first"}, x=RNG.random((N, *shape))).spec.shape == shape


Y = {
    "floats": (LABELS.astype(float), ("0", "1")),
    "float_ids": (1234567.0 + LABELS, ("1234567", "1234568")),
    "halves": (LABELS / 2, ("0", "0.5")),
    "large": (2**60 + LABELS, (str(2**60), str(2**60 + 1))),
    "bool": (LABELS == 1, ("False", "True")),
    "bytes": (np.array([b"a", b"\xff"])[LABELS], ("\\xff", "a")),
    "text": (np.array(["größer", "b"])[LABELS], ("b", "größer")),
    "zeros": (np.array(["01", "1"])[LABELS], ("01", "1")),
    "column": (LABELS[:, None], ("0", "1")),
    "big_endian": (LABELS.astype(">i2"), ("0", "1")),
}


@pytest.mark.parametrize("name", Y)
def test_labels(tmp_path, name):
    y, names = Y[name]
    dataset = load_npz(tmp_path, {"standardise": "false"}, x=POINTS, y=y)
    assert dataset.spec.class_names == names
    row_of = {tuple(x): row for row, x in enumerate(POINTS.astype(np.float32))}
    written = y.ravel()[[row_of[tuple(x)] for x in dataset.train.x]]
    for label in (0, 1):
        assert len(np.unique(written[dataset.train.y == label])) == 1
    assert written[dataset.train.y == 0][0] != written[dataset.train.y == 1][0]


PARTS = {"train": slice(0, 20), "val": slice(20, 30), "test": slice(30, 40)}
NAMES = {
    "keras": ("x_{}", "y_{}"), "medmnist": ("{}_images", "{}_labels"), "capital": ("X_{}", "Y_{}"), "close": ("x{}", "y{}"),
    "dashes": ("{}-data", "{}-targets"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_of_arrays_that_are_split(tmp_path, name):
    x, y = NAMES[name]
    arrays = {x.format(part): BYTES[rows] for part, rows in PARTS.items()}
    arrays |= {y.format(part): LABELS[rows, None] for part, rows in PARTS.items()}
    dataset = load_npz(tmp_path, **arrays)
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [20, 10, 10]
    np.testing.assert_allclose(sorted_rows(dataset.test.x), sorted_rows(BYTES[30:] / 255), atol=1e-6)


@pytest.mark.parametrize(
    ("x", "y"), [("x", "y"), ("X", "y"), ("data", "labels"), ("images", "targets"), ("features", "target")]
)
def test_names_of_arrays(tmp_path, x, y):
    assert load_npz(tmp_path, **{x: POINTS, y: LABELS}).spec.classes == 2


REFUSED = {
    "complex": ({"x": POINTS + 1j}, "give real and imaginary parts as features of their own"),
    "times": ({"x": np.zeros((4, 3), "m8[s]")}, "x is of type timedelta64[s], expected numbers"),
    "records": ({"x": np.zeros(4, dtype=[("a", float)])}, "expected numbers"),
    "unnamed": ({"arr_0": POINTS, "arr_1": LABELS}, "an array 'arr_0' that is not used; expected only x (and y)"),
    "twice": ({"x": POINTS, "data": POINTS}, "has the arrays 'x' and 'data', of which one is not used; remove one"),
    "complex_labels": ({"x": POINTS, "y": LABELS + 1j}, "y is of type complex128, expected class numbers or text"),
    "empty_label": ({"x": POINTS, "y": np.array(["", "a"])[LABELS]}, "y holds empty texts; name that class"),
    "object_labels": ({"x": POINTS, "y": np.array(["a", None] * 20, dtype=object)}, "'y' holds Python objects"),
    "lengths": ({"x": POINTS, "y": LABELS[:-1]}, "y has the shape (39,), but x has 40 rows"),
    "no_spread": ({"x": np.full((N, 2), 7.0)}, "every column of numbers has the same value in all training rows"),
    "five_axes": ({"x": np.zeros((4, 2, 2, 2, 2))}, "x has the shape (4, 2, 2, 2, 2), expected"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path, name):
    arrays, expected = REFUSED[name]
    assert expected in refuse_npz(tmp_path, **arrays)


def test_columns_without_spread_take_no_part(tmp_path):
    x = np.column_stack([POINTS, np.full(N, 2.5)])
    dataset = load_npz(tmp_path, {"standardise": "false"}, x=x)
    np.testing.assert_array_equal(all_rows(dataset), sorted_rows(POINTS))
    assert dataset.warnings[0].startswith("column '3' is 2.5 in every training row and is left out")


def test_pixels_without_spread_are_told_where_there_are_no_levels(tmp_path):
    x = np.pad(RNG.random((N, 6, 6)), ((0, 0), (1, 1), (1, 1)))
    assert load_npz(tmp_path, x=x).warnings[0].startswith("28 of 64 pixels have one value in every training image")
    assert load_npz(tmp_path, x=np.pad(BYTES, ((0, 0), (1, 1), (1, 1)))).warnings == ()


def test_identifiers_as_features_are_told(tmp_path):
    x = np.column_stack([POINTS * 2**40, 2**60 + np.arange(N) * 2**30]).astype(np.int64)
    assert "it holds whole numbers above 9,007,199,254,740,992" in load_npz(tmp_path, x=x).warnings[0]


@pytest.mark.parametrize(
    ("name", "beside"),
    [("x.npy", "y.npy"), ("my_images.npy", "my_labels.npy"), ("foo.npy", "foo_labels.npy"), ("x.npy.gz", "y.npy")],
)
def test_npy_with_labels_beside_it(tmp_path, name, beside):
    np.save(tmp_path / "array.npy", POINTS)
    contents = (tmp_path / "array.npy").read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(contents) if name.endswith(".gz") else contents)
    np.save(tmp_path / beside, LABELS)
    dataset = load_own(tmp_path / name, standardise="false")
    assert dataset.spec.classes == 2
    assert dataset.notes[0] == f"labels from the file {beside} beside it"
    np.testing.assert_array_equal(all_rows(dataset)[:, :-1], sorted_rows(POINTS))
    (tmp_path / beside).unlink()
    assert load_own(tmp_path / name).spec.classes == 0


def test_damaged_npy(tmp_path):
    np.save(tmp_path / "a.npy", POINTS)
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:300])
    assert "is damaged; get the file again" in refusal(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", np.array([None, 1]), allow_pickle=True)
    assert "holds Python objects, which are not loaded" in refusal(tmp_path / "a.npy")


@pytest.mark.parametrize("style", ["my-images-idx3-ubyte", "my-images.idx3-ubyte"])
@pytest.mark.parametrize("packed", ["", ".gz", "plain_name"])
@pytest.mark.parametrize("beside", ["my-labels-idx1-ubyte", "my-labels.idx1-ubyte", "my-labels-idx1-ubyte.gz"])
def test_idx_names(tmp_path, style, packed, beside):
    images = tmp_path / (style + packed.removeprefix("plain_name"))
    images.write_bytes(gzip.compress(idx_bytes(BYTES)) if packed else idx_bytes(BYTES))
    labels = idx_bytes(LABELS.astype(np.uint8))
    (tmp_path / beside).write_bytes(gzip.compress(labels) if beside.endswith(".gz") else labels)
    dataset = load_own(images)
    assert (dataset.spec.levels, dataset.spec.classes) == (256, 2)
    np.testing.assert_allclose(all_rows(dataset)[:, :-1], sorted_rows(BYTES / 255), atol=1e-6)


@pytest.mark.parametrize(("code", "dtype"), [(0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")])
def test_idx_of_other_numbers(tmp_path, code, dtype):
    array = np.arange(-60, 60).reshape(N, 3).astype(dtype)
    header = bytes([0, 0, code, 2]) + (N).to_bytes(4, "big") + (3).to_bytes(4, "big")
    (tmp_path / "a.idx").write_bytes(header + array.tobytes())
    np.testing.assert_array_equal(all_rows(load_own(tmp_path / "a.idx", standardise="false")), sorted_rows(array))


def test_large_array_is_refused_before_it_is_read(tmp_path, monkeypatch):
    from genbench.data.files import array_files, contents

    np.savez(tmp_path / "a.npz", x=POINTS)
    monkeypatch.setattr(contents, "_free_memory", lambda: 3 * POINTS.nbytes)
    monkeypatch.setattr(array_files, "_member", None)
    assert "raise limits.memory_gb in the protocol, or give a smaller file" in refusal(tmp_path / "a.npz")


class TestCases:
    """Files that were seen to go wrong."""

    def test_bytes_as_floats_are_the_same_pixels(self):
        floats, whole = (load_own(CASES / f"img255_{kind}.npz") for kind in ("float", "uint8"))
        assert (floats.spec.support, floats.spec.levels) == ("unit", 256)
        np.testing.assert_array_equal(all_rows(floats), all_rows(whole))
        assert floats.warnings == ("its whole numbers from 0 to 255 are taken as bytes",)

    def test_dotted_idx_name(self):
        assert load_own(CASES / "train-images.idx3-ubyte").spec.levels == 256
