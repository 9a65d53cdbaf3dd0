"""The step in the peers that run it op by op, and in scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...workload import Task
from ..data import layers, summary
from .by_hand import updater
from .problem import RATES, operands, problem, task

__all__ = [
    "begin_with",
    "hips",
    "mygrad",
    "scikit_learn",
    "torch",
    "torch_model",
    "torch_nn",
    "torch_products",
]


def torch(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """PyTorch's functions; the updates are the fastest it has here, of those that were timed.

    Adam is fused. For SGD ``sub_`` with ``alpha`` beat the fused, the ``foreach`` and the usual
    form. Weights lie as ``torch.nn.Linear`` has them: the other order was slower.
    """
    import torch
    from torch.nn.functional import cross_entropy, linear

    x, labels = (torch.from_numpy(a) for a in problem(sizes, batch))
    pairs = [tuple(torch.tensor(a, requires_grad=True) for a in pair) for pair in layers(sizes)]
    parameters = [p for pair in pairs for p in pair]
    rate = RATES[optimizer]
    adam = torch.optim.Adam(parameters, lr=rate, fused=True) if optimizer == "adam" else None

    def update() -> None:
        if adam is not None:
            adam.step()
            adam.zero_grad()
            return
        with torch.no_grad():
            for p in parameters:
                p.sub_(p.grad, alpha=rate)
                p.grad = None

    def step() -> float:
        h = x
        for w, b in pairs[:-1]:
            h = torch.relu(linear(h, w, b))
        loss = cross_entropy(linear(h, *pairs[-1]), labels)
        loss.backward()
        update()
        return loss.item()

    return task(step, lambda: [p.detach().numpy() for p in parameters])


def torch_model(pairs: list[tuple[np.ndarray, np.ndarray]]) -> Any:
    """The module with these weights and biases."""
    import torch

    modules: list[Any] = []
    for w, b in pairs:
        layer = torch.nn.Linear(w.shape[1], w.shape[0])
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(w))
            layer.bias.copy_(torch.from_numpy(b))
        modules += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


def torch_products(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """The step's matrix products by PyTorch's own library, into tensors that are there."""
    import torch

    calls = []
    for i, arrays in enumerate(operands(sizes, batch)):
        h, w, g = map(torch.from_numpy, arrays)
        pairs = [(h, w.t()), (g.t(), h), (g, w)][: 3 if i else 2]
        calls += [(a, b, torch.empty(len(a), b.shape[1])) for a, b in pairs]

    def step() -> None:
        for a, b, out in calls:
            torch.mm(a, b, out=out)

    def result() -> dict[str, Any]:
        step()
        return {"products": [summary(out) for *_, out in calls]}

    return Task(step, result)


def torch_nn(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """PyTorch, with modules and an optimizer as it comes."""
    import torch

    x, labels = (torch.from_numpy(a) for a in problem(sizes, batch))
    model = torch_model(layers(sizes))
    cross_entropy = torch.nn.CrossEntropyLoss()
    kind = torch.optim.SGD if optimizer == "sgd" else torch.optim.Adam
    updates = kind(model.parameters(), lr=RATES[optimizer])

    def step() -> float:
        updates.zero_grad()
        loss = cross_entropy(model(x), labels)
        loss.backward()
        updates.step()
        return loss.item()

    return task(step, lambda: [p.detach().numpy() for p in model.parameters()])


def begin_with(model: Any, pairs: list[tuple[np.ndarray, np.ndarray]], x: Any, labels: Any) -> None:
    """Give an ``MLPClassifier`` its weights and biases."""
    # A first step makes the arrays; the optimizer then starts afresh on ours.
    model.partial_fit(x, labels, classes=np.arange(len(pairs[-1][1])))
    del model._optimizer
    for (w, b), coefficients, intercepts in zip(pairs, model.coefs_, model.intercepts_):
        coefficients[...] = w.T
        intercepts[...] = b


def scikit_learn(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """``MLPClassifier``: one call of ``partial_fit`` with one batch."""
    from sklearn.neural_network import MLPClassifier

    if sizes[-1] == 2:
        raise ImportError("MLPClassifier has one output for two classes: another network")
    x, labels = problem(sizes, batch)
    model = MLPClassifier(
        sizes[1:-1],
        solver=optimizer,
        learning_rate_init=RATES[optimizer],
        batch_size=batch,
        alpha=0.0,
        momentum=0.0,
        # Added before the mean of squares is corrected: in the first steps, everybody's 1e-8.
        epsilon=4e-10,
        shuffle=False,
    )
    warnings.simplefilter("ignore")
    begin_with(model, layers(sizes), x, labels)

    def step() -> float:
        model.partial_fit(x, labels)
        return model.loss_

    return task(
        step,
        lambda: [p for w, b in zip(model.coefs_, model.intercepts_) for p in (w.T, b)],
    )


def hips(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """HIPS autograd for the gradients, NumPy for the update."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    x, labels = problem(sizes, batch)
    parameters = [p for pair in layers(sizes) for p in pair]
    rows = np.arange(batch)
    update = updater(optimizer, parameters)

    def loss(parameters: list) -> Any:
        h = x
        for i in range(0, len(parameters), 2):
            h = anp.dot(anp.maximum(h, 0.0) if i else h, parameters[i].T) + parameters[i + 1]
        h = h - anp.max(h, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(h), axis=1)) - h[rows, labels])

    pull = value_and_grad(loss)

    def step() -> float:
        value, gradients = pull(parameters)
        update(gradients)
        return float(value)

    return task(step, lambda: parameters)


def mygrad(sizes: list[int], batch: int, optimizer: str = "sgd") -> Task:
    """MyGrad for the gradients, NumPy for the update."""
    import mygrad as mg
    from mygrad.nnet.activations import relu
    from mygrad.nnet.losses import softmax_crossentropy

    x, labels = problem(sizes, batch)
    parameters = [mg.tensor(p) for pair in layers(sizes) for p in pair]
    update = updater(optimizer, [p.data for p in parameters])

    def step() -> float:
        h = x
        for i in range(0, len(parameters), 2):
            h = mg.matmul(relu(h) if i else h, parameters[i].T) + parameters[i + 1]
        loss = softmax_crossentropy(h, labels)
        loss.backward()
        update([p.grad for p in parameters])
        for p in parameters:
            p.null_grad()
        return loss.item()

    return task(step, lambda: [p.data for p in parameters])
