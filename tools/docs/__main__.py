"""Make the documentation site.

``python tools/docs`` gathers the pages under build/docs/source, runs Sphinx with warnings as errors
into build/docs/html, and fails if a page would ask the network for anything. ``--check`` does the
same in a temporary folder, and keeps nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assemble import ROOT, assemble

# What a browser fetches to show a page; links to follow are not among it.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video)\b[^>]*\bsrc=[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|<link\b[^>]*\brel=[\"']?(?:stylesheet|preload|icon)[^>]*\bhref=[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|@import\s+(?:url\()?[\"']?((?:https?:)?//[^\"')\s]+)"
    r"|url\([\"']?((?:https?:)?//[^\"')\s]+)"
)


def fetched(folder: Path) -> list[str]:
    """What the pages in a folder would fetch from elsewhere."""
    return [
        f"{path.relative_to(folder)} fetches {next(filter(None, match.groups()))}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".html", ".css")
        for match in FETCHED.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]


def make(folder: Path) -> int:
    """Gather, build and check in one folder."""
    began = time.perf_counter()
    broken = assemble(folder / "source")
    for line in broken:
        print(line, file=sys.stderr)
    here = Path(__file__).parent
    command = [
        *(sys.executable, "-m", "sphinx", "-b", "html", "-q", "-E", "-W", "--keep-going"),
        *("-D", f"html_extra_path={folder / 'extra'}"),
        *("-d", folder / "doctrees", folder / "source", folder / "html"),
    ]
    path = os.pathsep.join([str(ROOT), str(here), os.environ.get("PYTHONPATH", "")])
    status = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}).returncode
    from_elsewhere = fetched(folder / "html")
    for line in from_elsewhere:
        print(line, file=sys.stderr)
    if status or broken or from_elsewhere:
        return 1
    pages = len(list((folder / "html").rglob("*.html")))
    print(f"{folder / 'html' / 'index.html'}: {pages} pages in {time.perf_counter() - began:.0f} s")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="build, and keep nothing")
    if parser.parse_args().check:
        with tempfile.TemporaryDirectory() as folder:
            return make(Path(folder))
    return make(ROOT / "build" / "docs")


if __name__ == "__main__":
    sys.exit(main())
