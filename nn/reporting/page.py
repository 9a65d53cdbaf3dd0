"""Sections put together to one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .style import STYLE
from .text import escape

__all__ = ["Finding", "Section", "Tile", "page"]


@dataclass
class Finding:
    """Something worth knowing in one plain sentence; ``warn`` if it ought to be changed."""

    text: str
    warn: bool = True
    headline: bool = True
    """Whether it is repeated at the top of the page."""


@dataclass
class Section:
    """A part of the page.

    Attributes
    ----------
    name : str
        For links, a word.
    title : str
        Plain text.
    text : str
        HTML: what to look for, in a sentence or two.
    parts : list of str
        HTML: charts, tables, pictures.
    findings : list of Finding
        What is to be said about this very run.
    """

    name: str
    title: str
    text: str = ""
    parts: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def html(self) -> str:
        """The section as it stands on the page."""
        text = f"<p>{self.text}</p>\n" if self.text else ""
        return (
            f'<section id="{escape(self.name)}">\n<h2>{escape(self.title)}</h2>\n{text}'
            f"{_findings(self.findings)}{''.join(self.parts)}</section>\n"
        )


@dataclass
class Tile:
    """One figure at the top: the number as HTML, and what it is as plain text."""

    figure: str
    what: str


def page(
    title: str,
    about: str,
    tiles: Sequence[Tile],
    sections: Sequence[Section],
    footer: str,
    language: str = "en",
) -> str:
    """The whole page as HTML; ``about`` and ``footer`` are plain text."""
    head = (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
    )
    figures = "".join(
        f"<div{' class=lead' if i == 0 else ''}><dd>{tile.figure}</dd>"
        f"<dt>{escape(tile.what)}</dt></div>"
        for i, tile in enumerate(tiles)
    )
    top = f"<header>\n<h1>{escape(title)}</h1>\n" + (f"<p>{escape(about)}</p>\n" if about else "")
    return (
        f"{head}<body>\n<main>\n{top}</header>\n"
        + (f'<dl class="figures">{figures}</dl>\n' if tiles else "")
        + _headlines(sections)
        + "".join(section.html() for section in sections)
        + f"<footer><p>{escape(footer)}</p></footer>\n</main>\n</body>\n</html>\n"
    )


def _headlines(sections: Sequence[Section]) -> str:
    """What stands out, with links to where it is shown."""
    found = [(s, f) for s in sections for f in s.findings if f.warn and f.headline]
    if not found:
        return ""
    items = "".join(
        f'<li class="warn">{escape(f.text)} <a href="#{escape(s.name)}">See {escape(s.title)}</a>'
        "</li>\n"
        for s, f in found
    )
    return (
        '<section id="findings">\n<h2>What stands out</h2>\n<ul class="findings">\n'
        f"{items}</ul>\n</section>\n"
    )


def _findings(findings: Iterable[Finding]) -> str:
    items = "".join(
        f"<li{' class=warn' if f.warn else ''}>{escape(f.text)}</li>\n" for f in findings
    )
    return f'<ul class="findings">\n{items}</ul>\n' if items else ""
