"""Names of layers and neurons on their way into a drawing."""

from __future__ import annotations

import html

__all__ = ["plain_text"]


def plain_text(text: str) -> str:
    """Text where Graphviz reads backslashes and entities."""
    import graphviz

    return graphviz.escape(html.escape(text, quote=False))
