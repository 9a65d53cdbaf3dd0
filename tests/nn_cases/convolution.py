"""Convolutions and pooling."""

import numpy as np

import nn

from .case import Case

_rng = np.random.default_rng(5)
PICTURES = (_rng.normal(size=(2, 2, 5, 4)),)
SEQUENCES = (_rng.normal(size=(2, 2, 6)),)
PICTURE = (PICTURES[0][0],)

MODULES = {
    nn.Conv1d: [
        Case(lambda kind: nn.Conv1d(2, 3, 3, padding="same", **kind), SEQUENCES),
        Case(lambda kind: nn.Conv1d(2, 2, 2, 2, 1, 2, 2, bias=False, **kind), SEQUENCES),
        Case(
            lambda kind: nn.Conv1d(2, 1, 3, padding=2, padding_mode="circular", **kind), SEQUENCES
        ),
    ],
    nn.Conv2d: [
        Case(lambda kind: nn.Conv2d(2, 3, 3, padding=1, **kind), PICTURES),
        Case(lambda kind: nn.Conv2d(2, 2, (3, 2), (2, 1), groups=2, **kind), PICTURES),
        Case(lambda kind: nn.Conv2d(2, 1, 2, dilation=(2, 1), bias=False, **kind), PICTURES),
        Case(
            lambda kind: nn.Conv2d(2, 1, 3, padding="same", padding_mode="reflect", **kind),
            PICTURES,
        ),
        Case(lambda kind: nn.Conv2d(2, 1, 3, 2, 1, padding_mode="replicate", **kind), PICTURES),
        Case(lambda kind: nn.Conv2d(2, 2, 2, **kind), PICTURE, batch=None),
    ],
    nn.ConvTranspose1d: [
        Case(lambda kind: nn.ConvTranspose1d(2, 3, 3, 2, 1, 1, **kind), SEQUENCES),
    ],
    nn.ConvTranspose2d: [
        Case(lambda kind: nn.ConvTranspose2d(2, 1, 2, 2, **kind), PICTURES),
        Case(lambda kind: nn.ConvTranspose2d(2, 2, (2, 3), 1, 1, 0, 2, False, 2, **kind), PICTURES),
    ],
    nn.MaxPool1d: [
        Case(lambda kind: nn.MaxPool1d(2), SEQUENCES),
        Case(lambda kind: nn.MaxPool1d(3, 2, 1, dilation=2, ceil_mode=True), SEQUENCES),
    ],
    nn.MaxPool2d: [
        Case(lambda kind: nn.MaxPool2d(2), PICTURES),
        Case(lambda kind: nn.MaxPool2d((3, 2), 1, (1, 0)), PICTURES),
        Case(lambda kind: nn.MaxPool2d(2), PICTURE, batch=None),
    ],
    nn.AvgPool1d: [
        Case(lambda kind: nn.AvgPool1d(2), SEQUENCES),
        Case(lambda kind: nn.AvgPool1d(3, 2, 1, count_include_pad=False), SEQUENCES),
    ],
    nn.AvgPool2d: [
        Case(lambda kind: nn.AvgPool2d(2), PICTURES),
        Case(lambda kind: nn.AvgPool2d((3, 2), 2, (1, 0), ceil_mode=True), PICTURES),
        Case(lambda kind: nn.AvgPool2d(2, divisor_override=3), PICTURES),
    ],
    nn.AdaptiveAvgPool1d: [Case(lambda kind: nn.AdaptiveAvgPool1d(4), SEQUENCES)],
    nn.AdaptiveAvgPool2d: [
        Case(lambda kind: nn.AdaptiveAvgPool2d(1), PICTURES),
        Case(lambda kind: nn.AdaptiveAvgPool2d((3, None)), PICTURES),
    ],
}
