"""The work itself: read, split, train, and check gradients against finite differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import nn
from autograd import no_grad

__all__ = ["Check", "Data", "JobError", "Run", "check_gradients", "load", "train"]

GOAL = 1e-6  # relative error from which on gradients count as wrong


class JobError(Exception):
    """Bad input, in one line."""


@dataclass
class Data:
    """Rows ready for training and testing, and the held-out examples as pictures if they are."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]
    images: np.ndarray | None
    about: str
    examples: int
    shipped: bool


@dataclass
class Run:
    """A trained model and what was seen on the way."""

    model: Any
    history: Any
    statistics: Any
    accuracy: float


@dataclass
class Check:
    """The comparison of gradients with finite differences."""

    worst: float
    directions: int
    agree: bool


def load(path: Path | None, seed: int) -> Data:
    """The digits, or the data in a file, split with the same share of every class held out."""
    try:
        dataset = nn.data.load_digits() if path is None else nn.data.read(path)
        x, y = dataset.x, dataset.y
        if len(dataset.classes) < 2:
            raise ValueError(f"{path}: all labels are {dataset.classes[0]!r}; two classes are due")
        picture = _picture_shape(x)
        rows = np.arange(len(x))
        try:
            train, test, y_train, y_test = nn.data.train_test_split(
                rows, y, stratify=True, rng=seed
            )
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
    except (OSError, ValueError) as error:
        raise JobError(str(error)) from None
    about = f"{len(x):,} examples with {x[0].size:,} features in {len(dataset.classes)} classes"
    if path is None:
        about = f"{len(x):,} handwritten digits of 8 × 8 pixels"
    x_train, x_test = x[train], x[test]
    if path is None:
        x_train, y_train = _with_shifts(x_train.astype(np.float32), y_train)
    x_train, x_test = _scale(_flat(x_train), _flat(x_test), picture is not None)
    images = None if picture is None else x[test].reshape(-1, *picture)
    return Data(
        x_train, y_train, x_test, y_test, dataset.classes, images, about, len(train), path is None
    )


def train(data: Data, hidden: tuple[int, ...], epochs: int, seed: int) -> Run:
    """Train with AdamW, dropout and a learning rate that falls to zero along a cosine."""
    model = nn.MLP(data.x_train.shape[1], hidden, len(data.classes), dropout=0.2, rng=seed)
    statistics = nn.Statistics(every=20)
    try:
        history = nn.fit(
            model,
            data.x_train,
            data.y_train,
            optimizer="adamw",
            lr=3e-3,
            scheduler="cosine",
            epochs=epochs,
            batch_size=min(64, len(data.x_train)),
            validation=(data.x_test, data.y_test),
            callbacks=[statistics],
            seed=seed,
        )
    except (ValueError, FloatingPointError) as error:
        raise JobError(str(error)) from None
    accuracy = nn.accuracy(nn.predict(model, data.x_test), data.y_test)
    return Run(model.eval(), history, statistics, accuracy)


def check_gradients(
    run: Run, data: Data, hidden: tuple[int, ...], seed: int, directions: int = 3
) -> Check:
    """Compare <gradient, u> with finite differences along random directions u, in float64.

    For each parameter a few directions, each sized like the parameter itself, on a batch of
    held-out examples. A direction along which the loss has a kink nearby is drawn again.
    """
    from autograd.testing import numeric_derivative

    model = nn.MLP(data.x_test.shape[1], hidden, len(data.classes), dtype=np.float64)
    model.load_state_dict(dict(zip(model.state_dict(), run.model.state_dict().values())))
    x, y = data.x_test[:32].astype(np.float64), data.y_test[:32]
    nn.losses.cross_entropy(model(x), y).backward(retain_graph=False)
    rng = np.random.default_rng(seed)
    worst, compared = 0.0, 0
    with no_grad():
        for parameter in model.parameters():
            start, g = parameter.numpy(), parameter.grad
            size = 0.1 * np.sqrt(np.mean(start * start)) or 0.1
            conclusive = 0
            for _ in range(10 * directions):
                u = rng.standard_normal(start.shape) * size

                def along(t: float, p: Any = parameter, s: Any = start, u: Any = u) -> float:
                    p[...] = s + t * u
                    return nn.losses.cross_entropy(model(x), y).item()

                numeric = numeric_derivative(along, 0.0)
                parameter[...] = start
                if numeric.kind != "smooth":
                    continue
                exact = float(np.vdot(g, u))
                scale = max(abs(exact), abs(numeric.value), 1e-12)
                worst = max(worst, abs(exact - numeric.value) / scale)
                conclusive += 1
                if conclusive == directions:
                    break
            compared += conclusive
    return Check(worst, compared, compared > 0 and worst < GOAL)


# Inside ---------------------------------------------------------------------------------------


def _flat(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1).astype(np.float32)


def _picture_shape(x: np.ndarray) -> tuple[int, int] | None:
    """Height and width, if the examples look like pictures."""
    if x.ndim == 3 and min(x.shape[1:]) > 1:
        return x.shape[1], x.shape[2]
    side = math.isqrt(x[0].size)
    if x.ndim == 2 and side >= 5 and side * side == x[0].size and x.min() >= 0:
        return side, side
    return None


def _scale(train: np.ndarray, test: np.ndarray, pictures: bool) -> tuple[np.ndarray, np.ndarray]:
    """Pixels to 0..1, columns of a table to mean 0 and deviation 1, as the training data has it."""
    if pictures:
        largest = train.max() or 1.0
        return train / largest, test / largest
    train, mean, scale = nn.data.standardise(train)
    return train, nn.data.standardise(test, mean=mean, scale=scale)[0]


def _with_shifts(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The images, and each moved by half a pixel in four directions: five times the examples."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    moved = [images]
    for axis in (1, 2):
        for step in (1, -1):
            halfway = (padded + np.roll(padded, step, axis)) / 2
            moved.append(halfway[:, 1:-1, 1:-1])
    return np.concatenate(moved), np.tile(labels, len(moved))
