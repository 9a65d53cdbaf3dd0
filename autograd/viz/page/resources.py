"""Scripts, styles and the template, read once; without what only their readers here need."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

__all__ = ["read", "slim"]

COMMENT = re.compile(r"^\s*(?://.*|/\*.*\*/)$")


@cache
def read(name: str) -> str:
    """The text of a file of this package."""
    text = files(__package__).joinpath(name).read_text("utf-8")
    return text if name.endswith(".html") else slim(text)


def slim(source: str) -> str:
    """``source`` without lines that are comments, empty lines and indentation.

    Examples
    --------
    >>> slim("// why\\nif (a) {\\n  b();\\n}\\n")
    'if (a) {\\nb();\\n}'
    """
    lines = (line.strip() for line in source.splitlines() if not COMMENT.match(line))
    return "\n".join(line for line in lines if line)
