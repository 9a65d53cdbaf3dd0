"""What a plan is made for: the arguments without the numbers in their arrays."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from ..containers import Tree, flatten
from ..errors import CaptureError, describe
from ..tensor import Tensor, current

__all__ = ["Call", "identity", "nesting"]

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
