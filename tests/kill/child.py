"""The run that is killed: ``python -m tests.kill.child OUT [CHECKPOINTS]``.

It says "training" once its first step, or the first after it was taken up again, is due, and puts
what it arrived at into the folder OUT.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import nn
from nn.checkpoint import pack


class Slowly(nn.Callback):
    """Time to be killed in; a step of a model this small takes half a millisecond."""

    def on_start(self, progress: nn.Progress) -> None:
        print("training", flush=True)

    def on_step_end(self, progress: nn.Progress) -> None:
        time.sleep(0.001)


def data() -> tuple[np.ndarray, np.ndarray]:
    """Classes that overlap, so that there is something to over-fit."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(260, 8)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] + x[:, 2] + rng.normal(size=260) > 0).astype(int)
    return x, y


def train(checkpoint: Path | None) -> dict[str, Any]:
    """Train, or go on; what the run arrives at, times left out."""
    nn.manual_seed(1)
    model = nn.Sequential(
        nn.Linear(8, 128),
        nn.BatchNorm1d(128),
        nn.ReLU(),
        nn.Dropout(0.4),  # draws from the shared generator
        nn.Linear(128, 256),
        nn.Tanh(),
        nn.Dropout(0.2, rng=2),  # from one of its own
        nn.Linear(256, 2),
    )
    optimizer = nn.optim.Adam(model.parameters(), lr=0.003, weight_decay=1e-4)
    scheduler = nn.optim.schedulers.CosineAnnealingLR(optimizer, 200)
    x, y = data()
    history = nn.fit(
        model,
        x[:200],
        y[:200],
        validation=(x[200:], y[200:]),
        optimizer=optimizer,
        scheduler=scheduler,
        epochs=200,
        batch_size=16,
        clip_norm=5.0,
        early_stopping=nn.EarlyStopping(patience=60),
        checkpoint=None if checkpoint is None else nn.Checkpoint(checkpoint, every_steps=3),
        callbacks=[] if checkpoint is None else [Slowly()],
        seed=3,
        progress=False,
    )
    kept = history.to_dict()
    del kept["seconds"], kept["captured"]  # of the last process alone
    for row in kept["rows"]:
        del row["seconds"]
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "history": kept,
    }


if __name__ == "__main__":
    out, *folder = map(Path, sys.argv[1:])
    nn.Checkpoint(out).write(0, *pack(train(folder[0] if folder else None)))
