"""What a property draws: an argument for each parameter of a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..op import Op
from ..value import Value
from .foreign import Foreign

__all__ = ["Arguments"]

SIDES = (1, 4)
"""Lengths drawn for a side that is given by a word."""
FLOATS = {float, Value, "float", "Value", "ag.Value", "autograd.Value"}
"""Annotations of parameters that take numbers; as text, where annotations are not evaluated."""
OTHERS = {int, bool, str, bytes, "int", "bool", "str", "bytes"}
"""Annotations of parameters that have no gradient, and so no default strategy."""


class Arguments:
    """The parameters of a function that are drawn, and from what.

    Attributes
    ----------
    names : list of str
        The parameters drawn, in order.
    has_self : bool
        Whether the function is a method, seen from inside its class.
    """

    def __init__(self, f: Callable[..., Any], domain: Any, shapes: Any, inputs: Any) -> None:
        try:
            from hypothesis.strategies import SearchStrategy
        except ImportError as error:
            raise ImportError(
                "gradient_test draws examples with Hypothesis: pip install 'blamegraph[test]'"
            ) from error
        named: Any = getattr(f, "__name__", None) or getattr(f, "name", type(f).__name__)
        self.name = str(named)
        parameters, self.has_self = _parameters(f, _count(inputs), _count(shapes))
        given = {key for x in (domain, shapes, inputs) if isinstance(x, Mapping) for key in x}
        self.names = [p.name for p in parameters if p.default is p.empty or p.name in given]
        for key in given - set(self.names):
            known = ", ".join(p.name for p in parameters)
            raise TypeError(f"{self.name} has no parameter {key!r}; it has {known}")
        if not self.names:
            raise TypeError(
                f"{self.name} has no parameter to draw: those with a default keep it, unless they "
                "are named in inputs=, shapes= or domain="
            )
        by_name = {p.name: p for p in parameters}
        # Named ones are passed by name where one before them is left out.
        leading = [p.name for p in parameters[: len(self.names)]] == self.names
        self.by_keyword = not leading or any(
            by_name[n].kind is inspect.Parameter.KEYWORD_ONLY for n in self.names
        )
        self.numbers = {n for n in self.names if by_name[n].annotation in FLOATS}
        self.whole = isinstance(inputs, SearchStrategy) and len(self.names) > 1
        self.inputs = {self.names[0]: inputs} if isinstance(inputs, SearchStrategy) else inputs
        self.inputs = {} if self.whole else self._by_name(self.inputs, "inputs")
        self.tuples = inputs if self.whole else None
        for n, drawn_from in self.inputs.items():
            if not isinstance(drawn_from, SearchStrategy):
                raise TypeError(
                    f"{self.name}: inputs= takes Hypothesis's strategies, such as "
                    f"strategies.smooth_points((3,)); got {drawn_from!r} for {n!r}"
                )
        if isinstance(f, Foreign) and f.parameters:
            self.inputs.setdefault(self.names[0], _just(f.parameters))
        if isinstance(f, Op) and domain is None and f.domain and "boolean" not in f.domain:
            domain = list(f.domain)
        one_for_all = not isinstance(domain, (Mapping, list))
        for one in (domain,) if one_for_all else _values(domain):
            _check_domain(one)
        self.domains = self._by_name(
            dict.fromkeys(self.names, domain) if one_for_all else domain, "domain"
        )
        if isinstance(shapes, (int, str, tuple, SearchStrategy)):
            shapes = {n: shapes for n in self.names if n not in self.inputs}
        self.shapes = self._by_name(shapes, "shapes")
        for n, shape in self.shapes.items():
            if not isinstance(shape, SearchStrategy) and not _is_shape(shape):
                raise TypeError(
                    f"{self.name}: a shape is a tuple of lengths, and words for lengths that are "
                    f'drawn, such as ("n", 3); got {shape!r} for {n!r}'
                )
        for n in self.names:
            if by_name[n].annotation in OTHERS and n not in self.inputs and not self.whole:
                kind = by_name[n].annotation
                kind = kind if isinstance(kind, str) else kind.__name__
                raise TypeError(
                    f"{self.name} takes {'an' if kind == 'int' else 'a'} {kind} as {n!r}, which "
                    f"has no gradient: say what to try with inputs={{{n!r}: strategy}}, or give it "
                    "a default"
                )

    def _by_name(self, given: Any, what: str) -> dict[str, Any]:
        if given is None:
            return {}
        if isinstance(given, Mapping):
            return dict(given)
        if not isinstance(given, (list, tuple)):
            raise TypeError(
                f"{what}= is for all parameters of {self.name}, a list of one for each, or a dict "
                f"by name; got {given!r}"
            )
        if len(given) != len(self.names):
            raise TypeError(
                f"{self.name} takes {len(self.names)} arguments ({', '.join(self.names)}), "
                f"{what}= has {len(given)}"
            )
        return dict(zip(self.names, given, strict=True))

    # From the draw to the call -------------------------------------------------------------

    def drawn_signature(self) -> inspect.Signature:
        """Of a function that takes what is drawn, by name."""
        kind = inspect.Parameter.KEYWORD_ONLY
        return inspect.Signature([inspect.Parameter(n, kind) for n in self.strategies()])

    def positional(self, drawn: Mapping[str, Any]) -> tuple[Any, ...]:
        """The arguments in order."""
        if not self.whole:
            return tuple(drawn[n] for n in self.names)
        args = drawn["inputs"]
        if not isinstance(args, (tuple, list)) or len(args) != len(self.names):
            raise TypeError(
                f"{self.name} takes {len(self.names)} arguments ({', '.join(self.names)}), so "
                f"inputs= draws tuples of as many; it drew {args!r}"
            )
        return tuple(args)

    def function(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """The function of the arguments that are drawn, in order."""
        if not self.by_keyword:
            return f

        def call(*xs: Any) -> Any:
            return f(**dict(zip(self.names, xs, strict=True)))

        kind = inspect.Parameter.POSITIONAL_ONLY
        parameters = [inspect.Parameter(n, kind) for n in self.names]
        call.__dict__["__signature__"] = inspect.Signature(parameters)
        call.__name__ = self.name
        return call

    # Strategies ----------------------------------------------------------------------------

    def strategies(self) -> dict[str, Any]:
        """A strategy for each parameter."""
        if self.whole:
            return {"inputs": self.tuples}
        drawn = dict(self._points())
        return {n: self.inputs.get(n, drawn.get(n)) for n in self.names}

    def _points(self) -> Iterator[tuple[str, Any]]:
        """Smooth points for the parameters without a strategy of their own.

        Numbers of one domain are drawn together, so that they are distinct: ``maximum(x, y)`` has
        a kink where two arguments share a number.
        """
        from hypothesis import strategies as st

        from .strategies.points import smooth_points

        names = [n for n in self.names if n not in self.inputs]
        shapes = st.shared(self._shapes(names), key=("gradient_test", id(self), "shapes"))
        groups: dict[str, list[int]] = {}
        for i, n in enumerate(names):
            groups.setdefault(repr(self.domains.get(n)), []).append(i)
        for which, members in groups.items():
            domain = self.domains.get(names[members[0]])

            def points(drawn: Any, members: Any = members, domain: Any = domain) -> Any:
                n = sum(int(np.prod(drawn[i])) for i in members)
                return smooth_points((n,), domain)

            pool = st.shared(shapes.flatmap(points), key=("gradient_test", id(self), which))
            for i in members:
                cut = _cut(i, members, names[i] in self.numbers)
                yield names[i], st.tuples(shapes, pool).map(cut)

    def _shapes(self, names: Sequence[str]) -> Any:
        """Shapes for all parameters: as given, and broadcasting together where not."""
        from hypothesis import strategies as st

        from .strategies.shapes import broadcastable_shapes

        free = [n for n in names if n not in self.shapes and n not in self.numbers]

        @st.composite
        def all_shapes(draw: Any) -> list[tuple[int, ...]]:
            together = draw(broadcastable_shapes(len(free))) if free else ()
            found = dict(zip(free, together, strict=True))
            sides: dict[str, int] = {}
            for n in names:
                if n in self.shapes:
                    found[n] = _shape(draw, self.shapes[n], sides)
            return [found.get(n, ()) for n in names]

        return all_shapes()


def _cut(i: int, members: Sequence[int], as_number: bool) -> Callable[[Any], Any]:
    """One argument out of the numbers drawn for several."""

    def cut(drawn: Any) -> Any:
        shapes, pool = drawn
        sizes = [int(np.prod(shapes[k])) for k in members]
        start = sum(sizes[: members.index(i)])
        own = pool[start : start + int(np.prod(shapes[i]))]
        return float(own[0]) if as_number else own.reshape(shapes[i]).copy()

    return cut


def _shape(draw: Any, given: Any, sides: dict[str, int]) -> tuple[int, ...]:
    from hypothesis import strategies as st

    if isinstance(given, st.SearchStrategy):
        return tuple(draw(given))
    shape = []
    for side in (given,) if isinstance(given, (int, str)) else given:
        if isinstance(side, str):
            if side not in sides:
                sides[side] = draw(st.integers(*SIDES))
            side = sides[side]
        shape.append(side)
    return tuple(shape)


def _values(given: Any) -> list[Any]:
    return list(given.values() if isinstance(given, Mapping) else given)


def _check_domain(domain: Any) -> None:
    from .strategies.points import intervals

    try:
        intervals(domain)
    except TypeError as error:
        raise TypeError(
            f"a domain is an interval (low, high) of numbers or a pair of them, got {domain!r}"
        ) from error


def _is_shape(given: Any) -> bool:
    if isinstance(given, (int, str)):
        given = (given,)
    return isinstance(given, (list, tuple)) and all(
        isinstance(n, str) or (isinstance(n, (int, np.integer)) and n >= 0) for n in given
    )


def _just(x: Any) -> Any:
    from hypothesis import strategies as st

    return st.just(x)


def _count(given: Any) -> int | None:
    """How many arguments a list speaks of."""
    return len(given) if isinstance(given, (list, tuple)) else None


def _parameters(f: Callable[..., Any], *counts: int | None) -> tuple[list[inspect.Parameter], bool]:
    """A function's own parameters, and whether there is a ``self`` before them."""
    kind = inspect.Parameter.POSITIONAL_ONLY
    if isinstance(f, np.ufunc):
        names = ["x"] if f.nin == 1 else [f"x{k + 1}" for k in range(f.nin)]
        return [inspect.Parameter(n, kind) for n in names], False
    try:
        # Ops and modules say there what they take.
        found = list(inspect.signature(getattr(f, "forward", f)).parameters.values())
        told = not any(p.kind is p.VAR_POSITIONAL for p in found)
    except (TypeError, ValueError):  # much that is written in C has no signature
        found, told = [], False
    usable = [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if not told:
        n = next((c for c in counts if c is not None), None)
        if n is None:
            raise TypeError(
                f"{getattr(f, '__name__', f)!r} does not say what it takes: list the strategies of "
                "its arguments with inputs=[...], or their shapes with shapes=[...]"
            )
        usable = [p for p in usable if p.kind is not p.KEYWORD_ONLY][:n]
        usable += [inspect.Parameter(f"x{k + 1}", kind) for k in range(len(usable), n)]
    has_self = inspect.isfunction(f) and bool(usable) and usable[0].name == "self"
    return usable[has_self:], has_self
