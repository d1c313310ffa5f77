"""Folders of images: class subfolders, given splits, sizes, modes, and what is no image."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from own_files import all_rows, load_own, refusal
from PIL import Image

RNG = np.random.default_rng(3)
COUNT = 12
HEIGHT, WIDTH = 6, 5


def pixels(channels=1, height=HEIGHT, width=WIDTH):
    shape = (height, width) if channels == 1 else (height, width, channels)
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def write(folder, arrays, ending=".png", change=lambda image: image):
    folder.mkdir(parents=True, exist_ok=True)
    for number, array in enumerate(arrays):
        kind = "JPEG" if ending.lower() in (".jpg", ".jpeg") else "PNG"
        change(Image.fromarray(array)).save(
            folder / f"{number:02}{ending}", format=kind, **({"quality": 95} if kind == "JPEG" else {})
        )
    return arrays


def two_classes(folder: Path, channels=1, ending=".png", change=lambda image: image):
    """Write images of cats and dogs, and return (n, pixels, label) as they should be read."""
    arrays = [write(folder / name, [pixels(channels) for _ in range(COUNT)], ending, change) for name in ("cat", "dog")]
    return truth(arrays)


def truth(arrays):
    """Return rows of pixels, channels first, in [0, 1], and the label."""
    rows = []
    for label, images in enumerate(arrays):
        for image in images:
            planes = image[None] if image.ndim == 2 else np.moveaxis(image[..., :3], 2, 0)
            rows.append(np.append(planes.reshape(-1) / 255, label))
    stacked = np.array(rows, dtype=np.float32)
    return stacked[np.lexsort(stacked.T[::-1])]


@pytest.mark.parametrize("ending", [".png", ".PNG", ".jpg", ".JPG", ".jpeg"])
@pytest.mark.parametrize("channels", [1, 3])
def test_classes_are_subfolders(tmp_path, channels, ending):
    expected = two_classes(tmp_path / "pets", channels, ending)
    dataset = load_own(tmp_path / "pets")
    assert (dataset.spec.name, dataset.spec.shape, dataset.spec.levels) == ("pets", (channels, HEIGHT, WIDTH), 256)
    assert dataset.spec.class_names == ("cat", "dog")
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [16, 4, 4]
    assert dataset.warnings == ()
    if ending.lower() == ".png":
        np.testing.assert_allclose(all_rows(dataset), expected, atol=1e-6)


def test_flat_folder_is_not_labelled(tmp_path):
    images = write(tmp_path / "a", [pixels() for _ in range(20)])
    dataset = load_own(tmp_path / "a")
    assert dataset.spec.classes == 0
    np.testing.assert_allclose(all_rows(dataset), truth([images])[:, :-1], atol=1e-6)


@pytest.mark.parametrize("names", [("train", "test"), ("train", "val", "test"), ("Training", "validation", "Test")])
def test_given_split(tmp_path, names):
    written = {
        name: {label: write(tmp_path / name / label, [pixels() for _ in range(5)]) for label in "ab"} for name in names
    }
    dataset = load_own(tmp_path)
    test = np.array(list(written[names[-1]].values())).reshape(10, -1) / 255
    np.testing.assert_allclose(np.sort(dataset.test.x.reshape(10, -1), axis=0), np.sort(test, axis=0), atol=1e-6)
    assert dataset.spec.class_names == ("a", "b")
    assert [len(dataset.train), len(dataset.validation)] == ([8, 2] if len(names) == 2 else [10, 10])
    assert load_own(tmp_path, target="none").spec.classes == 0


def test_given_split_without_classes(tmp_path):
    for name in ("train", "test"):
        write(tmp_path / name, [pixels() for _ in range(10)])
    dataset = load_own(tmp_path)
    assert (dataset.spec.classes, len(dataset.test)) == (0, 10)


MODES = {
    "opaque": (
        3,
        lambda image: image.convert("RGBA"),
        "24 images had a channel of transparency that is opaque everywhere",
    ),
    "grey_opaque": (1, lambda image: image.convert("LA"), "24 images had a channel of transparency"),
    "grey_palette": (1, lambda image: image.convert("P"), None),
    "16_bits": (1, lambda image: Image.fromarray(np.asarray(image).astype(np.uint16) * 257), "24 images of 16 bits"),
}


@pytest.mark.parametrize("name", MODES)
def test_modes_of_images(tmp_path, name):
    channels, change, told = MODES[name]
    expected = two_classes(tmp_path / "a", channels, change=change)
    dataset = load_own(tmp_path / "a")
    np.testing.assert_allclose(all_rows(dataset), expected, atol=1e-6)
    assert told is None or any(note.startswith(told) for note in dataset.notes)


def test_cmyk_becomes_rgb(tmp_path):
    two_classes(tmp_path / "a", 3, ".jpg", change=lambda image: image.convert("CMYK"))
    dataset = load_own(tmp_path / "a")
    assert dataset.spec.shape == (3, HEIGHT, WIDTH)
    assert "24 images in CMYK converted to RGB" in dataset.notes


def test_palette_of_colours(tmp_path):
    two_classes(tmp_path / "a", 3, change=lambda image: image.quantize(16))
    assert load_own(tmp_path / "a").spec.shape == (3, HEIGHT, WIDTH)


def test_black_and_white(tmp_path):
    two_classes(tmp_path / "a", change=lambda image: image.point(lambda value: 255 * (value > 99), "1"))
    assert load_own(tmp_path / "a").spec.support == "binary"


def test_grey_among_colours(tmp_path):
    write(tmp_path / "a" / "cat", [pixels() for _ in range(COUNT)])
    write(tmp_path / "a" / "dog", [pixels(3) for _ in range(COUNT)])
    dataset = load_own(tmp_path / "a")
    assert dataset.spec.shape == (3, HEIGHT, WIDTH)
    assert "12 grey images taken as colour, like the others" in dataset.notes
    cats = dataset.train.x[dataset.train.y == 0]
    np.testing.assert_array_equal(cats[:, 0], cats[:, 2])


def test_camera_held_sideways(tmp_path):
    expected = [pixels(3) for _ in range(COUNT)]
    (tmp_path / "a").mkdir()
    for number, array in enumerate(expected):
        image, exif = Image.fromarray(array), Image.Exif()
        if number % 2:
            image, exif[0x0112] = image.transpose(Image.Transpose.ROTATE_90), 6
        image.save(tmp_path / "a" / f"{number}.png", exif=exif)
    dataset = load_own(tmp_path / "a")
    assert "6 images turned upright as their EXIF says" in dataset.notes
    np.testing.assert_allclose(all_rows(dataset), truth([expected])[:, :-1], atol=1e-6)


def test_sizes_that_differ(tmp_path):
    two_classes(tmp_path / "a")
    Image.fromarray(np.full((20, 10), 128, np.uint8)).save(tmp_path / "a" / "cat" / "wide.png")
    message = refusal(tmp_path / "a")
    assert "images differ in size: 00.png is 6x5, wide.png 20x10; give size=HEIGHT or size=[HEIGHT,WIDTH]" in message
    dataset = load_own(tmp_path / "a", size="4")
    assert dataset.spec.shape == (1, 4, 4)
    assert "25 images cropped at the centre and scaled (bicubic) to 4x4" in dataset.notes
    assert any(np.allclose(row[:-1], 128 / 255) for row in all_rows(dataset))
    assert load_own(tmp_path / "a", size="[3,8]").spec.shape == (1, 3, 8)
    assert "size=0 is not allowed; expected a height and width from 1 to 4096" in refusal(tmp_path / "a", size="0")


DAMAGED = {
    "cut": lambda contents: contents[:60],
    "text": lambda contents: b"hello",
    "empty": lambda contents: b"",
    "gif": lambda contents: b"GIF89a" + bytes(20),
    "flipped": lambda contents: contents[:45] + bytes(12) + contents[57:],
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_image_is_named(tmp_path, name):
    two_classes(tmp_path / "a")
    path = tmp_path / "a" / "dog" / "03.png"
    path.write_bytes(DAMAGED[name](path.read_bytes()))
    assert "a/dog/03.png is no sound PNG or JPEG image" in refusal(tmp_path / "a")


def test_transparent_image_is_named(tmp_path):
    two_classes(tmp_path / "a", 3)
    Image.fromarray(pixels(4)).save(tmp_path / "a" / "dog" / "03.png")
    assert "dog/03.png is transparent in places, which has no place in the data; lay the images on a" in refusal(
        tmp_path / "a"
    )


def test_what_is_no_image_is_left_out_and_told(tmp_path):
    expected = two_classes(tmp_path / "a")
    (tmp_path / "a" / "readme.txt").write_text("cats and dogs")
    (tmp_path / "a" / "cat" / "Thumbs.db").write_text("")
    (tmp_path / "a" / "cat" / ".hidden.png").write_text("")
    (tmp_path / "a" / ".git").mkdir()
    (tmp_path / "a" / "birds").mkdir()
    dataset = load_own(tmp_path / "a")
    np.testing.assert_allclose(all_rows(dataset), expected, atol=1e-6)
    assert dataset.warnings == (
        "2 files that are no PNG or JPEG images are left out", "subfolders without images are left out: birds",
    )  # fmt: skip


def test_deeper_folders_belong_to_the_class_and_links_in_a_circle_end(tmp_path):
    two_classes(tmp_path / "a")
    write(tmp_path / "a" / "cat" / "young" / "tabby", [pixels() for _ in range(COUNT)])
    (tmp_path / "a" / "cat" / "again").symlink_to(tmp_path / "a")
    dataset = load_own(tmp_path / "a")
    labels = np.concatenate([split.y for split in (dataset.train, dataset.validation, dataset.test)])
    assert np.bincount(labels).tolist() == [24, 12]


def test_linked_images_are_read(tmp_path):
    expected = two_classes(tmp_path / "b")
    for path in sorted((tmp_path / "b").rglob("*.png")):
        link = tmp_path / "a" / path.relative_to(tmp_path / "b")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)
    np.testing.assert_allclose(all_rows(load_own(tmp_path / "a")), expected, atol=1e-6)
    (tmp_path / "a" / "cat" / "lost.png").symlink_to(tmp_path / "nowhere.png")
    assert "cat/lost.png is no sound PNG or JPEG image" in refusal(tmp_path / "a")


def test_folders_of_another_form(tmp_path):
    two_classes(tmp_path / "a")
    write(tmp_path / "a", [pixels()])
    assert "has 1 images beside subfolders with images; move them into the subfolder of their class" in refusal(
        tmp_path / "a"
    )
    (tmp_path / "b").mkdir()
    assert "has no PNG or JPEG images" in refusal(tmp_path / "b")
    for part in ("train", "val"):
        write(tmp_path / "c" / part, [pixels()])
    assert "has the subfolders train, val; expected train and test" in refusal(tmp_path / "c")
    write(tmp_path / "d" / "cat", [pixels() for _ in range(COUNT)])
    assert "all 12 rows have the target 'cat'; two classes are needed at least (give target=none" in refusal(
        tmp_path / "d"
    )
    assert load_own(tmp_path / "d", target="none").spec.classes == 0
    assert "is a folder of images, which takes no option decimal; it takes size and target=none" in refusal(
        tmp_path / "d", decimal="comma"
    )


@pytest.mark.parametrize("names", [("データ", "измерения"), ("a b", "c,d"), (os.fsdecode(b"caf\xe9"), "tea")])
def test_names_of_classes(tmp_path, names):
    for name in names:
        write(tmp_path / "a" / name, [pixels() for _ in range(COUNT)])
    classes = load_own(tmp_path / "a").spec.class_names
    assert set(classes) == {
        name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for name in names
    }


def test_a_copy_under_another_name_has_the_same_split(tmp_path):
    two_classes(tmp_path / "a")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    one, other = load_own(tmp_path / "a"), load_own(tmp_path / "b")
    np.testing.assert_array_equal(one.test.x, other.test.x)
    assert (one.spec.name, other.spec.name) == ("a", "b")
