"""Numbers and names as they stand on the page."""

from __future__ import annotations

import html
import math
from typing import Any

__all__ = ["bar", "escape", "number", "percent", "power", "short"]


def escape(text: Any) -> str:
    """Any text, safe between tags and in attributes."""
    return html.escape(str(text), quote=True)


def short(text: Any, length: int = 24) -> str:
    """At most ``length`` characters, not escaped."""
    text = str(text)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def number(x: Any, digits: int = 3) -> str:
    """A number in a few significant digits, as people write it."""
    x = float(x)
    if not math.isfinite(x):
        return "not a number" if math.isnan(x) else "infinite"
    if x == 0:
        return "0"
    if abs(x) >= 10**digits and abs(x) < 1e9:
        return f"{x:,.0f}".replace("-", "−")
    text = f"{x:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        signs = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
        text = f"{mantissa}·10{str(int(exponent)).translate(signs)}"
    return text.replace("-", "−")


def percent(x: float) -> str:
    """A share; what is not quite none or all is not rounded to that."""
    if 0 < x < 0.001:
        return "< 0.1 %"
    if 0.999 < x < 1:
        return "> 99.9 %"
    return f"{100 * x:.0f} %" if x in (0, 1) else f"{100 * x:.1f} %"


def power(x: float, digits: int = 0) -> str:
    """A small number as HTML: 7 × 10⁻¹⁰."""
    mantissa, exponent = f"{x:.{digits}e}".split("e")
    raised = f"{int(exponent)}".replace("-", "−")
    return f'<span class="number">{mantissa} × 10<sup>{raised}</sup></span>'


def bar(share: float, text: str, bad: bool = False) -> str:
    """A share as a bar with its number behind it, as HTML."""
    width = 100 * min(max(share, 0.0), 1.0)
    return (
        f'<span class="bar{" bad" if bad else ""}"><i style="width:{width:.0f}%"></i></span>'
        f"<span>{escape(text)}</span>"
    )
