"""Small parameters are moved as one vector, and nobody can tell."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from nn import optim
from nn.optim import joined

SHAPES: list[tuple[int, ...]] = [(4, 3), (), (80, 70), (5,), (2, 3, 4)]
SETTINGS: list[dict[str, Any]] = [{}, {"amsgrad": True, "weight_decay": 0.1, "maximize": True}]


def _replace(optimizer: Any) -> Any:
    for state in optimizer.state.values():
        state["exp_avg"] = np.asarray(state["exp_avg"] * 0.5)
    return optimizer


def _write(optimizer: Any) -> Any:
    for state in optimizer.state.values():
        state["exp_avg_sq"] *= 2
    return optimizer


def _count(optimizer: Any) -> Any:
    next(iter(optimizer.state.values()))["step"] += 3
    return optimizer


def _load(optimizer: Any) -> Any:
    optimizer.load_state_dict(optimizer.state_dict())
    return optimizer


def _other_group(optimizer: Any) -> Any:
    optimizer.param_groups[0] = dict(optimizer.param_groups[0])
    return optimizer


def _same(optimizer: Any) -> Any:
    return optimizer


CHANGES = [
    _same, _replace, _write, _count, _load, _other_group, copy.deepcopy,
    lambda optimizer: pickle.loads(pickle.dumps(optimizer)),
]  # fmt: skip


def run(kind: type, options: dict[str, Any], change: Callable[[Any], Any]) -> list[Any]:
    """All there is to see in ten steps, some without all gradients, after ``change`` in between."""
    rng = np.random.default_rng(0)
    params = [ag.Tensor(rng.normal(size=s), True, dtype=np.float32) for s in SHAPES]
    optimizer = kind(params, lr=0.05, **options)
    seen: list[Any] = []
    for t in range(10):
        if t == 4:
            optimizer = change(optimizer)
        for k, p in enumerate(optimizer.param_groups[0]["params"]):
            p.grad = None if t in (2, 7) and k == t - 4 else rng.normal(size=p.shape)
        optimizer.step()
        seen += [p.numpy() for p in optimizer.param_groups[0]["params"]]
        for state in optimizer.state_dict()["state"].values():
            seen += state.values()
    return seen


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("options", SETTINGS)
@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW])
def test_joined_parameters_move_as_each_alone(
    kind: type, options: dict[str, Any], change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = run(kind, options, change)
    monkeypatch.setattr(joined, "_SMALL", 0)
    alone = run(kind, options, change)
    assert len(together) == len(alone)
    for a, b in zip(together, alone):
        np.testing.assert_array_equal(a, b)


def test_small_ones_of_one_dtype_are_joined() -> None:
    def joint(*params: ag.Tensor) -> bool:
        optimizer = optim.Adam(params)
        for p in params:
            p.grad = np.ones(p.shape)
        optimizer.step()
        return next(iter(optimizer.state.values()))["exp_avg"].base is not None

    small = [ag.Tensor(np.ones(3), True, dtype=d) for d in (np.float32, np.float32, np.float64)]
    assert joint(*small[:2])
    assert not joint(*small)
    assert not joint(small[0])
    assert not joint(*(ag.Tensor(np.ones(10_000), True) for _ in range(2)))


def test_parameters_that_keep_changing_are_joined_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(joined, "_can_be_joined", lambda due: made.append(len(due)))
    params = [ag.Tensor(np.ones(3), True) for _ in range(3)]
    optimizer = optim.Adam(params)
    for p in params:
        p.grad = np.ones(3)
    for _ in range(50):
        optimizer.step()
    assert 0 < len(made) < 20
