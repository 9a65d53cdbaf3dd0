"""Make the diagrams of docs/how-it-works.md: ``python tools/docs/diagrams.py``."""

from __future__ import annotations

from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INK, MUTED, LINE = "#1e293b", "#475569", "#94a3b8"
FILLS = {"plain": "#ffffff", "green": "#ecfdf5", "blue": "#eff6ff", "dark": "#1e293b"}


class Picture:
    """An SVG of boxes, arrows and words, on a white ground."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self.size = width, height
        self.title = title
        self.parts: list[str] = []

    def box(self, x: float, y: float, w: float, h: float, lines: str, fill: str = "plain") -> None:
        ink = "#ffffff" if fill == "dark" else INK
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="7" fill="{FILLS[fill]}" '
            f'stroke="{INK if fill == "dark" else LINE}" stroke-width="1.3"/>'
        )
        rows = lines.split("\n")
        top = y + h / 2 - (len(rows) - 1) * 9 + 4.5
        for i, row in enumerate(rows):
            style = ""
            if row.startswith("*"):
                row, style = row[1:], ' font-weight="600"'
            elif row.startswith("`"):
                row, style = row[1:], ' font-family="ui-monospace, monospace" font-size="12"'
            elif i:
                style = f' fill="{ink if fill == "dark" else MUTED}" font-size="12"'
            self.words(x + w / 2, top + 18 * i, row, ink, style)

    def words(self, x: float, y: float, text: str, ink: str = INK, style: str = "") -> None:
        fill = "" if "fill=" in style else f' fill="{ink}"'
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" text-anchor="middle"{fill}{style}>{escape(text)}</text>'
        )

    def arrow(self, *points: tuple[float, float]) -> None:
        path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
        self.parts.append(
            f'<path d="{path}" fill="none" stroke="{MUTED}" stroke-width="1.4" '
            'marker-end="url(#head)"/>'
        )

    def write(self, name: str) -> None:
        width, height = self.size
        text = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="system-ui, sans-serif" '
            f'font-size="14" role="img"><title>{escape(self.title)}</title>'
            '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            f'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{MUTED}"/></marker>'
            f'</defs><rect width="{width}" height="{height}" fill="#ffffff"/>'
            + "\n".join(self.parts)
            + "</svg>\n"
        )
        (ROOT / "docs" / "images" / name).write_text(text, encoding="utf-8")


def declaration() -> None:
    """What follows from one declaration."""
    p = Picture(740, 330, "One declaration of an op, and the eight things that follow from it")
    p.box(225, 130, 290, 70, "*one declaration\n`arctan: 1 / (1 + x * x)", "dark")
    around = [
        (20, 20, "*reverse mode\ncotangent × partial"),
        (200, 20, "*forward mode\npartial × tangent"),
        (380, 20, "*every order\nthe rule is made of ops"),
        (560, 20, "*both faces\nValue and Tensor"),
        (20, 250, "*NumPy's function\nnp.arctan(tensor)"),
        (200, 250, "*the drawing\nlabel, local derivative"),
        (380, 250, "*law tests\non its domain"),
        (560, 250, "*the table of ops\nmade from it"),
    ]
    for i, (x, y, text) in enumerate(around):
        p.box(x, y, 160, 60, text, "green" if y < 100 else "blue")
        begin = 250 + 80 * (i % 4)
        p.arrow((begin, 130 if y < 100 else 200), (x + 80, y + 62 if y < 100 else y - 2))
    p.write("declaration.svg")


def walks() -> None:
    """The two walks over a = x * 2, b = a + x."""
    p = Picture(740, 270, "The reverse and the forward walk over a = x * 2, b = a + x")
    for left, title, order in (
        (0, "reverse: gradients, from the result", "321"),
        (370, "forward: tangents, from the input", "123"),
    ):
        p.words(left + 185, 26, title, INK, ' font-weight="600"')
        back = order == "321"
        said = (
            ("dx = 2 · 1 + 1 = 3", "da = 1", "db = 1")
            if back
            else ("dx = 1", "da = 2 · 1 = 2", "db = 2 + 1 = 3")
        )
        p.box(left + 8, 165, 140, 56, f"*x\n{said[0]}", "green")
        p.box(left + 125, 60, 120, 56, f"*a = x × 2\n{said[1]}")
        p.box(left + 230, 165, 120, 56, f"*b = a + x\n{said[2]}", "dark")
        lines = [
            ((left + 80, 165), (left + 150, 116)),
            ((left + 220, 116), (left + 290, 165)),
            ((left + 148, 193), (left + 230, 193)),
        ]
        for begin, end in lines:
            p.arrow(*((end, begin) if back else (begin, end)))
        for (x, y), n in zip(((78, 243), (185, 52), (290, 243)), order, strict=True):
            p.words(left + x, y, f"turn {n}", MUTED, f' font-size="12" fill="{MUTED}"')
    p.write("walks.svg")


def floors() -> None:
    """Which part may import which."""
    p = Picture(740, 330, "The floors of the packages: imports go down only")
    rows = [
        ("nn · python -m autograd", "layers, training, reports; the command line", "blue"),
        ("autograd.viz · autograd.testing", "drawings; checks", "blue"),
        ("transforms · extend · checkpoint · vectorize · capturing", "what users call", "plain"),
        ("Value · Tensor", "the two faces: how an op runs on a number, on an array", "green"),
        ("ops", "the declarations: calculus alone", "green"),
        ("graph · modes", "the walks, with no calculus and no arrays", "plain"),
        ("op · errors", "what an op is", "plain"),
    ]
    for i, (name, text, fill) in enumerate(rows):
        p.box(60, 12 + 44 * i, 620, 38, "", fill)
        y = 12 + 44 * i
        p.parts.append(
            f'<text x="76" y="{y + 24}" fill="{INK}" font-weight="600">{escape(name)}</text>'
            f'<text x="664" y="{y + 24}" text-anchor="end" font-size="12" fill="{MUTED}">'
            f"{escape(text)}</text>"
        )
    p.arrow((32, 20), (32, 310))
    p.parts.append(
        f'<text transform="translate(22 165) rotate(-90)" text-anchor="middle" font-size="12" '
        f'fill="{MUTED}">imports go down</text>'
    )
    p.write("floors.svg")


if __name__ == "__main__":
    for draw in (declaration, walks, floors):
        draw()
