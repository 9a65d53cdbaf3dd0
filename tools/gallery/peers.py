"""The same small model as other tools draw it; runs in an environment where they are installed.

``python peers.py FOLDER`` writes one DOT file for each tool that is there, and says which is not.
Rendering is left to whoever called.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# XOR's network with fixed weights: two inputs, two hidden units with tanh, one output.
W1, B1 = [[1.5, -1.0], [-0.5, 2.0]], [0.25, -0.25]
W2, B2 = [[1.0, -2.0]], [0.5]
X, Y = [1.0, 0.5], 1.0


def micrograd() -> str:
    """As the ``draw_dot`` of micrograd's notebook draws: a record of data and grad for each value,
    an oval for each op. The notebook is no part of the package, so this is written anew."""
    import graphviz
    from micrograd.engine import Value

    def neuron(ws: list[float], b: float, xs: list[Any]) -> Any:
        z = Value(b)
        for w, x in zip(ws, xs):
            z = z + Value(w) * x
        return z

    xs = [Value(x) for x in X]
    # It has no tanh: (e - 1) / (e + 1) of e = exp(2z) would hide the point, so relu it is.
    hidden = [neuron(row, b, xs).relu() for row, b in zip(W1, B1)]
    loss = (neuron(W2[0], B2[0], hidden) - Y) ** 2
    loss.backward()
    nodes: dict[Any, None] = {loss: None}
    queue = [loss]
    for v in queue:
        for child in v._prev:
            if child not in nodes:
                nodes[child] = None
                queue.append(child)
    dot = graphviz.Digraph(graph_attr={"rankdir": "LR"})
    for v in nodes:
        dot.node(str(id(v)), f"{{ data {v.data:.4f} | grad {v.grad:.4f} }}", shape="record")
        if v._op:
            dot.node(f"{id(v)}{v._op}", v._op)
            dot.edge(f"{id(v)}{v._op}", str(id(v)))
            for child in v._prev:
                dot.edge(str(id(child)), f"{id(v)}{v._op}")
    return dot.source


def _torch_model() -> tuple[Any, Any]:
    import torch

    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Linear(2, 1))
    with torch.no_grad():
        for p, value in zip(model.parameters(), (W1, B1, W2, B2)):
            p.copy_(torch.tensor(np.array(value), dtype=p.dtype))
    return model, torch.tensor([X])


def torchviz() -> str:
    from torchviz import make_dot

    model, x = _torch_model()
    loss = ((model(x) - Y) ** 2).sum()
    loss.backward()
    return make_dot(loss, params=dict(model.named_parameters())).source


def torchview() -> str:
    from torchview import draw_graph

    model, x = _torch_model()
    return draw_graph(model, input_data=x, device="cpu").visual_graph.source


def torchlens() -> str:
    import torchlens as tl

    model, x = _torch_model()
    trace = tl.trace(model, x)
    trace.log_backward(((trace[trace.output_layers[0]].out - Y) ** 2).sum())
    with tempfile.TemporaryDirectory() as folder:
        # Forward and backward together: what it shows of the gradient.
        source = trace.draw_combined(
            vis_outpath=f"{folder}/net", vis_save_only=True, vis_fileformat="dot"
        )
    return str(source)


TOOLS: dict[str, Callable[[], str]] = {
    "micrograd": micrograd,
    "torchviz": torchviz,
    "torchview": torchview,
    "torchlens": torchlens,
}


def main(folder: str) -> None:
    for name, draw in TOOLS.items():
        try:
            source = draw()
        except ImportError as error:
            print(f"{name}: not installed ({error})")
            continue
        except Exception as error:  # one tool's trouble is no reason to leave the others out
            print(f"{name}: {type(error).__name__}: {error}")
            continue
        Path(folder, f"{name}.dot").write_text(source)
        print(f"{name}: drawn")


if __name__ == "__main__":
    main(sys.argv[1])
