"""The chain rule spelled out with the user's numbers: who is to blame, and along which path."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...graph import Node
from ..checks import at_least_one
from .between import Between, between, gradient, is_scalar, local_derivatives
from .blocks import largest_shares
from .ends import End, find_leaf, find_root
from .names import Names
from .paths import count_paths, largest, product
from .result import Explanation, Path
from .unconnected import reasons

__all__ = ["Explanation", "Path", "explain"]


def explain(
    root: Any, leaf: Any, k: int = 3, *, digits: int = 4, max_paths: int = 10_000
) -> Explanation:
    """Spell out the chain rule for the derivative of ``root`` with respect to ``leaf``.

    The derivative is a sum over all paths between the two, each a product of local derivatives.
    Their number can be astronomical: they are counted by dynamic programming, and the ``k`` that
    matter most are found without a look at the others. ``backward`` need not have been called, and
    no ``grad`` is touched.

    In a graph of arrays a local derivative is a Jacobian, and each path sends the leaf an array
    ``c``; its *share* of the gradient ``g`` is ``<c, g> / |g|²``, and the shares add up to 1.

    Parameters
    ----------
    root : Value or Tensor of one element
        What is differentiated, such as the loss.
    leaf : Value, Tensor, node or str
        With respect to what: any node behind the root, or its label; of a dotted name such as
        ``mlp.0.bias`` the end will do, ``0.bias``.
    k : int
        How many paths to show.
    digits : int
        Significant digits of numbers in the text.
    max_paths : int
        How many paths to look at in a graph of arrays; beyond it the result says so.

    Returns
    -------
    Explanation
        ``print`` it, or let a notebook show it.

    Raises
    ------
    FreedGraphError
        If ``backward(retain_graph=False)`` has released the graph.

    Examples
    --------
    >>> from autograd import Value
    >>> from autograd.viz import explain
    >>> x, w = Value(2.0, label="x"), Value(0.5, label="w")
    >>> z = x * w
    >>> z.label = "z"
    >>> L = z * z
    >>> L.label = "L"
    >>> print(explain(L, w))
    dL/dw = 4, the sum over 2 paths
    <BLANKLINE>
      1.  dL/dz(1st) · dz/dw = 1 × 2 = 2
      2.  dL/dz(2nd) · dz/dw = 1 × 2 = 2
      ----------------------------------
          total                      = 4
    <BLANKLINE>
    where
      L = z × z = 1
      z = x × w = 1
      x         = 2
      w         = 0.5
    """
    at_least_one(k=k, digits=digits, max_paths=max_paths)
    top = find_root(root)
    end = find_leaf(leaf, top)
    if top.node is None or end.node is None:
        return _unconnected(top, end, digits)
    dag = between(top.node, end.node)
    if dag is None:
        return _unconnected(top, end, digits)
    total = gradient(dag)
    if is_scalar(dag):
        return _scalar(dag, total, k, digits)
    return _blocks(dag, total, k, digits, max_paths)


def _scalar(dag: Between, total: Any, k: int, digits: int) -> Explanation:
    steps = local_derivatives(dag)
    whole = float(np.asarray(total).item())
    found = largest(dag, steps, k)
    names = Names(dag.root, dag.leaf, [s.source for path in found for s in path])
    paths = []
    for path in found:
        nodes = (dag.root, *(s.source for s in path))
        factors = tuple(s.local for s in path)
        value = product(factors)
        share = value / whole if whole and math.isfinite(whole) else math.nan
        paths.append(_path(nodes, names, tuple(s.position for s in path), factors, value, share))
    count = count_paths(dag)
    return Explanation(
        dag.root,
        dag.leaf,
        names,
        paths,
        count,
        whole,
        scalar=True,
        digits=digits,
        examined=count,
        hooked=dag.hooked,
    )


def _blocks(dag: Between, total: Any, k: int, digits: int, max_paths: int) -> Explanation:
    count = count_paths(dag)
    found, examined = largest_shares(dag, total, k, max_paths)
    names = Names(dag.root, dag.leaf, [n for f in found for n in f.nodes])
    paths = [_path(f.nodes, names, f.positions, f.sizes, f.contribution, f.share) for f in found]
    return Explanation(
        dag.root,
        dag.leaf,
        names,
        paths,
        count,
        total,
        scalar=False,
        digits=digits,
        examined=examined,
        hooked=dag.hooked,
    )


def _path(
    nodes: tuple[Node, ...],
    names: Names,
    positions: tuple[int, ...],
    factors: tuple[float, ...],
    value: Any,
    share: float,
) -> Path:
    return Path(nodes, tuple(map(names.title, nodes)), positions, factors, value, share)


def _unconnected(top: End, end: End, digits: int) -> Explanation:
    zero = 0.0 if isinstance(end.value, float) else np.zeros(np.shape(end.value))
    names = Names(top.node, end.node, [], (top.label, end.label))
    return Explanation(
        top.node,
        end.node,
        names,
        [],
        0,
        zero,
        digits=digits,
        notes=reasons(top, end, names),
    )
