"""A call that the parser refuses, told as any other mistake: in one line."""

from __future__ import annotations

from typing import Any

import typer

from genbench.errors import nearest_hint
from genbench.text import plain

LONGEST = 300
"""Characters of the parser's message, which repeats what was given."""

UsageError: Any = typer.BadParameter.__base__
"""That of Click, which newer versions of typer bring along and older ones import."""


def usage_line(error: Any) -> str:
    """What is wrong with the call, and where to look; empty where the help has been shown instead."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return ""
    option = getattr(error, "option_name", None)
    if option and hasattr(error, "possibilities"):
        told = f"no such option: {option}"
        told += nearest_hint(option, [name for one in error.ctx.command.params for name in one.opts])
    else:
        told = plain(error.format_message(), LONGEST).rstrip(".").replace(". Did you", "; did you")
        told = told[:1].lower() + told[1:]
    return told if error.ctx is None or told.endswith("?") else f"{told}; see {error.ctx.command_path} --help"
