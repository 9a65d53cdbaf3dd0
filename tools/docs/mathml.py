"""Formulas as MathML, which browsers draw by themselves: no script and no font to fetch.

A Sphinx extension of one page, over docutils' own converter.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

# What docutils has under other names.
REWRITTEN = (
    (r"\\([td]?frac)(\d)(\d)", r"\\\1{\2}{\3}"),
    (r"\\dots(?![a-z])", r"\\ldots"),
    (r"\\([Bb]igg?)(?=\s*(?:[(\[/]|\\[{l]))", r"\\\1l"),
    (r"\\([Bb]igg?)(?=\s*(?:[)\]|]|\\[}r]))", r"\\\1r"),
)

# What stands under a brace is set as its index; it belongs below.
_BRACED = re.compile(r"<msub>(\s*<munder>.*?<mo>⏟</mo>\s*</munder>)(.*?)</msub>", re.DOTALL)

LOGGER = logging.getLogger(__name__)


def _write(self: Any, node: Any, *, block: bool) -> None:
    tex = node.astext().strip()
    for pattern, instead in REWRITTEN:
        tex = re.sub(pattern, instead, tex)
    try:
        formula = _BRACED.sub(r"<munder>\1\2</munder>", tex2mathml(tex, as_block=block))
    except MathError as error:
        LOGGER.warning("formula %r: %s", tex, error, location=node)
        formula = f"<code>{self.encode(tex)}</code>"
    self.body.append(f'<div class="math">{formula}</div>' if block else formula)
    raise nodes.SkipNode


def _inline(self: Any, node: Any) -> None:
    _write(self, node, block=False)


def _block(self: Any, node: Any) -> None:
    _write(self, node, block=True)


def setup(app: Any) -> dict[str, bool]:
    """Enter the renderer under the name ``mathml``."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_inline, None), block_renderers=(_block, None)
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
