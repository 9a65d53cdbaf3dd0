"""How a bug gets into the live engine, and out again.

A function is changed where it stands: its source is edited, compiled, and its code object swapped,
so that everybody who imported it runs the wrong one. An op's rules are swapped in the op itself,
and with them the closures that ``Value``'s operators and methods are made of.
"""

from __future__ import annotations
import __future__

import functools
import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import CodeType, FunctionType
from typing import Any

from autograd.modes import WATCH, modes
from autograd.op import Op
from autograd.ops.registry import all_ops
from autograd.value import Value, _binary, _reflected, _unary

__all__ = ["Plant", "both", "edit", "op_named", "ops", "rules"]

Plant = Callable[[], AbstractContextManager[None]]


@functools.cache
def ops() -> dict[str, Any]:
    """Every op of this package, by name."""
    return all_ops()


def op_named(name: str) -> Any:
    """An op of this package."""
    return ops()[name]


# A function -----------------------------------------------------------------------------------


def edit(where: str, *changes: str) -> Plant:
    """Change the source of ``module:function`` or ``module:Class.method``: old text, new text, ...

    What is changed must stand there exactly once, so that no mutant outlives what it was made for.
    """

    @contextmanager
    def planted() -> Iterator[None]:
        function = _found(where)
        code = function.__code__
        state, watching = dict(modes.__dict__), WATCH[0]
        function.__code__ = _compiled(function, changes, where)
        try:
            yield
        finally:
            function.__code__ = code
            # A block that was left by a planted exit is still open.
            modes.__dict__.clear()
            modes.__dict__.update(state)
            WATCH[0] = watching

    return planted


def _found(where: str) -> FunctionType:
    module, _, path = where.partition(":")
    x: Any = importlib.import_module(f"autograd.{module}")
    for name in path.split("."):
        x = inspect.getattr_static(x, name)
    x = x.fget if isinstance(x, property) else inspect.unwrap(x)
    assert isinstance(x, FunctionType), f"{where} is {x!r}"
    return x


@functools.cache
def _compiled(function: FunctionType, changes: tuple[str, ...], where: str) -> CodeType:
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert source.count(old) == 1, f"{where} holds {source.count(old)} times {old!r}"
        source = source.replace(old, new)
    free = function.__code__.co_freevars
    if "__class__" in free:
        source = "class Owner:\n" + textwrap.indent(source, "    ")
    elif free:
        source = f"def owner({', '.join(free)}):\n" + textwrap.indent(source, "    ")
    file = function.__code__.co_filename
    module = compile(source, file, "exec", __future__.annotations.compiler_flag, True)
    code = _inside(module, function.__code__.co_name)
    assert code.co_freevars == free, f"{where} closes over other names"
    return code


def _inside(code: CodeType, name: str) -> CodeType:
    found = [x for x in code.co_consts if isinstance(x, CodeType)]
    for x in found:
        if x.co_name == name:
            return x
    return _inside(found[0], name)


# An op ----------------------------------------------------------------------------------------


def rules(name: str, **wrong: Any) -> Plant:
    """Other rules for an op: ``partials=``, ``transpose=``, ``vjp_rules=``, ``vjp=``, ...

    A value given as a function marked with :func:`made` is called with the op.
    """

    @contextmanager
    def planted() -> Iterator[None]:
        op = op_named(name)
        before = dict(op.__dict__)
        for key, value in wrong.items():
            setattr(op, key, value.make(op) if isinstance(value, made) else value)
        try:
            with _faces_of(op):
                yield
        finally:
            op.__dict__.clear()
            op.__dict__.update(before)

    return planted


class made:
    """A rule that is made from the op it replaces that of."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self.make = make


@contextmanager
def _faces_of(op: Op) -> Iterator[None]:
    """``Value``'s own closures over an op, made anew from its rules of now."""
    makers = {"_unary": _unary, "_binary": _binary, "_reflected": _reflected}
    op.on_values = None
    before = {}
    for name, method in vars(Value).items():
        maker = makers.get(getattr(method, "__qualname__", "").partition(".")[0])
        cells = getattr(method, "__closure__", None) or ()
        if maker is not None and any(cell.cell_contents is op for cell in cells):
            before[name] = method, maker
    for name, (_, maker) in before.items():
        setattr(Value, name, maker(op))
    try:
        yield
    finally:
        for name, (method, _) in before.items():
            setattr(Value, name, method)


def both(*plants: Plant) -> Plant:
    """Several changes that make one bug."""

    @contextmanager
    def planted() -> Iterator[None]:
        with ExitStack() as stack:
            for plant in plants:
                stack.enter_context(plant())
            yield

    return planted
