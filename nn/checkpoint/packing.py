"""Nested state as named arrays and JSON, and back exactly.

JSON has lists, dicts with ``str`` keys, ``str``, ``bool``, ``None``, ``int`` and finite ``float``
(whose ``repr`` reads back as the same number). Everything else becomes a dict whose key ``"$"``
says what it stands for.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

__all__ = ["pack", "unpack"]

_DEEPEST = 100
# Python refuses to write longer numbers in decimal digits than some thousand; these go in hex.
_WIDE = 1 << 64


def pack(state: Any) -> tuple[dict[str, np.ndarray], Any]:
    """Take nested state apart into arrays and JSON.

    Parameters
    ----------
    state : nested dicts, lists and tuples
        Of arrays, NumPy's and Python's numbers, strings and ``None``. Keys of dicts may be numbers
        or tuples.

    Returns
    -------
    arrays : dict
        The arrays, named by where they are: ``state["model"]["0.weight"]`` is
        ``"model.0.weight"``.
    rest : JSON
        All else; :func:`unpack` puts both together again.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.checkpoint import pack, unpack
    >>> arrays, rest = pack({"w": np.ones(2), "betas": (0.9, 0.999), "best": float("inf")})
    >>> list(arrays)
    ['w']
    >>> unpack(arrays, rest)
    {'w': array([1., 1.]), 'betas': (0.9, 0.999), 'best': inf}
    """
    arrays: dict[str, np.ndarray] = {}
    return arrays, _pack(state, (), arrays)


def unpack(arrays: dict[str, np.ndarray], rest: Any) -> Any:
    """The state that :func:`pack` took apart."""
    try:
        return _unpack(rest, arrays)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError, struct.error) as error:
        raise ValueError(f"this was not made by pack: {error!r:.80}") from error


def _pack(x: Any, path: tuple[str, ...], arrays: dict[str, np.ndarray]) -> Any:
    if len(path) > _DEEPEST:
        raise ValueError(f"{_named(path)} is nested more than {_DEEPEST} deep, or holds itself")
    kind = type(x)
    if x is None or kind is bool or kind is str:
        return x
    if kind is int:
        return x if -_WIDE < x < _WIDE else {"$": "int", "hex": hex(x)}
    if kind is float:
        # A NaN keeps its sign and its payload.
        return x if x - x == 0 else {"$": "float", "hex": struct.pack(">d", x).hex()}
    if kind is list:
        return [_pack(item, (*path, str(i)), arrays) for i, item in enumerate(x)]
    if kind is tuple:
        return {"$": "tuple", "items": _pack(list(x), path, arrays)}
    if isinstance(x, dict):
        if all(type(key) is str for key in x) and "$" not in x:
            return {key: _pack(item, (*path, key), arrays) for key, item in x.items()}
        pairs = [
            [_pack(key, (*path, "key"), arrays), _pack(item, (*path, str(key)), arrays)]
            for key, item in x.items()
        ]
        return {"$": "dict", "items": pairs}
    if isinstance(x, (np.ndarray, np.generic)):
        if x.dtype.kind not in "biufc" or x.dtype.itemsize > 8:
            raise TypeError(f"{_named(path)} holds {x.dtype}, which cannot be saved")
        name = ".".join(path) or "array"
        while name in arrays:  # as both {"a.b": ...} and {"a": {"b": ...}} may be there
            name += "'"
        arrays[name] = np.asarray(x)
        return {"$": "array" if isinstance(x, np.ndarray) else "number", "name": name}
    raise TypeError(
        f"{_named(path)} is a {kind.__name__}, which cannot be saved; arrays, numbers, strings, "
        "None, and lists, tuples and dicts of them can"
    )


def _unpack(x: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(x, list):
        return [_unpack(item, arrays) for item in x]
    if not isinstance(x, dict):
        return x
    kind = x.get("$")
    if kind is None:
        return {key: _unpack(item, arrays) for key, item in x.items()}
    if kind == "int":
        return int(x["hex"], 16)
    if kind == "float":
        return struct.unpack(">d", bytes.fromhex(x["hex"]))[0]
    if kind == "tuple":
        return tuple(_unpack(x["items"], arrays))
    if kind == "dict":
        return {_unpack(key, arrays): _unpack(item, arrays) for key, item in x["items"]}
    if kind == "array":
        return arrays[x["name"]]
    if kind == "number":
        return arrays[x["name"]][()]
    raise ValueError(f"what is {kind!r}?")


def _named(path: tuple[str, ...]) -> str:
    text = "".join(f"[{part!r}]" for part in path)
    return f"state{text if len(text) <= 80 else text[:77] + '...'}"
