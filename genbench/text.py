"""Text that a plugin, a model or a user brought, made harmless before it is kept or shown.

Names are refused where they are declared; free text, such as an error's message, is cleaned.
"""

from __future__ import annotations

import re

HIDDEN = r"\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
"""Characters that show nothing themselves but change what is shown of others: control characters and marks that turn the
direction of writing. As the inside of a regular expression's brackets, in Python's dialect."""
FORMULA_STARTS = "=+-@"
"""With which a spreadsheet lets a formula begin."""
LONGEST_NAME, LONGEST_TEXT = 200, 2000

_HIDDEN = re.compile(f"[{HIDDEN}]+")


def plain(text: object, limit: int = LONGEST_TEXT) -> str:
    """The text on one line, without hidden characters or halves of ones, cut off with ``...`` at ``limit`` characters."""
    whole = str(text).encode(errors="replace").decode()  # half a character (a surrogate) cannot be printed
    line = " ".join(_HIDDEN.sub(" ", whole).split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def check_name(what: str, name: str, longest: int = LONGEST_NAME) -> None:
    """Raise ValueError for a name that could harm where it is shown: too long, hidden characters or halves of ones, a
    formula's beginning."""
    half = name.encode(errors="replace").decode() != name
    if len(name) > longest or half or _HIDDEN.search(name) or name.startswith(tuple(FORMULA_STARTS)):
        raise ValueError(
            f"{what} {plain(name, 60)!r} is not allowed: expected at most {longest} visible characters, "
            f"the first none of {' '.join(FORMULA_STARTS)}"
        )


def for_spreadsheet(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(tuple(FORMULA_STARTS)) else text
