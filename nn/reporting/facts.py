"""What the model says about the held-out data, and what kind of problem it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import sigmoid, softmax

from ..arrays import plain
from ..ending import last_op
from ..module import Module
from ..predicting import predict

__all__ = ["Facts", "gather"]

TASKS = ("auto", "classes", "labels", "quantities")


@dataclass
class Facts:
    """The held-out data with the model's outputs.

    Attributes
    ----------
    task : str
        "classes" (one for each example), "labels" (several yes or no), "quantities", or "" where
        the outputs are none of these.
    x, truth, outputs : array
        As given, and what the model gives.
    names : list of str
        Of the classes, labels or quantities.
    probabilities : array (examples, classes) or None
        Of classes or labels.
    said : array
        The class numbers, or yes and no, that the model settles for.
    """

    task: str
    x: np.ndarray
    truth: np.ndarray
    outputs: np.ndarray
    names: list[str]
    probabilities: np.ndarray | None = None
    said: np.ndarray | None = None
    images: np.ndarray | None = None

    @property
    def right(self) -> np.ndarray:
        """For each example (and label), whether the model is right."""
        return np.asarray(self.said == self.truth)

    @property
    def sure(self) -> np.ndarray:
        """How probable the model holds the class that it settles for."""
        assert self.probabilities is not None and self.said is not None
        return np.take_along_axis(self.probabilities, self.said[:, None], axis=1)[:, 0]


def gather(
    model: Module,
    validation: Any,
    *,
    task: str = "auto",
    classes: Sequence[Any] | None = None,
    image_shape: Sequence[int] | None = None,
    accuracy: bool = False,
) -> Facts:
    """Ask the model about the held-out data; ``accuracy``: whether training measured it."""
    if task not in TASKS:
        raise ValueError(f"task is one of {', '.join(TASKS)}; got {task!r}")
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise ValueError("validation is a pair (x, y) of arrays")
    x, truth = (plain(part) for part in validation)
    if len(x) != len(truth):
        raise ValueError(f"validation has {len(x)} examples and {len(truth)} labels")
    outputs = predict(model, x)
    names = None if classes is None else [str(name) for name in classes]
    found = _task(task, outputs, truth, accuracy)
    images = pictures(x, image_shape)
    if found == "classes":
        return _of_classes(model, x, truth, outputs, names, images)
    if found == "labels":
        truth = (truth > 0.5).astype(np.int64)
        p = outputs if last_op(model, x) == "sigmoid" else sigmoid(outputs)
        names = _names(names, outputs.shape[1], "label", "outputs")
        said = (p > 0.5).astype(np.int64)
        return Facts(found, x, truth, outputs, names, p, said, images)
    if found == "quantities":
        wide = truth.reshape(len(truth), -1).astype(float)
        given = outputs.reshape(len(outputs), -1).astype(float)
        names = _names(names, wide.shape[1], "output", "outputs")
        return Facts(found, x, wide, given, names, images=images)
    return Facts("", x, truth, outputs, names or [], images=images)


def _task(task: str, outputs: np.ndarray, truth: np.ndarray, accuracy: bool) -> str:
    single = outputs.ndim == 1 or (outputs.ndim == 2 and outputs.shape[1] == 1)
    if task == "auto":
        if outputs.ndim > 2:
            task = ""
        elif single:
            decided = truth.dtype.kind in "iub" or accuracy
            task = "classes" if decided and np.isin(truth, (-1, 0, 1)).all() else "quantities"
        elif truth.size == len(truth) and truth.dtype.kind in "iub":
            task = "classes"
        elif truth.shape == outputs.shape and np.isin(truth, (0, 1)).all():
            task = "classes" if (truth.sum(axis=1) == 1).all() else "labels"
        else:
            task = "quantities"
    if task == "quantities" and truth.size != outputs.size:
        raise ValueError(
            f"outputs of shape {outputs.shape} cannot be compared with a truth of shape "
            f"{truth.shape}; what are class numbers should be integers"
        )
    return task


def _of_classes(
    model: Module,
    x: np.ndarray,
    truth: np.ndarray,
    outputs: np.ndarray,
    names: list[str] | None,
    images: np.ndarray | None,
) -> Facts:
    if outputs.ndim == 1 or outputs.shape[1] == 1:
        given = last_op(model, x) == "sigmoid"
        yes = (outputs if given else sigmoid(outputs)).reshape(-1)
        p = np.stack([1 - yes, yes], axis=1)
        truth = (truth.reshape(-1) > 0).astype(np.int64)  # 1, and 0 or -1
    else:
        given = bool((outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=1e-3))
        p = outputs if given else softmax(outputs)
        truth = (
            truth.argmax(axis=1) if truth.ndim == 2 and truth.shape[1] > 1 else truth.reshape(-1)
        )
        truth = truth.astype(np.int64)
        if truth.min() < 0 or truth.max() >= p.shape[1]:
            raise ValueError(
                f"the classes run from {truth.min()} to {truth.max()} where the model has "
                f"{p.shape[1]} outputs, counted from 0"
            )
    names = _names(names, p.shape[1], "", "classes")
    return Facts("classes", x, truth, outputs, names, p, p.argmax(axis=1), images)


def _names(given: list[str] | None, n: int, word: str, what: str) -> list[str]:
    if given is None:
        return [f"{word} {k}".strip() for k in range(n)]
    if len(given) != n:
        raise ValueError(f"classes names {len(given)} {what} where there are {n}")
    return given


def pictures(x: np.ndarray, shape: Sequence[int] | None) -> np.ndarray | None:
    """The examples as pictures (n, h, w) or (n, h, w, 3), if they are."""
    if shape is not None:
        shape = tuple(int(n) for n in shape)
        if len(shape) not in (2, 3) or int(np.prod(shape)) != x[0].size:
            raise ValueError(
                f"image_shape is (height, width), or with 1 or 3 channels first or last, of "
                f"{x[0].size} numbers; got {shape}"
            )
        x = x.reshape(len(x), *shape)
    elif x.ndim not in (3, 4) or min(sorted(x.shape[1:])[-2:]) < 5:
        return None
    if x.ndim == 4:
        if x.shape[1] in (1, 3):
            x = np.moveaxis(x, 1, -1)
        if x.shape[-1] not in (1, 3):
            return None
        x = x[..., 0] if x.shape[-1] == 1 else x
    return x if x.dtype.kind in "fiub" else None
