"""Pictures from the arrays of job folders."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from genbench.report.gallery import draw_gallery, file_names
from genbench.report.pictures import tiled
from genbench.results.folder import RunFolder


def run_with(path: Path, **jobs: tuple[str, str, dict[str, np.ndarray]]) -> RunFolder:
    folder = RunFolder(path)
    folder.write_run({"jobs": {key: {"model": model, "dataset": data} for key, (model, data, _) in jobs.items()}})
    for key, (_, _, arrays) in jobs.items():
        (folder.jobs / key).mkdir(parents=True)
        np.savez_compressed(folder.jobs / key / "samples.npz", seeds=np.arange(2), **arrays)
    return folder


def test_tables_of_images_keep_their_places() -> None:
    images = np.zeros((2, 3, 1, 4, 4))
    images[1, 2] = 1
    table = tiled(images, pixels=8)
    assert table.shape == (2 * 10, 3 * 10, 3)
    assert (table[10:18, 20:28] == 1).all()
    assert (table[0:8, 0:8] == 0).all()
    assert (table[8:10] == 1).all()
    colours = np.zeros((1, 1, 3, 4, 4))
    colours[0, 0, 0] = 1
    assert tiled(colours, pixels=4)[0, 0].tolist() == [1, 0, 0]


def test_images_and_points_are_drawn_and_tables_are_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = {
        "samples": rng.random((2, 64, 1, 8, 8)),
        "interpolations": rng.random((2, 8, 8, 1, 8, 8)),
        "arithmetic": rng.random((2, 5, 4, 1, 8, 8)),
    }
    points = {"samples": rng.normal(size=(2, 100, 2)), "centres": np.eye(2)}
    folder = run_with(
        tmp_path, a=("gan:k=2,hidden=[8,8]", "digits", images), b=("gan", "ring8", points),
        c=("gan", "iris", {"samples": rng.normal(size=(2, 64, 4))}),
    )  # fmt: skip
    assert draw_gallery(folder) == 4
    drawn = sorted(str(path.relative_to(folder.pictures)) for path in folder.pictures.rglob("*.png"))
    name = "gan_k=2_hidden=_8_8_"
    assert drawn == [*(f"digits/{name}-{kind}.png" for kind in ("arithmetic", "interpolation", "samples")), "ring8/gan-samples.png"]  # fmt: skip  # noqa: E501
    grid = imread(folder.pictures / "digits" / f"{name}-samples.png")
    assert grid.shape[:2] == (8 * 26, 2 * (8 * 26 + 10))
    np.testing.assert_allclose(grid[0, 0, 0], images["samples"][0, 0, 0, 0, 0], atol=0.01)
    np.testing.assert_allclose(grid[0, 8 * 26 + 10, 0], images["samples"][1, 0, 0, 0, 0], atol=0.01)


def test_a_picture_is_drawn_again_only_for_newer_samples(tmp_path: Path) -> None:
    folder = run_with(tmp_path, a=("gan", "digits", {"samples": np.zeros((2, 4, 1, 8, 8))}))
    assert draw_gallery(folder) == 1
    picture, kept = folder.pictures / "digits" / "gan-samples.png", folder.jobs / "a" / "samples.npz"
    picture.write_text("drawn")
    os.utime(kept, (1, 1))
    assert draw_gallery(folder) == 1
    assert picture.read_text() == "drawn"
    os.utime(picture, (0, 0))
    draw_gallery(folder)
    assert picture.read_bytes().startswith(b"\x89PNG")


HOSTILE_LABELS = [
    "..", ".", "../x y", "/etc/passwd", "a/../../b", "..\\x", "\x00", "\n", "\ud800", "\u202ex", "é" * 200, "x" * 5000,
    "-", "~", "$HOME",
]  # fmt: skip


@pytest.mark.parametrize("label", HOSTILE_LABELS)
def test_names_of_files_lead_out_of_no_folder(label: str, tmp_path: Path) -> None:
    name = file_names([label])[label]
    assert (tmp_path / name).parent == tmp_path
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    (tmp_path / f"{name}-interpolation.png").write_bytes(b"")


def test_names_of_files_are_as_many_as_labels() -> None:
    assert file_names(["gan:k=2", "vae"]) == {"gan:k=2": "gan_k=2", "vae": "vae"}
    labels = ["a b", "a_b", "a:b", "GAN", "gan", "..", "/", *HOSTILE_LABELS]
    names = [name.casefold() for name in file_names(labels).values()]
    assert len(set(names)) == len(set(labels))


def test_pictures_of_a_data_set_named_as_a_way_out_stay_in_the_folder(tmp_path: Path) -> None:
    points = {"samples": np.random.default_rng(0).normal(size=(2, 100, 2))}
    folder = run_with(tmp_path / "run", a=("../../gan", "..", points), b=("../../gan", "../../../x", points))
    before = {path for path in tmp_path.rglob("*") if folder.pictures not in path.parents}
    assert draw_gallery(folder) == 2
    after = {path for path in tmp_path.rglob("*") if folder.pictures not in path.parents}
    assert after - before == {folder.pictures}
