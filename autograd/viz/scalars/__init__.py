"""One tensor op as the scalar graph that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...value import Value
from ..model import Model, build
from .cells import Cells, Overflow
from .expand import NOTHING, expand
from .subject import names_of, node_of, recorded, size_before, too_large

if TYPE_CHECKING:
    from ..dot import Drawing

__all__ = ["MAX_NODES", "zoom", "zoomed"]

MAX_NODES = 400
SPARE = 25
"""How many times as many nodes are made at most, in order to say how many there would be."""


def zoom(
    node: Any,
    max_nodes: int = MAX_NODES,
    *,
    rankdir: str = "LR",
    format: str | None = None,
    digits: int = 4,
    legend: bool = True,
) -> Drawing:
    """Draw the scalar graph inside one tensor op of small shape.

    Each element of the result, and of the operands that go into it, is a node with its value and
    gradient; each edge has its local derivative, and a colour and width by its contribution. So a
    matrix product shows its products and sums, and a bias each of the elements it was added to.

    Parameters
    ----------
    node : Tensor, Value or node
        The result of the op. A value is a scalar already: it is drawn with its operands.
    max_nodes : int
        Refuse to draw more scalars than this.
    rankdir, format, digits, legend
        As for :func:`draw`.

    Returns
    -------
    Drawing
        With the scalar graph as its ``model``.

    Raises
    ------
    ValueError
        If there would be too many nodes, or nothing to show: a leaf, a constant, a freed graph.

    Notes
    -----
    An elementwise op becomes one scalar op for each element; a linear op (``sum``, ``transpose``,
    a slice) a weighted sum, or the element itself where nothing is added; a bilinear one
    (``matmul``, ``einsum``, a convolution) products and their sums. A fused op, such as a linear
    layer's or ``softmax``, is taken apart into the ops it stands for. What cannot be taken apart,
    such as ``inv``, has an edge for each entry of its Jacobian that is not 0, and the
    picture says so.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from autograd.viz import zoom
    >>> x = Tensor([[1.0, 2.0]], label="x")
    >>> w = Tensor([[3.0], [4.0]], requires_grad=True, label="w")
    >>> y = x @ w
    >>> y.sum().backward()
    >>> picture = zoom(y)
    >>> [v.name for v in picture.model.vertices if v.kind == "leaf"]
    ['w[0, 0]', 'w[1, 0]']
    """
    from ..dot import to_dot

    model = zoomed(node, max_nodes)
    return to_dot(model, rankdir=rankdir, format=format, digits=digits, legend=legend)


def zoomed(node: Any, max_nodes: int = MAX_NODES) -> Model:
    """The scalar graph inside one tensor op, as a model; see :func:`zoom`.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from autograd.viz import zoomed
    >>> x = Tensor([1.0, 2.0], requires_grad=True, label="x")
    >>> y = x * x
    >>> y.sum().backward()
    >>> for edge in zoomed(y).edges[:2]:
    ...     print(edge.local, edge.contribution, edge.share)
    1.0 1.0 0.5
    1.0 1.0 0.5
    """
    if isinstance(max_nodes, bool) or not isinstance(max_nodes, int) or max_nodes < 1:
        raise ValueError(f"max_nodes is a positive number, got {max_nodes!r}")
    subject = node_of(node)
    if isinstance(subject, Value):
        return _one_op(subject)
    made, output = recorded(subject)
    count, exact = size_before(made, output)
    if count > max_nodes:
        raise too_large(made, output, count, exact, max_nodes)
    cells = Cells(SPARE * max_nodes)
    try:
        results = _expanded(cells, subject, made, output)
    except Overflow as error:
        raise too_large(made, output, max(error.count, max_nodes + 1), False, max_nodes) from None
    cells.keep(results)
    if len(cells.all) > max_nodes:
        raise too_large(made, output, len(cells.all), True, max_nodes)
    grad = subject.grad
    if grad is not None:
        cells.pull(dict(zip(results, np.ravel(grad).astype(float).tolist(), strict=True)))
    _remarks(cells, made, subject)
    return cells.model()


def _expanded(cells: Cells, subject: Any, made: Any, output: int | None) -> list[int]:
    """Enter everything; the numbers of the results, in order."""
    known: dict[Any, Any] = {}
    operands = []
    for x, parent, name in zip(made.args, made.parents, names_of(made), strict=True):
        if parent is None:
            operands.append(cells.array(x, "constant"))
            continue
        if parent not in known:
            data = parent.data if x is None or made.op.kind == "linear" else x
            known[parent] = cells.array(data, "leaf", name, parent.grad)
        operands.append(known[parent])
    results = np.ravel(expand(cells, made, operands, output))
    data = np.asarray(subject.data)
    label = subject.label or "out"
    numbers: list[int] = []
    # What goes on inside, such as an earlier step's state, has a gradient beside the result's.
    taken = {k for cell in cells.all.values() for k, _ in cell.into}
    for k, (number, value) in enumerate(zip(results.tolist(), data.ravel().tolist(), strict=True)):
        if number == NOTHING:
            number = cells.constant(value)
        elif cells.at(number).kind != "op" or number in taken:
            # An element handed on as it is.
            local = None if cells.at(number).kind == "constant" else 1.0
            number = cells.apply(made.op.name, made.op.label, value, [(number, local)])
        cell = cells.at(number)
        cell.value, cell.root, cell.line = value, True, getattr(subject, "line", None)
        cell.name = label + _place(k, data.shape)
        taken.add(number)
        numbers.append(number)
    return numbers


def _place(k: int, shape: tuple[int, ...]) -> str:
    return "[" + ", ".join(str(int(i)) for i in np.unravel_index(k, shape)) + "]" if shape else ""


def _remarks(cells: Cells, made: Any, subject: Any) -> None:
    """Say what is not in the picture."""
    whole = [k for k in cells.opaque if k in cells.all]
    for symbol in dict.fromkeys(cells.all[k].symbol for k in whole):
        cells.notes[
            f"{symbol} is drawn as a whole: its edges have the derivatives of its results, and the "
            "steps inside are not shown"
        ] = None
    zeros = sum(cells.opaque[k] for k in whole)
    if zeros:
        word = "derivative that is" if zeros == 1 else "derivatives that are"
        cells.notes[f"{zeros:,} {word} exactly 0 left out"] = None
    for block in cells.blocks:
        used = [k for k in block.numbers.ravel().tolist() if k in cells.all]
        if block.kind != "leaf":
            continue
        left = block.data.size - len(used)
        if left:
            word = "element plays" if left == 1 else "elements play"
            cells.notes[f"{left:,} of {block.name}'s {block.data.size:,} {word} no part here"] = (
                None
            )
        if block.grad is None or subject.grad is None or not used:
            continue
        through = dict.fromkeys(used, 0.0)
        for cell in cells.all.values():
            for k, local in cell.into:
                if k in through and local is not None and cell.grad:
                    through[k] += local * cell.grad
        gradients = np.ravel(block.grad)[[k - block.numbers.flat[0] for k in used]]
        came = list(through.values())
        if not np.allclose(gradients, came, rtol=1e-4, atol=1e-8, equal_nan=True):
            cells.notes[
                f"{block.name} has other uses too: its gradients are whole, its edges have what "
                "came through this op"
            ] = None


def _one_op(value: Value) -> Model:
    """A value with its operands; what they came from is counted."""
    operands = {p for p in value.parents if p is not None}
    return build(value, max_nodes=1 + len(operands))
