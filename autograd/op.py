"""What a primitive is: its kind, its rules, and nothing about graphs.

Each primitive is declared once by saying what kind it is:

``elementwise``
    ``forward`` on arrays, ``scalar`` on floats, and ``partials``: the local derivative for each
    input. The vjp is partial times cotangent, the jvp the sum of partial times tangent.
``linear``
    ``forward`` and its ``transpose``. The jvp is the op itself.
``bilinear``
    linear in each of two inputs: ``forward`` and one transpose for each.
``primitive``
    anything else: ``vjp`` or ``jvp`` (the missing one follows from the other).

Rules are written with ops and operators, so one text runs on floats, arrays, ``Value`` and
``Tensor``; that is what makes every order of derivative available. The smallest case that breaks
a rule written with NumPy calls: ``grad(grad(sin))(1.0)``, where the inner rule must itself leave a
graph behind.

Calling an op hands it to the face of its first node argument; with plain arguments it runs.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from sys import getrefcount
from threading import get_ident
from typing import Any, NoReturn

import numpy as np

from .errors import NotDifferentiableError, RuleError, UnsupportedError, describe

__all__ = [
    "FACES",
    "NUMPY",
    "Bilinear",
    "Elementwise",
    "Face",
    "Linear",
    "Op",
    "Primitive",
    "bilinear",
    "composite",
    "elementwise",
    "fit",
    "gate",
    "linear",
    "mask_like",
    "plain",
    "primitive",
    "walking",
    "where",
]

Rule = Callable[..., Any]
Partial = Rule | float | None

_BOOL = np.dtype(bool)
_ndarray = np.ndarray

# Numbers in an array from which on its memory is worth using again.
_BIG = 1 << 12


def _calibrate() -> int:
    x = np.empty(0)
    return getrefcount(x)


# What the interpreter counts for an object that one local variable alone holds.
_ALONE = _calibrate()

# What may raise where a float function leaves its domain; arrays give inf or nan there instead.
ARITHMETIC_ERRORS = (ValueError, OverflowError, ZeroDivisionError)


_AXES = ("axis", "axes")
_CHANGEABLE = (list, np.ndarray)


class Face:
    """How ops run on one kind of node, and the plain data behind it.

    A higher ``rank`` wins when kinds are mixed in one call. What writes in place is entered by
    the module that knows how (``inplace``).
    """

    __slots__ = ("apply", "operate", "pin", "plain", "rank", "refresh", "replace", "set_item")

    operate: Callable[[Op, Any, Any], Any]
    pin: Callable[[Any], Any]
    refresh: Callable[[Any], None]
    replace: Callable[[Any, Any], None]
    set_item: Callable[[Any, Any, Any], None]

    def __init__(
        self,
        rank: int,
        apply: Callable[[Op, tuple, dict], Any],
        plain: Callable[[Any], Any],
    ) -> None:
        self.rank = rank
        self.apply = apply
        self.plain = plain


FACES: dict[type, Face] = {}
"""Node types and how ops run on them; the faces enter themselves."""

NUMPY: dict[Any, Callable[..., Any]] = {}
"""NumPy functions and what answers for them when they are given a node."""


def composite(
    *, numpy: Any = (), samples: Any = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a function that is plain Python over ops.

    Parameters
    ----------
    numpy : function or tuple of functions
        NumPy functions it answers for when they meet a node.
    samples : callable, optional
        ``samples(rng)`` gives a list of ``(args, params)`` that property tests run it on.
    """

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        for theirs in numpy if isinstance(numpy, tuple) else (numpy,):
            NUMPY[theirs] = function
        function.kind = "composite"  # type: ignore[attr-defined]
        function.samples = samples  # type: ignore[attr-defined]
        return function

    return mark


def _split(rule: Rule, n: int) -> tuple[Rule, ...]:
    def part(i: int) -> Rule:
        return lambda out, *xs, **params: rule(out, *xs, **params)[i]

    return tuple(part(i) for i in range(n))


def _first_line(forward: Rule, name: str) -> str:
    if isinstance(forward, np.ufunc):
        return f"NumPy's ``{name}``, element by element, with its derivative."
    doc = inspect.getdoc(forward)
    return doc if doc else f"{name}, with its derivative."


def _caller_module() -> str:
    """The module whose code declares an op: another one, or this one's own top level.

    Above that top level is whoever imports this module, and declares nothing.
    """
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        if frame.f_code.co_name == "<module>":
            return __name__
        frame = frame.f_back
    return frame.f_globals.get("__name__", "__main__") if frame is not None else "__main__"


class Op:
    """A primitive operation: forward, derivative rules, label and sampling domain.

    Ops are made by :func:`elementwise`, :func:`linear`, :func:`bilinear` and :func:`primitive`.
    They are called like NumPy functions, on floats, arrays, ``Value`` and ``Tensor``.
    """

    kind = "op"

    def __init__(
        self,
        forward: Rule,
        *,
        name: str | None = None,
        arity: int | None = 1,
        scalar: Rule | None = None,
        label: str | None = None,
        doc: str | None = None,
        numpy: Any = None,
        domain: Any = None,
        samples: Any = None,
        multiple: bool = False,
        promotes: bool = True,
        reference: Rule | None = None,
    ) -> None:
        self.forward = forward
        self.__name__ = self.__qualname__ = name or forward.__name__
        self.__module__ = _caller_module()
        self.label = label or self.__name__
        self.scalar = scalar
        self.domain = domain
        self.samples = samples
        self.multiple = multiple
        self.promotes = promotes
        self.reference = reference
        self.saves = True
        self.differentiable: tuple[bool, ...] | None = None
        self.on_values: Any = None
        self._read_signature(forward, arity)
        self.__doc__ = doc or _first_line(forward, self.__name__)
        if numpy is None and isinstance(forward, np.ufunc):
            # The first op made of a ufunc answers for it; one that asks to (``numpy=``) takes over.
            NUMPY.setdefault(forward, self)
        for function in numpy if isinstance(numpy, tuple) else (numpy,) if numpy else ():
            NUMPY[function] = self

    def _read_signature(self, forward: Rule, arity: int | None) -> None:
        self.input_names: tuple[str, ...] = ()
        self.defaults: dict[str, Any] = {}
        if isinstance(forward, np.ufunc):
            self.arity: int | None = forward.nin
            self.param_names: tuple[str, ...] = ()
            return
        code = getattr(forward, "__code__", None)
        if code is None:
            self.arity, self.param_names = arity, ()
            return
        # Read from the code object: inspect.signature on all ops took 2 ms of the import.
        names = code.co_varnames[: code.co_argcount]
        keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        given = forward.__defaults__ or ()
        split = len(names) - len(given)
        self.defaults = dict(zip(names[split:], given))
        self.defaults.update(forward.__kwdefaults__ or {})
        self.param_names = tuple(self.defaults)
        if code.co_flags & inspect.CO_VARARGS and not split:
            self.arity = None
        else:
            self.arity = split if split else arity
            self.input_names = names[: self.arity]
            self.defaults = {k: v for k, v in self.defaults.items() if k not in self.input_names}
            self.param_names = tuple(self.defaults)
        if any(k not in self.defaults for k in keywords):
            raise TypeError(f"op {self.__name__!r}: every parameter of forward needs a default")

    @property
    def name(self) -> str:
        """The op's name, as in ``autograd.<name>``."""
        return self.__name__

    def __repr__(self) -> str:
        return f"<{self.kind} op {self.__name__}>"

    def __reduce__(self) -> Any:
        # Ops are module constants: pickled by name, like functions.
        import sys

        module = sys.modules.get(self.__module__)
        for name, x in vars(module).items() if module is not None else ():
            if x is self:
                return name
        raise TypeError(
            f"op {self.__name__!r} cannot be pickled: it is no attribute of module "
            f"{self.__module__!r}, so there is no name to find it by"
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != self.arity or self.defaults:
            args, kwargs = self.bind(args, kwargs)
        face = None
        for x in args:
            found = FACES.get(type(x))
            if found is not None and (face is None or found.rank > face.rank):
                face = found
        if face is not None:
            return face.apply(self, args, kwargs)
        return self.run(args, kwargs)

    def bind(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """Sort a call's arguments into inputs and a full set of parameters."""
        given = kwargs
        if self.arity is not None and len(args) != self.arity:
            if len(args) > self.arity:
                extra = args[self.arity :]
                if len(extra) > len(self.param_names):
                    raise TypeError(
                        f"{self.__name__}() takes {self._signature()}, got "
                        f"{len(args)} positional arguments"
                    )
                given = {**kwargs, **dict(zip(self.param_names, extra, strict=False))}
                args = args[: self.arity]
            else:
                given = dict(kwargs)
                named = self.input_names[len(args) :]
                if not named or any(name not in given for name in named):
                    raise TypeError(
                        f"{self.__name__}() takes {self._signature()}, got "
                        f"{len(args)} positional arguments"
                    )
                args = args + tuple(given.pop(name) for name in named)
        params = {**self.defaults, **given} if given else dict(self.defaults)
        for name in _AXES:
            if type(params.get(name)) in _CHANGEABLE:
                # The rule reads it later, when the caller may have changed it.
                params[name] = copy.deepcopy(params[name])
        if len(params) != len(self.defaults):
            self._refuse([k for k in params if k not in self.defaults], args, given)
        return args, params

    def _refuse(self, unknown: list[str], args: tuple, kwargs: dict[str, Any]) -> NoReturn:
        names = ", ".join(f"{k}=" for k in unknown)
        if "dim" in unknown or "keepdim" in unknown:
            raise UnsupportedError(
                f"{self.__name__}() takes {self._signature()}: axis= and keepdims=, as NumPy has "
                "them, in place of dim= and keepdim="
            )
        raise UnsupportedError(
            f"{self.__name__}() does not take {names}: it takes {self._signature()}. "
            "Combine ops instead, for example autograd.where(mask, x, 0) for where=, and use the "
            "returned value for out=."
        )

    def _signature(self) -> str:
        inputs = ["*arrays"] if self.arity is None else list(self.input_names)
        if self.arity is not None and not inputs:
            inputs = [f"x{i + 1}" for i in range(self.arity)] if self.arity > 1 else ["x"]
        params = [f"{k}={v!r}" for k, v in self.defaults.items()]
        return "(" + ", ".join(inputs + params) + ")"

    def run(self, args: tuple, params: dict[str, Any]) -> Any:
        """Compute on plain arrays or floats."""
        return self.forward(*args, **params)

    def vjp(self, g: Any, out: Any, args: tuple, params: dict, wanted: Sequence[Any]) -> list:
        """Cotangents for the inputs, ``None`` for those whose ``wanted`` is ``None``."""
        raise NotImplementedError

    def jvp(self, tangents: Sequence[Any], out: Any, args: tuple, params: dict) -> Any:
        """Tangent of the output; a ``None`` tangent is zero."""
        raise NotImplementedError

    def _not_differentiable(self, i: int, args: tuple) -> NoReturn:
        which = self.input_names[i] if i < len(self.input_names) else f"number {i + 1}"
        raise NotDifferentiableError(
            f"{self.__name__} has no derivative with respect to argument {which} "
            f"({describe(args[i])}); pass it as a plain array, or .detach() it, if it is constant"
        )


class Elementwise(Op):
    """An op applied to each element, with broadcasting between its inputs."""

    kind = "elementwise"

    def __init__(
        self, forward: Rule, partials: Any, *, poles: bool = False, **options: Any
    ) -> None:
        super().__init__(forward, **options)
        if not isinstance(partials, tuple):
            partials = (partials,) if self.arity == 1 else _split(partials, self.arity or 1)
        if len(partials) != self.arity:
            raise TypeError(
                f"elementwise op {self.__name__!r} has {self.arity} inputs and "
                f"{len(partials)} partials; give one for each input"
            )
        self.partials: tuple[Partial, ...] = tuple(
            float(p) if isinstance(p, (int, float)) else p for p in partials
        )
        # Only ops whose partial can be infinite pay for the check that 0 x inf stays 0.
        self.poles = poles
        self.saves = any(callable(p) for p in self.partials)
        if any(p is None for p in self.partials):
            self.differentiable = tuple(p is not None for p in self.partials)

    def run(self, args: tuple, params: dict[str, Any]) -> Any:
        if self.scalar is not None and all(type(x) is float for x in args):
            try:
                return self.scalar(*args, **params)
            except ARITHMETIC_ERRORS:
                with np.errstate(all="ignore"):
                    return float(self.forward(*args, **params))
        return self.forward(*args, **params)

    def local(self, i: int, out: Any, args: tuple, params: dict) -> Any:
        """The local derivative of the output with respect to input ``i``."""
        p = self.partials[i]
        if p is None:
            self._not_differentiable(i, args)
        if type(p) is float:
            return p
        return p(out, *args, **params) if params else p(out, *args)  # type: ignore[operator]

    def vjp(self, g: Any, out: Any, args: tuple, params: dict, wanted: Sequence[Any]) -> list:
        cotangents: list[Any] = []
        for p, x, want in zip(self.partials, args, wanted):
            if want is None:
                cotangents.append(None)
                continue
            if callable(p):
                p = p(out, *args, **params) if params else p(out, *args)
                if type(p) is _ndarray and p.size > _BIG and getrefcount(p) == _ALONE:
                    i = len(cotangents)
                    cotangents.append(fit(self._scaled_in(p, i, g, out, args, params), x))
                    continue
            elif p is None:
                self._not_differentiable(len(cotangents), args)
            ct = self.scale(g, p)
            if ct.shape != x.shape or ct.dtype is not x.dtype:
                ct = fit(ct, x)
            cotangents.append(ct)
        return cotangents

    def _scaled_in(self, p: np.ndarray, i: int, g: Any, out: Any, args: tuple, params: dict) -> Any:
        """``scale(g, p)`` in the memory of a local derivative that nobody else holds.

        Memory of this size is often mapped anew, page by page, which takes longer than a product.
        """
        alike = type(g) is _ndarray and g.shape == p.shape and g.dtype == p.dtype != _BOOL
        if (
            not alike
            or p.base is not None
            or not p.flags.writeable
            or type(self) is not Elementwise
        ):
            return self.scale(g, p)
        np.multiply(g, p, out=p)
        if (self.poles or get_ident() in _careful) and not np.isfinite(np.add.reduce(p, axis=None)):
            return self.scale(g, self.local(i, out, args, params))  # 0 x inf is told from others
        return p

    def jvp(self, tangents: Sequence[Any], out: Any, args: tuple, params: dict) -> Any:
        total = None
        for i, t in enumerate(tangents):
            if t is None:
                continue
            term = self.scale(t, self.local(i, out, args, params))
            total = term if total is None else total + term
        if total is not None and total.shape != out.shape:
            total = total + np.zeros_like(plain(out))
        return total

    def scale(self, g: Any, p: Any) -> Any:
        """Cotangent (or tangent) times local derivative; a boolean derivative selects."""
        if type(p) is float:
            return g if p == 1.0 else -g if p == -1.0 else g * p
        if p is True or p is False or getattr(p, "dtype", None) is _BOOL:
            return _select(p, g)
        if self.poles:
            return gate(g, p)
        product = g * p
        if _careful and get_ident() in _careful:
            return gate(g, p)
        return product


class Linear(Op):
    """An op linear in all its inputs together; its derivative is itself."""

    kind = "linear"

    def __init__(self, forward: Rule, transpose: Rule, **options: Any) -> None:
        super().__init__(forward, **options)
        self.transpose = transpose
        self.saves = False

    def vjp(self, g: Any, out: Any, args: tuple, params: dict, wanted: Sequence[Any]) -> list:
        cts = self.transpose(g, *args, **params)
        if len(args) == 1:
            cts = (cts,)
        return check_cotangents(self, cts, args, wanted)

    def jvp(self, tangents: Sequence[Any], out: Any, args: tuple, params: dict) -> Any:
        filled = [
            np.zeros_like(plain(x)) if t is None else t for t, x in zip(tangents, args, strict=True)
        ]
        return self(*filled, **params)


class Bilinear(Op):
    """An op linear in each of its two inputs, such as ``matmul``."""

    kind = "bilinear"

    def __init__(self, forward: Rule, transposes: tuple[Rule, Rule], **options: Any) -> None:
        super().__init__(forward, **options)
        self.transposes = transposes

    def vjp(self, g: Any, out: Any, args: tuple, params: dict, wanted: Sequence[Any]) -> list:
        cts: list[Any] = []
        for rule, x, want in zip(self.transposes, args, wanted):
            if want is None:
                cts.append(None)
                continue
            ct = rule(g, *args, **params)
            if getattr(ct, "shape", None) != x.shape or ct.dtype is not x.dtype:
                ct = check_cotangent(self, len(cts), ct, x)
            cts.append(ct)
        return cts

    def jvp(self, tangents: Sequence[Any], out: Any, args: tuple, params: dict) -> Any:
        (x, y), (tx, ty) = args, tangents
        left = None if tx is None else self(tx, y, **params)
        right = None if ty is None else self(x, ty, **params)
        if left is None or right is None:
            return right if left is None else left
        return left + right


class Primitive(Op):
    """An op with rules of its own: a vjp, a jvp or both."""

    kind = "primitive"

    def __init__(
        self, forward: Rule, *, vjp: Any = None, jvp: Rule | None = None, **options: Any
    ) -> None:
        super().__init__(forward, **options)
        self.vjp_rules = vjp
        self.jvp_rule = jvp
        if vjp is None and jvp is None:
            self.saves = False
        if isinstance(vjp, tuple) and any(rule is None for rule in vjp):
            self.differentiable = tuple(rule is not None for rule in vjp)

    def vjp(self, g: Any, out: Any, args: tuple, params: dict, wanted: Sequence[Any]) -> list:
        rules = self.vjp_rules
        if not isinstance(rules, tuple):
            cts = rules(g, out, *args, **params)
            if len(args) == 1 and not isinstance(cts, (tuple, list)):
                cts = (cts,)
            return check_cotangents(self, cts, args, wanted)
        checked: list[Any] = []
        for rule, x, want in zip(rules, args, wanted):
            if want is None:
                checked.append(None)
                continue
            if rule is None:
                self._not_differentiable(len(checked), args)
            ct = rule(g, out, *args, **params)
            if getattr(ct, "shape", None) != x.shape or ct.dtype is not x.dtype:
                ct = check_cotangent(self, len(checked), ct, x)
            checked.append(ct)
        return checked

    def jvp(self, tangents: Sequence[Any], out: Any, args: tuple, params: dict) -> Any:
        if self.jvp_rule is None:
            raise NotDifferentiableError(f"{self.__name__} has no rule of its own for forward mode")
        return self.jvp_rule(tangents, out, *args, **params)


def elementwise(forward: Rule, partials: Any, **options: Any) -> Elementwise:
    """Declare an op that acts on each element by itself.

    Parameters
    ----------
    forward : callable
        ``forward(*xs, **params)`` on arrays, with broadcasting. A NumPy ufunc will do.
    partials : callable, number, or tuple with one of these for each input
        ``partial(out, *xs, **params)``, the local derivative, written with ops and operators; a
        number where it is constant; ``None`` where there is no derivative. With several inputs a
        single callable may return the tuple of all.
    scalar : callable, optional
        ``forward`` on Python floats, for ``Value`` graphs (``math.exp``); ``forward`` if not given.
    poles : bool
        The partial can be infinite (``1/x`` at 0). A cotangent that is exactly zero then gives
        zero, so that ``where`` does not leak NaN from the branch it did not take.
    name, label, doc : str, optional
        Public name, the drawing's label and the docstring.
    numpy : function or tuple of functions, optional
        NumPy functions this op answers for when they meet a node.
    domain : tuple, optional
        For each input the interval ``(low, high)`` that property tests draw from, or a pair of
        intervals.
    samples : callable, optional
        ``samples(rng)`` gives a list of ``(args, params)`` that property tests run the op on,
        away from kinks and poles; made from ``domain`` if not given.

    Returns
    -------
    Elementwise
        The op, called like a NumPy function.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import grad
    >>> from autograd.extend import elementwise
    >>> gauss = elementwise(lambda x: np.exp(-x * x), lambda y, x: -2 * x * y, name="gauss")
    >>> grad(gauss)(1.0)
    -0.7357588823428847
    """
    return Elementwise(forward, partials, **options)


def linear(forward: Rule, transpose: Rule, **options: Any) -> Linear:
    """Declare an op that is linear in its inputs.

    Parameters
    ----------
    forward : callable
        ``forward(*xs, **params)`` on arrays.
    transpose : callable
        ``transpose(g, *xs, **params)`` gives the cotangent for the input, a tuple of them when
        there are several. Read only shapes and dtypes from ``xs``; write it with ops.
    **options
        As for :func:`elementwise`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import jacobian
    >>> from autograd.extend import linear
    >>> reverse = linear(lambda x: x[::-1], lambda g, x: reverse(g), name="reverse")
    >>> jacobian(reverse)(np.array([1.0, 2.0]))
    array([[0., 1.],
           [1., 0.]])
    """
    return Linear(forward, transpose, **options)


def bilinear(forward: Rule, transposes: tuple[Rule, Rule], **options: Any) -> Bilinear:
    """Declare an op that is linear in each of its two inputs.

    Parameters
    ----------
    forward : callable
        ``forward(x, y, **params)`` on arrays.
    transposes : tuple of two callables
        ``rule(g, x, y, **params)``: the cotangents for ``x`` and for ``y``.
    **options
        As for :func:`elementwise`.
    """
    return Bilinear(forward, transposes, **options)


def primitive(forward: Rule, *, vjp: Any = None, jvp: Rule | None = None, **options: Any) -> Op:
    """Declare an op by its vjp, its jvp, or both.

    Parameters
    ----------
    forward : callable
        ``forward(*xs, **params)`` on arrays.
    vjp : callable or tuple of callables
        ``vjp(g, out, *xs, **params)`` gives the cotangents of all inputs; or one such function for
        each input, so that none is computed in vain. ``None`` where there is no derivative.
    jvp : callable, optional
        ``jvp(tangents, out, *xs, **params)``; a tangent is ``None`` where it is zero. Left out, it
        follows from ``vjp``, which is linear in ``g``.
    **options
        As for :func:`elementwise`; ``multiple=True`` where ``forward`` returns a tuple, and ``g``
        and ``out`` are then tuples too.

    Notes
    -----
    An op whose rule needs something computed on the way returns it as a further output (see
    ``multiple``) or computes it again in the rule.
    """
    return Primitive(forward, vjp=vjp, jvp=jvp, **options)


def _gate(g: Any, p: Any) -> Any:
    product = np.multiply(g, p)
    # One pass tells whether any entry is NaN; only then is the mask worth making.
    if not np.isfinite(np.add.reduce(product, axis=None)):
        product = np.where(np.equal(g, 0), np.zeros_like(product), product)
    return product


def _open(g: Any, p: Any) -> Any:
    """``p`` where the gate lets it through: what is shut stays shut in every order."""
    shut = np.logical_and(np.equal(plain(g), 0), ~np.isfinite(plain(p)))
    return where(shut, 0.0, p) if shut.any() else p


# Threads with a walk under way, and those among them that have met inf or nan: from there on,
# zeros win in every product.
_walkers: set[int] = set()
_careful: set[int] = set()


def _flag(kind: str, flags: int) -> None:
    _careful.add(get_ident())


class walking:
    """Around a walk: floating-point errors are silent, and 0 x inf is noticed.

    ``where(x > 0, x * log(x), 0)`` at 0 multiplies a zero cotangent by an infinite log. Looking for
    that in every product would double the price of small ones; the processor notices for nothing,
    and NumPy calls a function when it did.
    """

    __slots__ = ("careful", "errors", "inner")

    def __enter__(self) -> None:
        ident = get_ident()
        self.inner = ident in _walkers
        self.careful = ident in _careful
        _walkers.add(ident)
        _careful.discard(ident)
        self.errors = np.errstate(all="ignore", invalid="call", call=_flag)
        self.errors.__enter__()

    def __exit__(self, *exc: Any) -> None:
        self.errors.__exit__(*exc)
        ident = get_ident()
        (_careful.add if self.careful else _careful.discard)(ident)
        if not self.inner:
            _walkers.discard(ident)


class _Gate(Elementwise):
    """Its own derivatives are shut where it is, in every order and in both modes."""

    def scale(self, g: Any, p: Any) -> Any:
        product = gate(g, p)
        if np.isfinite(np.add.reduce(plain(product), axis=None)):
            return product
        return where(np.equal(plain(p), 0), 0.0, product)


# The two ops that the chain rule itself uses.
gate = _Gate(
    _gate,
    (lambda out, g, p: _open(g, p), lambda out, g, p: g),
    name="gate",
    label="×",
    doc="""Product in which an exact zero on the left wins over inf and nan on the right.

    ``where(x > 0, sqrt(x), 0)`` at 0 sends sqrt a zero cotangent, and its partial is infinite.
    """,
    domain=((-3.0, 3.0), (-3.0, 3.0)),
)
where = Elementwise(
    lambda condition, x, y: np.where(condition, x, y),
    (None, lambda out, c, x, y: _chosen(c, x), lambda out, c, x, y: _chosen(c, y, negate=True)),
    name="where",
    scalar=lambda condition, x, y: x if condition else y,
    numpy=np.where,
    domain=("boolean", (-3.0, 3.0), (-3.0, 3.0)),
    doc="""Choose from ``x`` where ``condition`` holds and from ``y`` elsewhere.

    The branch not taken gets a zero gradient, also where its own derivative is infinite.
    """,
)


_BITS = {np.dtype(np.float32): np.int32, np.dtype(np.float64): np.int64}


def _select(mask: Any, g: Any) -> Any:
    """``g`` where ``mask`` holds, else 0, also where ``g`` is infinite or NaN."""
    bits = _BITS.get(g.dtype) if type(g) is np.ndarray and type(mask) is np.ndarray else None
    if isinstance(g, float) and np.ndim(plain(mask)) == 0:
        return g if mask else type(g)(0)  # NumPy's where would make an array of it
    if bits is None:
        return where(mask, g, 0.0)
    # All bits or none: 14 times faster than np.where on a million elements, which branches. In
    # integers of one size throughout: to cast on the way takes longer than to multiply.
    ones = mask.astype(bits)
    alike = ones.shape == g.shape and ones.strides == g.strides
    return np.multiply(g.view(bits), ones, out=ones if alike else None).view(g.dtype)


def _chosen(condition: Any, branch: Any, negate: bool = False) -> Any:
    mask = plain(condition)
    if getattr(mask, "dtype", None) != _BOOL:
        mask = np.asarray(mask, dtype=bool)
    # A nan times zero raises no flag, so the nan of a branch not taken is looked for here.
    ident = get_ident()
    if ident in _walkers and np.isnan(np.add.reduce(plain(branch), axis=None)):
        _careful.add(ident)
    return ~mask if negate else mask[()]  # of a number's condition a number, not an array of one


def plain(x: Any) -> Any:
    """The plain array or float behind a node, or ``x`` itself."""
    face = FACES.get(type(x))
    return x if face is None else face.plain(x)


def mask_like(mask: Any, x: Any) -> Any:
    """A boolean mask as zeros and ones of ``x``'s dtype (a float for a float)."""
    if isinstance(mask, (np.ndarray, np.generic)):
        return mask.astype(plain(x).dtype)
    return float(mask)


def fit(ct: Any, x: Any) -> Any:
    """Bring a cotangent to the shape and dtype of the input it belongs to.

    The one place where broadcasting is undone, for all ops.
    """
    shape = x.shape
    if ct.shape != shape:
        lead = ct.ndim - len(shape)
        axes = tuple(range(lead)) + tuple(
            i + lead for i, n in enumerate(shape) if n == 1 and ct.shape[i + lead] != 1
        )
        if axes:
            ct = ct.sum(axis=axes)
        if ct.shape != shape:
            ct = ct.reshape(shape)
    if ct.dtype != x.dtype:
        ct = ct.astype(x.dtype)
    return ct


def check_cotangents(op: Op, cts: Any, args: tuple, wanted: Sequence[Any]) -> list:
    """Compare what a rule returned with its inputs: number, shapes, dtypes."""
    if not isinstance(cts, (tuple, list)) or len(cts) != len(args):
        got = f"{len(cts)} cotangents" if isinstance(cts, (tuple, list)) else describe(cts)
        raise RuleError(
            f"the vjp of {op.__name__!r} returned {got} for {len(args)} inputs; "
            "return one for each input, None where there is none"
        )
    return [
        None if want is None else check_cotangent(op, i, ct, x)
        for i, (ct, x, want) in enumerate(zip(cts, args, wanted))
    ]


def check_cotangent(op: Op, i: int, ct: Any, x: Any) -> Any:
    """Compare what a rule returned for input ``i`` with that input; mend only the dtype."""
    if ct is None:
        raise RuleError(
            f"the vjp of {op.__name__!r} returned None for input {i + 1} "
            f"({describe(x)}), which requires a gradient; return its cotangent"
        )
    if getattr(ct, "shape", None) != x.shape:
        raise RuleError(
            f"the vjp of {op.__name__!r} returned {describe(ct)} for input {i + 1}, which is "
            f"{describe(x)}; a cotangent has the shape of its input (is a sum over a "
            "broadcast axis, or a transpose, missing?)"
        )
    return ct if ct.dtype == x.dtype else ct.astype(x.dtype)
