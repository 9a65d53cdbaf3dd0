"""A stand-in for an array: ops work on it as on the array, and the calls they make are noted."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..program import Array
from .tracer import Refused, Tracer

__all__ = ["StandIn"]

# What they say depends on shapes and dtypes alone.
_ABOUT = {np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj}
# They write to their first argument.
_WRITERS = {np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal}
# Typed as anything: NumPy's stubs do not know stand-ins.
_add: Any = np.add.reduce
_take: Any = np.take
_POWERS = {2: np.square, 0.5: np.sqrt, -1: np.reciprocal}


class StandIn:
    """Has what an array has, but for what would let a number out of the recording."""

    __slots__ = ("_tracer", "array")
    # ``isinstance(x, np.ndarray)`` holds, so that ops take it for what it stands for.
    __class__ = property(lambda self: np.ndarray)
    __hash__ = object.__hash__

    def __init__(self, tracer: Tracer, array: Array) -> None:
        self._tracer = tracer
        self.array = array

    # NumPy's protocols ---------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        out = keywords.pop("out", None)
        if method == "at":
            return self._tracer.call(function, inputs, keywords, writes=inputs[0])
        if out is None:
            return self._tracer.call(function, inputs, keywords)
        if len(out) != 1:
            raise Refused(f"{ufunc.__name__} with several out=")
        return self._tracer.call(function, inputs, {**keywords, "out": out[0]}, writes=out[0])

    def __array_function__(self, function: Any, types: Any, args: tuple, keywords: dict) -> Any:
        if function in _ABOUT:
            real = [x.array.sample if type(x) is StandIn else x for x in args]
            return function(*real, **keywords)
        target = args[0] if function in _WRITERS else keywords.get("out")
        return self._tracer.call(function, args, keywords, writes=target)

    def __array__(self, *args: Any, **keywords: Any) -> Any:
        raise Refused("the array itself")

    def _number(self, *args: Any) -> Any:
        raise Refused("a number out of an array")

    __float__ = __int__ = __index__ = __complex__ = item = tolist = tobytes = _number

    def __bool__(self) -> bool:
        return self._tracer.assume(self)

    # What is known without the numbers -----------------------------------------------------------

    shape = property(lambda self: self.array.sample.shape)
    dtype = property(lambda self: self.array.sample.dtype)
    ndim = property(lambda self: self.array.sample.ndim)
    size = property(lambda self: self.array.sample.size)
    itemsize = property(lambda self: self.array.sample.itemsize)
    nbytes = property(lambda self: self.array.sample.nbytes)
    # Arrays of a replay lie in memory as the recorded ones did.
    strides = property(lambda self: self.array.sample.strides)
    flags = property(lambda self: self.array.sample.flags)

    def __len__(self) -> int:
        return len(self.array.sample)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    # Views and elements --------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        return self._tracer.call(operator.getitem, (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        if type(value) is StandIn and self._tracer.just_written(value.array):
            place = self.array.sample[index]
            if value.shape == place.shape and np.may_share_memory(value.array.sample, place):
                return  # ``x[i] += y``: the view x[i] was written to, and is set to itself
        self._tracer.call(operator.setitem, (self, index, value), {}, writes=self)

    T = property(lambda self: self.transpose())
    mT = property(lambda self: self.swapaxes(-1, -2))

    # Methods with out= ---------------------------------------------------------------------------

    def astype(
        self,
        dtype: Any,
        order: str = "K",
        casting: str = "unsafe",
        subok: bool = True,
        copy: bool = True,
    ) -> Any:
        if not copy and self.dtype == dtype and (order != "C" or self.flags.c_contiguous):
            return self
        return self._tracer.call(np.ndarray.astype, (self, np.dtype(dtype)), {"order": order})

    def mean(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        if (
            dtype is not None
            or self.dtype.itemsize < 4
            or self.dtype.kind != "f"
            or out is not None
        ):
            return np.mean(self, axis=axis, dtype=dtype, out=out, keepdims=keepdims)
        total = _add(self, axis=axis, keepdims=keepdims)
        return np.true_divide(total, self.size // max(total.size, 1) if self.size else 0)

    def cumsum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        return np.cumsum(self, axis=axis, dtype=dtype, out=out)

    def cumprod(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        return np.cumprod(self, axis=axis, dtype=dtype, out=out)

    def take(self, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
        return _take(self, indices, axis=axis, out=out, mode=mode)

    def dot(self, other: Any, out: Any = None) -> Any:
        return np.dot(self, other) if out is None else np.dot(self, other, out=out)

    def clip(self, *args: Any, **keywords: Any) -> Any:
        return np.clip(self, *args, **keywords)

    def std(self, *args: Any, **keywords: Any) -> Any:
        return np.std(self, *args, **keywords)

    def var(self, *args: Any, **keywords: Any) -> Any:
        return np.var(self, *args, **keywords)

    def __pow__(self, exponent: Any) -> Any:
        # As NumPy's own operator: some powers have a function of their own.
        if type(exponent) in (int, float) and self.dtype.kind == "f" and exponent in _POWERS:
            return _POWERS[exponent](self)
        return np.power(self, exponent)

    def __divmod__(self, other: Any) -> Any:
        return np.divmod(self, other)


def _operator(ufunc: Any) -> Any:
    return lambda self, other: ufunc(self, other)


def _reflected(ufunc: Any) -> Any:
    return lambda self, other: ufunc(other, self)


def _in_place(ufunc: Any) -> Any:
    return lambda self, other: ufunc(self, other, out=self)


def _unary(ufunc: Any) -> Any:
    return lambda self: ufunc(self)


def _reduction(ufunc: Any) -> Any:
    def reduce(
        self: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        **more: Any,
    ) -> Any:
        given = {"dtype": dtype, "out": out, "keepdims": keepdims or None}
        more.update((k, v) for k, v in given.items() if v is not None)
        return ufunc.reduce(self, axis=axis, **more)

    return reduce


def _method(name: str, writes: bool = False) -> Any:
    function = getattr(np.ndarray, name)

    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        target = self if writes else keywords.get("out")
        return self._tracer.call(function, (self, *args), keywords, writes=target)

    return method


_BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide,
    "floordiv": np.floor_divide, "mod": np.remainder, "matmul": np.matmul, "and": np.bitwise_and,
    "or": np.bitwise_or, "xor": np.bitwise_xor, "lshift": np.left_shift, "rshift": np.right_shift,
}  # fmt: skip
_COMPARISONS = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "eq": np.equal, "ne": np.not_equal,
}  # fmt: skip
_UNARY = {"neg": np.negative, "pos": np.positive, "abs": np.absolute, "invert": np.invert}
_REDUCTIONS = {
    "sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum,
    "any": np.logical_or, "all": np.logical_and,
}  # fmt: skip
_METHODS = (
    "reshape transpose swapaxes squeeze ravel flatten diagonal repeat argsort argmax argmin trace "
    "round conj conjugate view copy searchsorted compress choose nonzero argpartition"
)

for _name, _ufunc in _BINARY.items():
    setattr(StandIn, f"__{_name}__", _operator(_ufunc))
    setattr(StandIn, f"__r{_name}__", _reflected(_ufunc))
    setattr(StandIn, f"__i{_name}__", _in_place(_ufunc))
for _name, _ufunc in _COMPARISONS.items():
    setattr(StandIn, f"__{_name}__", _operator(_ufunc))
for _name, _ufunc in _UNARY.items():
    setattr(StandIn, f"__{_name}__", _unary(_ufunc))
for _name, _ufunc in _REDUCTIONS.items():
    setattr(StandIn, _name, _reduction(_ufunc))
for _name in _METHODS.split():
    setattr(StandIn, _name, _method(_name))
for _name in ("put", "fill", "sort", "partition"):
    setattr(StandIn, _name, _method(_name, writes=True))
StandIn.__rpow__ = _reflected(np.power)  # type: ignore[attr-defined]
