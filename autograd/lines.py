"""Lines of source as people look for them."""

from __future__ import annotations

import linecache
import os
import sys

__all__ = ["cell_of", "source_of"]


def cell_of(path: str) -> str:
    """``Cell In[5]`` for the file behind a notebook's cell, whose path is another in each run.

    Examples
    --------
    >>> from autograd.lines import cell_of
    >>> cell_of("model.py")
    ''
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    named = shell.compile.format_code_name(path) if shell else None
    return " ".join(named) if named else ""


def source_of(line: str | None) -> str:
    """A ``path:number`` with a short path, and the text that stands there.

    Examples
    --------
    >>> from autograd.lines import source_of
    >>> source_of("nowhere.py:7"), source_of(None)
    ('nowhere.py:7', '')
    """
    if not line:
        return ""
    path, _, number = line.rpartition(":")
    if not number.isdigit():
        return line
    text = linecache.getline(path, int(number)).strip()
    here = os.path.relpath(path) if os.path.isabs(path) and os.path.exists(path) else path
    short = cell_of(path) or min(here, path, key=len)
    return f"{short}:{number}" + (f"   {text}" if text else "")
