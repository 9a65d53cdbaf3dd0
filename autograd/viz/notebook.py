"""What a notebook shows for a node that is the last expression of a cell."""

from __future__ import annotations

from typing import Any

__all__ = ["mimebundle"]


def mimebundle(x: Any) -> dict[str, str]:
    """The node as text and, if it was computed, as a drawing.

    Nothing is ever raised: a notebook would show the traceback in place of the node.
    """
    try:
        bundle = {"text/plain": repr(x)}
    except Exception as error:
        return {"text/plain": f"<{type(x).__name__}: {type(error).__name__}: {error}>"}
    try:
        if x.op is not None:
            from . import draw
            from .output import to_svg

            bundle["image/svg+xml"] = to_svg(draw(x))
    except Exception:  # text will do
        pass
    return bundle
