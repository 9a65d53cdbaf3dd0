"""An explanation for a terminal."""

from __future__ import annotations

import math
import textwrap
from typing import Any, NamedTuple

from ..figures import SMALL, array_kind, in_short, number, size_of
from .names import Row
from .paths import product
from .result import Explanation, Path
from .trouble import trouble

__all__ = ["chain", "count_text", "factors", "middle", "to_rows", "to_text"]

WIDTH = 100
ROWS = 24
"""Lines of the table of names."""
HEAD, TAIL = 3, 3
"""Factors shown of a long path, on either side of its middle."""
GLUE = "\N{NO-BREAK SPACE}"
"""A space at which no line breaks, while lines are made."""
ORDINALS = ("1st", "2nd", "3rd")


def to_text(e: Explanation) -> str:
    """The chain rule, the paths and the table of names."""
    if not e.count:
        lines = [
            f"{e.names.derivative} = 0: no path leads from {e.names.root} back to {e.names.leaf}"
        ]
        return "\n".join([*lines, *(_wrapped(note, "  - ") for note in e.notes)])
    if e.root is e.leaf:
        return f"{e.names.derivative} = 1: it is the same node"
    lines = _scalar(e) if e.scalar else _blocks(e)
    lines += [_wrapped(note, "note: ") for note in trouble(e)]
    text = "\n".join([*lines, "", "where", *_where(e)])
    return text.replace(GLUE, " ")


def _wrapped(text: str, head: str) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
        break_long_words=False,
    )


# Pieces ---------------------------------------------------------------------------------------


def count_text(n: int) -> str:
    """A whole number of any size in a few characters: ``1,024``, ``1.27e+30``."""
    if n < 10**6:
        return f"{n:,}"
    # Python neither turns large integers into floats nor, beyond 4,300 digits, into text.
    log = math.log10(n)
    exponent = math.floor(log)
    mantissa = f"{10 ** (log - exponent):.2f}"
    if mantissa == "10.00":
        mantissa, exponent = "1.00", exponent + 1
    return f"{mantissa}e+{exponent:02d}"


def _signed(x: float, digits: int) -> str:
    """A factor, in parentheses if it has a sign of its own."""
    text = number(x, digits)
    return f"({text})" if text.startswith("-") else text


def middle(path: Path) -> range:
    """The steps of a long path that are drawn together; empty for a short one."""
    steps = len(path.positions)
    return range(HEAD, steps - TAIL) if steps > HEAD + TAIL + 2 else range(0)


def chain(e: Explanation, path: Path) -> list[tuple[str, str, int]]:
    """A path's steps as (result, operand, which one where it has several); long ones shortened.

    The middle of a long path is one step, marked -1.
    """
    parts: list[tuple[str, str, int]] = []
    hidden = middle(path)
    for i, position in enumerate(path.positions):
        if i in hidden:
            if i == hidden.start:
                parts.append((path.names[i], path.names[hidden.stop], -1))
            continue
        above: Any = path.nodes[i]
        twice = sum(p is path.nodes[i + 1] for p in above.parents) > 1
        nth = sum(p is path.nodes[i + 1] for p in above.parents[: position + 1]) if twice else 0
        parts.append((path.names[i], path.names[i + 1], nth))
    return parts


def factors(path: Path) -> list[float]:
    """The numbers that go with :func:`chain`."""
    hidden = middle(path)
    if not hidden:
        return list(path.factors)
    inner = product(path.factors[hidden.start : hidden.stop])
    return [*path.factors[:HEAD], inner, *path.factors[hidden.stop :]]


def _symbols(e: Explanation, path: Path) -> str:
    terms = []
    for above, below, nth in chain(e, path):
        ratio = e.names.ratio(above, below)
        if nth < 0:
            ratio = f"[{ratio}, {len(middle(path)):,} steps]"
        elif nth:
            ratio += f"({ORDINALS[nth - 1] if nth <= len(ORDINALS) else f'{nth}th'})"
        terms.append(ratio.replace(" ", GLUE))
    return " · ".join(terms)


def _numbers(e: Explanation, path: Path) -> str:
    """The product of several numbers; empty for one alone."""
    terms = factors(path)
    return " × ".join(_signed(d, e.digits) for d in terms) if len(terms) > 1 else ""


# Numbers --------------------------------------------------------------------------------------


def _scalar(e: Explanation) -> list[str]:
    head = f"{e.names.derivative} = "
    if e.count == 1:
        return _single(e, head)
    lines = [f"{head}{number(e.total, e.digits)}, the sum over {e.count_text} paths", ""]
    rows = [
        Line(
            f"{i}.", _symbols(e, p), _numbers(e, p), number(p.product, e.digits), _unlike(e, i - 1)
        )
        for i, p in enumerate(e.paths, 1)
    ]
    ends = []
    hidden = e.count - len(e.paths)
    if hidden:
        if len(e.paths) > 1:
            shown = number(e.shown, e.digits)
            ends.append((f"these {len(e.paths)} together", shown))
        what = "1 other path" if hidden == 1 else f"{count_text(hidden)} other paths"
        ends.append((what, number(e.remainder, e.digits)))
    ends.append(("total", number(e.total, e.digits)))
    return lines + _table(rows, ends) + _legend(e)


def _single(e: Explanation, head: str) -> list[str]:
    (path,) = e.paths
    symbols, numbers = _symbols(e, path), _numbers(e, path)
    result = number(e.total, e.digits)
    terms = [t for t in (symbols, numbers, result) if t and t != e.names.derivative]
    line = head + " = ".join(terms)
    if len(line) <= WIDTH:
        return [line, *_legend(e)]
    heads = [head, *(" " * (len(head) - 2) + "= " for _ in terms[1:])]
    return [*map(_wrapped, terms, heads), *_legend(e)]


class Line(NamedTuple):
    """A path in the table of contributions."""

    mark: str
    symbols: str
    numbers: str
    result: str
    remarks: list[str]


def _table(rows: list[Line], ends: list[tuple[str, str]]) -> list[str]:
    """Paths above, sums below; a path takes a second line where all are too wide for one."""
    mark = max(len(row.mark) for row in rows)
    left = max(len(text) for text in [*(row.symbols for row in rows), *(what for what, _ in ends)])
    right = max(len(row.numbers) for row in rows)
    results = max(len(x) for x in [*(row.result for row in rows), *(x for _, x in ends)])
    lines = []
    if mark + left + right + results + 12 <= WIDTH and not any(row.remarks for row in rows):
        for row in rows:
            inner = f" = {row.numbers}" if row.numbers else ""
            inner = inner.ljust(right + 3 if right else 0)
            lines.append(
                f"  {row.mark:>{mark}}  {row.symbols.ljust(left)}{inner} = {row.result:>{results}}"
            )
        gap = " " * (right + 3 if right else 0)
    else:
        for row in rows:
            numbers = f"{row.numbers} = " if row.numbers else ""
            gap = " " * (mark + 4)
            lines.append(_wrapped(row.symbols, f"  {row.mark:>{mark}}  "))
            lines += [gap + remark for remark in row.remarks]
            lines.append(_wrapped(f"{numbers}{row.result}", f"{gap}= "))
        left, gap = max(len(what) for what, _ in ends), ""
    tail = [f"  {'':>{mark}}  {what.ljust(left)}{gap} = {x:>{results}}" for what, x in ends]
    rule = "  " + "-" * (max(map(len, lines[-1:] + tail)) - 2)
    return [*lines, rule, *tail]


# Arrays ---------------------------------------------------------------------------------------


def _blocks(e: Explanation) -> list[str]:
    paths = "along one path" if e.count == 1 else f"the sum over {e.count_text} paths"
    lines = [f"{e.names.derivative} = {_array(e.total, e.digits)}, {paths}", ""]
    for i, path in enumerate(e.paths, 1):
        gap = " " * (len(str(i)) + 5)
        lines.append(_wrapped(_symbols(e, path), f"  {i}.  "))
        lines += [gap + x for x in _unlike(e, i - 1)]
        sizes = [number(x, e.digits) for x in path.factors]
        if middle(path):
            sizes = [*sizes[: HEAD + 1], "…", *sizes[-TAIL - 1 :]]
        lines.append(f"{gap}sizes {' → '.join(sizes)}")
        brought = _array(path.product, e.digits)
        if not math.isnan(path.share):
            brought = f"share {number(path.share, e.digits)}, c = {brought}"
        lines.append(f"{gap}{brought}")
    shares = math.fsum(path.share for path in e.paths if not math.isnan(path.share))
    hidden = e.count - len(e.paths)
    if hidden:
        others = "1 other path" if hidden == 1 else f"{count_text(hidden)} other paths"
        left = 0.0 if abs(1 - shares) < 1e-12 else 1 - shares
        rest = "" if _no_share(e) else f", share {number(left, e.digits)}"
        lines.append(f"      {others}{rest}")
    if e.examined < e.count:
        lines.append(
            f"      {count_text(e.examined)} of the {e.count_text} paths were compared "
            "(max_paths): a larger one may be among the others"
        )
    return [*lines, "", *_legend(e), SIZES, *([] if _no_share(e) else [SHARES])]


SIZES = "sizes: how large what travels back is, from root to leaf; each step is a Jacobian"
SHARES = "share: what part of the gradient g the path's c is, <c, g>/|g|²; all add up to 1"


def _no_share(e: Explanation) -> bool:
    return any(math.isnan(path.share) for path in e.paths)


def _array(x: Any, digits: int) -> str:
    if getattr(x, "size", 1) <= SMALL:
        return in_short(x, digits)
    return f"{array_kind(x)} of size {number(size_of(x), digits)}"


# Names ----------------------------------------------------------------------------------------


def _unlike(e: Explanation, i: int) -> list[str]:
    """Where a path leaves the first one, if that is not to be seen."""
    first, path = e.paths[0], e.paths[i]
    if not i or not middle(path):
        return []
    steps = zip(path.nodes[1:], path.positions, first.nodes[1:], first.positions, strict=False)
    at = next(n for n, (a, p, b, q) in enumerate(steps) if a is not b or p != q)
    if at not in middle(path):
        return []
    way = path.names[at + 1]
    if path.nodes[at + 1] is first.nodes[at + 1]:
        way += f" as operand {path.positions[at] + 1}"
    return [f"(unlike 1., it goes from {path.names[at]} to {way})"]


def _legend(e: Explanation) -> list[str]:
    long = any(middle(path) for path in e.paths)
    return ["[…]: the steps in the middle of a path, multiplied"] if long else []


def to_rows(e: Explanation) -> list[Row]:
    """The table of names: a row for each node that a formula shows."""
    return e.names.rows(e.digits, (n for p in e.paths for n in _visible(p)))


def _where(e: Explanation) -> list[str]:
    rows = to_rows(e)
    cut = rows if len(rows) <= ROWS else rows[: ROWS - 1]
    names = max(len(row[0]) for row in cut)
    formulas = max(len(row[1]) for row in cut)
    lines = []
    for name, formula, value, line in cut:
        text = f"  {name.ljust(names)} {'=' if formula else ' '} {formula.ljust(formulas)}"
        text += f" = {value}" if value else ""
        lines.append((text + (f"   ({line})" if line else "")).rstrip())
    if len(cut) < len(rows):
        lines.append(f"  … and {len(rows) - len(cut):,} more")
    return lines


def _visible(path: Path) -> list[Any]:
    hidden = middle(path)
    return [n for i, n in enumerate(path.nodes) if not hidden or not hidden.start < i < hidden.stop]
