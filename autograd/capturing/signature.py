"""What a plan is made for: the arguments without the numbers in their arrays."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from ..containers import Tree, flatten
from ..errors import CaptureError, describe
from ..modes import modes
from ..tensor import Tensor, current

__all__ = ["Call", "Last", "identity", "nesting"]

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


class Call:
    """The arguments of one call, taken apart.

    Attributes
    ----------
    key : hashable
        Equal for calls that one plan serves.
    arrays : list of numpy.ndarray
        The arrays among the arguments.
    """

    __slots__ = ("arrays", "key", "leaves", "tree", "where")

    def __init__(self, args: tuple, kwargs: dict[str, Any]) -> None:
        self.leaves, self.tree = flatten((args, kwargs))
        self.arrays: list[np.ndarray] = []
        self.where: list[int] = []
        key: list[Hashable] = [nesting(self.tree)]
        for k, x in enumerate(self.leaves):
            data = x
            if isinstance(x, Tensor):
                data = current(x)._data
                if x._node is not None:
                    raise CaptureError(
                        f"a captured function got {describe(x)} that requires a gradient as an "
                        "argument: gradients flow to tensors that it finds, such as a model's "
                        "parameters, and not out through its arguments. Pass x.detach(), or let "
                        "the function use the tensor without passing it"
                    )
            if isinstance(data, np.ndarray):
                if not data.dtype.isnative:  # as tensors hold it
                    data = data.astype(data.dtype.newbyteorder("="))
                self.where.append(k)
                self.arrays.append(data)
                key.append((data.shape, data.dtype))
            elif isinstance(data, _PLAIN):
                # 1, 1.0 and True are equal, and not the same.
                key.append((type(data), data))
            else:
                key.append(identity(data))
        self.key = tuple(key)

    def tensors(self) -> tuple[tuple, dict[str, Any], list[Tensor]]:
        """The arguments with a tensor of its own in place of each array."""
        leaves = list(self.leaves)
        made = []
        for k, x in zip(self.where, self.arrays, strict=True):
            # A copy: the function may not write to the caller's array, nor see it change.
            leaves[k] = Tensor(x)
            made.append(leaves[k])
        args, kwargs = self.tree.build(leaves)
        return args, kwargs, made


class Last:
    """A call with nothing but arrays, to tell another one like it without taking it apart.

    Attributes
    ----------
    entries : list
        What is known of calls like it.
    """

    __slots__ = ("_expected", "_recording", "entries")

    def __init__(self, arrays: list[np.ndarray], entries: list[Any]) -> None:
        self._expected = [(x.shape, x.dtype) for x in arrays]
        self._recording = modes.recording
        self.entries = entries

    @classmethod
    def of(cls, args: tuple, entries: list[Any]) -> Last | None:
        """``None`` for arguments that are not all plain arrays and tensors."""
        arrays = [x._data if type(x) is Tensor else x for x in args]
        return cls(arrays, entries) if {np.ndarray}.issuperset(map(type, arrays)) else None

    def arrays(self, args: tuple) -> list[np.ndarray] | None:
        """The arrays among ``args`` if they are as those were, else ``None``."""
        if len(args) != len(self._expected) or modes.recording is not self._recording:
            return None
        found = []
        for x, (shape, dtype) in zip(args, self._expected):
            if type(x) is Tensor:
                if x._node is not None or x._base is not None:
                    return None
                x = x._data
            elif type(x) is not np.ndarray:
                return None
            # Equal dtypes are nearly always the same object.
            if x.dtype is not dtype or x.shape != shape:
                return None
            found.append(x)
        return found


def identity(x: Any) -> Hashable:
    """An object as part of a key: by what it is equal to, if that can be told, else itself."""
    try:
        hash(x)
    except TypeError:
        raise CaptureError(
            f"a captured function got {describe(x)} as an argument, by which calls cannot be told "
            "apart: pass arrays, numbers, strings, objects with a hash, or containers of them"
        ) from None
    return (type(x), x)


def nesting(tree: Tree) -> Hashable:
    """A container's nesting as a key."""
    keys = tuple(tree.keys) if isinstance(tree.keys, (list, tuple)) else tree.keys
    return (tree.kind, type(tree.template), keys, tuple(map(nesting, tree.children)))
