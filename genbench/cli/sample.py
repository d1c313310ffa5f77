"""``genbench sample``."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genbench.data.spec import DataSpec

PICTURES = (".png", ".svg", ".pdf")
ENDINGS = (*PICTURES, ".npz", ".csv")


def sample(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A run folder, or the folder of one of its jobs.")],
    n: Annotated[int, typer.Option("-n", min=1, max=10_000_000, help="How many samples.")] = 64,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="A .png, .svg, .pdf, .npz or .csv file.")
    ] = Path("samples.png"),
    model: Annotated[
        str | None, typer.Option("-m", "--model", help="Of a run folder: the model.", show_default=False)
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("-d", "--dataset", help="Of a run folder: the data set.", show_default=False)
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="The seed that the model was trained with (default: the first).", show_default=False),
    ] = None,
    label: Annotated[int | None, typer.Option(help="The label to ask for.", show_default=False)] = None,
) -> None:
    """Draw samples from a trained model into a picture or a file."""
    import numpy as np

    from genbench.errors import GenbenchError, ModelError
    from genbench.evaluation.fitted import Fitted
    from genbench.execution.trained import load_model_and_seed
    from genbench.results.atomic import checked_output

    if out.suffix not in ENDINGS:
        raise GenbenchError(f"{out} is of an unknown kind; expected a file that ends in {', '.join(ENDINGS)}")
    out = checked_output(out)
    job = _job_folder(folder, model, dataset)
    trained, chosen = load_model_and_seed(job, seed)
    if label is not None and not 0 <= label < trained.data.classes:
        raise GenbenchError(f"--label {label} is not a label of the data; they are 0 to {trained.data.classes - 1}")
    if label is not None and not trained.needs_labels:
        raise GenbenchError(f"{type(trained).__name__} draws its labels itself; leave out --label {label}")
    _check_picture(trained.data, out)
    labels = None if label is None else np.full(n, label)
    try:
        samples = Fitted(trained, trained.data, chosen).sample(n, "command line", labels)
    except ModelError as error:
        raise GenbenchError(f"{type(trained).__name__} of {folder}: {error}") from None
    _write(samples, trained.data, out)
    typer.echo(f"{n} samples in {out}")


def _job_folder(folder: Path, model: str | None, dataset: str | None) -> Path:
    """The folder itself if it is a job's, else that of the run's job that the names pick."""
    from genbench.errors import GenbenchError, UnknownNameError
    from genbench.labels import known_labels, labels_meant
    from genbench.results.folder import RunFolder

    if (folder / "result.json").is_file():
        return folder
    run_folder = RunFolder(folder)
    jobs: dict[str, dict[str, str]] = run_folder.read_run()["jobs"]
    meant: dict[str, str] = {}
    for kind, column, name in (("model", "model", model), ("data set", "dataset", dataset)):
        if name is not None:
            known = known_labels(jobs.values(), column)
            (meant[column],) = labels_meant([name], known)
            if meant[column] not in known:
                raise UnknownNameError(f"{kind} of {folder}", name, known)
    fitting = [
        (key, f"-m {job['model']} -d {job['dataset']}")
        for key, job in jobs.items()
        if all(job[column] == label for column, label in meant.items())
    ]
    if len(fitting) != 1:
        there = "; ".join(names for _, names in fitting[:5]) + ("; ..." if len(fitting) > 5 else "")
        raise GenbenchError(
            f"{folder} has {len(fitting)} such jobs{f' ({there})' if there else ''}; pick one with -m MODEL -d DATASET"
        )
    key, names = fitting[0]
    if damage := run_folder.damage(key):
        raise GenbenchError(damage)
    if run_folder.result(key) is None:
        kept = (
            "keeps tables alone, no trained models" if run_folder.keeps_tables_alone() else "has not run that job yet"
        )
        raise GenbenchError(f"{folder} {kept}; train it with: genbench run {names} --out DIR, then give DIR")
    return run_folder.jobs / key


def _write(samples: NDArray[Any], data: DataSpec, out: Path) -> None:
    import numpy as np

    from genbench.report.pictures import image_grid, save, scatter
    from genbench.results.atomic import write_bytes

    file = io.BytesIO()
    if out.suffix in PICTURES:
        save(image_grid(samples) if data.is_image else scatter(samples), out)
    elif out.suffix == ".npz":
        np.savez_compressed(file, samples=samples)
        write_bytes(out, file.getvalue())
    else:
        names = [column.name for column in data.columns] or [f"x{i}" for i in range(data.dim)]
        flat = samples.reshape(len(samples), -1)
        np.savetxt(file, flat, delimiter=",", header=",".join(names), comments="", encoding="utf-8")
        write_bytes(out, file.getvalue())


def _check_picture(data: DataSpec, out: Path) -> None:
    from genbench.errors import GenbenchError

    if out.suffix in PICTURES and not data.is_image and data.dim != 2:
        raise GenbenchError(
            f"samples of {data.name} are no picture (shape {data.shape}); give a .csv or .npz file with -o"
        )
