"""What a Python file says of itself, told without running it: its contents, the modules it imports, the texts in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Regular expressions, since parsing all of genbench would take a third of a second of every command. They find more than
# there is (an import that stands in a docstring), which costs nothing, and a test compares them with Python's parser.
COMMENT = re.compile(r"#[^\n]*")
FOR_TYPES = re.compile(
    r"^(?P<indent>[ \t]*)if (?:\w+\.)?TYPE_CHECKING:[ \t]*\n(?:(?P=indent)[ \t]+[^\n]*\n|[ \t]*\n)+", re.MULTILINE
)
IMPORT = re.compile(
    r"(?:^|[;:])[ \t]*(?:from\b[ \t]*(?P<base>[\w. \t]{1,300}?)[ \t]*\bimport\b[ \t]*(?P<names>\([^)]*\)|[^\n;]+)"
    r"|import[ \t]+(?P<modules>[^\n;]+))",
    re.MULTILINE,
)
TEXT = re.compile(r"""["']([^"'\n]{1,120})["']""")


@dataclass(frozen=True)
class Source:
    """The SHA-256 of a file, and of a Python file its imports and the short texts in it.

    Imports are pairs of a module, with leading dots if it is relative, and of what is taken from it ("" for the module
    itself). Those for type checkers alone are left out.
    """

    digest: str
    imports: frozenset[tuple[str, str]] = frozenset()
    texts: frozenset[str] = frozenset()

    def imported(self, package: str) -> Iterator[str]:
        """Yield the full names of the modules that may be meant, for a file that lies in ``package``."""
        for base, name in self.imports:
            home = _absolute(base, package)
            yield home
            if name:
                yield f"{home}.{name}"


@cache
def read_source(path: Path) -> Source:
    """Read a file, once a process; what is no Python file has a digest alone, and what cannot be read an empty one."""
    try:
        contents = path.read_bytes()
    except OSError:
        return Source("")
    digest = hashlib.sha256(contents).hexdigest()
    if path.suffix != ".py":
        return Source(digest)
    text = contents.decode("utf-8", errors="replace")
    return Source(digest, frozenset(_imports(text)), frozenset(TEXT.findall(text)))


def _imports(text: str) -> Iterator[tuple[str, str]]:
    code = FOR_TYPES.sub("", COMMENT.sub("", text.replace("\r\n", "\n").replace("\\\n", " ")))
    for found in IMPORT.finditer(code):
        if found["modules"]:
            yield from ((module, "") for module in _names(found["modules"]))
        else:
            base = "".join(found["base"].split())
            yield from ((base, name) for name in _names(found["names"].strip("()")))


def _names(listed: str) -> Iterator[str]:
    """Yield the names of ``a, b.c as d``."""
    for part in listed.split(","):
        words = part.split()
        if words:
            yield words[0]


def _absolute(base: str, package: str) -> str:
    name = base.lstrip(".")
    dots = len(base) - len(name)
    if not dots:
        return base
    parents = package.split(".")
    above = parents[: len(parents) - (dots - 1)]
    return ".".join([*above, *([name] if name else [])])
