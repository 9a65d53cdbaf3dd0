"""An ONNX graph while it is being written."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import numpy as np

from autograd import Tensor, no_grad

from ..arrays import plain
from ..module import Module
from .table import kin, known, writer_of

__all__ = ["Graph", "NotExportable", "Value"]


class NotExportable(TypeError):
    """A model that ONNX cannot express, or that nobody has said how to write."""


class Value(NamedTuple):
    """An array on its way through the graph: its name, and what it is for the example."""

    name: str
    array: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """With as many examples as there are in the example; do not write that number down."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype


class Graph:
    """Nodes and constants, named after the modules they are of."""

    def __init__(self, onnx: Any, model: Module, opset: int) -> None:
        self.onnx = onnx
        self.opset = opset
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self._parameters = {id(tensor): name for name, tensor in model.named_state()}
        self._names = {"input", "output", *self._parameters.values()}
        self._path = ""

    def node(self, op: str, *inputs: Value | str | Any, **attributes: Any) -> str:
        """Add a node and return the name of its output.

        Inputs are values, names, parameters, arrays, or None for one that is left out.
        """
        name = self._new(op)
        names = [self._input(x) for x in inputs]
        while names and not names[-1]:
            names.pop()
        self.nodes.append(self.onnx.helper.make_node(op, names, [name], name=name, **attributes))
        return name

    def constant(self, array: Any, name: str = "constant") -> str:
        """Keep an array in the file, named ``name`` of the present module."""
        return self._keep(self._new(name), np.asarray(array))

    def write(self, module: Module, x: Value, name: str = "") -> Value:
        """Add all nodes of a module inside the present one, which holds it under ``name``."""
        outer = self._path
        self._path = f"{outer}.{name}" if outer and name else outer or name
        try:
            writer = writer_of(module)
            if writer is None:
                self.refuse(module, _why(module))
            out = writer(self, module, x)
            with no_grad():
                array = module(Tensor(x.array))
            return Value(out, plain(array))
        finally:
            self._path = outer

    def refuse(self, module: Module, why: str) -> NoReturn:
        """Raise the error that names the module."""
        where = f"layer {self._path!r}" if self._path else "the model"
        raise NotExportable(f"{where}, {_brief(module)}, cannot be written to ONNX: {why}")

    def _input(self, x: Any) -> str:
        if x is None:
            return ""
        if isinstance(x, str):
            return x
        if isinstance(x, Value):
            return x.name
        if not isinstance(x, Tensor):
            return self.constant(x)
        name = self._parameters.get(id(x)) or self._new("constant")
        return name if name in self.constants else self._keep(name, x.detach().numpy())

    def _keep(self, name: str, array: np.ndarray) -> str:
        self.constants[name] = self.onnx.numpy_helper.from_array(array, name)
        return name

    def _new(self, what: str) -> str:
        stem = f"{self._path}.{what}" if self._path else what
        name, n = stem, 1
        while name in self._names:
            n += 1
            name = f"{stem}_{n}"
        self._names.add(name)
        return name


def _brief(module: Module) -> str:
    text = repr(module)
    return text if "\n" not in text and len(text) <= 80 else type(module).__name__


def _why(module: Module) -> str:
    name = type(module).__name__
    cure = f"or say how with @nn.onnx.register({name})"
    base = kin(module)
    if base is not None:
        return f"it has a forward of its own; take {base.__name__} as it is, {cure}"
    return (
        f"known are {', '.join(known())}. Build the model of these in nn.Sequential and "
        f"nn.Residual, {cure}"
    )
