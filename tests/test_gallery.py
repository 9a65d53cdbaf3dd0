"""The gallery's scenes run, and its page is the one that they make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .pages import load

ROOT = Path(__file__).parent.parent

album = load("gallery", "album")
scenes = load("gallery", "scenes")
page = load("gallery", "page")


@pytest.mark.parametrize("scene", album.SCENES, ids=lambda scene: scene.name)
def test_a_scene_makes_its_pictures(scene: Any, tmp_path: Path) -> None:
    book = album.Album(tmp_path, None)
    try:
        book.make(scene)
    except album.Missing as reason:
        pytest.skip(str(reason))
    assert book.written == [name for name, _ in scene.pictures]
    assert all((tmp_path / name).stat().st_size > 500 for name in book.written)


def test_the_page_is_up_to_date() -> None:
    text = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    made = page.text(album.SCENES, album.Album(ROOT / "docs" / "gallery", None))
    assert text == made, "make gallery (or python tools/gallery) writes the page anew"
    names = [name for scene in album.SCENES for name, _ in scene.pictures]
    assert not [name for name in names if not (ROOT / "docs" / "gallery" / name).exists()]
