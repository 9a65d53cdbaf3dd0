"""The HTML-like labels of nodes, which Graphviz draws alike in SVG, PNG and PDF."""

from __future__ import annotations

import html

import graphviz

from ..colours import LOOKS, NAMED
from ..cues.cards import Card, Row, Section
from ..cues.heat import LEVELS, HeatMap

__all__ = ["beside", "escape", "plain", "table", "words"]


def table(card: Card) -> str:
    """A card's badges, title and rows as one label."""
    _, _, ink, quiet = LOOKS[card.look]
    wide = 3 if any(section.map for section in card.sections) else 2
    rows = [_across(f'<FONT COLOR="{NAMED[c]}"><B>{t}</B></FONT>', wide) for t, c in card.badges]
    title = _title(card, ink, quiet)
    if title:
        rows.append(_across(title, wide))
    for section in card.sections:
        if section.apart:
            rows.append("<HR/>")
        rows += _section(section, wide, ink, quiet)
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">'
        + "".join(rows)
        + "</TABLE>>"
    )


def _title(card: Card, ink: str, quiet: str) -> str:
    name, op = escape(card.name), escape(card.op)
    parts = []
    if name:
        parts.append(f'<FONT POINT-SIZE="13" COLOR="{ink}"><B>{name}</B></FONT>')
    if op and card.look == "group":
        parts.append(f'<BR/><FONT POINT-SIZE="11" COLOR="{quiet}">{op}</FONT>')
    elif op:
        if name:
            parts.append(f'<FONT COLOR="{quiet}">=</FONT>')
        parts.append(f'<FONT POINT-SIZE="{13 if name else 14}" COLOR="{ink}">{op}</FONT>')
    return " ".join(parts)


def _section(section: Section, wide: int, ink: str, quiet: str) -> list[str]:
    if section.map is None:
        return [_row(row, wide, ink, quiet) for row in section.rows]
    picture = f'<TD ROWSPAN="{len(section.rows)}" CELLPADDING="3">{_map(section.map)}</TD>'
    last = len(section.rows) - 1
    # The picture is taller than the rows: the outer ones keep close to each other.
    return [
        _row(
            row,
            wide - 1,
            ink,
            quiet,
            picture if i == 0 else "",
            "" if last == 0 else ' VALIGN="BOTTOM"' if i == 0 else ' VALIGN="TOP"' * (i == last),
        )
        for i, row in enumerate(section.rows)
    ]


def _row(row: Row, wide: int, ink: str, quiet: str, before: str = "", align: str = "") -> str:
    text = escape(row.text)
    if not row.what:
        cell = f'<FONT POINT-SIZE="10" COLOR="{quiet}">{text}</FONT>'
        return f'<TR>{before}<TD COLSPAN="{wide}"{align}>{cell}</TD></TR>'
    span = f' COLSPAN="{wide - 1}"' if wide > 2 else ""
    color = NAMED[row.color] if row.color else ink
    return (
        f'<TR>{before}<TD ALIGN="LEFT"{span}{align}><FONT POINT-SIZE="10" COLOR="{quiet}">'
        f"{escape(row.what)}&#160;&#160;</FONT></TD>"
        f'<TD ALIGN="RIGHT"{align}><FONT COLOR="{color}">{text}</FONT></TD></TR>'
    )


def _across(content: str, wide: int) -> str:
    return f'<TR><TD COLSPAN="{wide}" CELLPADDING="1">{content}</TD></TR>'


def _map(picture: HeatMap) -> str:
    size = f'FIXEDSIZE="TRUE" WIDTH="{picture.cell_width}" HEIGHT="{picture.cell_height}"'
    rows = "".join(
        "<TR>"
        + "".join(f'<TD BGCOLOR="{_shade(cell)}" {size}>{_mark(cell)}</TD>' for cell in line)
        + "</TR>"
        for line in picture.cells
    )
    # Of a fixed size, or Graphviz would pull the cells apart to fill what room there is.
    wide, high = (
        picture.cell_width * len(picture.cells[0]),
        picture.cell_height * len(picture.cells),
    )
    return (
        f'<TABLE BORDER="1" COLOR="{NAMED["frame"]}" CELLBORDER="0" CELLSPACING="0" '
        f'CELLPADDING="0" FIXEDSIZE="TRUE" WIDTH="{wide + 2}" HEIGHT="{high + 2}">{rows}</TABLE>'
    )


def _mark(cell: int | None) -> str:
    return '<FONT POINT-SIZE="5" COLOR="#FFFFFF">×</FONT>' if cell is None else ""


def _shade(cell: int | None) -> str:
    """From paper to the colour of the sign."""
    if cell is None:
        return NAMED["purple"]
    part = abs(cell) / LEVELS
    full, paper = NAMED["blue" if cell > 0 else "orange"], NAMED["paper"]
    mixed = (
        round(int(paper[i : i + 2], 16) * (1 - part) + int(full[i : i + 2], 16) * part)
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{n:02X}" for n in mixed)


def words(pieces: list[tuple[str, str]]) -> str:
    """A line of a caption; Graphviz's widths are guesses, so there is room between its pieces."""
    return "&#160; ".join(
        f"<B>{escape(text)}</B>"
        if color == "note"
        else escape(text)
        if color == "muted"
        else f'<FONT COLOR="{NAMED[color]}">{escape(text)}</FONT>'
        for text, color in pieces
    )


def beside(label: str, width: float, flat: bool) -> str:
    """The label of an edge; where that runs from side to side, Graphviz sets it on the line."""
    if not flat:
        return plain(f" {label} ")
    text = escape(label)
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
        f'<TR><TD>{text}</TD></TR><TR><TD HEIGHT="{3 + round(width)}"></TD></TR></TABLE>>'
    )


def escape(text: str) -> str:
    """Text inside an HTML-like label, where Graphviz reads ``\\N`` and the like as well."""
    return html.escape(text, quote=True).replace("\\", "\\\\")


def plain(text: str) -> str:
    """Text in an ordinary attribute, where Graphviz reads backslashes and entities."""
    return graphviz.escape(html.escape(text, quote=False))
