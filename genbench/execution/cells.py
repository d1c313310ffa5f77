"""The cells of a job's tables: each is filed once, and by one evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from genbench.measurement import Measurement

Cell = tuple[str, str, str, int | None, int | None]
"""What names a value of a job: table, metric, estimator, n, examples."""


class Cells:
    """Remembers which evaluation filed each cell of a job; ``train_size`` is what rows without ``examples`` get."""

    def __init__(self, train_size: int) -> None:
        self.train_size = train_size
        self._filed: dict[Cell, str] = {}

    def clash(self, evaluation: str, table: str, rows: Sequence[Measurement]) -> str:
        """Return why the evaluation's rows cannot all stand in the table, naming both that file one cell; "" if they can,
        and then they are filed."""
        found: dict[Cell, str] = {}
        for cell in self._cells(table, rows):
            other = found.get(cell) or self._filed.get(cell)
            if other is not None:
                return _told(evaluation, other, cell)
            found[cell] = evaluation
        self._filed |= found
        return ""

    def _cells(self, table: str, rows: Sequence[Measurement]) -> Iterable[Cell]:
        """Rows without a value file no cell: several may say why there is none."""
        for row in rows:
            if row.status == "ok":
                examples = self.train_size if row.examples is None else row.examples
                yield (table, row.metric, row.estimator, row.n, examples)


def _told(evaluation: str, other: str, cell: Cell) -> str:
    table, metric, estimator, n, examples = cell
    twice = f"files {metric} ({estimator}) with n={n}, examples={examples} in the table {table!r}"
    if other == evaluation:
        return f"the evaluation {evaluation!r} {twice} twice; let their estimators tell them apart"
    return f"the evaluation {evaluation!r} {twice}, as {other!r} does; let their estimators tell them apart"
