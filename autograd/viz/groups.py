"""Which group each node belongs to: the module call, or the ``scope``, that it was computed in.

A node of a tensor carries its scope, a chain of (the one around it, what it is) that is new for
each call. Values carry it in an open ``scope`` alone; elsewhere only what a layer returned is
marked, and the others' is inferred: what leads to a marked value and depends on the parameters of
its module, and on no other's, is in it.

Paths are dotted: the class of the module called first in small letters, then the names that it has
for the modules inside, as ``mlp.0``. Everything is linear in the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..graph import Freed
from ..tensor import Tensor, current
from ..value import Value
from .pieces import Group

__all__ = ["Grouping", "grouping", "label_of"]

_MIXED = object()


class Grouping:
    """Groups of nodes, and the names that modules have for their parameters.

    Attributes
    ----------
    groups : dict
        By path, outer ones first.
    names : dict
        The dotted names of parameters, by their nodes.
    """

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self.names: dict[Any, str] = {}
        self._scopes: dict[Any, Any] = {}
        self._paths: dict[int, str] = {}
        self._calls: dict[int, int] = {}
        self._leaves: dict[Any, str] = {}

    def path_of(self, node: Any) -> str:
        """The path of the innermost group around a node, empty outside of all."""
        scope = self._scopes.get(node)
        return self._leaves.get(node, "") if scope is None else self._paths[id(scope)]

    def name_of(self, node: Any) -> str | None:
        """The label, or a parameter's whole name if a label such as ``weight`` is its last part."""
        label = label_of(node)
        name = self.names.get(node)
        return name if name and (not label or name.endswith(f".{label}")) else label

    def call_of(self, node: Any) -> int:
        """Which call of its group a node was computed in, from 0."""
        scope = self._scopes.get(node)
        return 0 if scope is None else self._calls[id(scope)]


def label_of(x: Any) -> str | None:
    """The user's label as text, whatever it is."""
    label = getattr(x, "label", None)
    if label is None or isinstance(label, str):
        return label
    try:
        return str(label)
    except Exception:  # a class of the user's
        return f"<{type(label).__name__}>"


def grouping(nodes: Sequence[Any]) -> Grouping:
    """Sort nodes into groups.

    Parameters
    ----------
    nodes : sequence of Node
        A recorded graph, operands before results.

    Examples
    --------
    >>> from autograd import Value, scope
    >>> x = Value(2.0)
    >>> with scope("square"):
    ...     y = x * x
    >>> found = grouping([x, y])
    >>> found.path_of(x), found.path_of(y)
    ('', 'square')
    """
    result = Grouping()
    scopes = result._scopes
    marked = False
    for node in nodes:
        scope = getattr(node, "scope", None)
        if scope is not None and node.op is not None:
            scopes[node] = scope
            marked = marked or _is_mark(scope)
        module = _checkpointed(node)
        if module is not None:
            scopes[node] = (scope, module)
    if not scopes:
        return result
    tree = _Tree(result)
    for scope in scopes.values():
        tree.enter(scope)
    owners = tree.name_parameters(nodes)
    if marked:
        _infer(nodes, scopes, owners)
    for node in nodes:
        path = result.path_of(node)
        while path:
            group = result.groups[path]
            group.members += 1
            path = group.parent
    return result


class _Tree:
    """The scopes that were met, as groups with paths."""

    def __init__(self, result: Grouping) -> None:
        self.result = result
        self.others: dict[int, str] = {}
        """Names of modules that none around them has a name for, by their ids: modules may have no
        hash."""
        self.kinds: dict[str, int] = {}
        """How many there are of each class."""
        self.inner: dict[int, dict[int, str]] = {}
        """Of a module, by its id, the names of those inside it by their ids."""
        self.modules: dict[int, Any] = {}
        """The module around each scope, or that it is, by the scope's id."""

    def enter(self, scope: Any) -> None:
        """Find the paths of a scope and of those around it."""
        chain = []
        while scope is not None and id(scope) not in self.result._paths:
            chain.append(scope)
            scope = scope[0]
        for scope in reversed(chain):
            outer = scope[0]
            path = "" if outer is None else self.result._paths[id(outer)]
            around = None if outer is None else self.modules[id(outer)]
            what, before = scope[1], f"{path}." if path else ""
            if isinstance(what, str):
                self._put(scope, before + what, "", path)
                self.modules[id(scope)] = around
                continue
            title = type(what).__name__
            name = None if around is None else self._names(around).get(id(what))
            self._put(scope, before + (name or self._called(what, title.lower())), title, path)
            self.modules[id(scope)] = what

    def _called(self, module: Any, kind: str) -> str:
        """What to call a module that none around it has a name for."""
        name = self.others.get(id(module))
        if name is None:
            k = self.kinds[kind] = self.kinds.get(kind, 0) + 1
            name = self.others[id(module)] = kind if k == 1 else f"{kind}{k}"
        return name

    def _names(self, module: Any) -> dict[int, str]:
        if id(module) not in self.inner:
            found: dict[int, str] = {}
            if hasattr(module, "named_modules"):
                for name, inner in module.named_modules():
                    found.setdefault(id(inner), name)
            self.inner[id(module)] = found
        return self.inner[id(module)]

    def _put(self, scope: Any, path: str, title: str, parent: str) -> None:
        groups = self.result.groups
        if path not in groups:
            groups[path] = Group(path, title, parent, calls=0)
        self.result._paths[id(scope)] = path
        self.result._calls[id(scope)] = groups[path].calls
        groups[path].calls += 1

    def name_parameters(self, nodes: Iterable[Any]) -> dict[Any, int]:
        """Name the parameters of the modules that were called; their innermost owners' ids."""
        there = {node for node in nodes if node.op is None}
        at: dict[int, set[str]] = {}
        modules: dict[int, Any] = {}
        for key, path in self.result._paths.items():
            module = self.modules.get(key)
            if module is not None and self.result.groups[path].title:
                at.setdefault(id(module), set()).add(path)
                modules[id(module)] = module
        owners: dict[Any, int] = {}
        depth: dict[Any, int] = {}
        for k, module in modules.items():
            paths = at[k]
            path = min(paths)
            for name, parameter in _parameters(module):
                node = parameter
                if isinstance(parameter, Tensor):
                    node = current(parameter)._node
                if node not in there:
                    continue
                full = f"{path}.{name}" if name else ""
                if depth.get(node, -1) < path.count("."):
                    depth[node] = path.count(".")
                    owners[node] = k
                    # Of a module that was called from several places, none is the place.
                    self.result._leaves[node] = path if len(paths) == 1 else ""
                    if full:
                        self.result.names[node] = full
        return owners


def _parameters(module: Any) -> Iterable[tuple[str, Any]]:
    if hasattr(module, "named_parameters"):
        return module.named_parameters()
    if hasattr(module, "parameters"):
        return [("", p) for p in module.parameters()]
    return []


def _checkpointed(node: Any) -> Any:
    """The module whose call a node of ``checkpoint`` stands for."""
    f = getattr(getattr(node, "call", None), "f", None)
    module = getattr(f, "__self__", f)
    return module if hasattr(module, "named_parameters") else None


def _is_mark(scope: Any) -> bool:
    """Whether it was put on the result of a module by ``scope.ends``."""
    return len(scope) == 3


def _infer(nodes: Sequence[Any], scopes: dict[Any, Any], owners: dict[Any, int]) -> None:
    """Give values the scope of the marked one that they lead to, if they are its module's alone."""
    marks = {node for node, scope in scopes.items() if _is_mark(scope)}
    depends = _owners_of_values(nodes, marks, owners)
    claims: dict[Any, Any] = {}
    for node in reversed(nodes):
        if not isinstance(node, Value) or node.op is None:
            continue
        claim = claims.pop(node, None)
        if node in marks:
            claim = scopes[node]
        elif claim is not None:
            # In an open scope, values know the module around theirs.
            known = scopes.get(node)
            mine = claim is not _MIXED and depends.get(node, 0) == id(claim[1])
            if mine and (known is None or known is claim[0]):
                scopes[node] = claim
            else:
                claim = None
        for parent in _operands(node):
            if parent not in marks and parent.op is not None:
                same = parent not in claims or claims[parent] is claim
                claims[parent] = claim if claim is not None and same else _MIXED


def _owners_of_values(
    nodes: Sequence[Any], marks: set[Any], owners: dict[Any, int]
) -> dict[Any, Any]:
    """Whose parameters each value depends on, other than through marked ones: one module's id."""
    depends: dict[Any, Any] = dict(owners)
    for node in nodes:
        if isinstance(node, Value) and node.op is not None:
            own = None
            for parent in _operands(node):
                theirs = None if parent in marks else depends.get(parent)
                if theirs is not None:
                    own = theirs if own is None or own == theirs else _MIXED
            if own is not None:
                depends[node] = own
    return depends


def _operands(node: Any) -> list[Any]:
    parents = node.parents
    return [] if type(parents) is Freed else [p for p in parents if p is not None]
