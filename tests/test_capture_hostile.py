"""What once made a captured function differ from the function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor
from autograd.errors import CaptureError
from autograd.extend import effect


def both(make: Callable[[], tuple[Any, Any]], between: dict[int, Callable[[Any], None]]) -> list:
    """What six calls give without and with capture; ``between`` changes the state before a call."""
    outcomes = []
    for captured in (False, True):
        function, state = make()
        call = ag.capture(function) if captured else function
        seen = []
        for k in range(6):
            between.get(k, lambda state: None)(state)
            x = Tensor(np.random.default_rng(k).normal(size=(4, 3)))
            seen.append(np.array(call(x).numpy()))
        outcomes.append(seen)
    return outcomes


def equal(outcomes: list) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(*outcomes))


def test_a_rule_of_numbers_that_hands_on_what_it_got_may_stop_doing_so() -> None:
    w = Tensor(0.5, requires_grad=True)

    @ag.capture
    def step() -> Tensor:
        w.zero_grad()
        loss = 2.5 * ag.sum(ag.sin(ag.relu(w)))
        loss.backward()
        return loss

    seen = []
    for number in (0.5, 0.6, -1.0, 0.7, -2.0):
        w.data = number
        step()
        seen.append(float(w.grad))
    assert seen == [2.5 * np.cos(0.5), 2.5 * np.cos(0.6), 0.0, 2.5 * np.cos(0.7), 0.0]


def test_an_effect_may_hand_back_its_operand_in_one_call_and_not_in_another() -> None:
    def function(x: Any) -> Any:
        return effect(lambda a: a if a.sum() > -1 else -a, x) * 2.0

    captured = ag.capture(function)
    for k in range(5):
        x = np.full(3, 1.0 - k)
        assert np.array_equal(captured(x).numpy(), function(Tensor(x)))


def test_a_gradient_set_to_none_inside_is_forgotten_in_every_call() -> None:
    w = Tensor(np.ones(3), requires_grad=True)

    @ag.capture
    def step(x: Any) -> Tensor:
        w.grad = None
        loss = (x * w).sum()
        loss.backward()
        return loss

    for k in range(5):
        step(np.full(3, float(k)))
        assert np.array_equal(w.grad, np.full(3, float(k)))


def test_another_gradient_set_inside_is_refused() -> None:
    w = Tensor(np.ones(3), requires_grad=True)

    @ag.capture
    def step(x: Any) -> Tensor:
        w.grad = np.zeros(3)
        return (x * w).sum()

    with pytest.raises(CaptureError, match=r"\.grad ="):
        step(np.ones(3))


def network() -> tuple[Any, Any]:
    model = nn.Sequential(
        nn.Linear(3, 3, rng=0, dtype=np.float64), nn.Linear(3, 3, rng=1, dtype=np.float64)
    )
    return lambda x: model(x).sum(), model


def other_weight(model: Any) -> None:
    model[0].weight = Tensor(np.full(model[0].weight.shape, 2.0), requires_grad=True)


def other_layer(model: Any) -> None:
    model[0] = nn.Linear(3, 3, rng=7, dtype=np.float64)


@pytest.mark.parametrize("change", [other_weight, other_layer])
def test_a_parameter_or_a_layer_put_in_place_of_another_is_seen(change: Any) -> None:
    assert equal(both(network, {3: change}))


class Listed(nn.Module):
    """Uses the parts of its list without calling the list."""

    def __init__(self) -> None:
        super().__init__()
        self.scales = [Tensor(np.full(3, 2.0)), Tensor(np.full(3, 3.0))]

    def forward(self, x: Any) -> Any:
        for scale in self.scales:
            x = x * scale
        return x


def test_a_list_of_tensors_in_a_module_may_become_another() -> None:
    def make() -> tuple[Any, Any]:
        model = Listed()
        return lambda x: model(x), model

    def change(model: Any) -> None:
        model.scales = [Tensor(np.full(3, 5.0))]

    assert equal(both(make, {3: change}))


def test_a_backward_through_what_was_written_since_is_refused() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    optimizer = nn.optim.SGD([w], lr=0.1)

    @ag.capture
    def late(x: Any) -> None:
        optimizer.zero_grad()
        y = (w * w * x).sum()
        (w * x).sum().backward()
        optimizer.step()
        y.backward()

    with pytest.raises(CaptureError, match="before the optimizer's step"):
        late(np.array([1.0, 2.0]))


def test_a_forward_pass_after_the_step_reads_what_it_wrote() -> None:
    def run(captured: bool) -> list[float]:
        w = Tensor([1.0, 2.0], requires_grad=True)
        optimizer = nn.optim.SGD([w], lr=0.1)

        def twice(x: Any) -> Any:
            for _ in range(2):
                optimizer.zero_grad()
                loss = (w * w * x).sum()
                loss.backward()
                optimizer.step()
            return loss

        call: Any = ag.capture(twice) if captured else twice
        return [call(np.array([1.0, 0.5]) + k).item() for k in range(5)] + w.numpy().tolist()

    assert run(True) == run(False)
