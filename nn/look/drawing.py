"""Which picture of a model: its neurons, or its layers as blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Tensor

from ..arrays import plain
from ..layers.embedding import reads_indices
from ..module import Module
from .forward import Forward, example_of, guess, watch
from .network import of_stack
from .neurons import check, draw_neurons
from .stack import plain_stack

if TYPE_CHECKING:
    from autograd.viz import Drawing

__all__ = ["draw"]

KINDS = ("auto", "neurons", "blocks")
DEEPEST = 8  # dense layers that are still worth drawing neuron by neuron


def draw(
    model: Module,
    x: Any = None,
    *,
    kind: str = "auto",
    input_shape: Any = None,
    most: int = 10,
    show: str = "weight",
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> Drawing:
    """Draw a model: the neurons and weights of a plain stack of dense layers, else blocks.

    An edge's colour and style are the sign of its weight (blue and solid, orange and dashed), its
    width is the size. Of a wide layer a few neurons are drawn. Blocks show what each layer makes
    of the shapes, with what flows where, skip connections included.

    Parameters
    ----------
    model : Module
        Left as it was.
    x : array, optional
        One example. Neurons are then shaded by what they give for it (blue above zero, orange
        below), and of a wide layer those that it lights most are drawn.
    kind : {"auto", "neurons", "blocks"}
        Which picture; "auto" draws neurons where it can.
    input_shape : tuple of int, optional
        Of one example, for blocks; that of the first dense layer unless given.
    most : int
        Neurons of a layer to draw, 3 or more.
    show : {"weight", "gradient"}
        What the edges between neurons show. The gradients that ``backward()`` has left in the
        weights are the blame of each; without ``x``, neurons are then shaded by their biases'.
    inputs, outputs : sequence of str, optional
        Names of the features and of the outputs.

    Returns
    -------
    Drawing
        A ``graphviz.Digraph``: it shows itself in notebooks, ``.source`` is the DOT text, and
        :func:`autograd.viz.render` writes a file.

    Examples
    --------
    >>> import nn
    >>> from nn.look import draw
    >>> picture = draw(nn.MLP(2, [3], 1), outputs=["price"])
    >>> "price" in picture.source
    True
    """
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}; got {kind!r}")
    check(most, show)
    seen = None if x is None else _see(model, x)
    stack = None if kind == "blocks" else plain_stack(model)
    if stack is None and kind == "neurons":
        raise ValueError(
            f"{type(model).__name__} is not a plain stack of dense layers with activations between "
            'them, so it has no columns of neurons; draw it with kind="blocks"'
        )
    if stack is not None and (kind == "neurons" or len(stack.layers) <= DEEPEST):
        net = of_stack(model, stack, seen)
        return draw_neurons(net, int(most), show, inputs, outputs)
    if show != "weight":
        raise ValueError(
            f'show="{show}" is for pictures of neurons, and {type(model).__name__} is drawn as '
            "blocks; viz.draw(loss) shows the gradients of any graph"
        )
    from .blocks import draw_blocks

    if seen is None:
        given = guess(model) if input_shape is None else example_of(model, input_shape)
        try:
            seen = None if given is None else watch(model, given)
        except Exception:
            if input_shape is not None:
                raise
    return draw_blocks(model, seen)


def _see(model: Module, x: Any) -> Forward:
    """The pass of one example, with the axis for the batch put before it unless it is there."""
    array = plain(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"x is one example, an array of numbers; got {array.dtype}")
    if not (reads_indices(model) and array.dtype.kind in "iu"):
        dtype = next((p.dtype for p in model.parameters()), np.dtype(np.float32))
        array = array.astype(dtype)

    def one(given: np.ndarray) -> tuple[Tensor]:
        return (Tensor(given, requires_grad=given.dtype.kind == "f"),)

    try:
        return watch(model, one(array[None]))
    except Exception:
        if array.ndim and len(array) == 1:  # the batch's axis was there
            return watch(model, one(array))
        raise
