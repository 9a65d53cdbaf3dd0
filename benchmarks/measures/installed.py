"""Bytes that distributions occupy, alone and with what they need. Run by path, anywhere.

``python installed.py NAME...`` prints ``[alone, together]`` as JSON.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from pathlib import Path

__all__ = ["installed"]


def _bytes(distribution: importlib.metadata.Distribution) -> int:
    paths = (Path(str(file.locate())) for file in distribution.files or ())
    return sum(p.stat().st_size for p in paths if p.suffix != ".pyc" and p.is_file())


def installed(names: list[str]) -> tuple[int, int]:
    """The bytes of the distributions named, and those with all that they require."""
    alone = together = 0
    pending, seen = list(names), set()
    while pending:
        name = pending.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in seen:
            continue
        seen.add(key)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system or version of Python
        size = _bytes(distribution)
        together += size
        alone += size if name in names else 0
        for line in distribution.requires or ():
            requirement, _, marker = line.partition(";")
            if "extra" not in marker:
                pending.append(re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0])
    return alone, together


if __name__ == "__main__":
    print(json.dumps(installed(sys.argv[1:])))
