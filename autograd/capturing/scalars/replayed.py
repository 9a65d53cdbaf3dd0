"""What a captured function of values returns: values with the whole replay behind them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import CaptureError
from ...graph import Freed, Node, Parts
from ...modes import WATCH
from ...op import Op
from ...value import FREED, Value, backward_general
from .plan import ScalarPlan

__all__ = ["Replayed", "Run"]

captured = Op(lambda *xs: xs, name="captured", label="captured", doc="A replay of recorded values.")


class Run(Node):
    """One run of a plan: between the leaves and the results, whose cotangents it gathers."""

    __slots__ = (
        "_given",
        "_held",
        "_lock",
        "_number",
        "_places",
        "_plan",
        "data",
        "label",
        "op",
        "parents",
        "shallow",
    )

    grad = None  # gradients go through it

    def __init__(
        self,
        plan: ScalarPlan,
        lock: threading.RLock,
        inputs: np.ndarray,
        nodes: list[Any],
        places: np.ndarray,
    ) -> None:
        self._plan = plan
        self._places = places
        self._lock = lock
        self._given = inputs
        self.label = None
        self.op: Op = captured
        self.parents: Any = (*plan.held, *nodes)
        # Whether all parents are leaves, so that their gradients need no walk.
        self.shallow = plan.on_leaves and all(node.op is None for node in nodes)
        with lock:
            self._held = plan.read_held()
            self.data = plan.run(inputs, self._held)
            self._number = plan.number

    def gradients(self, seeds: np.ndarray) -> list[float]:
        """The cotangents of all parents."""
        with self._lock:
            if self._plan.number != self._number:
                # There was another run since: get the numbers of this one back.
                self._plan.run(self._given, self._held)
                self._number = self._plan.number
            held, inputs = self._plan.backward(seeds)
        return held.tolist() + inputs[self._places].tolist()

    def pull(self, g: Any, wanted: Sequence[Any], lift: bool) -> Sequence[Any]:
        if lift:
            raise CaptureError(
                "a captured function of values has first derivatives only; for derivatives of "
                "derivatives call the function that was captured"
            )
        seeds = np.zeros(len(self.data))
        for k, part in g.items():
            seeds[k] = part
        sent = self.gradients(seeds)
        return [None if want is None else s for want, s in zip(wanted, sent)]

    def push(self, tangents: Sequence[Any], lift: bool) -> Any:
        raise CaptureError(
            "a captured function of values has derivatives in reverse mode only; for forward mode "
            "call the function that was captured"
        )

    def deposit(self, g: Any, ours: bool) -> None:
        """It has no ``grad`` of its own."""

    def release(self) -> None:
        self.parents = Freed("this captured result")
        self._given = self._held = np.empty(0)


class Replayed(Value):
    """One result of a :class:`Run`."""

    __slots__ = ("k",)

    def __init__(self, run: Run, k: int) -> None:
        super().__init__(float(run.data[k]))
        self._by = captured
        self.a = run
        # A sign that there is something behind it: the scalar walk finds no counter on the run,
        # and leaves the graph to the general walk.
        self.da = 1.0
        self.k = k

    @property
    def parents(self) -> Any:
        return super().parents if self._by is FREED else (self.a,)

    def pull(self, g: Any, wanted: Sequence[Any], lift: bool) -> Sequence[Any]:
        return (Parts({self.k: g}),)

    def push(self, tangents: Sequence[Any], lift: bool) -> Any:
        return tangents[0][self.k]

    def backward(self, grad: float = 1.0, retain_graph: bool = True) -> None:
        run = self.a
        released = self._by is FREED or type(run.parents) is Freed
        if WATCH[0] or released or not run.shallow:
            backward_general(self, grad, not retain_graph)
            return
        seeds = np.zeros(len(run.data))
        seeds[self.k] = grad
        if retain_graph:
            self.grad += grad
        for leaf, g in zip(run.parents, run.gradients(seeds)):
            leaf.grad += g
        if not retain_graph:
            run.release()
            self.release()
