"""The figures in the documentation, written from the JSON of a run and never by hand."""

from __future__ import annotations

from pathlib import Path

from .machine import ROOT
from .pictures import draw
from .report import Section, about, markdown
from .results import load
from .tables import overview

__all__ = ["BEGIN", "END", "page", "stale", "write"]

BEGIN, END = "<!-- figures of the run -->", "<!-- end of the figures -->"
CAPTIONS = {
    "overview": "Times of whole steps as multiples of ours, captured",
    "sizes": "Time and memory over the size",
    "growth": "What an op costs in graphs of a hundred to a million ops",
}
# What the page shows of the measures; all else is in the report.
SHOWN = ("recording", "growth", "imports", "memory")


def _figures(machine: dict, sections: list[Section], pictures: list[str]) -> str:
    shown = [*overview(sections), *(one for one in sections if one.name in SHOWN)]
    lines = [BEGIN, "", about(machine), ""]
    lines += ["All tables are in [the report](benchmarks/report.md), every sample in"]
    lines += ["[run.json](benchmarks/run.json).", ""]
    for name in pictures:
        lines += [f"![{CAPTIONS[name]}](benchmarks/{name}.png)", ""]
    for one in shown:
        lines += one.lines()
    return "\n".join([*lines, END])


def page(before: str, figures: str) -> str:
    """The page with other figures.

    Raises
    ------
    ValueError
        If it has no place for them.
    """
    head, begin, rest = before.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no place for figures, from {BEGIN} to {END}")
    return head + figures + tail


def _texts(folder: Path, run: Path, pictures: list[str]) -> dict[Path, str]:
    machine, sections = load(run)
    written = folder / "benchmarks.md"
    figures = _figures(machine, sections, pictures)
    return {
        written: page(written.read_text(), figures),
        folder / "benchmarks" / "report.md": markdown(machine, [*overview(sections), *sections]),
    }


def write(run: Path, folder: Path = ROOT / "docs") -> list[Path]:
    """Copy a run into ``folder/benchmarks``, draw it, and give ``benchmarks.md`` its figures."""
    kept = folder / "benchmarks" / "run.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(run.read_text())
    drawn = draw(load(kept)[1], f"{kept.parent}/", dpi=90)
    texts = _texts(folder, kept, [path.stem for path in drawn])
    for path, text in texts.items():
        path.write_text(text)
    return [kept, *drawn, *texts]


def stale(folder: Path = ROOT / "docs") -> list[Path]:
    """The files that differ from what the run beside them gives."""
    kept = folder / "benchmarks" / "run.json"
    drawn = [name for name in CAPTIONS if (kept.with_name(f"{name}.png")).is_file()]
    texts = _texts(folder, kept, drawn)
    return [p for p, text in texts.items() if not p.is_file() or p.read_text() != text]
