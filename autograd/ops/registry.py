"""Every declared op and composite by name, and the points to test it on.

Nothing is entered by hand: the modules of this folder are scanned, so that a new op is tested,
documented and drawn by being declared.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

from ..op import Elementwise, Op

__all__ = ["all_composites", "all_ops", "samples_of"]

Sample = tuple[tuple, dict[str, Any]]

# Broadcasting is where rules go wrong: pairs with a missing axis, with a one on either side, and
# with no element at all.
SHAPES: dict[int, tuple[tuple[tuple[int, ...], ...], ...]] = {
    1: (((),), ((3,),), ((2, 3),), ((0, 2),)),
    2: (
        ((), ()),
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((2, 1), (3,)),
        ((), (2, 3)),
        ((1, 3), (2, 1)),
        ((0, 3), (3,)),
    ),
    3: (
        ((), (), ()),
        ((3,), (3,), (3,)),
        ((2, 3), (3,), (2, 1)),
        ((3,), (2, 1), ()),
        ((0,), (1,), ()),
    ),
}


def _modules() -> Iterator[ModuleType]:
    package = __package__ or "autograd.ops"
    yield importlib.import_module(package.rpartition(".")[0] + ".op")
    path = importlib.import_module(package).__path__
    for info in sorted(pkgutil.walk_packages(path, package + "."), key=lambda info: info.name):
        if info.name != __name__:
            yield importlib.import_module(info.name)


def _declared(wanted: Callable[[Any], bool]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in _modules():
        for x in vars(module).values():
            if not wanted(x) or any(x is known for known in found.values()):
                continue
            name = x.__name__
            if name in found:
                # np.trace and np.linalg.trace, say, may be two functions of one name.
                name = f"{x.__module__.rpartition('.')[2]}.{name}"
            found[name] = x
    return dict(sorted(found.items()))


def all_ops() -> dict[str, Op]:
    """Every primitive declared in this package, by name.

    Examples
    --------
    >>> all_ops()["tanh"]
    <elementwise op tanh>
    """
    return _declared(lambda x: isinstance(x, Op))


def all_composites() -> dict[str, Callable[..., Any]]:
    """Every composite declared in this package, by name."""
    return _declared(lambda x: getattr(x, "kind", None) == "composite" and callable(x))


def samples_of(op: Any, rng: np.random.Generator) -> list[Sample]:
    """Points to test an op on: its own ``samples``, or some made from its ``domain``.

    Parameters
    ----------
    op : Op or composite
        What :func:`all_ops` and :func:`all_composites` give.
    rng : numpy.random.Generator
        Where the numbers come from.

    Returns
    -------
    list of (args, params)
        Empty if the op declares neither.
    """
    if getattr(op, "samples", None) is not None:
        return [(tuple(args), dict(params)) for args, params in op.samples(rng)]
    domain = getattr(op, "domain", None)
    if domain is None or not isinstance(op, Elementwise):
        return []
    if len(domain) != op.arity:
        raise ValueError(f"{op.name} has {op.arity} inputs, and a domain for {len(domain)}")
    return [
        (tuple(_draw(rng, d, s) for d, s in zip(domain, shapes, strict=True)), dict(op.defaults))
        for shapes in SHAPES[len(domain)]
    ]


def _draw(rng: np.random.Generator, interval: Any, shape: tuple[int, ...]) -> Any:
    """Numbers from an interval, a union of two, or ``"boolean"``."""
    if isinstance(interval, str):
        if interval != "boolean":
            raise ValueError(f"a domain is an interval, two intervals or 'boolean': {interval!r}")
        return rng.random(shape) < 0.5
    low, high = interval
    if isinstance(low, tuple):
        first = rng.random(shape) < 0.5
        return np.where(first, _draw(rng, low, shape), _draw(rng, high, shape))
    return np.asarray(rng.uniform(low, high, shape))
