"""The drawing that users hold: a ``graphviz.Digraph`` that shows itself without Graphviz too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphviz

from ..model import Model
from ..notebook import drawing_bundle
from ..output import pipe

__all__ = ["Drawing"]


class Drawing(graphviz.Digraph):
    """A ``graphviz.Digraph`` that shows itself wherever pygraphviz or Graphviz is installed.

    ``graphviz.Digraph`` alone needs the ``dot`` program, which ``pip`` does not install, and raises
    in a notebook without it. A graph's drawing keeps the ``model`` it was made from, and so shows
    itself where neither is there.
    """

    options: dict[str, Any] = {}  # noqa: RUF012 - replaced, never changed
    """How the model is drawn: ``rankdir``, ``digits``, ``legend``, ``edges``, ``heatmaps``."""
    _model: Model | None = None
    _painter: Callable[[str], bytes | None] | None = None
    _lines = 0

    @property
    def model(self) -> Model | None:
        """The graph that this is the drawing of; ``None`` once something was drawn by hand."""
        return self._model if len(self.body) == self._lines else None

    def stands_for(self, model: Model, **options: Any) -> None:
        """Remember what has been drawn, and how."""
        self._model, self.options, self._lines = model, options, len(self.body)

    @property
    def painter(self) -> Callable[[str], bytes | None] | None:
        """What gives a picture that is no graph's in a format, or ``None`` if it cannot, where
        there is no Graphviz."""
        return self._painter if len(self.body) == self._lines else None

    def painted_by(self, painter: Callable[[str], bytes | None]) -> None:
        """Remember what else can draw all that has been drawn."""
        self._painter, self._lines = painter, len(self.body)

    def __repr__(self) -> str:
        return f"<Drawing {self.name!r}: autograd.viz.render(it, 'picture.svg') writes a file>"

    def pipe(
        self, format: str | None = None, *args: Any, encoding: str | None = None, **options: Any
    ) -> Any:
        """The rendered picture as bytes, or as text if an ``encoding`` is given."""
        if args or options:
            return super().pipe(format, *args, encoding=encoding, **options)
        data = pipe(self, format or self.format)
        return data if encoding is None else data.decode(encoding)

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None, **_: Any
    ) -> dict[str, Any]:
        return drawing_bundle(self)
