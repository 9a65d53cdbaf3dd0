"""The workloads compute what they say, and the harness compares before it times."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable

import numpy as np
import pytest

from autograd import Value
from benchmarks.compare import Comparison, Effort, Spread, compare, difference
from benchmarks.report import as_json, markdown, section
from benchmarks.workload import OURS, Contender, Goal, Task, Workload
from benchmarks.workloads import WORKLOADS, scalar, small_tensor, training
from benchmarks.workloads.data import layers, moons

QUICK = Effort(fleets=1, rounds=2, turn=0.001)


def named(workload: str, *names: str) -> Workload:
    """A workload with some of its contenders."""
    full = WORKLOADS[workload]
    kept = tuple(c for c in full.contenders if c.name in names)
    return Workload(full.name, full.title, kept, full.units, full.unit, full.goals)


# Workloads ------------------------------------------------------------------------------------


def test_scalar_network_is_the_network_in_numpy() -> None:
    result = scalar.mlp_task(Value, samples=20).result()
    found = np.array(result["gradients"])
    points, labels = moons(20)

    def loss(flat: np.ndarray) -> float:
        h, at = points, 0
        for m, n in zip(scalar.SIZES, scalar.SIZES[1:]):
            wb = flat[at : at + n * (m + 1)].reshape(n, m + 1)
            h, at = h @ wb[:, :m].T + wb[:, m], at + n * (m + 1)
            h = h if n == scalar.SIZES[-1] else np.maximum(h, 0)
        hinge = np.maximum(1 - (2 * labels - 1) * h[:, 0], 0)
        return hinge.mean() + 1e-4 * (flat**2).sum()

    flat = np.array([p.data for p in parameters_of(scalar.mlp_task(Value, samples=20))])
    assert result["loss"] == pytest.approx(loss(flat))
    for i in range(0, len(flat), 29):
        step = np.zeros_like(flat)
        step[i] = 1e-6
        numeric = (loss(flat + step) - loss(flat - step)) / 2e-6
        assert found[i] == pytest.approx(numeric, abs=1e-6)


def parameters_of(task: Task) -> list[Value]:
    """The parameters that a scalar network's loss closes over, in order."""
    cells = task.forward.__closure__  # type: ignore[union-attr]
    (found,) = (
        c.cell_contents
        for c in cells
        if isinstance(c.cell_contents, list) and isinstance(c.cell_contents[0], Value)
    )
    return found


@pytest.mark.parametrize(
    ("task", "ops"),
    [(scalar.mlp_task(Value, samples=2), scalar.mlp_ops(2)), (scalar.chain_task(Value, 50), 50)],
)
def test_scalar_ops_are_counted_as_written(task: Task, ops: int) -> None:
    assert task.forward is not None
    root = task.forward()
    seen, stack = {root}, [root]
    while stack:
        for parent in stack.pop().parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                stack.append(parent)
    assert sum(node.op is not None for node in seen) == ops


def test_small_tensor_chain_is_numpys() -> None:
    ours, plain = small_tensor.ours().result(), small_tensor.plain().result()
    assert ours["loss"] == pytest.approx(plain["loss"], rel=1e-12)
    step = 1e-6 * np.eye(4)
    for gradient, i in zip(ours["gradients"], range(3), strict=True):
        for k in range(4):
            up, down = ([small_tensor.X, small_tensor.W, small_tensor.B] for _ in range(2))
            up[i], down[i] = up[i] + step[k], down[i] - step[k]
            numeric = (small_tensor.chain(np, *up) - small_tensor.chain(np, *down)) / 2e-6
            assert gradient[k] == pytest.approx(numeric, abs=1e-7)


def test_training_by_hand_goes_downhill_along_the_gradient() -> None:
    sizes, batch = [2, 4, 2], 10
    x, labels = training.problem(sizes, batch)

    def loss(parameters: list) -> float:
        (w1, b1), (w2, b2) = parameters
        scores = np.maximum(x @ w1.T + b1, 0) @ w2.T + b2
        true = scores[np.arange(batch), labels]
        return float((np.log(np.exp(scores).sum(axis=1)) - true).mean())

    result = training.hand_written(sizes, batch).result()
    start = [[a.astype(float) for a in pair] for pair in layers(sizes)]
    assert result["losses"][0] == pytest.approx(loss(start), rel=1e-5)
    # Parameters after the checked steps, by numeric gradient descent.
    for _ in range(training.CHECKED):
        gradients = []
        for pair in start:
            for a in pair:
                g = np.zeros_like(a)
                for k in np.ndindex(a.shape):
                    kept = a[k]
                    a[k] = kept + 1e-5
                    up = loss(start)
                    a[k] = kept - 1e-5
                    g[k] = (up - loss(start)) / 2e-5
                    a[k] = kept
                gradients.append(g)
        for a, g in zip((a for pair in start for a in pair), gradients, strict=True):
            a -= training.RATE * g
    expected = [a for pair in start for a in pair]
    for found, right in zip(result["parameters"], expected, strict=True):
        np.testing.assert_allclose(found, right, atol=1e-5)


@pytest.mark.parametrize("build", [training.engine, training.network])
def test_our_training_step_is_the_one_by_hand(build: Callable[..., Task]) -> None:
    sizes, batch = [2, 16, 16, 2], 20
    by_hand = training.hand_written(sizes, batch).result()
    ours = build(sizes, batch).result()
    assert difference(ours, by_hand) < 1e-4


def test_steps_leave_nothing_to_the_collector() -> None:
    step = small_tensor.ours().step
    step()
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            step()
        assert gc.collect() == 0
    finally:
        gc.enable()


# The harness ----------------------------------------------------------------------------------


def test_a_comparison_in_processes() -> None:
    workload = named("small-tensor", OURS, "numpy, forward only")
    done = compare(workload, QUICK, seed=0, say=lambda line: None)
    assert not done.wrong and not done.absent
    assert [len(times) for times in done.seconds.values()] == [2, 2]
    assert done.ratio(OURS, OURS) == Spread(1.0, 1.0, 1.0)
    text = markdown(
        dict.fromkeys(("date", "revision", "processor", "cores", "python"), ""), [section(done)]
    )
    assert "| numpy, forward only |" in text and "goal: blamegraph ≤ 6 us" in text
    assert json.loads(json.dumps(as_json({}, [section(done)])))


def test_an_absent_peer_is_reported_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_HIPS", "/nonexistent")
    workload = named("small-tensor", "numpy, forward only", "HIPS autograd")
    done = compare(workload, QUICK, seed=0, say=lambda line: None)
    assert "make bench-peers" in done.absent["HIPS autograd"]
    assert list(done.seconds) == ["numpy, forward only"]
    assert "not measured: HIPS autograd" in "\n".join(section(done).lines())


def test_a_wrong_result_is_seen() -> None:
    right = {"loss": 2.0, "gradients": [[1.0, 2.0], [3.0]]}
    assert difference(right, right) == 0.0
    assert difference({"loss": 2.0}, right) == 0.0
    assert difference({"gradients": [[1.0, 2.0], [3.3]]}, right) == pytest.approx(0.1)
    assert difference({"gradients": [[1.0, 2.0], [float("nan")]]}, right) == float("inf")
    assert difference({"gradients": [[1.0], [3.0]]}, right) == float("inf")


def test_a_ratio_is_paired_within_rounds() -> None:
    # The machine was three times as slow in the second round.
    done = Comparison(
        Workload("w", "W", (Contender("a", small_tensor.plain), Contender("b", small_tensor.plain)))
    )
    done.seconds = {"a": [1.0, 3.0, 1.0], "b": [2.0, 6.0, 2.0]}
    assert done.ratio("b", "a") == Spread(2.0, 2.0, 2.0)
    assert done.reached(Goal(3.0, against="a", contender="b")) == Spread(2.0, 2.0, 2.0)
    assert done.reached(Goal(3.0, against="c", contender="b")) is None
