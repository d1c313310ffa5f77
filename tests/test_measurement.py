"""A row with a word that no reader of a table knows is refused where it is made."""

from __future__ import annotations

from typing import Any

import pytest

from genbench import Measurement


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"better": "up"}, "spread: better 'up' is not known; expected lower, higher or ''"),
        ({"better": None}, "spread: better None is not known"),
        (
            {"value": None, "status": "fail"},
            "spread: status 'fail' is not known; expected ok, failed, timeout, out_of_memory, diverged or skipped",
        ),
    ],
)
def test_words_are_of_the_vocabulary(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        Measurement(**{"metric": "spread", "estimator": "std", "value": 1.0, **settings})
