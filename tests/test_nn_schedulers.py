"""Schedules against closed forms, and laws that hold for every one there is."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from nn import optim
from nn.optim import schedulers
from nn.optim.schedulers import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    InverseScalingLR,
    LambdaLR,
    LinearLR,
    LinearWarmup,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    Scheduler,
    SequentialLR,
    StepLR,
)

RATES = (0.5, 0.02)
STEPS = 30


def kinds(base: type = Scheduler) -> list[type]:
    """Every schedule there is."""
    found = []
    for kind in base.__subclasses__():
        found += [kind, *kinds(kind)]
    return sorted(found, key=lambda kind: kind.__name__)


KINDS = kinds()


def an_optimizer(kind: Any = optim.SGD, **options: Any) -> Any:
    params = [ag.Tensor([1.0], requires_grad=True) for _ in RATES]
    return kind([{"params": p, "lr": lr} for p, lr in zip(params, RATES)], **options)


def sequence(o: Any) -> Any:
    parts = [LinearWarmup(o, 5), StepLR(o, 3), CosineAnnealingWarmRestarts(o, 4)]
    return SequentialLR(o, parts, [5, 14], every="epoch")


MAKES: dict[type, list[Callable[[Any], Any]]] = {
    ConstantLR: [lambda o: ConstantLR(o, 0.25, 8)],
    CosineAnnealingLR: [lambda o: CosineAnnealingLR(o, 9, 0.001)],
    CosineAnnealingWarmRestarts: [lambda o: CosineAnnealingWarmRestarts(o, 3, 2)],
    ExponentialLR: [lambda o: ExponentialLR(o, 0.9)],
    InverseScalingLR: [lambda o: InverseScalingLR(o, samples=50)],
    LambdaLR: [lambda o: LambdaLR(o, lambda t: 1 / (1 + t))],
    LinearLR: [lambda o: LinearLR(o, 0.1, 0.7, 12)],
    LinearWarmup: [lambda o: LinearWarmup(o, 12), lambda o: LinearWarmup(o, 12, every="epoch")],
    MultiStepLR: [lambda o: MultiStepLR(o, [4, 12, 13])],
    OneCycleLR: [
        lambda o: OneCycleLR(o, [1.0, 0.1], STEPS),
        lambda o: OneCycleLR(o, 1.0, STEPS, three_phase=True, anneal_strategy="linear"),
    ],
    PolynomialLR: [lambda o: PolynomialLR(o, 20, 2.0)],
    ReduceLROnPlateau: [lambda o: ReduceLROnPlateau(o, patience=2, cooldown=1)],
    SequentialLR: [sequence],
    StepLR: [lambda o: StepLR(o, 4)],
}
MADE = [
    pytest.param(make, id=f"{kind.__name__}-{i}")
    for kind in KINDS
    for i, make in enumerate(MAKES.get(kind, [None]))  # type: ignore[list-item]
]
every_made = pytest.mark.parametrize("make", MADE)


def settings(optimizer: Any) -> Any:
    return [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]


def follow(scheduler: Any, steps: range) -> list[Any]:
    found = []
    for t in steps:
        scheduler.step(metric=1 + math.sin(t))
        found.append((settings(scheduler.optimizer), scheduler.get_last_lr()))
    return found


def rates(scheduler: Any, steps: int = STEPS) -> np.ndarray:
    """Of the first group, those of the first step included."""
    found = [scheduler.get_last_lr()[0]]
    for _ in range(steps - 1):
        scheduler.step()
        found.append(scheduler.optimizer.param_groups[0]["lr"])
    return np.array(found)


# Closed forms ------------------------------------------------------------------------------------

T = np.arange(STEPS)
FALL = 2 * 2.0 ** np.floor(np.log2(T / 2 + 1))  # lengths 2, 4, 8 ..., which start at length - 2


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda o: StepLR(o, 4, 0.3), 0.3 ** (T // 4)),
        (lambda o: MultiStepLR(o, [7, 3, 7], 0.3), 0.3 ** ((T >= 3) + 2.0 * (T >= 7))),
        (lambda o: ExponentialLR(o, 0.8), 0.8**T),
        (lambda o: CosineAnnealingLR(o, 7), (1 + np.cos(np.pi * T / 7)) / 2),
        (lambda o: CosineAnnealingLR(o, 29, 0.05), 0.1 + 0.9 * (1 + np.cos(np.pi * T / 29)) / 2),
        (lambda o: CosineAnnealingWarmRestarts(o, 7), (1 + np.cos(np.pi * (T % 7) / 7)) / 2),
        (
            lambda o: CosineAnnealingWarmRestarts(o, 2, 2, 0.05),
            0.1 + 0.9 * (1 + np.cos(np.pi * (T - FALL + 2) / FALL)) / 2,
        ),
        (lambda o: PolynomialLR(o, 20, 1.5), (1 - np.minimum(T, 20) / 20) ** 1.5),
        (lambda o: InverseScalingLR(o, 0.7, 9), (1 + 9 * T) ** -0.7),
        (lambda o: ConstantLR(o, 0.2, 6), np.where(T < 6, 0.2, 1)),
        (lambda o: LinearLR(o, 0.2, 0.8, 10), 0.2 + 0.06 * np.minimum(T, 10)),
        (lambda o: LinearWarmup(o, 8), np.minimum(T + 1, 8) / 8),
        (lambda o: LinearWarmup(o, 1), np.ones(STEPS)),
        (lambda o: LambdaLR(o, [lambda t: 2.0 + t, lambda t: 1]), 2.0 + T),
        (
            lambda o: SequentialLR(o, [LinearLR(o, 0.5, 1, 4), ExponentialLR(o, 0.8)], [6]),
            np.where(T < 6, 0.5 + np.minimum(T, 4) / 8, 0.8 ** (T - 6.0)),
        ),
    ],
)
def test_closed_forms(make: Any, expected: np.ndarray) -> None:
    np.testing.assert_allclose(
        rates(make(an_optimizer())) / RATES[0], expected, rtol=1e-13, atol=1e-15
    )


def test_one_cycle_rises_falls_and_moves_momentum_the_other_way() -> None:
    optimizer = an_optimizer(optim.Adam, betas=(0.5, 0.99))
    scheduler = OneCycleLR(optimizer, 2.0, 21, pct_start=0.5, div_factor=10, final_div_factor=100)
    found, momentums = [], []
    for t in range(21):
        if t:
            scheduler.step()
        found.append(optimizer.param_groups[0]["lr"])
        momentums.append(optimizer.param_groups[1]["betas"])
    top = int(np.argmax(found))
    np.testing.assert_allclose([found[0], found[-1]], [0.2, 0.002], rtol=1e-12)
    assert top in (9, 10)
    assert (np.diff(found[: top + 1]) > 0).all() and (np.diff(found[top:]) < 0).all()
    np.testing.assert_allclose([momentums[0][0], momentums[-1][0]], 0.95)
    assert min(m for m, _ in momentums) == pytest.approx(0.85, abs=0.001)
    assert {beta2 for _, beta2 in momentums} == {0.99}
    scheduler.step()
    with pytest.raises(ValueError, match="total_steps=21"):
        scheduler.step()


def test_one_cycle_in_three_phases() -> None:
    # Up in 0 to 9, down in 9 to 18, down to the last in 18 to 29.
    optimizer = an_optimizer()
    scheduler = OneCycleLR(
        optimizer, 1.0, 30, pct_start=1 / 3, anneal_strategy="linear", three_phase=True
    )
    expected = np.interp(T, [0, 9, 18, 29], [0.04, 1, 0.04, 4e-6])
    np.testing.assert_allclose(rates(scheduler), expected, rtol=1e-11)
    assert optimizer.param_groups[0]["momentum"] == 0.95


def test_a_plateau_is_waited_for() -> None:
    scheduler = ReduceLROnPlateau(an_optimizer(), factor=0.5, patience=1, cooldown=2, min_lr=0.1)
    losses = [3, 2, 2, 1.99999, 2, 2, 2, 2, math.nan, 2, 2, 2, 1, 1, 1]
    found = []
    for loss in losses:
        scheduler.step(loss)
        found.append(scheduler.get_last_lr()[0] / RATES[0])
    assert found == [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2]
    assert scheduler.best == 1 and scheduler.last_epoch == len(losses)


def test_a_plateau_of_what_is_to_rise() -> None:
    scheduler = ReduceLROnPlateau(an_optimizer(), mode="max", patience=0, threshold=0.1)
    for accuracy, lr in ((-math.inf, 0.05), (0.5, 0.05), (0.56, 0.05), (0.6, 0.005)):
        scheduler.step(ag.Tensor(accuracy))
        assert scheduler.get_last_lr()[0] == pytest.approx(lr)


def test_schedules_of_one_optimizer_multiply() -> None:
    optimizer = an_optimizer()
    both = [LinearWarmup(optimizer, 5), ExponentialLR(optimizer, 0.9)]
    found = [optimizer.param_groups[0]["lr"]]
    for _ in range(STEPS - 1):
        for scheduler in both:
            scheduler.step()
        found.append(optimizer.param_groups[0]["lr"])
    expected = RATES[0] * np.minimum(T + 1, 5) / 5 * 0.9**T
    np.testing.assert_allclose(found, expected, rtol=1e-13)


# Laws of every schedule --------------------------------------------------------------------------


def test_the_walk_finds_them_all() -> None:
    assert set(MAKES) == set(KINDS)
    assert {kind.__name__ for kind in KINDS} <= set(schedulers.__all__)


@every_made
@pytest.mark.parametrize("at", [0, 1, 6, 17])
def test_a_run_goes_on_from_its_state_bit_for_bit(make: Any, at: int) -> None:
    whole = make(an_optimizer(momentum=0.5))
    follow(whole, range(at))
    state = json.loads(json.dumps(whole.state_dict(), allow_nan=False))
    then = settings(whole.optimizer)
    rest = follow(whole, range(at, STEPS))

    again = make(an_optimizer(momentum=0.5))
    follow(again, range(3))
    again.load_state_dict(state)
    # The optimizer need not be loaded for its learning rates, nor one cycle's momentum.
    assert settings(again.optimizer) == then and again.last_epoch == at
    assert follow(again, range(at, STEPS)) == rest
    assert repr(again) == repr(whole)


@every_made
def test_a_run_goes_on_whichever_is_loaded_first(make: Any) -> None:
    whole = make(an_optimizer(momentum=0.5))
    follow(whole, range(7))
    states = whole.optimizer.state_dict(), whole.state_dict()
    rest = follow(whole, range(7, STEPS))
    for first in ("optimizer", "scheduler", "before the schedule was made"):
        optimizer = an_optimizer(momentum=0.5)
        if first == "before the schedule was made":
            optimizer.load_state_dict(states[0])
        scheduler = make(optimizer)
        if first == "optimizer":
            optimizer.load_state_dict(states[0])
        scheduler.load_state_dict(states[1])
        if first == "scheduler":
            optimizer.load_state_dict(states[0])
        assert follow(scheduler, range(7, STEPS)) == rest


@every_made
def test_a_state_is_a_copy_and_settings_are_shown(make: Any) -> None:
    scheduler = make(an_optimizer())
    state = scheduler.state_dict()
    text = json.dumps(state)
    follow(scheduler, range(10))
    assert json.dumps(state) == text
    scheduler.load_state_dict(state)
    follow(scheduler, range(10))
    scheduler.get_last_lr().clear()
    assert json.dumps(state) == text and len(scheduler.get_last_lr()) == 2
    assert repr(scheduler).startswith(type(scheduler).__name__) and "last_epoch=10" in repr(
        scheduler
    )


@every_made
def test_a_preview_is_what_comes_and_changes_nothing(make: Any) -> None:
    scheduler = make(an_optimizer(momentum=0.5))
    if isinstance(scheduler, ReduceLROnPlateau):
        with pytest.raises(TypeError, match="the figure to watch"):
            scheduler.preview(3)
        return
    follow(scheduler, range(4))
    state, before = scheduler.state_dict(), settings(scheduler.optimizer)
    ahead = scheduler.preview(20)
    assert (scheduler.state_dict(), settings(scheduler.optimizer)) == (state, before)
    first = scheduler.get_last_lr()
    found = [first] + [lr for _, lr in follow(scheduler, range(19))]
    np.testing.assert_array_equal(ahead, found)


def test_a_plot() -> None:
    pytest.importorskip("matplotlib")
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    axes = CosineAnnealingLR(an_optimizer(), 10).plot(20)
    assert [len(line.get_ydata()) for line in axes.lines] == [20, 20]
    assert (axes.get_xlabel(), axes.get_title()) == ("epoch", "CosineAnnealingLR")
    plt.close(axes.figure)


def test_when_fit_steps() -> None:
    by_step = {kind for kind in KINDS if kind.every == "step"}
    assert by_step == {LinearWarmup, OneCycleLR}
    optimizer = an_optimizer()
    assert StepLR(optimizer, 3, every="step").every == "step"
    parts = [LinearWarmup(optimizer, 3), ExponentialLR(optimizer, 0.5)]
    with pytest.raises(ValueError, match="some of these schedules count epochs and some steps"):
        SequentialLR(optimizer, parts, [3])
    assert SequentialLR(optimizer, parts, [3], every="step").every == "step"
    assert SequentialLR(optimizer, parts[:1], []).every == "step"


# By name -----------------------------------------------------------------------------------------


def test_names_give_a_run_of_the_right_length() -> None:
    ends = {
        "adaptive": None,
        "constant": 1.0,
        "cosine": (1 + math.cos(math.pi * 0.9)) / 2,
        "exponential": 0.01**0.9,
        "invscaling": 200**-0.5,
        "linear": 0.1,
        "one_cycle": 1 / 25 / 1e4,
        "plateau": None,
        "polynomial": 0.01,
        "step": 0.01,
        "warmup": 1.0,
        "warmup_cosine": (1 + math.cos(math.pi * 179 / 180)) / 2,
    }
    assert set(ends) == set(schedulers.names())
    for name, end in ends.items():
        scheduler = schedulers.get(name, an_optimizer(), epochs=10, steps=20)
        units = 200 if scheduler.every == "step" else 10
        if end is not None:
            ahead = scheduler.preview(units)
            np.testing.assert_allclose(ahead[-1] / RATES, end, rtol=1e-9)
            assert (ahead > 0).all() and (ahead <= np.array(RATES) * (1 + 1e-12)).all()
    for name in schedulers.names():
        schedulers.get(name, an_optimizer(optim.Adam), epochs=1, steps=1).step(1.0)


def test_a_name_starts_anew_from_the_first_rates() -> None:
    optimizer = an_optimizer()
    for name in ("one_cycle", "cosine", "linear"):
        scheduler = schedulers.get(name, optimizer, epochs=5, steps=2)
        for _ in range(5):
            scheduler.step()
    assert schedulers.get("constant", optimizer).get_last_lr() == list(RATES)
    assert "momentum" in optimizer.defaults and optimizer.param_groups[0]["momentum"] == 0
    adam = an_optimizer(optim.Adam)
    assert schedulers.get("one_cycle", adam, epochs=5, steps=2).cycle_momentum
    assert adam.param_groups[0]["betas"][0] == 0.95


def test_objects_and_functions_will_do() -> None:
    optimizer = an_optimizer()
    scheduler = StepLR(optimizer, 3)
    assert schedulers.get(scheduler, optimizer) is scheduler
    made = schedulers.get(lambda o: ExponentialLR(o, 0.5), optimizer)
    assert isinstance(made, ExponentialLR) and made.optimizer is optimizer
    with pytest.raises(ValueError, match=r"did you mean 'cosine'\? There are adaptive, .*polynom"):
        schedulers.get("cosin", optimizer)
    with pytest.raises(ValueError, match="called 'zzz'; there are adaptive"):
        schedulers.get("zzz", optimizer)
    with pytest.raises(ValueError, match="another optimizer"):
        schedulers.get(scheduler, an_optimizer())
    for wrong in (3, lambda o: 3):
        with pytest.raises(TypeError, match="a schedule is a name, a Scheduler or a function"):
            schedulers.get(wrong, optimizer)
    with pytest.raises(ValueError, match="get: epochs is a whole number"):
        schedulers.get("cosine", optimizer, epochs=0)
    with pytest.raises(TypeError, match="get schedules an optimizer, got float"):
        schedulers.get("cosine", 0.1)


# Wrong use ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda o: StepLR(o, 0), "StepLR: step_size is a whole number from 1 up, got 0"),
        (lambda o: StepLR(o, 2.5), "StepLR: step_size"),
        (lambda o: StepLR(o, 2, -1), "StepLR: gamma is a number from 0.0 up"),
        (lambda o: StepLR(o, 2, every="batch"), "StepLR: every is 'epoch' or 'step'"),
        (lambda o: MultiStepLR(o, [2], math.nan), "MultiStepLR: gamma"),
        (lambda o: ExponentialLR(o, -0.5), "ExponentialLR: gamma"),
        (lambda o: PolynomialLR(o, 0), "PolynomialLR: total_iters"),
        (lambda o: PolynomialLR(o, 5, -1), "PolynomialLR: power"),
        (lambda o: InverseScalingLR(o, -1), "InverseScalingLR: power_t"),
        (lambda o: InverseScalingLR(o, samples=0), "InverseScalingLR: samples"),
        (lambda o: ConstantLR(o, 0), "ConstantLR: factor is above 0"),
        (lambda o: ConstantLR(o, 1.5), "ConstantLR: factor is a number from 0.0 to 1.0"),
        (lambda o: ConstantLR(o, 0.5, 0), "ConstantLR: total_iters"),
        (lambda o: LinearLR(o, 0.0), "LinearLR: start_factor is above 0"),
        (lambda o: LinearLR(o, 0.5, -0.1), "LinearLR: end_factor"),
        (lambda o: LinearWarmup(o, 0), "LinearWarmup: total_iters"),
        (lambda o: CosineAnnealingLR(o, 0), "CosineAnnealingLR: T_max"),
        (lambda o: CosineAnnealingLR(o, 5, -1), "CosineAnnealingLR: eta_min"),
        (lambda o: CosineAnnealingWarmRestarts(o, 0), "T_0 is a whole"),
        (lambda o: CosineAnnealingWarmRestarts(o, 2, 0.5), "T_mult is a whole"),
        (lambda o: LambdaLR(o, [abs]), "lr_lambda has 1 values for 2 parameter groups"),
        (lambda o: OneCycleLR(o, 1.0), "total_steps, or both"),
        (lambda o: OneCycleLR(o, 1.0, 0), "OneCycleLR: total_steps"),
        (lambda o: OneCycleLR(o, 1.0, epochs=3, steps_per_epoch=0), "steps_per_epoch"),
        (lambda o: OneCycleLR(o, [1.0], 5), "max_lr has 1 values for 2"),
        (lambda o: OneCycleLR(o, 1.0, 5, pct_start=2), "pct_start"),
        (lambda o: OneCycleLR(o, 1.0, 5, anneal_strategy="quick"), "'cos' or 'linear'"),
        (lambda o: OneCycleLR(o, 1.0, 5, div_factor=0), "div_factor is above 0"),
        (lambda o: OneCycleLR(o, 1.0, 5, max_momentum=1.0), "a momentum is from 0 up to"),
        (lambda o: ReduceLROnPlateau(o, "least"), "mode is 'min' or 'max'"),
        (lambda o: ReduceLROnPlateau(o, factor=1.0), "factor is below 1"),
        (lambda o: ReduceLROnPlateau(o, patience=-1), "patience"),
        (lambda o: ReduceLROnPlateau(o, threshold_mode="no"), "threshold_mode"),
        (lambda o: ReduceLROnPlateau(o, min_lr=[0.1]), "min_lr has 1 values"),
        (lambda o: SequentialLR(o, [StepLR(o, 2)], [4]), "milestones less one"),
        (lambda o: SequentialLR(o, [StepLR(o, 2)] * 3, [4, 3]), "rising milestones"),
        (lambda o: SequentialLR(o, [StepLR(o, 2)] * 2, [0]), "is a whole number from 1 up"),
        (lambda o: SequentialLR(o, [StepLR(an_optimizer(), 2)], []), "another optimizer"),
    ],
)
def test_wrong_settings_answer_at_once(make: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        make(an_optimizer())


def test_wrong_things_answer_at_once() -> None:
    optimizer = an_optimizer()
    for make in (lambda o: StepLR(o, 2), lambda o: OneCycleLR(o, 1, 5), lambda o: LambdaLR(o, abs)):
        with pytest.raises(TypeError, match="schedules an optimizer, got dict"):
            make({"lr": 0.1})  # type: ignore[no-untyped-call]
    with pytest.raises(ValueError, match="Adagrad has neither momentum nor betas"):
        OneCycleLR(an_optimizer(optim.Adagrad), 1.0, 5)
    with pytest.raises(TypeError, match="number 1 is ReduceLROnPlateau"):
        SequentialLR(optimizer, [StepLR(optimizer, 2), ReduceLROnPlateau(optimizer)], [3])
    with pytest.raises(TypeError, match="lr_lambda is a function"):
        LambdaLR(optimizer, 0.5)
    with pytest.raises(TypeError, match=r"scheduler\.step\(validation_loss\)"):
        ReduceLROnPlateau(optimizer).step()
    with pytest.raises(KeyError, match="load the optimizer's state first"):
        StepLR(an_optimizer(), 2, last_epoch=4)
    scheduler = StepLR(optimizer, 2)
    optimizer.add_param_group({"params": ag.Tensor([1.0], requires_grad=True)})
    with pytest.raises(RuntimeError, match="2 parameter groups and the optimizer has 3"):
        scheduler.step()


def test_states_that_do_not_fit_are_refused() -> None:
    optimizer = an_optimizer()
    scheduler = StepLR(optimizer, 2)
    before = scheduler.state_dict()
    one = StepLR(optim.SGD([ag.Tensor([1.0], requires_grad=True)]), 2)
    for state, match in (
        (ExponentialLR(an_optimizer(), 0.5).state_dict(), "StepLR: this is not its state"),
        (None, "not its state"),
        (one.state_dict(), "of 1 parameter groups, and the optimizer has 2"),
    ):
        with pytest.raises(ValueError, match=match):
            scheduler.load_state_dict(state)
    assert scheduler.state_dict() == before
    with pytest.raises(ValueError, match="this state has 0 schedules in place of 3"):
        sequence(an_optimizer()).load_state_dict(before)
