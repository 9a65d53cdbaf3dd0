"""``einsum``: linear in each operand, and its own derivative.

The cotangent of an operand is again an ``einsum``, of the output's cotangent and the other
operands, with the operand's subscripts as output. What is left over after that: subscripts that
only this operand has are summed there, so their cotangent is repeated; and a subscript it has
twice picks a diagonal, so the cotangent is laid along one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..op import Op, check_cotangents, composite, fit
from .index import scatter
from .samples import uniform
from .shape import arrayed, broadcast_to

__all__ = ["Multilinear", "einsum"]

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Multilinear(Op):
    """An op linear in each of any number of inputs: ``rule(i, g, args, params)`` transposes."""

    kind = "multilinear"

    def __init__(self, forward: Any, rule: Any, **options: Any) -> None:
        super().__init__(forward, **options)
        self.rule = rule

    def vjp(self, g: Any, out: Any, args: tuple, params: dict, wanted: Sequence[Any]) -> list:
        cts = [
            None if want is None else self.rule(i, g, args, **params)
            for i, want in enumerate(wanted)
        ]
        return check_cotangents(self, cts, args, wanted)

    def jvp(self, tangents: Sequence[Any], out: Any, args: tuple, params: dict) -> Any:
        total = None
        for i, t in enumerate(tangents):
            if t is not None:
                term = self(*args[:i], t, *args[i + 1 :], **params)
                total = term if total is None else total + term
        return total


def _rule(i: int, g: Any, args: tuple, subscripts: str, optimize: Any) -> Any:
    terms, output = subscripts.split("->")
    inputs = terms.split(",")
    mine, x = inputs[i], args[i]
    others = inputs[:i] + inputs[i + 1 :]
    letters = "".join(dict.fromkeys(mine))
    found = "".join(c for c in letters if c in output or any(c in other for other in others))
    # A given contraction order belongs to the forward product alone.
    again = optimize if isinstance(optimize, (bool, str)) else "greedy"
    ct = _einsum(
        g,
        *args[:i],
        *args[i + 1 :],
        subscripts=f"{','.join([output, *others])}->{found}",
        optimize=again,
    )
    sizes = dict(zip(mine, x.shape, strict=True))
    lengths = dict(zip(found, ct.shape, strict=True))
    # A length of one here, where the operand has more, is a sum over the operand's axis alone.
    whole = tuple(sizes[c] if lengths.get(c, 1) == 1 else lengths[c] for c in letters)
    if whole != tuple(ct.shape):
        ct = broadcast_to(ct.reshape(tuple(lengths.get(c, 1) for c in letters)), whole)
    if len(letters) == len(mine):
        return fit(ct, x)
    ct = _shrunk(ct, tuple(sizes[c] for c in letters))
    grid = np.ix_(*(np.arange(sizes[c]) for c in letters))
    return scatter(ct, tuple(grid[letters.index(c)] for c in mine), tuple(x.shape))


def _shrunk(ct: Any, shape: tuple[int, ...]) -> Any:
    """``ct`` summed over the axes along which an operand of ``shape`` was repeated."""
    axes = tuple(k for k, (n, m) in enumerate(zip(ct.shape, shape, strict=True)) if n != m)
    return ct.sum(axis=axes, keepdims=True) if axes else ct


def _forward(*operands: Any, subscripts: str = "", optimize: Any = False) -> Any:
    try:
        return np.einsum(subscripts, *operands, optimize=optimize)
    except ValueError as error:
        shapes = ", ".join(str(np.shape(x)) for x in operands)
        raise ValueError(
            f"einsum: {subscripts!r} does not fit operands of shapes {shapes}: {error}"
        ) from None


_einsum = Multilinear(
    _forward,
    _rule,
    name="_einsum",
    label="einsum",
    doc="``einsum`` with every subscript spelled out.",
    samples=lambda rng: [
        ((uniform(rng, 2, 3), uniform(rng, 3, 2)), {"subscripts": "ij,jk->ik"}),
        ((uniform(rng, 3, 3),), {"subscripts": "ii->i"}),
    ],
)


# Reading the call -------------------------------------------------------------------------------


def _spell_out(subscripts: str, operands: Sequence[Any]) -> str:
    """Subscripts with an explicit output and letters in place of each ellipsis."""
    text = subscripts.replace(" ", "")
    terms, arrow, output = text.partition("->")
    inputs = terms.split(",")
    if len(inputs) != len(operands):
        raise ValueError(
            f"einsum: {subscripts!r} has subscripts for {len(inputs)} operands and "
            f"{len(operands)} were given"
        )
    spare = [c for c in _LETTERS if c not in text]
    hidden = [
        x.ndim - len(term.replace("...", "")) if "..." in term else 0
        for term, x in zip(inputs, operands, strict=True)
    ]
    for term, x, n in zip(inputs, operands, hidden, strict=True):
        if n < 0 or ("..." not in term and len(term) != x.ndim):
            raise ValueError(
                f"einsum: {term!r} in {subscripts!r} has {len(term.replace('...', ''))} "
                f"subscripts for an operand of shape {tuple(x.shape)}"
            )
    most = max(hidden, default=0)
    if most > len(spare):
        raise ValueError(f"einsum: {subscripts!r} needs more than the 52 letters there are")
    stand_in = "".join(spare[:most])
    if not arrow:
        letters = terms.replace(",", "").replace("...", "")
        output = stand_in + "".join(c for c in sorted(set(letters)) if letters.count(c) == 1)
    else:
        if most and "..." not in output:
            raise ValueError(
                f"einsum: {subscripts!r} has an ellipsis for {most} axes and none in "
                "its output; write it there, or sum those axes afterwards"
            )
        output = output.replace("...", stand_in)
    full = [
        term.replace("...", stand_in[most - n :] if n else "")
        for term, n in zip(inputs, hidden, strict=True)
    ]
    return f"{','.join(full)}->{output}"


def _from_lists(args: Sequence[Any]) -> tuple[str, list[Any]]:
    """``einsum(x, [0, 1], y, [1, 2], [0, 2])`` as subscripts and operands."""

    def term(axes: Any) -> str:
        return "".join("..." if a is Ellipsis else _LETTERS[int(a)] for a in axes)

    operands = list(args[0 : len(args) - len(args) % 2 : 2])
    text = ",".join(term(axes) for axes in args[1::2][: len(operands)])
    return (f"{text}->{term(args[-1])}" if len(args) % 2 else text), operands


@composite(
    numpy=np.einsum,
    samples=lambda rng: [
        (("ij,jk->ik", uniform(rng, 2, 3), uniform(rng, 3, 2)), {}),
        (("ij,jk", uniform(rng, 2, 3), uniform(rng, 3, 2)), {}),
        (("ii", uniform(rng, 3, 3)), {}),
        (("ii->i", uniform(rng, 3, 3)), {}),
        (("iji->j", uniform(rng, 2, 3, 2)), {}),
        (("ij->", uniform(rng, 2, 3)), {}),
        (("ij->ji", uniform(rng, 2, 3)), {}),
        (("i,j,k->ik", uniform(rng, 2), uniform(rng, 3), uniform(rng, 2)), {}),
        (("ij,ij,j->i", uniform(rng, 2, 3), uniform(rng, 2, 3), uniform(rng, 3)), {}),
        (("...ij,...jk->...ik", uniform(rng, 4, 2, 3), uniform(rng, 3, 2)), {}),
        (("i...,...->i...", uniform(rng, 2, 3), uniform(rng, 4, 3)), {}),
        (("ij,ij->ij", uniform(rng, 2, 1), uniform(rng, 2, 3)), {}),
        (("ij,ij->i", uniform(rng, 2, 1), uniform(rng, 2, 3)), {}),
        (("ii,i->i", uniform(rng, 3, 3), uniform(rng, 3)), {}),
        (("ij,jk,kl->il", *(uniform(rng, 2, 2) for _ in range(3))), {"optimize": True}),
        ((",i->i", uniform(rng), uniform(rng, 3)), {}),
        ((uniform(rng, 2, 3), [0, 1], uniform(rng, 3), [1], [0]), {}),
    ],
)
def einsum(*operands: Any, optimize: Any = False, **kwargs: Any) -> Any:
    """Evaluate Einstein's summation convention on any number of operands.

    Parameters
    ----------
    *operands
        The subscripts and then the arrays, or arrays and lists of axes in turn, as for
        ``numpy.einsum``.
    optimize : bool, str or list
        The order of contraction, as for ``numpy.einsum``.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import einsum, grad
    >>> grad(lambda x: einsum("ii", x))(np.ones((2, 2)))
    array([[1., 0.],
           [0., 1.]])
    """
    if kwargs:
        raise UnsupportedError(
            f"einsum() does not take {', '.join(k + '=' for k in kwargs)}; convert with .astype() "
            "and use the returned value"
        )
    if not operands:
        raise TypeError("einsum() takes subscripts and arrays, got nothing")
    if isinstance(operands[0], str):
        subscripts, arrays = operands[0], list(operands[1:])
    else:
        subscripts, arrays = _from_lists(operands)
    arrays = [arrayed(x) for x in arrays]
    return _einsum(*arrays, subscripts=_spell_out(subscripts, arrays), optimize=optimize)
