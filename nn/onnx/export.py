"""``export_onnx``: a model as an ONNX file."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from autograd import Tensor

from .. import atomic
from ..arrays import plain
from ..evaluating import in_evaluation
from ..layers import Embedding
from ..module import Module
from .graph import Graph, Value

__all__ = ["export_onnx"]

_OLDEST = 17  # which brought layer normalisation


def export_onnx(
    model: Module, path: str | os.PathLike[str], example: Any, *, opset: int = _OLDEST
) -> None:
    """Write a feed-forward model to an ONNX file, as it is in evaluation.

    The file takes any number of examples along the first axis. Its input is called ``"input"``, its
    output ``"output"``; nodes and weights have the names of the modules they are of. It is checked
    with ``onnx.checker`` before it is written, whole or not at all.

    Parameters
    ----------
    model : Module
        ``nn.Sequential``, ``nn.MLP`` and ``nn.Residual`` of layers and activations; layers of
        one's own once :func:`nn.onnx.register` knows them.
    path : str or path
        The file.
    example : array, or tuple of int
        Inputs such as the model takes, one or more, or the shape of one of them: ``(64,)`` for
        rows of 64 features.
    opset : int
        Version of ONNX's operators, 17 (of 2022) or later.

    Raises
    ------
    ImportError
        Without onnx (``pip install 'blamegraph[onnx]'``).
    TypeError
        For a model that cannot be written; it names the layer, and what can be done.

    Examples
    --------
    >>> import nn, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.onnx"
    >>> nn.export_onnx(nn.MLP(64, [32], 10), path, (64,))
    >>> import onnx
    >>> [node.name for node in onnx.load(path).graph.node]
    ['0.Gemm', '1.Relu', '2.Gemm']
    """
    onnx = _library()
    if not isinstance(model, Module):
        raise TypeError(f"export_onnx takes an nn.Module, got {model!r:.80}")
    newest = onnx.defs.onnx_opset_version()
    if not isinstance(opset, (int, np.integer)) or not _OLDEST <= opset <= newest:
        raise ValueError(f"opset is from {_OLDEST} to {newest} with this onnx, got {opset!r}")
    with in_evaluation(model), np.errstate(all="ignore"):
        file = _written(onnx, model, _examples(model, example), int(opset))
    onnx.checker.check_model(file, full_check=True)
    atomic.write(path, file.SerializeToString())


def _library() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            "writing ONNX files takes the onnx package: pip install 'blamegraph[onnx]'"
        ) from error
    return onnx


def _written(onnx: Any, model: Module, pair: np.ndarray, opset: int) -> Any:
    graph = Graph(onnx, model, opset)
    out = graph.write(model, Value("input", pair))
    # The last node's name shows where it is from; its output is what users ask for by name.
    last = next((node for node in graph.nodes if out.name in node.output), None)
    if last is None:
        graph.nodes.append(onnx.helper.make_node("Identity", [out.name], ["output"], "output"))
    else:
        for node in graph.nodes:
            for names in (node.input, node.output):
                names[:] = ["output" if name == out.name else name for name in names]
    fewer = np.shape(model(Tensor(pair[:1])))
    body = onnx.helper.make_graph(
        graph.nodes,
        type(model).__name__,
        [_described(onnx, "input", pair, pair[:1].shape)],
        [_described(onnx, "output", out.array, fewer)],
        list(graph.constants.values()),
    )
    opsets = [onnx.helper.make_opsetid("", opset)]
    return onnx.helper.make_model(
        body,
        producer_name="blamegraph",
        opset_imports=opsets,
        # The oldest format that has these operators: runtimes refuse newer ones than they know.
        ir_version=onnx.helper.find_min_ir_version_for(opsets),
    )


def _described(onnx: Any, name: str, array: np.ndarray, fewer: tuple[int, ...]) -> Any:
    """Name, dtype and shape; axes that grow with the batch have a name in place of a length."""
    shape: list[int | str] = [
        n if n == m else "batch" if n == 2 * m == 2 else f"{name}_{i}"
        for i, (n, m) in enumerate(zip(array.shape, fewer, strict=True))
    ]
    kind = onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
    return onnx.helper.make_tensor_value_info(name, kind, shape)


def _examples(model: Module, given: Any) -> np.ndarray:
    """Two inputs for the model, in its dtype, or whole numbers for one that looks up rows."""
    if isinstance(given, tuple) and all(isinstance(n, (int, np.integer)) for n in given):
        one = np.zeros((1, *given))
    else:
        one = plain(given)
        if one.dtype.kind not in "fiub":
            raise TypeError(f"the example holds {one.dtype}, not numbers")
        if one.ndim == 0 or not len(one):
            raise ValueError(
                f"the example has shape {one.shape}: it takes one input or more, counted by the "
                "first axis; or give the shape of one as a tuple"
            )
    first = next(m for m in model.modules() if not list(m.children()))
    floats = (t.dtype for _, t in model.named_state() if t.dtype.kind == "f")
    dtype = np.int64 if isinstance(first, Embedding) else next(floats, np.float32)
    one = one[:1].astype(dtype)
    return np.concatenate([one, one])
