"""A plan as text, and as a table in notebooks."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from .rows import EFFECT, Row

__all__ = ["cells", "head", "html_table", "text_table"]

WIDE = 110
"""Characters in a line of the summary."""
CALL = 64
"""Characters of a call that are shown."""
HEAD = ("#", "call", "makes", "bytes", "memory", "time", "share", "rate")
RIGHT = (0, 3, 5, 6, 7)


def head(line: str, told: Iterable[tuple[str, str]]) -> list[str]:
    """The headline, and below it what there is to say, wrapped."""
    lines = [line]
    for what, text in told:
        first, *more = textwrap.wrap(text, WIDE - 12) or [""]
        lines.append(f"  {what:9} {first}".rstrip())
        lines += [f"  {'':9} {rest}" for rest in more]
    return lines


def text_table(rows: Sequence[Row]) -> list[str]:
    """The rows below headings that say which op, and which line of the user's, they come from."""
    table = [(None, HEAD), *_numbered(rows)]
    filled = [k for k in range(len(HEAD)) if any(row[k] for _, row in table[1:])]
    widths = {k: max(len(row[k]) for _, row in table) for k in filled}
    lines = []
    for heading, each in table:
        if heading:
            lines.append(heading)
        columns = (each[k].rjust(widths[k]) if k in RIGHT else each[k].ljust(widths[k])
                   for k in filled)  # fmt: skip
        lines.append("  ".join(columns).rstrip())
    return lines


def html_table(line: str, told: Iterable[tuple[str, str]], rows: Sequence[Row]) -> str:
    """The same for a notebook."""
    escape = html.escape
    summary = "".join(
        f'<tr><td style="text-align:left;white-space:nowrap;vertical-align:top">{escape(what)}</td>'
        f'<td style="text-align:left">{escape(text)}</td></tr>'
        for what, text in told
    )
    listed = list(_numbered(rows))
    filled = [k for k in range(len(HEAD)) if any(each[k] for _, each in listed)]
    body = []
    for heading, each in listed:
        if heading:
            body.append(
                f'<tr><td colspan="{len(filled)}" style="text-align:left;font-weight:bold">'
                f"{escape(heading)}</td></tr>"
            )
        columns = "".join(
            f'<td style="text-align:{"right" if k in RIGHT else "left"}">{escape(each[k])}</td>'
            for k in filled
        )
        body.append(f"<tr>{columns}</tr>")
    titles = "".join(f'<th style="text-align:left">{HEAD[k]}</th>' for k in filled)
    return (
        f"<p><b>{escape(line)}</b></p><table>{summary}</table>"
        f"<details open><summary>the calls</summary><table><thead><tr>{titles}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></details>"
    )


def _numbered(rows: Sequence[Row]) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """Cells with the heading above them, if a new one is due."""
    number = 0
    total = sum(row.seconds or 0.0 for row in rows)
    # A view that is written out where it is used needs no line of its own.
    plain = [row for row in rows if row.kind != "view" or " = " in row.text]
    shown = [row for row in plain if row.kind != "repair"]
    for key, group in groupby(shown, key=lambda row: (row.phase, row.owner, row.line)):
        heading: str | None = _heading(*key)
        for row in group:
            number += 1
            yield heading, cells(row, str(number), total)
            heading = None
            for inner in row.inner:
                yield None, cells(inner, "", total)


def _heading(phase: str, owner: str, line: str) -> str:
    what = phase if phase == EFFECT else f"{phase}: {owner}"
    return f"{what}, {line}" if line else what


def cells(row: Row, number: str, total: float) -> tuple[str, ...]:
    """What stands in a row."""
    text = row.text if len(row.text) <= CALL else row.text[: CALL - 3] + "..."
    if not number:
        text = f"  {text}"
    time = share = ""
    if row.seconds is not None:
        time = f"{row.seconds * 1e6:,.1f} us"
        share = f"{row.seconds / total:.0%}" if total else ""
    made = row.made if row.kind != "fused" else f"{len(row.inner)} calls, block by block"
    size = f"{row.bytes:,}" if row.bytes else ""
    return number, text, made, size, row.place, time, share, row.rate
