"""Input saliency: which elements of an input an output depends on most.

The gradient of an output with respect to the input (Simonyan, Vedaldi and Zisserman 2013), times
the input if asked (Shrikumar et al. 2016), averaged over noisy copies of the input if asked
(SmoothGrad: Smilkov et al. 2017).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import describe
from ...modes import enable_grad
from ...tensor import Tensor, plain_array
from ..colours import MUTED
from ..plotting import new_figure, png
from ..titles import node_of
from .picture import as_pictures, bare, show_picture, title
from .walk import Walk

__all__ = ["Saliency", "saliency"]


@dataclass(frozen=True, repr=False)
class Saliency:
    """How strongly each input element moves the chosen output; shaped like the input."""

    x: np.ndarray
    gradient: np.ndarray
    """Signed: the derivative of the chosen output, averaged over ``samples`` if there are any."""
    outputs: np.ndarray
    """What the model gave."""
    target: Any
    """Which output was chosen, for each example; ``None`` if there is but one."""

    @property
    def values(self) -> np.ndarray:
        """``|gradient|``: the size of the effect."""
        return np.abs(self.gradient)

    @property
    def times_input(self) -> np.ndarray:
        """Gradient times input: for a linear model what each element adds to the output."""
        return self.gradient * self.x

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self.values, dtype=dtype)

    def __repr__(self) -> str:
        shape = " × ".join(map(str, self.x.shape))
        return f"<Saliency of {shape}: .values, .gradient, .times_input, .plot(image_shape=...)>"

    def _repr_png_(self) -> bytes | None:
        try:
            return png(self.plot())
        except Exception:  # no matplotlib, or no pictures: a notebook has the text
            return None

    def plot(
        self,
        image_shape: tuple[int, ...] | None = None,
        *,
        times_input: bool = False,
        k: int = 8,
    ) -> Any:
        """The first ``k`` examples as pictures, each above its heat map.

        Parameters
        ----------
        image_shape : tuple of int, optional
            ``(height, width)``, or with channels first or last, where examples are flat.
        times_input : bool
            Show gradient times input, signed: blue adds to the output, orange takes away.
        k : int
            How many examples.

        Returns
        -------
        matplotlib.figure.Figure
        """
        pictures = as_pictures(self.x[:k], image_shape)
        maps = as_pictures((self.times_input if times_input else self.values)[:k], image_shape)
        if maps.ndim == 4:
            # The largest of the colours, as the paper has it.
            largest = np.abs(maps).argmax(axis=3)[..., None]
            maps = np.take_along_axis(maps, largest, axis=3)[..., 0]
        n = len(pictures)
        figure = new_figure("Saliency.plot()", max(1.15 * n, 5.0), 3.6)
        grid = figure.subplots(2, n, squeeze=False)
        for i in range(n):
            chosen = "" if np.ndim(self.target) != 1 else f", output {self.target[i]}"
            show_picture(grid[0, i], pictures[i], f"#{i}{chosen}")
            top = float(np.nanmax(np.abs(maps[i]), initial=0.0)) or 1.0
            if times_input:
                grid[1, i].imshow(maps[i], cmap=_two_sided(), vmin=-top, vmax=top)
            else:
                grid[1, i].imshow(maps[i], cmap="cividis", vmin=0, vmax=top)
            bare(grid[1, i])
        grid[0, 0].set_ylabel("input", fontsize=9, color=MUTED)
        what = "gradient × input" if times_input else "|gradient|"
        grid[1, 0].set_ylabel(what, fontsize=9, color=MUTED)
        title(figure, "what the output depends on", "each map has its own scale")
        return figure


def _two_sided() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    from ..colours import BLUE, ORANGE

    return LinearSegmentedColormap.from_list("blame", [ORANGE, "#FFFFFF", BLUE])


def saliency(
    model: Callable[[Any], Any],
    x: Any,
    target: Any = None,
    *,
    samples: int = 0,
    noise: float = 0.15,
    seed: int = 0,
) -> Saliency:
    """The derivative of each example's output with respect to its input elements.

    Parameters
    ----------
    model : callable
        Called with a Tensor of examples along the first axis. A model with modules is in its
        ``eval()`` state meanwhile, and gets back the state of each of its modules.
    x : array_like
        The examples; a one-dimensional one is a single example for a model that takes such.
    target : int, sequence of int or callable, optional
        Which output: one for all examples or one for each, the largest unless given; or a function
        of the output whose results are added up.
    samples : int
        Average over this many copies of ``x`` with noise (SmoothGrad); 0 for the gradient itself.
    noise : float
        The noise's standard deviation, as a part of each example's range; the paper has 0.1 to 0.2.
    seed : int
        Of the noise.

    Returns
    -------
    Saliency
        ``.values``, ``.gradient``, ``.times_input``, all shaped like ``x``, and
        ``.plot(image_shape=...)``. No ``.grad`` is touched.

    Examples
    --------
    >>> import numpy as np
    >>> w = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 0.0]])
    >>> found = saliency(lambda x: x @ w.T, np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]))
    >>> found.target
    array([0, 1])
    >>> found.values
    array([[1. , 2. , 0.5],
           [0. , 3. , 0. ]])
    """
    if samples < 0 or noise < 0:
        raise ValueError(f"samples and noise are not negative, got {samples} and {noise}")
    data = _floats(model, x)
    with _evaluating(model):
        outputs, chosen, gradient = _gradient(model, data, target)
        if samples:
            rng = np.random.default_rng(seed)
            axes = tuple(range(1, data.ndim)) if data.ndim > 1 else None
            spread = noise * np.ptp(data, axis=axes, keepdims=True)
            total = np.zeros(data.shape)
            for _ in range(samples):
                noisy = data + (spread * rng.standard_normal(data.shape)).astype(data.dtype)
                total += _gradient(model, noisy, target if callable(target) else chosen)[2]
            gradient = (total / samples).astype(gradient.dtype)
    return Saliency(data, gradient, outputs, chosen)


def _floats(model: Any, x: Any) -> np.ndarray:
    data = np.array(plain_array(x))
    if data.ndim == 0 or data.dtype.kind not in "fiub":
        raise TypeError(f"saliency takes an array of examples, got {describe(x)}")
    if data.dtype.kind == "f":
        return data
    # Bytes of pictures and the like become what the model computes with.
    weights = model.parameters() if hasattr(model, "parameters") else ()
    kinds = [w.dtype for w in weights if hasattr(w, "dtype")]
    return data.astype(kinds[0] if kinds else float)


@contextlib.contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Dropout off and running statistics at rest; each module as before at the end."""
    if not (hasattr(model, "modules") and hasattr(model, "eval")):
        yield
        return
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


def _gradient(
    model: Callable[[Any], Any], data: np.ndarray, target: Any
) -> tuple[np.ndarray, Any, np.ndarray]:
    """Outputs, the targets chosen, and the derivative of their sum."""
    x = Tensor(data, requires_grad=True)
    start = node_of(x)
    with enable_grad():
        out = model(x)
        if not isinstance(out, Tensor):
            raise TypeError(
                f"the model gave {describe(out)}; saliency needs a Tensor computed from its input "
                "(no .numpy(), no .detach() on the way)"
            )
        outputs = np.array(plain_array(out))
        scores, chosen = _scores(out, outputs, data, target)
    if not isinstance(scores, Tensor):
        raise TypeError(f"target gave {describe(scores)}; it returns a Tensor made of the output")
    node = node_of(scores)
    if node is None:
        raise ValueError(
            "the output does not depend on the input: is it detached, computed inside no_grad(), "
            "or rounded to integers on the way?"
        )
    return outputs, chosen, Walk([node], [start]).pull({node: np.ones_like(node.data)})[0]


def _scores(out: Tensor, outputs: np.ndarray, data: np.ndarray, target: Any) -> tuple[Any, Any]:
    """What to differentiate, and which output that is for each example."""
    if callable(target):
        return target(out), None
    n, shape = len(data), outputs.shape
    if outputs.size == 1 or (outputs.size == n and shape[:1] == (n,) and data.ndim > 1):
        if target is not None and np.any(np.asarray(target) != 0):
            raise ValueError(f"target={target}, but the model has one output for each example")
        return out, None
    if len(shape) == 1 and data.ndim == 1:
        k = int(outputs.argmax()) if target is None else int(target)
        return out[_known(k, shape[0])], k
    if len(shape) != 2 or shape[0] != n:
        raise ValueError(
            f"for {n} examples the model gave shape {shape}; saliency knows (examples, outputs). "
            "Say what to look at with a function: target=lambda out: out[:, 3].sum()"
        )
    which = outputs.argmax(axis=1) if target is None else np.asarray(target)
    if which.dtype.kind not in "iu" or which.shape not in ((), (n,)):
        raise ValueError(
            f"target is one output's number, one for each of the {n} examples, or a function; got "
            f"{describe(target)}"
        )
    which = np.broadcast_to(which, n)
    for k in (which.min(), which.max()):
        _known(int(k), shape[1])
    return out[np.arange(n), which], which.copy()


def _known(k: int, outputs: int) -> int:
    if not -outputs <= k < outputs:
        raise ValueError(f"target {k}, but the model has {outputs} outputs (0 to {outputs - 1})")
    return k
