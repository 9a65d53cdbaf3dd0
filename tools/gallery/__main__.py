"""Make the gallery: every picture that ``autograd.viz`` draws, on one page with the code it took.

``python tools/gallery [--only NAME ...] [--peers PYTHON]`` writes docs/gallery.md and the pictures
in docs/gallery/. With ``--peers``, an interpreter that has them, other tools draw one model too;
screenshots of pages are taken where Chromium is installed. What cannot be made again is left as it
is, and said.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import scenes  # noqa: E402, F401 - enters the scenes
from album import SCENES, Album, Missing  # noqa: E402
from page import text  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="make gallery", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="make these scenes alone")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has other tools")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="where gallery.md goes")
    given = parser.parse_args()
    names = [scene.name for scene in SCENES]
    unknown = set(given.only or ()) - set(names)
    if unknown:
        parser.error(f"no scene {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    folder = given.out / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    album = Album(folder, given.peers)
    for scene in SCENES:
        if given.only is None or scene.name in given.only:
            began = time.perf_counter()
            try:
                album.make(scene)
            except Missing as reason:
                print(f"{scene.name}: left as it was, {reason}")
                continue
            print(f"{scene.name}: {', '.join(album.written)} ({time.perf_counter() - began:.1f} s)")
    (given.out / "gallery.md").write_text(text(SCENES, album), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
