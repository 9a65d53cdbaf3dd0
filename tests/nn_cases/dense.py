"""Dense layers, containers, and models made of them."""

from typing import Any

import numpy as np

import nn

from .case import Case, X


class Heads(nn.Module):
    """Containers without a forward of their own, in a model that has one."""

    def __init__(self, kind: dict[str, Any]) -> None:
        self.trunk = nn.ModuleList([nn.Linear(3, 4, **kind), nn.Tanh()])
        self.heads = nn.ModuleDict({"a": nn.Linear(4, 1, **kind), "b": nn.Linear(4, 2, **kind)})

    def forward(self, x: Any) -> Any:
        for layer in self.trunk:
            x = layer(x)
        return tuple(head(x) for head in self.heads.values())


def _mlp(**settings: Any) -> Any:
    return lambda kind: nn.MLP(3, **settings, **kind)


MODULES = {
    nn.Linear: [
        Case(lambda kind: nn.Linear(3, 2, **kind)),
        Case(lambda kind: nn.Linear(3, 1, bias=False, **kind)),
    ],
    nn.Bilinear: [
        Case(lambda kind: nn.Bilinear(3, 2, 2, **kind), (X, X[:, 1:] + 0.5)),
        Case(lambda kind: nn.Bilinear(3, 3, 1, bias=False, **kind), (X[:, None], -X[:, None])),
    ],
    nn.MLP: [
        Case(_mlp(hidden=[4], out_features=2, activation="tanh")),
        Case(_mlp(hidden=[3, 3], out_features=1, activation="softplus")),
        Case(_mlp(hidden=[4], out_features=2, activation=["prelu"], norm="layer")),
        Case(
            _mlp(hidden=[3], out_features=1, norm="batch", activation="tanh",
                 output_activation="sigmoid", init="lecun_normal"),
            batch=None,  # a batch norm that trains needs examples
        ),
    ],
    nn.Sequential: [
        Case(lambda kind: nn.Sequential(nn.Linear(3, 4, **kind), nn.Sigmoid(), nn.Tanh())),
        Case(lambda kind: nn.Sequential({"dense": nn.Linear(3, 2, **kind), "bend": nn.Tanh()})),
    ],
    nn.ModuleList: [Case(Heads)],
    nn.ModuleDict: [Case(Heads)],
    nn.Residual: [Case(lambda kind: nn.Residual(nn.MLP(3, [4], 3, activation="tanh", **kind)))],
    nn.Dropout: [
        Case(lambda kind: nn.Sequential(nn.Linear(3, 4, **kind), nn.Dropout(0.5)).eval()),
        Case(lambda kind: nn.Sequential(nn.Linear(3, 4, **kind), nn.Dropout(1.0))),
    ],
    nn.Flatten: [
        Case(lambda kind: nn.Flatten()),
        Case(lambda kind: nn.Flatten(0, 1), (np.stack([X, -X]),)),
    ],
    nn.Embedding: [
        Case(lambda kind: nn.Embedding(4, 3, **kind), (np.array([[1, 3], [1, 0]]),)),
    ],
}  # fmt: skip
