"""The operators and methods that every array-like face shares; each only calls its op."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .elsewhere import METHODS, missing
from .errors import UnsupportedError
from .op import FACES, plain
from .ops import activations as _act
from .ops import arithmetic as _a
from .ops import assign as _put
from .ops import diagonal as _d
from .ops import elementwise as _e
from .ops import index as _i
from .ops import linalg_products as _p
from .ops import reduce as _r
from .ops import scan as _c
from .ops import shape as _s
from .ops import sorting as _o
from .ops.observe import look
from .protocols import call_function, call_ufunc

__all__ = ["ArrayMethods"]


def _binary(op: Any) -> Any:
    def method(self: Any, other: Any) -> Any:
        # The two commonest cases need no look at the arguments.
        kind = type(self)
        if type(other) is kind or type(other) is float:
            return FACES[kind].apply(op, (self, other), {})
        if isinstance(other, (str, bytes, dict, set)) or other is None:
            return NotImplemented
        return op(self, other)

    return method


def _reflected(op: Any) -> Any:
    def method(self: Any, other: Any) -> Any:
        if isinstance(other, (str, bytes, dict, set)) or other is None:
            return NotImplemented
        return op(other, self)

    return method


def _unary(op: Any) -> Any:
    def method(self: Any) -> Any:
        return op(self)

    return method


def _compare(ufunc: Any) -> Any:
    def method(self: Any, other: Any) -> Any:
        if other is None:
            return ufunc is np.not_equal
        return look(ufunc, (self, other), {})

    return method


def _in_place(op: Any) -> Any:
    def method(self: Any, other: Any) -> Any:
        return FACES[type(self)].operate(op, self, other)

    return method


class ArrayMethods:
    """What a NumPy user expects to find on an array."""

    __slots__ = ()

    __array_priority__ = 1000

    __add__ = _binary(_a.add)
    __radd__ = _reflected(_a.add)
    __sub__ = _binary(_a.subtract)
    __rsub__ = _reflected(_a.subtract)
    __mul__ = _binary(_a.multiply)
    __rmul__ = _reflected(_a.multiply)
    __truediv__ = _binary(_a.divide)
    __rtruediv__ = _reflected(_a.divide)
    __pow__ = _binary(_a.power)
    __rpow__ = _reflected(_a.power)
    __mod__ = _binary(_a.remainder)
    __rmod__ = _reflected(_a.remainder)
    __floordiv__ = _binary(_a.floor_divide)
    __rfloordiv__ = _reflected(_a.floor_divide)
    __rdivmod__ = _reflected(_a.divmod)
    __neg__ = _unary(_a.negative)
    __pos__ = _unary(_a.positive)
    __abs__ = _unary(_a.absolute)
    __iadd__ = _in_place(_a.add)
    __isub__ = _in_place(_a.subtract)
    __imul__ = _in_place(_a.multiply)
    __itruediv__ = _in_place(_a.divide)
    __ipow__ = _in_place(_a.power)
    __imod__ = _in_place(_a.remainder)
    __ifloordiv__ = _in_place(_a.floor_divide)
    __lt__ = _compare(np.less)
    __le__ = _compare(np.less_equal)
    __gt__ = _compare(np.greater)
    __ge__ = _compare(np.greater_equal)
    __eq__ = _compare(np.equal)
    __ne__ = _compare(np.not_equal)
    __hash__ = object.__hash__

    # Shape --------------------------------------------------------------------------------------

    def _array(self) -> np.ndarray:
        """The plain array, of which these ask about its form alone."""
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return self._array().shape

    @property
    def dtype(self) -> np.dtype:
        """Dtype of the elements."""
        return self._array().dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._array().ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._array().size

    @property
    def T(self) -> Any:
        """The transpose: axes in reverse order."""
        return _s.transpose(self)

    def __divmod__(self, other: Any) -> Any:
        return _a.divmod(self, other)

    def __len__(self) -> int:
        shape = self.shape
        if not shape:
            raise TypeError("a 0-d tensor has no len() and cannot be iterated over")
        return shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        params = {"index": index if type(index) is int else _i.plain_index(index)}
        return FACES[type(self)].apply(_i.getitem, (self,), params)

    def __setitem__(self, index: Any, value: Any) -> None:
        FACES[type(self)].set_item(self, _i.plain_index(index), value)

    def reshape(self, *shape: Any, order: Any = "C") -> Any:
        """The same elements in another shape."""
        wanted = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        if order == "C" and type(wanted) is tuple:
            return FACES[type(self)].apply(_s.reshape_op, (self,), {"shape": wanted, "order": "C"})
        return _s.reshape(self, wanted, order)

    def transpose(self, *axes: Any) -> Any:
        """Permute the axes; reverse them if none are given."""
        if len(axes) == 1 and not isinstance(axes[0], int):
            axes = axes[0]
        return _s.transpose(self, axes or None)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """Convert to another dtype."""
        return _s.astype(self, dtype) if copy or self.dtype != np.dtype(dtype) else self

    def copy(self, order: Any = "K") -> Any:
        """The same numbers in new memory, in the same graph."""
        return _s.copy(self, order)

    def flatten(self, order: Any = "C") -> Any:
        """All elements along one axis, as a copy."""
        return _s.flatten(self, order)

    def ravel(self, order: Any = "C") -> Any:
        """All elements along one axis, as a view where the layout allows."""
        return _s.ravel(self, order)

    def squeeze(self, axis: Any = None) -> Any:
        """Without axes of length one: all of them, or those given."""
        return _s.squeeze(self, axis)

    def unsqueeze(self, dim: int) -> Any:
        """With an axis of length one more, as PyTorch names ``expand_dims``."""
        return _s.expand_dims(self, dim)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """With two axes exchanged."""
        return _s.swapaxes(self, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Any:
        """Each element repeated, as NumPy has it."""
        return _s.repeat(self, repeats, axis)

    def take(
        self, indices: Any, axis: int | None = None, out: Any = None, mode: Any = "raise"
    ) -> Any:
        """Elements, or slices along ``axis``, at integer indices."""
        return _i.take(self, indices, axis, out, mode)

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Any:
        """Elements, or slices along ``axis``, where ``condition`` holds."""
        return _i.compress(condition, self, axis, out)

    def choose(self, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
        """From several arrays, the elements of the one this integer tensor names."""
        return _i.choose(self, choices, out, mode)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        """The diagonal, as a read-only view."""
        return _d.diagonal(self, offset, axis1, axis2)

    def fill(self, value: Any) -> None:
        """Write one number, or node, to every element."""
        self[...] = value

    def put(self, indices: Any, values: Any, mode: Any = "raise") -> None:
        """Write ``values`` at places of the flattened array."""
        _put.put(self, indices, values, mode)

    def tolist(self) -> Any:
        """The numbers as nested lists, without history."""
        return plain(self).tolist()

    @property
    def nbytes(self) -> int:
        """Bytes the elements take."""
        return plain(self).nbytes

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return plain(self).itemsize

    def view(self, *shape: Any) -> Any:
        """The same elements in another shape, as PyTorch names ``reshape``."""
        if len(shape) == 1 and not isinstance(shape[0], (int, tuple, list, np.integer)):
            raise UnsupportedError(
                "view() takes a shape; the bytes of a tensor cannot be read as another dtype. "
                "Convert the numbers with .astype(dtype)"
            )
        return self.reshape(*shape)

    def permute(self, *dims: Any) -> Any:
        """The axes in another order, as PyTorch names ``transpose``."""
        return self.transpose(*dims)

    def clone(self) -> Any:
        """The same numbers in new memory, in the same graph, as PyTorch names ``copy``."""
        return _s.copy(self)

    # (shape: methods go above this line)

    # Reductions -----------------------------------------------------------------------------------

    def sum(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, **unknown: Any
    ) -> Any:
        """Sum over axes."""
        return _r.sum(self, axis, dtype, keepdims, **unknown)

    def mean(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, **unknown: Any
    ) -> Any:
        """Arithmetic mean over axes."""
        return _r.mean(self, axis, dtype, keepdims, **unknown)

    def prod(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, **unknown: Any
    ) -> Any:
        """Product over axes."""
        return _r.prod(self, axis, dtype, keepdims, **unknown)

    def max(self, axis: Any = None, keepdims: bool = False, **unknown: Any) -> Any:
        """The largest element over axes."""
        return _r.max(self, axis, keepdims, **unknown)

    def min(self, axis: Any = None, keepdims: bool = False, **unknown: Any) -> Any:
        """The smallest element over axes."""
        return _r.min(self, axis, keepdims, **unknown)

    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        ddof: Any = 0,
        keepdims: bool = False,
        correction: Any = None,
        **unknown: Any,
    ) -> Any:
        """Variance over axes."""
        return _r.var(self, axis, dtype, ddof, keepdims, correction, **unknown)

    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        ddof: Any = 0,
        keepdims: bool = False,
        correction: Any = None,
        **unknown: Any,
    ) -> Any:
        """Standard deviation over axes."""
        return _r.std(self, axis, dtype, ddof, keepdims, correction, **unknown)

    def cumsum(self, axis: Any = None, dtype: Any = None, **unknown: Any) -> Any:
        """Cumulative sum along an axis."""
        return _c.cumsum(self, axis, dtype, **unknown)

    def cumprod(self, axis: Any = None, dtype: Any = None, **unknown: Any) -> Any:
        """Cumulative product along an axis."""
        return _c.cumprod(self, axis, dtype, **unknown)

    def softmax(self, axis: Any = -1, **unknown: Any) -> Any:
        """exp divided by its sum along an axis."""
        return _r.softmax(self, axis, **unknown)

    def log_softmax(self, axis: Any = -1, **unknown: Any) -> Any:
        """Logarithm of the softmax along an axis."""
        return _r.log_softmax(self, axis, **unknown)

    def logsumexp(self, axis: Any = None, keepdims: bool = False, **unknown: Any) -> Any:
        """Logarithm of the sum of exp over axes."""
        return _r.logsumexp(self, axis, keepdims, **unknown)

    def clip(self, min: Any = None, max: Any = None) -> Any:
        """Limit to an interval."""
        return _e.clip(self, min, max)

    def round(self, decimals: int = 0) -> Any:
        """Round to a number of decimals."""
        return _e.round(self, decimals)

    def abs(self) -> Any:
        """Absolute value, element by element."""
        return _a.absolute(self)

    def argmax(self, axis: Any = None, *, keepdims: bool = False) -> Any:
        """Where the largest element is; plain integers."""
        return np.argmax(plain(self), axis, keepdims=keepdims)

    def argmin(self, axis: Any = None, *, keepdims: bool = False) -> Any:
        """Where the smallest element is; plain integers."""
        return np.argmin(plain(self), axis, keepdims=keepdims)

    def argsort(self, axis: Any = -1) -> Any:
        """Indices that would sort, equal elements in their order; plain integers."""
        return np.argsort(plain(self), axis, kind="stable")

    def any(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether any element is not zero; plain booleans."""
        return np.any(plain(self), axis, keepdims=keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether all elements are not zero; plain booleans."""
        return np.all(plain(self), axis, keepdims=keepdims)

    def nonzero(self) -> tuple:
        """Indices of the elements that are not zero, one array for each axis."""
        return np.nonzero(plain(self))

    def argpartition(self, kth: Any, axis: Any = -1) -> Any:
        """Indices that would partition; plain integers."""
        return np.argpartition(plain(self), kth, axis)

    def searchsorted(self, v: Any, side: Any = "left", sorter: Any = None) -> Any:
        """Where ``v`` would go in this sorted tensor; plain integers."""
        return np.searchsorted(plain(self), plain(v), side, plain(sorter))

    def sort(self, axis: int = -1) -> None:
        """Sort in place, as NumPy has it; ``autograd.sort`` gives a new tensor."""
        self[...] = _o.sort(self, axis)

    def partition(self, kth: Any, axis: int = -1) -> None:
        """Partition in place, as NumPy has it; ``autograd.partition`` gives a new tensor."""
        self[...] = _o.partition(self, kth, axis)

    # (reductions, scans and sorting: methods go above this line)

    # Linear algebra -------------------------------------------------------------------------------

    __matmul__ = _binary(_p.matmul)
    __rmatmul__ = _reflected(_p.matmul)
    __imatmul__ = _in_place(_p.matmul)

    @property
    def mT(self) -> Any:
        """The transpose of the matrices in the last two axes."""
        from .linalg import matrix_transpose

        return matrix_transpose(self)

    def matmul(self, other: Any) -> Any:
        """``self @ other``."""
        return _p.matmul(self, other)

    def dot(self, b: Any) -> Any:
        """Dot product with ``b``."""
        return _p.dot(self, b)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
        """Sum along a diagonal."""
        return _d.trace(self, offset, axis1, axis2, dtype)

    # (linear algebra: methods go above this line)

    # What Value has too, so that one text serves both faces ------------------------------------

    def pow(self, exponent: Any) -> Any:
        """``self ** exponent``."""
        return _a.power(self, exponent)

    def square(self) -> Any:
        """``square``, element by element."""
        return _a.square(self)

    def exp(self) -> Any:
        """``exp``, element by element."""
        return _e.exp(self)

    def log(self) -> Any:
        """``log``, element by element."""
        return _e.log(self)

    def log1p(self) -> Any:
        """``log1p``, element by element."""
        return _e.log1p(self)

    def expm1(self) -> Any:
        """``expm1``, element by element."""
        return _e.expm1(self)

    def sqrt(self) -> Any:
        """``sqrt``, element by element."""
        return _e.sqrt(self)

    def sin(self) -> Any:
        """``sin``, element by element."""
        return _e.sin(self)

    def cos(self) -> Any:
        """``cos``, element by element."""
        return _e.cos(self)

    def tan(self) -> Any:
        """``tan``, element by element."""
        return _e.tan(self)

    def tanh(self) -> Any:
        """``tanh``, element by element."""
        return _e.tanh(self)

    def sinh(self) -> Any:
        """``sinh``, element by element."""
        return _e.sinh(self)

    def cosh(self) -> Any:
        """``cosh``, element by element."""
        return _e.cosh(self)

    def arctan(self) -> Any:
        """``arctan``, element by element."""
        return _e.arctan(self)

    def sigmoid(self) -> Any:
        """``sigmoid``, element by element."""
        return _act.sigmoid(self)

    def relu(self) -> Any:
        """``relu``, element by element."""
        return _act.relu(self)

    def leaky_relu(self, negative_slope: float = 0.01) -> Any:
        """``self`` where positive, ``negative_slope * self`` elsewhere."""
        return _act.leaky_relu(self, negative_slope)

    def softplus(self, beta: float = 1.0) -> Any:
        """``log(1 + exp(beta * x)) / beta``, a smooth relu."""
        return _act.softplus(self, beta=beta)

    def conjugate(self) -> Any:
        """The complex conjugate: the numbers themselves, which are real."""
        return _e.conjugate(self)

    conj = conjugate

    @property
    def real(self) -> Any:
        """The real part: the tensor itself."""
        return self

    @property
    def imag(self) -> np.ndarray:
        """The imaginary part: zeros, as numbers here are real."""
        return np.imag(plain(self))

    def __round__(self, ndigits: int | None = None) -> Any:
        return _e.round(self, ndigits or 0)

    def __format__(self, spec: str) -> str:
        return format(plain(self).item(), spec) if spec and self.size == 1 else str(self)

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            # Only names that are not there get here.
            raise AttributeError(
                missing(f"{type(self).__name__!r} object", name, METHODS), name=name, obj=self
            )

    # NumPy's protocols ----------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call_function(func, args, kwargs)
