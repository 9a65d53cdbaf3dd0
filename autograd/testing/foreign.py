"""Functions of other libraries as functions of NumPy arrays, with the gradients that are theirs.

The numeric derivative needs the function in double precision, the gradient is wanted in the user's.
The smallest case that breaks a plain conversion: a ``torch.nn.Linear`` of single precision, given
the doubles that differences are made of, raises. So a module becomes a function of its parameters
too, and JAX computes with 64 bits for as long as a call lasts.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np

from ..containers import Tree, flatten, map_leaves
from ..errors import RuleError, describe
from ..tensor import Tensor
from ..value import Value

__all__ = ["Foreign", "from_jax", "from_torch"]


class Foreign:
    """A function of another library as one of NumPy arrays and floats.

    Made by :func:`from_torch` and :func:`from_jax`. Arrays and floats, also those inside
    containers, become the library's; everything else is passed as it is. Results come back as
    NumPy arrays in the same containers.

    Attributes
    ----------
    parameters : dict of str to ndarray
        The parameters of a module, which its function takes first; empty for other functions.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        library: _Library,
        like: Any,
        parameters: dict[str, np.ndarray] | None = None,
    ) -> None:
        self.__name__ = library.title
        self.__doc__ = getattr(like, "__doc__", None)
        self.parameters = parameters or {}
        self._function = function
        self._library = library
        signature = _signature(like, bool(self.parameters))
        if signature is not None:
            self.__signature__ = signature

    def __repr__(self) -> str:
        return f"<{self._library.name} function {self.__name__}>"

    def __call__(self, *inputs: Any) -> Any:
        """The function's value, as NumPy arrays."""
        leaves, tree = flatten(inputs)
        if any(isinstance(x, (Tensor, Value)) for x in leaves):
            raise TypeError(
                f"{self.__name__} is a function of {self._library.name}, which cannot be recorded: "
                "its own first derivative is checked by gradcheck, gradient_test and "
                "check_subgradient alone"
            )
        return self._library.value(self._function, tree, leaves)

    def vjp(self, *args: Any) -> tuple[Any, ...]:
        """``vjp(*inputs, cotangent)``: the library's cotangents, one for each input.

        An input that is not of floating-point numbers has ``None``.
        """
        *inputs, cotangent = args
        leaves, tree = flatten(tuple(inputs))
        weights = flatten(cotangent)[0]
        return tree.build(self._library.vjp(self._function, tree, leaves, weights))

    def jvp(self, *args: Any) -> Any:
        """``jvp(*inputs, *tangents)``: the library's tangent of the result."""
        if len(args) % 2:
            raise TypeError(f"jvp takes a tangent for each input, got {len(args)} arguments in all")
        half = len(args) // 2
        leaves, tree = flatten(args[:half])
        tangents = flatten(args[half:])[0]
        if len(leaves) != len(tangents):
            raise TypeError(
                f"jvp takes tangents that are nested as the inputs are: {len(leaves)} numbers and "
                f"arrays, and {len(tangents)} tangents"
            )
        return self._library.jvp(self._function, tree, leaves, tangents)


def from_torch(function: Callable[..., Any], *, device: Any = None) -> Foreign:
    """Make a function of PyTorch tensors one of NumPy arrays, so that its gradient can be checked.

    Parameters
    ----------
    function : callable
        Takes and returns tensors, or containers of them: a function, a loss, the ``apply`` of a
        ``torch.autograd.Function``, or a ``torch.nn.Module``. A module becomes a function of its
        parameters and its inputs: ``f(f.parameters, x)``.
    device : torch.device or str, optional
        Where the tensors are put; a module's own device, or the CPU.

    Returns
    -------
    Foreign
        With ``vjp`` and ``jvp`` computed by PyTorch, to be given to
        :func:`~autograd.testing.gradcheck`.

    Raises
    ------
    ImportError
        If PyTorch is not installed.

    Notes
    -----
    Differences are made in double precision, also of single-precision functions. A function that
    closes over single-precision tensors cannot be called with doubles; pass them as inputs.

    Examples
    --------
    >>> import numpy as np, torch  # doctest: +SKIP
    >>> from autograd.testing import from_torch, gradcheck
    >>> f = from_torch(torch.nn.functional.softplus)  # doctest: +SKIP
    >>> bool(gradcheck(f, np.array([0.5, -1.0])))  # doctest: +SKIP
    True
    >>> layer = from_torch(torch.nn.Linear(3, 2))  # doctest: +SKIP
    >>> bool(gradcheck(layer, layer.parameters, np.ones((4, 3))))  # doctest: +SKIP
    True
    """
    _callable(function, "from_torch")
    torch = _load("torch", "from_torch needs PyTorch: pip install torch")
    title = _title(function)
    if not isinstance(function, torch.nn.Module):
        return Foreign(function, _Torch(torch, title, device), function)
    trained = {k: p for k, p in function.named_parameters() if p.requires_grad}
    if device is None:
        device = next((p.device for p in function.parameters()), None)
    library = _Torch(torch, title, device)
    parameters = {k: library.array(p).copy() for k, p in trained.items()}
    stateless = functools.partial(_functional_call, torch, function)
    if not parameters:
        stateless = functools.partial(stateless, {})
    return Foreign(stateless, library, function, parameters)


def from_jax(function: Callable[..., Any]) -> Foreign:
    """Make a function of JAX arrays one of NumPy arrays, so that its gradient can be checked.

    Parameters
    ----------
    function : callable
        Takes and returns arrays, or containers of them. It may be jitted, or have a
        ``jax.custom_vjp`` of its own.

    Returns
    -------
    Foreign
        With ``vjp`` and ``jvp`` computed by JAX, to be given to
        :func:`~autograd.testing.gradcheck`.

    Raises
    ------
    ImportError
        If JAX is not installed.

    Notes
    -----
    JAX computes in single precision unless told otherwise, which would drown differences in
    rounding. It is told for as long as a call lasts, so doubles in are doubles inside; pass
    ``float32`` arrays to check the gradient that JAX computes in single precision.

    Examples
    --------
    >>> import jax, numpy as np  # doctest: +SKIP
    >>> from autograd.testing import from_jax, gradcheck
    >>> f = from_jax(jax.nn.gelu)  # doctest: +SKIP
    >>> bool(gradcheck(f, np.array([0.5, -1.0])))  # doctest: +SKIP
    True
    """
    _callable(function, "from_jax")
    jax = _load("jax", "from_jax needs JAX: pip install jax")
    return Foreign(function, _Jax(jax, _title(function)), function)


# The libraries --------------------------------------------------------------------------------


class _Library(Protocol):
    """What a library does for a function of a nest of leaves."""

    name: str
    title: str
    """What the function is called."""

    def value(self, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any]) -> Any: ...

    def vjp(
        self, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any], weights: Sequence[Any]
    ) -> list[Any]: ...

    def jvp(
        self, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any], tangents: Sequence[Any]
    ) -> Any: ...


class _Torch:
    name = "PyTorch"

    def __init__(self, torch: Any, title: str, device: Any) -> None:
        self.torch = torch
        self.title = title
        self.device = device

    def value(self, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any]) -> Any:
        return map_leaves(self.array, self._run(f, tree, leaves)[0])

    def vjp(
        self, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any], weights: Sequence[Any]
    ) -> list[Any]:
        result, given = self._run(f, tree, leaves)
        outputs = flatten(result)[0]
        _same_number(outputs, weights)
        pairs = [
            (y, self._cotangent(v, y))
            for y, v in zip(outputs, weights, strict=True)
            if self._is_real(y) and y.requires_grad
        ]
        if not pairs:
            raise RuleError(
                f"no result of {self.title} requires grad, so its gradient would be zero without a "
                "word: is it detached, made under torch.no_grad(), or taken through .item(), .data "
                "or NumPy?"
            )
        active = [x for x in given if self._is_real(x)]
        ys, vs = zip(*pairs, strict=True)
        found = iter(self.torch.autograd.grad(ys, active, vs, allow_unused=True))
        cotangents: list[Any] = []
        for x in given:
            if not self._is_real(x):
                cotangents.append(None)
                continue
            g = next(found)
            cotangents.append(self.array(self.torch.zeros_like(x) if g is None else g))
        return cotangents

    def jvp(
        self, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any], tangents: Sequence[Any]
    ) -> Any:
        forward = self.torch.autograd.forward_ad
        with forward.dual_level():
            given = [self._tensor(x) for x in leaves]
            duals = [
                forward.make_dual(x, self._cotangent(t, x)) if self._is_real(x) else x
                for x, t in zip(given, tangents, strict=True)
            ]

            def tangent(y: Any) -> Any:
                if not isinstance(y, self.torch.Tensor):
                    return np.zeros(np.shape(y))
                t = forward.unpack_dual(y).tangent
                return self.array(self.torch.zeros_like(y) if t is None else t)

            return map_leaves(tangent, f(*tree.build(duals)))

    def _run(
        self, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any]
    ) -> tuple[Any, list[Any]]:
        given = [self._tensor(x) for x in leaves]
        for x in given:
            if self._is_real(x):
                x.requires_grad_()
        try:
            # Also for values alone: the function may ask for a gradient itself.
            with self.torch.enable_grad():
                return f(*tree.build(given)), given
        except RuntimeError as error:
            doubles = any(getattr(x, "dtype", None) is self.torch.float64 for x in given)
            if doubles and "dtype" in str(error):
                error.add_note(
                    f"{self.title} was called with doubles, which differences are made of. Does it "
                    "close over tensors of single precision? Pass them as inputs, or make them "
                    "double"
                )
            raise

    def _is_real(self, x: Any) -> bool:
        return isinstance(x, self.torch.Tensor) and bool(x.is_floating_point())

    def _tensor(self, x: Any) -> Any:
        """A copy, in the memory layout of the original."""
        if isinstance(x, (np.ndarray, np.generic)):
            return self.torch.from_numpy(np.array(x)).to(self.device)
        if isinstance(x, float):
            return self.torch.tensor(x, dtype=self.torch.float64, device=self.device)
        return x

    def _cotangent(self, v: Any, y: Any) -> Any:
        # Memory is shared where it can be, so that a backward that writes to it is noticed.
        v = np.asarray(v)
        if not v.flags.writeable or any(s < 0 for s in v.strides):
            v = v.copy()
        return self.torch.from_numpy(v).to(device=y.device, dtype=y.dtype)

    def array(self, x: Any) -> Any:
        if not isinstance(x, self.torch.Tensor):
            return x
        # NumPy has no bfloat16.
        return (x.float() if x.dtype is self.torch.bfloat16 else x).numpy(force=True)


def _functional_call(torch: Any, module: Any, parameters: dict[str, Any], *inputs: Any) -> Any:
    """A module with other parameters, all in the widest precision that is among the arguments."""
    if not isinstance(parameters, Mapping):
        raise TypeError(
            f"a PyTorch module is a function of its parameters and its inputs: with "
            f"f = from_torch({type(module).__name__}(...)), gradcheck(f, f.parameters, x)"
        )
    leaves, tree = flatten((parameters, inputs))
    real = [x.dtype for x in leaves if isinstance(x, torch.Tensor) and x.is_floating_point()]
    dtype = functools.reduce(torch.promote_types, real) if real else None

    def brought(x: Any) -> Any:
        if isinstance(x, torch.Tensor) and x.is_floating_point():
            return x.to(dtype)
        return x

    parameters, inputs = tree.build([brought(x) for x in leaves])
    # Running averages are written to: the module's own stay as they are.
    constants = {k: p for k, p in module.named_parameters() if not p.requires_grad}
    constants |= dict(module.named_buffers())
    held = {k: brought(b.detach().clone()) for k, b in constants.items()}
    return torch.func.functional_call(module, {**held, **parameters}, inputs)


class _Jax:
    name = "JAX"

    def __init__(self, jax: Any, title: str) -> None:
        self.jax = jax
        self.title = title

    def value(self, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any]) -> Any:
        with self._doubles():
            return map_leaves(self.array, f(*tree.build([self.given(x) for x in leaves])))

    def vjp(
        self, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any], weights: Sequence[Any]
    ) -> list[Any]:
        with self._doubles():
            traced = _Traced(self, f, tree, leaves)
            ys, pull = self.jax.vjp(traced, *traced.xs)
            _same_number(traced.real, weights)
            vs = [v for v, real in zip(weights, traced.real, strict=True) if real]
            found = pull([self.jax.numpy.asarray(v, y.dtype) for v, y in zip(vs, ys, strict=True)])
            cotangents: list[Any] = [None] * len(leaves)
            for i, g in zip(traced.where, found, strict=True):
                cotangents[i] = np.asarray(g)
            return cotangents

    def jvp(
        self, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any], tangents: Sequence[Any]
    ) -> Any:
        with self._doubles():
            traced = _Traced(self, f, tree, leaves)
            ts = [
                self.jax.numpy.asarray(tangents[i], x.dtype)
                for i, x in zip(traced.where, traced.xs, strict=True)
            ]
            _, moved = self.jax.jvp(traced, tuple(traced.xs), tuple(ts))
            found = iter(moved)
            filled = [
                np.asarray(next(found)) if real else np.zeros(shape)
                for real, shape in zip(traced.real, traced.shapes, strict=True)
            ]
            return traced.nesting.build(filled)

    def _doubles(self) -> AbstractContextManager[Any]:
        try:
            switch = importlib.import_module("jax.experimental").enable_x64
        except AttributeError:  # it has moved
            switch = self.jax.enable_x64
        return switch(True)

    def is_real(self, x: Any) -> bool:
        dtype = getattr(x, "dtype", None)
        if dtype is None:
            return isinstance(x, float)
        return bool(self.jax.numpy.issubdtype(dtype, self.jax.numpy.floating))

    def given(self, x: Any) -> Any:
        if isinstance(x, (np.ndarray, np.generic, float)):
            return self.jax.numpy.asarray(x)
        return x

    def array(self, x: Any) -> Any:
        x = np.asarray(x)
        return x if x.dtype.kind in "fiubc" else x.astype(np.float32)  # NumPy has no bfloat16


class _Traced:
    """The function of the floating leaves alone, which gives the floating results alone."""

    def __init__(
        self, library: _Jax, f: Callable[..., Any], tree: Tree, leaves: Sequence[Any]
    ) -> None:
        self.library = library
        self.f = f
        self.tree = tree
        self.given = [library.given(x) for x in leaves]
        self.where = [i for i, x in enumerate(self.given) if library.is_real(x)]
        self.xs = [self.given[i] for i in self.where]
        self.real: list[bool] = []
        self.shapes: list[tuple[int, ...]] = []
        self.nesting = tree

    def __call__(self, *xs: Any) -> list[Any]:
        given = list(self.given)
        for i, x in zip(self.where, xs, strict=True):
            given[i] = x
        outputs, self.nesting = flatten(self.f(*self.tree.build(given)))
        self.real = [self.library.is_real(y) for y in outputs]
        self.shapes = [np.shape(y) for y in outputs]
        return [self.library.jax.numpy.asarray(y) for y in outputs if self.library.is_real(y)]


# What both need -------------------------------------------------------------------------------


def _load(name: str, otherwise: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(otherwise) from error


def _callable(function: Any, adapter: str) -> None:
    if not callable(function):
        raise TypeError(f"{adapter} takes a function, got {describe(function)}")


def _title(function: Any) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    # Functions of torch.autograd.Function are all called apply.
    owner = getattr(function, "__self__", None)
    return owner.__name__ if name == "apply" and isinstance(owner, type) else name


def _same_number(outputs: Sequence[Any], weights: Sequence[Any]) -> None:
    if len(outputs) != len(weights):
        raise TypeError(
            f"the function gives {len(outputs)} results and the cotangent has {len(weights)}; "
            "nest the cotangent as the result is"
        )


def _signature(like: Any, parameters: bool) -> inspect.Signature | None:
    """The names of the function's own arguments, for messages."""
    try:
        known = inspect.signature(getattr(like, "forward", like))
    except (TypeError, ValueError):  # many of PyTorch's functions are written in C
        return None
    kind = inspect.Parameter.POSITIONAL_ONLY
    if any(p.kind is p.VAR_POSITIONAL for p in known.parameters.values()):
        return None  # such as the apply of a torch.autograd.Function: any number, without names
    names = [
        inspect.Parameter(p.name, kind)
        for p in known.parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    first = [inspect.Parameter("parameters", kind)] if parameters else []
    if any(p.name == "parameters" for p in names):
        first = []
    return inspect.Signature([*first, *names])
