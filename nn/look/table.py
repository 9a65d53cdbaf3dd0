"""A model as a table: layers, output shapes, parameters, multiply-adds, memory."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from autograd import Tensor

from ..module import Module
from .forward import BATCH, Call, example_of, guess, watch

__all__ = ["Row", "Summary", "summary"]

HEAD = ("layer", "output shape", "parameters", "count", "multiply-adds")


@dataclass
class Row:
    """One module: ``tree`` is the branch drawn before it, ``depth`` how far inside it is."""

    tree: str
    depth: int
    name: str
    kind: str
    shape: str = ""
    parameters: list[str] = field(default_factory=list)
    count: int | None = None
    multiply_adds: int | None = None

    @property
    def title(self) -> str:
        """The name in its parent, and the class."""
        return f"{self.name}  {self.kind}".strip()


class Summary(str):
    """The table as text; a notebook shows it as HTML.

    Attributes
    ----------
    rows : list of Row
        The modules, outer ones first.
    parameters, frozen : int
        Trained numbers, and numbers that are kept but not trained (buffers, frozen parameters).
    bytes : int
        The memory that both take.
    multiply_adds : int or None
        Of one example; None where the model could not be run.
    note : str
        What input the shapes are for, or why there are none.
    """

    rows: list[Row]
    parameters: int
    frozen: int
    bytes: int
    multiply_adds: int | None
    note: str

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return to_html(self)


def summary(model: Module, input_shape: Any = None) -> Summary:
    """Describe a model's layers in a table, like torchinfo's.

    Shapes and multiply-adds come from running the model in evaluation mode on a made-up batch;
    ``n`` is the batch. Multiply-adds are those of one example with the weights of matrices and
    kernels; what activations, norms and the products of attention cost is not in them. Shared
    parameters count once.

    Parameters
    ----------
    model : Module
        Left as it was.
    input_shape : tuple of int, or a list of such, optional
        Of one example, without the batch: ``(64,)``, ``(1, 8, 8)``. A list for several inputs. The
        input of the first dense layer unless given; if that is not the model's, the table has no
        shapes, and says so.

    Examples
    --------
    >>> import nn
    >>> from nn.look import summary
    >>> summary(nn.MLP(2, [3], 1))
    layer         output shape  parameters                count  multiply-adds
    --------------------------------------------------------------------------
    MLP           (n, 1)
    ├─ 0  Linear  (n, 3)        weight (3, 2), bias (3,)      9              6
    ├─ 1  ReLU    (n, 3)
    └─ 2  Linear  (n, 1)        weight (1, 3), bias (1,)      4              3
    --------------------------------------------------------------------------
    13 parameters, 52 bytes; 9 multiply-adds for an example of shape (2,)
    """
    inputs = guess(model) if input_shape is None else example_of(model, input_shape)
    calls: list[Call] = []
    note = "pass input_shape= (of one example, without the batch) to see the output shapes"
    ran = False
    if inputs is not None:
        try:
            calls = watch(model, inputs).calls
            ran = True
            note = f"for an example of shape {', '.join(_plain(x.shape[1:]) for x in inputs)}"
        except Exception as error:  # a table without shapes is better than none
            if input_shape is not None:
                reason = " ".join(str(error).split())
                note = f"no output shapes: the model refuses this input ({reason})"
    return _table(model, calls, ran, note)


def _table(model: Module, calls: list[Call], ran: bool, note: str) -> Summary:
    rows = list(_rows(model, calls))
    state = [tensor for _, tensor in model.named_state()]
    counts = {t: sum(x.size for x in state if x.requires_grad is t) for t in (True, False)}
    # The graph of the watched pass is not the model's: what is kept is leaves.
    size = sum(x.size * x.dtype.itemsize for x in state)
    multiply_adds = sum(row.multiply_adds or 0 for row in rows) if ran else None
    result = Summary(_text(rows, _total(counts, size, multiply_adds, note)))
    result.rows, result.note = rows, note
    result.parameters, result.frozen, result.bytes = counts[True], counts[False], size
    result.multiply_adds = multiply_adds
    return result


# Rows -----------------------------------------------------------------------------------------


def _rows(model: Module, calls: list[Call]) -> Iterator[Row]:
    by_module: dict[int, list[Call]] = {}
    for call in calls:
        by_module.setdefault(id(call.module), []).append(call)
    counted: set[int] = set()
    seen: set[int] = set()

    def describe(module: Module, name: str, tree: str, branch: str, depth: int) -> Iterator[Row]:
        row = Row(tree, depth, name, type(module).__name__)
        if id(module) in seen:
            row.kind += " (shared, see above)"
            yield row
            return
        seen.add(id(module))
        children = list(module.named_children())
        inner = {id(t) for _, child in children for _, t in child.named_state()}
        own = [(n, t) for n, t in module.named_state() if id(t) not in inner]
        row.parameters = [_named(n, t, id(t) in counted) for n, t in own]
        if any(t.requires_grad for _, t in own):
            fresh = [t for _, t in own if t.requires_grad and id(t) not in counted]
            row.count = sum(t.size for t in fresh)
        counted.update(id(t) for _, t in own)
        done = by_module.get(id(module), [])
        if done:
            row.shape = _shapes(done[0].outputs)
            if len(done) > 1:
                row.shape += f" × {len(done)}"
            weights = [t for n, t in own if t.requires_grad or n.startswith("weight")]
            for _, child in children:  # used without a call of their own
                if id(child) not in by_module:
                    weights += [t for t in child.parameters() if not _is_called(child, by_module)]
            if any(w.ndim > 1 for w in weights):
                row.multiply_adds = sum(_multiply_adds(call, weights) for call in done)
        yield row
        for i, (child_name, child) in enumerate(children):
            last = i == len(children) - 1
            fork, bar = ("└─ ", "   ") if last else ("├─ ", "│  ")
            yield from describe(child, child_name, branch + fork, branch + bar, depth + 1)

    yield from describe(model, "", "", "", 0)


def _is_called(module: Module, by_module: dict[int, list[Call]]) -> bool:
    return any(id(m) in by_module for m in module.modules())


def _named(name: str, tensor: Tensor, again: bool) -> str:
    text = f"{name} {_plain(tensor.shape)}"
    if again:
        return f"{text} shared"
    return text if tensor.requires_grad else f"{text} not trained"


def _multiply_adds(call: Call, weights: list[Tensor]) -> int:
    """Of one example: each matrix or kernel is used once for each place of the output."""
    module = call.module
    if hasattr(module, "num_embeddings") or not call.outputs:
        return 0  # looked up, not multiplied
    out = call.outputs[0]
    kernels = [w for w in weights if w.ndim > 2]
    channels = out.shape[1] if kernels and out.ndim > 1 else (out.shape or (1,))[-1]
    places = out.size / max(channels, 1)
    if kernels and "Transpose" in type(module).__name__ and call.inputs:
        given = call.inputs[0]  # each number of the input meets the kernel, not of the output
        places = given.size / max(given.shape[1], 1)
    batch = BATCH if out.ndim > 1 else 1
    return round(sum(math.prod(w.shape) for w in weights if w.ndim > 1) * places / batch)


# Text -----------------------------------------------------------------------------------------


def _plain(shape: tuple[int, ...]) -> str:
    return str(tuple(int(n) for n in shape))


def _shapes(outputs: list[Tensor]) -> str:
    if not outputs:
        return ""
    shape = outputs[0].shape
    head = ["n", *shape[1:]] if shape[:1] == (BATCH,) else list(shape)
    text = f"({', '.join(map(str, head))}{',' if len(head) == 1 else ''})"
    return text if len(outputs) == 1 else f"{text} + {len(outputs) - 1} more"


def _bytes(n: int) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if n < 1024:
            return f"{n:,} {unit}" if unit == "bytes" else f"{n:.1f} {unit}"
        n = n / 1024  # type: ignore[assignment]
    return f"{n:.1f} GiB"


def _total(counts: dict[bool, int], size: int, multiply_adds: int | None, note: str) -> str:
    frozen = f" and {counts[False]:,} numbers that are not trained" if counts[False] else ""
    text = f"{counts[True]:,} parameters{frozen}, {_bytes(size)}"
    if multiply_adds is not None:
        return f"{text}; {multiply_adds:,} multiply-adds {note}"
    return f"{text}\n{note}"


def _text(rows: list[Row], total: str) -> str:
    lines: list[tuple[str, ...]] = [HEAD]
    branches = []
    for i, row in enumerate(rows):
        cells = list(_packed(row.parameters))
        numbers = [f"{n:,}" if n is not None else "" for n in (row.count, row.multiply_adds)]
        lines.append((row.tree + row.title, row.shape, cells[0], *numbers))
        after = rows[i + 1] if i + 1 < len(rows) else None
        branch = _continued(row, after)
        lines += [(branch, "", cell, "", "") for cell in cells[1:]]
        branches.append(branch)
    widths = [max(len(line[i]) for line in lines) for i in range(5)]
    text = [
        "  ".join(
            cell.rjust(w) if i > 2 else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    ]
    rule = "-" * max(map(len, text))
    return "\n".join([text[0], rule, *text[1:], rule, total])


def _packed(parameters: list[str]) -> Iterator[str]:
    """Two parameters in a line, or none in one."""
    for i in range(0, max(len(parameters), 1), 2):
        yield ", ".join(parameters[i : i + 2])


def _continued(row: Row, after: Row | None) -> str:
    """The branches that go on below a row."""
    here = row.tree.replace("├─ ", "│  ").replace("└─ ", "   ")
    return here + ("│" if after is not None and after.depth > row.depth else "")


def to_html(table: Summary) -> str:
    """The table for a notebook or a page; colours are those of the surroundings."""
    cell = "padding:2px 14px 2px 0;vertical-align:top;"
    left, right = f'style="{cell}text-align:left"', f'style="{cell}text-align:right"'
    head = "".join(f"<th {right if i > 2 else left}>{title}</th>" for i, title in enumerate(HEAD))
    body = []
    for row in table.rows:
        numbers = [f"{n:,}" if n is not None else "" for n in (row.count, row.multiply_adds)]
        name = html.escape(row.name)
        title = (
            f"{name} <b>{html.escape(row.kind)}</b>" if name else f"<b>{html.escape(row.kind)}</b>"
        )
        body.append(
            f'<tr><td style="{cell}text-align:left;padding-left:{1.4 * row.depth:.1f}em">{title}'
            f"</td><td {left}>{html.escape(row.shape)}</td>"
            f"<td {left}>{'<br>'.join(map(html.escape, _packed(row.parameters)))}</td>"
            + "".join(f"<td {right}>{n}</td>" for n in numbers)
            + "</tr>"
        )
    total = html.escape(str(table).rpartition("---\n")[2]).replace("\n", "<br>")
    return (
        '<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table><p>{total}</p>"
    )
