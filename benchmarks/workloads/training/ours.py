"""The step in our engine, in our modules, and captured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...workload import Task
from ..captured import capture, profile
from ..data import layers
from .layouts import laid_out
from .problem import RATES, problem, task

__all__ = ["captured", "engine", "model_of", "network"]


def engine(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """With the engine alone; Adam is the library's.

    The weights lie as those of the version by hand do: it is the measure of this one.
    """
    import autograd as ag
    import nn

    linear, relu, cross_entropy = ag.linear, ag.relu, ag.softmax_cross_entropy
    x, labels = problem(sizes, batch)
    arrays, note = laid_out(layers(sizes), batch)
    pairs = [tuple(ag.Tensor(a, requires_grad=True) for a in pair) for pair in arrays]
    parameters = [p for pair in pairs for p in pair]
    x = ag.Tensor(x)
    rate = RATES[optimizer]
    adam = nn.optim.Adam(parameters, lr=rate) if optimizer == "adam" else None

    def forward() -> Any:
        h = x
        for w, b in pairs[:-1]:
            h = relu(linear(h, w, b))
        return cross_entropy(linear(h, *pairs[-1]), labels)

    def update() -> None:
        if adam is not None:
            adam.step()
            adam.zero_grad()
            return
        with ag.no_grad():
            for p in parameters:
                p -= rate * p.grad
                p.grad = None

    def step() -> float:
        loss = forward()
        loss.backward(retain_graph=False)
        update()
        return loss.item()

    return task(step, lambda: [p.numpy() for p in parameters], forward, lambda: note)


def model_of(pairs: list[tuple[Any, Any]]) -> Any:
    """The module with these weights and biases."""
    import autograd as ag
    import nn

    sizes = [pairs[0][0].shape[1], *(len(b) for _, b in pairs)]
    model = nn.MLP(sizes[0], sizes[1:-1], sizes[-1])
    with ag.no_grad():
        for p, array in zip(model.parameters(), [a for pair in pairs for a in pair], strict=True):
            p[...] = array
    return model


def _network(
    sizes: list[int], batch: int, optimizer: str, wrap: Callable[[Callable], Callable]
) -> Task:
    import autograd as ag
    import nn

    x, labels = problem(sizes, batch)
    x = ag.Tensor(x)
    model = model_of(layers(sizes))
    parameters = list(model.parameters())
    kind = nn.optim.SGD if optimizer == "sgd" else nn.optim.Adam
    updates = kind(parameters, lr=RATES[optimizer])

    def whole(x: Any, labels: Any) -> Any:
        updates.zero_grad()
        loss = nn.losses.cross_entropy(model(x), labels)
        loss.backward(retain_graph=False)
        updates.step()
        return loss

    wrapped = wrap(whole)
    return task(
        lambda: wrapped(x, labels).item(),
        lambda: [p.numpy() for p in parameters],
        lambda: nn.losses.cross_entropy(model(x), labels),
        profile=(lambda: profile(wrapped, x, labels)) if wrapped is not whole else None,
    )


def network(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """With modules and an optimizer."""
    return _network(sizes, batch, optimizer, lambda whole: whole)


def captured(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """The same, recorded once and replayed."""
    return _network(sizes, batch, optimizer, capture)
