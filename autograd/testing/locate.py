"""Which op is to blame: each rule checked by itself, at the numbers it was recorded with.

If every rule is right, so are perhaps not the steps that have none (checkpoints, and those between
values and tensors), the numbers that were saved, or the engine's own sums, which are compared with
a plain walk over the same graph. If all of these agree, the function has left the graph somewhere,
and the operand that changes with the inputs without being linked to them is named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..op import plain
from ..value import Value
from .culprit import Culprit
from .cut import cut, unlinked
from .recording import Recording, gradients_kept, node_of, record
from .subject import Subject
from .wrong_joint import wrong_joint
from .wrong_rule import wrong_rule
from .wrong_save import changed_since
from .wrong_sum import other_when_recorded, wrong_sum

__all__ = ["Culprit", "blame", "locate"]


def locate(
    f: Callable[..., Any],
    *inputs: Any,
    mode: str = "reverse",
    parameters: Any = None,
    seed: int = 0,
) -> Culprit | None:
    """Find the op whose derivative is wrong in what a function computes.

    Parameters
    ----------
    f : callable
        Takes floats, arrays or containers of them; it is called with ``Value`` and ``Tensor``
        arguments.
    *inputs : float, array, Value, Tensor or containers of them
        Where to look.
    mode : {"reverse", "forward"}
        Which of the ops' rules to check.
    parameters : module, Tensor or iterable of them, optional
        Differentiated as well, besides the parameters of ``f`` if it is a module.
    seed : int
        The random directions.

    Returns
    -------
    Culprit or None
        ``None`` if every rule is right at its own inputs, the engine adds up right, and nothing
        leaves the graph.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.extend import elementwise
    >>> from autograd.testing import locate
    >>> wrong = elementwise(np.tanh, lambda out, x: 1 - out, name="wrong_tanh")
    >>> found = locate(lambda x: np.sum(wrong(x * 2.0) ** 2), np.array([0.5, -1.0]))
    >>> found.kind, found.op
    ('rule', 'wrong_tanh')
    >>> locate(lambda x: np.sum(np.tanh(x)), np.array([0.5, -1.0])) is None
    True
    """
    return blame(Subject(f, inputs, parameters=parameters), mode, seed)


def blame(subject: Subject, mode: str = "reverse", seed: int = 0) -> Culprit | None:
    """As :func:`locate`, for a function that has been taken apart."""
    recording = record(subject.call, subject.xs, subject.names)
    order = recording.order()
    if not order:
        return unlinked(subject, recording, seed)
    # The leaves that are no inputs are the caller's own: a model that the function closes over.
    kept = gradients_kept(recording.roots, but=recording.leaves)
    with np.errstate(all="ignore"), kept:
        culprit = (
            wrong_rule(subject, recording, order, mode, seed)
            or wrong_joint(recording, order, mode, seed)
            or changed_since(recording, order)
            or wrong_sum(subject, recording, order, mode, seed)
            or other_when_recorded(subject, recording)
            or cut(subject, recording, order, seed)
        )
        if culprit is not None:
            _fill_gradients(recording, order)
    return culprit


def _fill_gradients(recording: Recording, order: list) -> None:
    """Gradients for the drawing, as the rules give them."""
    if any(isinstance(node.grad, np.ndarray) or node.grad for node in order):
        return
    try:
        for x in recording.outputs:
            if node_of(x) is not None:
                x.backward(1.0 if isinstance(x, Value) else np.ones_like(plain(x)))
    except Exception:  # the rule to blame may be the one that raises
        return
