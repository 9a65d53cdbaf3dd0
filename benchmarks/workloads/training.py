"""Eager training steps of a classifier: SGD, softmax cross-entropy, float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..workload import OURS, Contender, Goal, Task, Workload
from .data import layers, moons

__all__ = ["STEP_LARGE", "STEP_SMALL", "engine", "hand_written", "network", "problem"]

RATE = 0.05
CHECKED = 3  # steps whose losses, and the parameters after them, are compared


def problem(sizes: list[int], batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (float32) and integer labels."""
    if sizes[0] == 2:
        points, labels = moons(batch)
        return points.astype(np.float32), labels
    rng = np.random.default_rng(2)
    x = rng.normal(size=(batch, sizes[0])).astype(np.float32)
    return x, rng.integers(sizes[-1], size=batch)


def _task(step: Callable[[], float], parameters: Callable[[], list], forward: Any = None) -> Task:
    def result() -> dict[str, Any]:
        losses = [step() for _ in range(CHECKED)]
        return {"losses": losses, "parameters": [np.asarray(p).tolist() for p in parameters()]}

    return Task(step, result, forward)


def hand_written(sizes: list[int], batch: int) -> Task:
    """What somebody who knows NumPy writes for this one network, derivatives by hand."""
    x, labels = problem(sizes, batch)
    parameters = layers(sizes)
    rows = np.arange(batch)

    def step() -> float:
        inputs, h = [], x
        for w, b in parameters[:-1]:
            inputs.append(h)
            h = h @ w.T
            h += b
            np.maximum(h, 0.0, out=h)
        inputs.append(h)
        w, b = parameters[-1]
        g = h @ w.T
        g += b
        g -= g.max(axis=1, keepdims=True)
        true = g[rows, labels]
        np.exp(g, out=g)
        total = g.sum(axis=1, keepdims=True)
        loss = float((np.log(total[:, 0]) - true).mean())
        g /= total
        g[rows, labels] -= 1.0
        g /= batch
        for i in range(len(parameters) - 1, -1, -1):
            (w, b), h = parameters[i], inputs[i]
            gw, gb = g.T @ h, g.sum(axis=0)
            if i:
                g = g @ w
                g *= h > 0.0
            gw *= RATE
            w -= gw
            gb *= RATE
            b -= gb
        return loss

    return _task(step, lambda: [p for pair in parameters for p in pair])


def engine(sizes: list[int], batch: int) -> Task:
    """Ours, with the engine alone."""
    import autograd as ag

    linear, relu, cross_entropy = ag.linear, ag.relu, ag.softmax_cross_entropy
    x, labels = problem(sizes, batch)
    pairs = [
        (ag.Tensor(w, requires_grad=True), ag.Tensor(b, requires_grad=True))
        for w, b in layers(sizes)
    ]
    parameters = [p for pair in pairs for p in pair]
    x = ag.Tensor(x)

    def forward() -> Any:
        h = x
        for w, b in pairs[:-1]:
            h = relu(linear(h, w, b))
        return cross_entropy(linear(h, *pairs[-1]), labels)

    def step() -> float:
        loss = forward()
        loss.backward(retain_graph=False)
        with ag.no_grad():
            for p in parameters:
                p -= RATE * p.grad
                p.grad = None
        return loss.item()

    return _task(step, lambda: [p.numpy() for p in parameters], forward)


def network(sizes: list[int], batch: int) -> Task:
    """Ours, with modules and an optimizer."""
    import autograd as ag
    import nn

    x, labels = problem(sizes, batch)
    x = ag.Tensor(x)
    start = layers(sizes)
    model = nn.MLP(sizes[0], sizes[1:-1], sizes[-1])
    parameters = list(model.parameters())
    with ag.no_grad():
        for p, array in zip(parameters, [a for pair in start for a in pair]):
            p[...] = array
    optimizer = nn.optim.SGD(parameters, lr=RATE)

    def forward() -> Any:
        return nn.losses.cross_entropy(model(x), labels)

    def step() -> float:
        optimizer.zero_grad()
        loss = forward()
        loss.backward(retain_graph=False)
        optimizer.step()
        return loss.item()

    return _task(step, lambda: [p.numpy() for p in parameters], forward)


def torch(sizes: list[int], batch: int) -> Task:
    """PyTorch, written as ours is for the engine."""
    import torch
    from torch.nn.functional import cross_entropy, linear

    x, labels = (torch.from_numpy(a) for a in problem(sizes, batch))
    pairs = [tuple(torch.tensor(a, requires_grad=True) for a in pair) for pair in layers(sizes)]
    parameters = [p for pair in pairs for p in pair]

    def step() -> float:
        h = x
        for w, b in pairs[:-1]:
            h = torch.relu(linear(h, w, b))
        loss = cross_entropy(linear(h, *pairs[-1]), labels)
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                p -= RATE * p.grad
                p.grad = None
        return loss.item()

    return _task(step, lambda: [p.detach().numpy() for p in parameters])


def torch_nn(sizes: list[int], batch: int) -> Task:
    """PyTorch, with modules and an optimizer."""
    import torch

    x, labels = (torch.from_numpy(a) for a in problem(sizes, batch))
    modules: list[Any] = []
    for w, b in layers(sizes):
        layer = torch.nn.Linear(w.shape[1], w.shape[0])
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(w))
            layer.bias.copy_(torch.from_numpy(b))
        modules += [layer, torch.nn.ReLU()]
    model = torch.nn.Sequential(*modules[:-1])
    cross_entropy = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)

    def step() -> float:
        optimizer.zero_grad()
        loss = cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return _task(step, lambda: [p.detach().numpy() for p in model.parameters()])


def _workload(name: str, sizes: list[int], batch: int, at_most: float) -> Workload:
    def entry(label: str, build: Callable[..., Task], *where: str) -> Contender:
        return Contender(label, lambda: build(sizes, batch), *where)

    return Workload(
        name,
        f"Training step: {'-'.join(map(str, sizes))}, batch {batch}, float32, SGD, eager",
        (
            entry(OURS, engine),
            entry(f"{OURS} nn", network),
            entry("numpy by hand", hand_written, "ours", "numpy"),
            entry("torch", torch, "peers", "torch"),
            entry("torch.nn", torch_nn, "peers", "torch"),
        ),
        goals=(Goal(at_most, "numpy by hand"),),
        tolerance=1e-4,
    )


STEP_LARGE = _workload("step-784", [784, 128, 64, 10], 64, at_most=1.15)
STEP_SMALL = _workload("step-2", [2, 16, 16, 2], 100, at_most=1.5)
