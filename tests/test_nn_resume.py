"""A folder with checkpoints of a run is not taken up by another run."""

import signal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn

X = np.random.default_rng(0).normal(size=(24, 3))
Y = np.arange(24) % 2
SCHEDULES = nn.optim.schedulers


def model(p: float = 0.2, middle: Any = nn.ReLU) -> nn.Module:
    return nn.Sequential(
        nn.Linear(3, 4, rng=0),
        middle(),
        nn.Dropout(p, rng=np.random.default_rng(1)),
        nn.Linear(4, 2, rng=2),
    )


def run(folder: Path, **changes: Any) -> nn.History:
    settings: dict[str, Any] = {"model": model(), "epochs": 3, "seed": 0, **changes}
    return nn.fit(
        settings.pop("model"), X, Y, batch_size=8, checkpoint=nn.Checkpoint(folder), **settings
    )


def step(optimizer: nn.optim.Optimizer, gamma: float = 0.5) -> Any:
    return SCHEDULES.StepLR(optimizer, 2, gamma)


def by_power(optimizer: nn.optim.Optimizer, base: float = 0.9) -> Any:
    return SCHEDULES.LambdaLR(optimizer, lambda epoch: base**epoch)


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        ({}, {"seed": 1}, "another seed"),
        ({}, {"model": model(p=0.7)}, "layers was .*0.2.*, now .*0.7"),
        ({}, {"model": model(middle=nn.Tanh)}, "layers was .*ReLU.*, now .*Tanh"),
        ({}, {"loss": nn.CrossEntropyLoss(label_smoothing=0.1)}, "loss was"),
        (
            {"loss": nn.CrossEntropyLoss(label_smoothing=0.1)},
            {"loss": nn.CrossEntropyLoss(label_smoothing=0.2)},
            "loss was .*0.1.*, now .*0.2",
        ),
        ({"scheduler": step}, {"scheduler": partial(step, gamma=0.1)}, "scheduler was"),
        ({"scheduler": "cosine"}, {"scheduler": "cosine", "epochs": 6}, "scheduler was"),
        ({"scheduler": "one_cycle"}, {"scheduler": "one_cycle", "epochs": 6}, "scheduler was"),
        ({"early_stopping": 2}, {"early_stopping": 3}, "stopping was .*2.*, now .*3"),
        ({}, {"restore_best": True}, "stopping was"),
    ],
)
def test_another_run_is_refused(
    first: dict[str, Any], then: dict[str, Any], message: str, tmp_path: Path
) -> None:
    run(tmp_path, **first)
    with pytest.raises(ValueError, match=f"of another training run: .*{message}"):
        run(tmp_path, **then)


@pytest.mark.parametrize("more", [{}, {"scheduler": step}, {"scheduler": by_power}])
def test_more_epochs_are_the_same_run(more: dict[str, Any], tmp_path: Path) -> None:
    run(tmp_path / "parts", **more)
    parts, whole = model(), model()
    assert len(run(tmp_path / "parts", model=parts, epochs=6, **more)) == 6
    run(tmp_path / "whole", model=whole, epochs=6, **more)
    for name, array in whole.state_dict().items():
        np.testing.assert_array_equal(parts.state_dict()[name], array)


def test_a_folder_that_cannot_be_written_in_is_told_of_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    steps: list[int] = []

    class Steps(nn.Callback):
        def on_step_end(self, progress: nn.Progress) -> None:
            steps.append(progress.step)

    with pytest.raises(OSError, match="no checkpoints can be written here"):
        run(tmp_path / "file" / "run", callbacks=[Steps()])
    assert steps == []


def test_ctrl_c_after_the_last_step_loses_nothing(tmp_path: Path) -> None:
    class CtrlC(nn.Callback):
        def on_epoch_end(self, progress: nn.Progress) -> None:
            if progress.epoch == 3 and not (tmp_path / "pressed").exists():
                (tmp_path / "pressed").touch()
                signal.raise_signal(signal.SIGINT)

    first, again = model(), model()
    history = run(tmp_path / "run", model=first, callbacks=[CtrlC()])
    assert history.stopped.startswith("interrupted in epoch 3")
    history = run(tmp_path / "run", model=again, callbacks=[CtrlC()])
    assert len(history) == 3 and history.stopped == ""
    assert history["loss"] == run(tmp_path / "whole")["loss"]
