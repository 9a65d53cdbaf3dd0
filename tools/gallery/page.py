"""The gallery as one page: for each scene its words, its code, what it printed, its pictures."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable

from album import Album, Scene

__all__ = ["text"]

HEAD = """# Gallery

Every picture that `autograd.viz` draws, with the code it took; `make gallery` makes this page, and
`album.add` puts a picture on it as `viz.render` and `savefig` would write it. Graphs are SVG with a
light and a dark look. A notebook shows the same, with panning and zooming; [the guide](drawing.md)
says what to call for what.
"""


def text(scenes: Iterable[Scene], album: Album) -> str:
    """The page as Markdown."""
    return HEAD + "".join(_section(scene, album) for scene in scenes)


def _section(scene: Scene, album: Album) -> str:
    parts = [f"\n## {scene.title}", scene.text, f"```python\n{_code(scene)}\n```"]
    printed = album.printed(scene)
    if printed:
        parts.append(f"```text\n{printed}\n```")
    parts += [
        f"[{what}](gallery/{name})" if name.endswith(".html") else f"![{what}](gallery/{name})"
        for name, what in scene.pictures
    ]
    return "\n\n".join(parts) + "\n"


def _code(scene: Scene) -> str:
    """The body of the scene's function."""
    lines = inspect.getsource(scene.make).splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("def ")) + 1
    return textwrap.dedent("\n".join(lines[start:])).strip()
