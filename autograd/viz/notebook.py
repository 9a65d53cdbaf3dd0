"""What a notebook shows for a node, or a drawing, that is the last expression of a cell.

Three forms, from which the notebook picks: a page of its own (or the picture inline), the picture
as SVG, and text. Nothing is ever raised: a notebook would show the traceback in place of the node.
What fails is said in one line of the text.
"""

from __future__ import annotations

from typing import Any

from .figures import describe_gradient
from .text import clean

__all__ = ["drawing_bundle", "mimebundle"]


def mimebundle(x: Any) -> dict[str, str]:
    """The node as text and, if it was computed, as a drawing.

    Examples
    --------
    >>> from autograd import Value
    >>> sorted(mimebundle(Value(2.0).exp()))
    ['image/svg+xml', 'text/html', 'text/plain']
    >>> print(mimebundle(Value(2.0) * 3.0)["text/plain"].splitlines()[1])
    graph: 2 nodes; the last op is multiply; no gradient yet
    """
    try:
        text = repr(x)
    except Exception as error:
        return {"text/plain": f"<{type(x).__name__}: {_said(error)}>"}
    lines = [text]
    bundle: dict[str, str] = {}
    try:
        if x.op is not None:
            from . import draw

            drawing = draw(x)
            if drawing.model is not None:
                lines.append(_summary(drawing.model))
            bundle, failed = _pictures(drawing)
            lines += failed
    except Exception as error:
        lines.append(f"no picture: {_said(error)}")
    return {**bundle, "text/plain": "\n".join(lines)}


def drawing_bundle(drawing: Any) -> dict[str, str]:
    """A drawing in the same forms; its DOT source if nothing can draw it."""
    bundle, failed = _pictures(drawing)
    if not bundle:
        return {"text/plain": drawing.source}
    lines = [repr(drawing)]
    if drawing.model is not None:
        lines.append(_summary(drawing.model))
    return {**bundle, "text/plain": "\n".join(lines + failed)}


def _pictures(drawing: Any) -> tuple[dict[str, str], list[str]]:
    """HTML and SVG as far as they can be made, and a line for what cannot."""
    from .output import to_svg

    bundle, failed = {}, []
    try:
        svg = to_svg(drawing)
        bundle["image/svg+xml"] = svg
        bundle["text/html"] = f'<div class="autograd-drawing">{svg}</div>'
    except Exception as error:
        failed.append(f"no picture: {_said(error)}")
    try:
        if getattr(drawing, "model", None) is not None:
            from .page.fragment import fragment

            bundle["text/html"] = fragment(drawing)
    except Exception as error:
        failed.append(f"no interactive page: {_said(error)}")
    return bundle, failed


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _summary(model: Any) -> str:
    """One line on the graph."""
    if any(e.look in ("flow", "skip") for e in model.edges):
        return f"{model.total:,} blocks and what flows between them"
    root = model.vertices[-1]
    parts = [f"graph: {model.total:,} node{'' if model.total == 1 else 's'}"]
    if root.op:
        parts.append(f"the last op is {root.op}")
    gradients = [v for v in model.vertices if v.kind == "leaf" and v.grad is not None]
    arrived = root.grad is not None and (not isinstance(root.grad, float) or root.grad)
    if not arrived:
        parts.append("no gradient yet")
    elif len(gradients) == 1:
        (leaf,) = gradients
        rows = describe_gradient(leaf.grad)
        if rows:
            parts.append(f"{rows[0][0]} of {clean(leaf.title, 40)} {rows[0][1]}")
    else:
        parts.append(f"gradients at {len(gradients):,} of the leaves shown")
    return "; ".join(parts)
