"""Weights of dense layers lie column after column, and nobody outside sees a difference."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn

SIZES = (80, 64)  # 5120 numbers: enough for columns first


def layer(seed: int = 0) -> nn.Linear:
    return nn.Linear(*SIZES, rng=seed)


def by_columns(x: Any) -> bool:
    return x.flags.f_contiguous and not x.flags.c_contiguous


def in_rows(model: nn.Module) -> nn.Module:
    """The same numbers, row after row, as a user may assign them."""
    for p in model.parameters():
        p.data = np.ascontiguousarray(p.numpy())
    return model


def data(n: int = 16) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(n, SIZES[0])).astype(np.float32)


def test_large_weights_lie_by_columns_and_small_ones_by_rows() -> None:
    assert by_columns(layer().weight.data)
    assert nn.Linear(16, 8).weight.data.flags.c_contiguous
    assert by_columns(nn.MLP(80, [64], 3)[0].weight.data)


def test_the_layout_changes_no_starting_number() -> None:
    drawn = np.random.default_rng(0).uniform(-1, 1, SIZES[::-1]) / np.sqrt(SIZES[0])
    assert np.allclose(layer().weight.numpy(), drawn, atol=1e-7)


@pytest.mark.parametrize("n", [0, 1, 2, 16])
@pytest.mark.parametrize("lead", [(), (3,)])
def test_the_gradient_has_the_layout_of_the_weight(n: int, lead: tuple[int, ...]) -> None:
    x = np.random.default_rng(2).normal(size=(*lead, n, SIZES[0])).astype(np.float32)
    ours, rows = layer(), in_rows(layer())
    for model in (ours, rows):
        (model(x) ** 2).sum().backward()
    assert by_columns(ours.weight.grad) and ours.weight.grad.base is None
    assert rows.weight.grad.flags.c_contiguous
    assert np.allclose(ours.weight.grad, rows.weight.grad, rtol=1e-4, atol=1e-4)


def test_second_derivatives() -> None:
    w = np.asfortranarray(np.random.default_rng(3).normal(size=(5, 4)))
    x = np.random.default_rng(4).normal(size=(3, 4))
    found = ag.hessian(lambda w: (ag.linear(x, w) ** 3).sum())(w)
    expected = ag.hessian(lambda w: (ag.linear(x, w) ** 3).sum())(np.ascontiguousarray(w))
    assert np.allclose(found, expected)
    assert ag.testing.gradcheck(lambda w: (ag.linear(x, w) ** 2).sum(), w)


def run(model: nn.Module, kind: type, steps: int = 4, **options: Any) -> list[np.ndarray]:
    optimizer = kind(model.parameters(), lr=0.05, **options)
    go_on(model, optimizer, steps)
    return [p.numpy() for p in model.parameters()]


def go_on(model: nn.Module, optimizer: Any, steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        (model(data()) ** 2).mean().backward()
        nn.optim.clip_grad_norm(model.parameters(), 0.5)
        optimizer.step()


OPTIMIZERS = [
    (nn.optim.SGD, {"momentum": 0.9, "weight_decay": 0.1}),
    (nn.optim.Adam, {"weight_decay": 0.1}),
    (nn.optim.AdamW, {}),
    (nn.optim.RMSprop, {"centered": True, "momentum": 0.5}),
]


@pytest.mark.parametrize(("kind", "options"), OPTIMIZERS)
def test_training_is_the_same_in_either_layout(kind: type, options: dict[str, Any]) -> None:
    for a, b in zip(run(layer(), kind, **options), run(in_rows(layer()), kind, **options)):
        assert np.allclose(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("kind", "options"), OPTIMIZERS)
def test_a_run_goes_on_bit_for_bit_and_in_its_layout(kind: type, options: dict[str, Any]) -> None:
    whole = run(layer(), kind, 6, **options)
    model = layer()
    optimizer = kind(model.parameters(), lr=0.05, **options)
    go_on(model, optimizer, 3)
    other = layer(seed=5)
    other.load_state_dict(model.state_dict())
    fresh = kind(other.parameters(), lr=0.05, **options)
    fresh.load_state_dict(optimizer.state_dict())
    for state in (optimizer.state[model.weight], fresh.state[other.weight]):
        arrays = [x for x in state.values() if isinstance(x, np.ndarray)]
        assert arrays and all(map(by_columns, arrays))
    go_on(other, fresh, 3)
    for a, b in zip(whole, (p.numpy() for p in other.parameters())):
        assert a.tobytes() == b.tobytes()


def test_what_is_saved_lies_by_rows(tmp_path: Any) -> None:
    model = layer()
    assert model.state_dict()["weight"].flags.c_contiguous
    nn.save(model, tmp_path / "model.safetensors")
    raw = (tmp_path / "model.safetensors").read_bytes()
    assert np.ascontiguousarray(model.weight.numpy()).tobytes() in raw
    # The test would see columns: they are other bytes.
    assert model.weight.numpy().tobytes("F") not in raw
    loaded = nn.load(tmp_path / "model.safetensors", layer(seed=7))
    assert by_columns(loaded.weight.data)
    assert loaded.weight.numpy().tobytes() == model.weight.numpy().tobytes()


def test_copies_keep_numbers_and_layout() -> None:
    model = layer()
    pickled = io.BytesIO()
    pickle.dump(model, pickled)
    for other in (copy.deepcopy(model), pickle.loads(pickled.getvalue())):
        assert by_columns(other.weight.data)
        assert other.weight.numpy().tobytes() == model.weight.numpy().tobytes()
        assert not np.shares_memory(other.weight.data, model.weight.data)


def test_tied_weights() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            self.inner = layer()

        def forward(self, x: Any) -> Any:
            return ag.linear(self.inner(x), self.inner.weight.T)

    ours, rows = Tied(), in_rows(Tied())
    for model in (ours, rows):
        (model(data()) ** 2).mean().backward()
    assert np.allclose(ours.inner.weight.grad, rows.inner.weight.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rows", [False, True])
def test_a_captured_step_is_the_eager_one(rows: bool) -> None:
    def trained(capture: bool) -> list[bytes]:
        model = nn.MLP(80, [64, 72], 5, rng=0)
        if rows:
            in_rows(model)
        optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = (model(x) ** 2).mean()
            loss.backward(retain_graph=False)
            optimizer.step()
            return loss

        made = ag.capture(step) if capture else step
        for k in range(6):
            made(data() + np.float32(k))
        assert all(by_columns(p.grad) != rows for p in model.parameters() if p.size > 4096)
        return [p.numpy().tobytes() for p in model.parameters()]

    assert trained(True) == trained(False)
