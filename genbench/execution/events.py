"""What models logged while they were trained, as TensorBoard reads it; nothing where TensorBoard is not installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from genbench.evaluation.context import FitRecord


def write_events(folder: Path, records: Iterable[FitRecord]) -> None:
    """An event file for each seed that logged something, in ``folder/seed<number>``."""
    logged = [record for record in records if record.log]
    if not logged or find_spec("tensorboard") is None:
        return
    from torch.utils.tensorboard import SummaryWriter

    for record in logged:
        with SummaryWriter(str(folder / f"seed{record.seed}")) as writer:
            for step, name, value in record.log:
                writer.add_scalar(name, value, step)
