"""Rankings as plain text and as HTML: columns, and bars whose length is the share."""

from __future__ import annotations

import html
from collections.abc import Sequence

from ..colours import BLUE, INK, LINE, MUTED, ORANGE
from ..text import clean

__all__ = ["bar", "by_size", "html_table", "percent", "shape_text", "text_table"]

WIDTH = 20
NAME = 48


def percent(share: float) -> str:
    """A share as a reader says it: ``12.3 %``.

    Examples
    --------
    >>> percent(0.1234), percent(-2e-5), percent(0.0)
    ('12.3 %', '-0.002 %', '0 %')
    """
    if share == 0.0:
        return "0 %"
    return f"{100 * share:.1f} %" if not abs(share) < 0.001 else f"{100 * share:.1g} %"


def shape_text(shape: tuple[int, ...]) -> str:
    """``3 × 2``, or ``scalar``."""
    return " × ".join(map(str, shape)) if shape else "scalar"


def by_size(share: float) -> float:
    """What to sort by so that the largest share of either sign comes first, and NaN before all."""
    return -abs(share) if share == share else float("-inf")


def bar(share: float, largest: float) -> str:
    """A bar of text; light where the share is negative.

    Examples
    --------
    >>> bar(0.5, 1.0), bar(-0.25, 1.0)
    ('██████████', '░░░░░')
    """
    if not largest > 0 or share != share:
        return ""
    cells = round(WIDTH * min(abs(share) / largest, 1.0))
    return ("█" if share >= 0 else "░") * cells


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int]) -> str:
    """Aligned columns; those at the places ``left`` start at their left edge."""
    table = [tuple(head), *(tuple(clean(cell, NAME) for cell in row) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(w) if i in left else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    )


def html_table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    shares: Sequence[float],
    note: str = "",
) -> str:
    """The same as HTML; a bar is drawn behind the last column. It needs no style sheet."""
    largest = max((abs(s) for s in shares if s == s), default=0.0)
    cell = "padding:2px 10px;text-align:"
    lines = [
        '<table style="border-collapse:collapse;font:13px sans-serif;'
        f'color:{INK};background:#fff">',
        f'<caption style="text-align:left;white-space:nowrap;color:{MUTED};padding:4px 10px">'
        f"{html.escape(caption)}</caption><tr>",
        *(
            f'<th style="{cell}{"left" if i == 0 else "right"};border-bottom:1px solid {LINE}">'
            f"{html.escape(h)}</th>"
            for i, h in enumerate(head)
        ),
        f'<th style="border-bottom:1px solid {LINE}"></th></tr>',
    ]
    for row, share in zip(rows, shares, strict=True):
        width = 160 * abs(share) / largest if largest > 0 and share == share else 0
        colour = BLUE if share >= 0 else ORANGE
        # A second cue beside the colour: what takes away is an outline.
        fill = f"background:{colour}" if share >= 0 else f"border:2px dashed {colour}"
        cells = "".join(
            f'<td style="{cell}{"left" if i == 0 else "right"}">{html.escape(clean(c, NAME))}</td>'
            for i, c in enumerate(row)
        )
        lines.append(
            f'<tr>{cells}<td style="width:170px"><div style="box-sizing:border-box;'
            f'height:10px;width:{width:.0f}px;{fill}"></div></td></tr>'
        )
    lines.append("</table>")
    if note:
        lines.append(f'<p style="font:13px sans-serif;color:{MUTED}">{html.escape(note)}</p>')
    return "".join(lines)
