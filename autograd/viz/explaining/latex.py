"""An explanation as LaTeX, for papers and for notebooks, where MathJax or KaTeX sets it."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from ..figures import SMALL, number, size_of
from .result import Explanation, Path
from .text import chain, count_text, factors, middle, to_rows
from .trouble import trouble

__all__ = ["name", "to_latex", "to_markdown"]

# Characters that mean something to TeX. Those in the first group may stand in \text, the others
# have a command in mathematics alone; < and > would be taken for HTML in a notebook.
IN_TEXT = {c: f"\\{c}" for c in "#$%&_{}"}
IN_MATH = {
    "\\": r"\backslash{}",
    "^": r"\wedge{}",
    "~": r"\sim{}",
    "<": r"\lt{}",
    ">": r"\gt{}",
    "`": r"\text{'}",
}
SPECIAL = re.compile(r"([\\^~<>`])")
SIMPLE = re.compile(r"([A-Za-z])(\d*)")


def to_latex(e: Explanation) -> str:
    """The derivative, a line for each path shown, the others and the total."""
    left = rf"\frac{{d{_after(e.names.root)}}}{{d{_after(e.names.leaf)}}}"
    if not e.count:
        return f"{left} = 0"
    if e.root is e.leaf:
        return f"{left} = 1"
    lines = []
    for i, path in enumerate(e.paths):
        sign = "=" if i == 0 else "+"
        pad = r" &= " if i == 0 else rf"&\quad {sign} "
        numbers = _numbers(e, path)
        lines.append((left if i == 0 else "") + pad + _symbols(e, path) + numbers)
    hidden = e.count - len(e.paths)
    if hidden:
        what = rf"{_scientific(count_text(hidden))}\text{{ other path{'s' * (hidden > 1)}}}"
        lines.append(rf"&\quad + {what} && && = {_amount(e.remainder, e.digits)}")
    if e.count > 1 or not e.scalar:
        lines.append(f"&= {_amount(e.total, e.digits)}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def to_markdown(e: Explanation) -> str:
    """The formula and the table of names."""
    parts = [f"$$\n{to_latex(e)}\n$$"]
    parts += [f"- {_escaped(note)}" for note in [*e.notes, *(trouble(e) if e.count else [])]]
    if e.count:
        rows = ["| name | | value |", "|:--|:--|:--|"]
        for title, formula, value, line in to_rows(e):
            cells = (title, formula, f"{value}   ({line})" if line else value)
            rows.append("| " + " | ".join(_code(cell) for cell in cells) + " |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def name(text: str) -> str:
    """A name as it stands in a formula: ``x1`` with an index, what has more letters upright."""
    simple = SIMPLE.fullmatch(text)
    if simple:
        letter, index = simple.groups()
        return f"{letter}_{{{index}}}" if index else letter
    parts = [
        IN_MATH[part] if part in IN_MATH else rf"\text{{{_plain(part)}}}"
        for part in SPECIAL.split(text)
        if part
    ]
    return "".join(parts)


def _after(text: str) -> str:
    """A name as it follows a ``d``: upright letters would run into it."""
    return ("" if SIMPLE.fullmatch(text) else r"\,") + " " + name(text)


def _plain(text: str) -> str:
    return "".join(IN_TEXT.get(c, c) for c in text)


def _symbols(e: Explanation, path: Path) -> str:
    terms = []
    for above, below, nth in chain(e, path):
        ratio = rf"\frac{{\partial{_after(above)}}}{{\partial{_after(below)}}}"
        if nth < 0:
            ratio = rf"\left[{ratio}\right]_{{{len(middle(path))}\text{{ steps}}}}"
        elif nth:
            ratio = rf"\left.{ratio}\right|_{{{nth}}}"
        terms.append(ratio)
    return r" \cdot ".join(terms)


def _numbers(e: Explanation, path: Path) -> str:
    if not e.scalar:
        if math.isnan(path.share):
            return ""
        return rf" && (\text{{share }} {_number(path.share, e.digits)})"
    terms = factors(path)
    result = f" && = {_number(path.product, e.digits)}"
    if len(terms) < 2:
        return " &&" + result
    numbers = (_number(d, e.digits) for d in terms)
    signed = (rf"\left({d}\right)" if d.startswith("-") else d for d in numbers)
    return r" && = " + r" \times ".join(signed) + result


def _amount(x: Any, digits: int) -> str:
    array = np.asarray(x)
    if array.ndim == 0:
        return _number(x, digits)
    if array.size > SMALL or array.ndim > 1:
        shape = r" \times ".join(map(str, array.shape))
        return rf"\text{{array }} {shape},\ \lVert\cdot\rVert = {_number(size_of(x), digits)}"
    return rf"\left({', '.join(_number(v, digits) for v in array)}\right)"


def _number(x: Any, digits: int) -> str:
    return _scientific(number(x, digits))


def _scientific(text: str) -> str:
    if re.fullmatch(r"-?[\d.]+e[-+]\d+", text):
        mantissa, exponent = text.split("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{nan}"}.get(text, text)


def _code(cell: str) -> str:
    """A cell in which nothing is HTML or Markdown."""
    if not cell:
        return ""
    return "`" + cell.replace("`", "'").replace("|", r"\|") + "`"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#|$&])", r"\\\1", text)
