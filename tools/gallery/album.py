"""Scenes of the gallery: what each is called, what it says, and where its pictures go."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["SCENES", "Album", "Missing", "Scene", "scene"]


class Missing(Exception):
    """Something that a scene needs is not installed."""


@dataclass
class Scene:
    """A section of the page."""

    title: str
    text: str
    pictures: list[tuple[str, str]]
    """File names, and what a reader who cannot see them is told."""
    make: Callable[[Album], None]

    @property
    def name(self) -> str:
        return self.make.__name__


SCENES: list[Scene] = []


def scene(title: str, text: str, **pictures: str) -> Callable[[Any], Any]:
    """Enter a function as a scene; ``pictures`` are file names, with ``_`` for the last dot."""
    named = [(".".join(name.rsplit("_", 1)), what) for name, what in pictures.items()]

    def enter(make: Any) -> Any:
        SCENES.append(Scene(title, " ".join(text.split()), named, make))
        return make

    return enter


class Album:
    """Where a scene puts its pictures."""

    def __init__(self, folder: Path, peers: str | None) -> None:
        self.folder = folder
        self.peers = peers
        self.written: list[str] = []
        self._promised: set[str] = set()

    def make(self, scene: Scene) -> None:
        """Run a scene, and keep what it prints beside its pictures."""
        self.written = []
        self._promised = {name for name, _ in scene.pictures}
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            scene.make(self)
        path = self._said(scene)
        if said.getvalue().strip():
            path.write_text(said.getvalue().rstrip() + "\n", encoding="utf-8")
        else:
            path.unlink(missing_ok=True)

    def _said(self, scene: Scene) -> Path:
        return self.folder / f"{scene.name}.txt"

    def printed(self, scene: Scene) -> str:
        """What a scene printed when it was last made."""
        path = self._said(scene)
        return path.read_text(encoding="utf-8").rstrip() if path.exists() else ""

    def path(self, name: str) -> Path:
        """Where a picture of the scene goes."""
        if name not in self._promised:
            raise ValueError(f"{name} is not among the scene's pictures {sorted(self._promised)}")
        self.written.append(name)
        return self.folder / name

    def add(self, picture: Any, name: str, **options: Any) -> None:
        """Write a drawing, a figure or a text."""
        path = self.path(name)
        if hasattr(picture, "savefig"):
            picture.savefig(path, dpi=options.pop("dpi", 90), **options)
        elif isinstance(picture, str):
            path.write_text(picture, encoding="utf-8")
        else:
            from autograd import viz

            viz.render(picture, path, **options)

    def screenshot(self, page: str, name: str, size: tuple[int, int], fragment: str = "") -> None:
        """A picture of a page as a browser shows it."""
        browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
        if browser is None:
            raise Missing("Chromium is not installed")
        source = (self.folder / page).resolve().as_uri() + fragment
        subprocess.run(
            [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--window-size={size[0]},{size[1]}", "--virtual-time-budget=4000",
                f"--screenshot={self.path(name)}", source,
            ],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip

    def by_peers(self) -> dict[str, str]:
        """What other tools draw of one model, as DOT by their names."""
        if self.peers is None:
            raise Missing("no --peers were given")
        with tempfile.TemporaryDirectory() as folder:
            program = Path(__file__).with_name("peers.py")
            subprocess.run([self.peers, str(program), folder], check=True, capture_output=True)
            return {path.stem: path.read_text() for path in sorted(Path(folder).glob("*.dot"))}
