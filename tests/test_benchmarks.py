"""The workloads compute what they say, and the harness compares before it times."""

from __future__ import annotations

import dataclasses
import gc
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograd import Value
from benchmarks import __main__ as program
from benchmarks.baseline import against
from benchmarks.compare import Comparison, Effort, Spread, compare, difference
from benchmarks.machine import cores
from benchmarks.measures.installed import installed
from benchmarks.plot import draw
from benchmarks.report import Section, as_json, markdown, section, summary
from benchmarks.workload import BY_HAND, OURS, Contender, Goal, Task, Workload
from benchmarks.workloads import (
    WORKLOADS,
    attention,
    convnet,
    digits,
    elementwise,
    lstm,
    scalar,
    second_order,
    small_tensor,
    training,
)
from benchmarks.workloads import captured as capturing
from benchmarks.workloads.data import layers, moons
from benchmarks.workloads.data import summary as digest

QUICK = Effort(fleets=1, rounds=2, turn=0.001)


def named(workload: str, *names: str) -> Workload:
    """A workload with some of its contenders."""
    full = WORKLOADS[workload]
    kept = tuple(c for c in full.contenders if c.name in names)
    return dataclasses.replace(full, contenders=kept)


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
    [
        (scalar.mlp_task(Value, samples=2), scalar.mlp_ops(2)),
        (scalar.chain_task(Value, 50), 50),
        (scalar.sum_task(Value, 50), 50),
    ],
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
            a -= training.RATES["sgd"] * g
    expected = [a for pair in start for a in pair]
    for found, right in zip(result["parameters"], expected, strict=True):
        np.testing.assert_allclose(found, right.ravel(), atol=1e-5)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("build", [training.engine, training.network])
def test_our_training_step_is_the_one_by_hand(build: Callable[..., Task], optimizer: str) -> None:
    sizes, batch = [2, 16, 16, 2], 20
    by_hand = training.hand_written(sizes, batch, optimizer).result()
    ours = build(sizes, batch, optimizer).result()
    assert difference(ours, by_hand) < 1e-4


@pytest.mark.parametrize(
    ("ours", "by_hand", "tolerance"),
    [
        (lambda: elementwise.ours(1000), lambda: elementwise.by_hand(1000), 1e-12),
        (attention.ours, attention.by_hand, 1e-4),
        (lstm.ours, lstm.by_hand, 1e-4),
        (second_order.hessian_ours, second_order.hessian_by_hand, 1e-12),
    ],
    ids=["elementwise", "attention", "lstm", "hessian"],
)
def test_ours_agrees_with_derivatives_by_hand(
    ours: Callable[[], Task], by_hand: Callable[[], Task], tolerance: float
) -> None:
    found, right = ours().result(), by_hand().result()
    assert found.keys() == right.keys()
    assert difference(found, right) < tolerance


def test_convnet_and_hvp_match_differences() -> None:
    import autograd as ag

    parameters, (x, labels) = convnet._arrays(8)

    def loss(b: np.ndarray) -> float:
        k, _, m, c, w, d = parameters
        h = ag.max_pool2d(ag.relu(ag.conv2d(x, k, b, padding=1)), 2)
        h = ag.max_pool2d(ag.relu(ag.conv2d(h, m, c, padding=1)), 2)
        return ag.softmax_cross_entropy(ag.linear(h.reshape(len(x), -1), w, d), labels).item()

    bias = convnet.ours(8).result()["gradients"][1]
    step = 0.01 * np.ones(convnet.FIRST, np.float32)
    assert (loss(step) - loss(-step)) / 0.02 == pytest.approx(sum(bias), rel=0.02)

    x, point, along = second_order._network()
    point, along = ([a.astype(float) for a in arrays] for arrays in (point, along))
    pull = ag.grad(lambda ps: second_order._outputs(ag, ps, x))
    h = 1e-5
    ups, downs = (pull([p + s * h * a for p, a in zip(point, along)]) for s in (1, -1))
    numeric = [digest((u - d) / (2 * h)) for u, d in zip(ups, downs)]
    found = second_order.hvp_ours().result()
    assert difference(found, {"product": numeric}) < 1e-4


def test_digits_are_learned_in_few_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits, "TARGET", 0.9)
    task = digits.ours()
    assert task.note is not None and task.result() == {"reached": 1.0}
    assert 1 < int(task.note().split()[0]) < 50


def test_a_digest_sees_one_wrong_number_in_ten_and_a_wrong_scale() -> None:
    a = np.random.default_rng(0).normal(size=(300, 50))
    assert digest(a[:2]) == a[:2].ravel().tolist()
    wrong = a.copy()
    wrong[::10] += 1.0
    assert difference({"a": digest(wrong)}, {"a": digest(a)}) > 0.1
    assert difference({"a": digest(1.1 * a)}, {"a": digest(a)}) > 0.05


def test_workloads_have_ours_eager_and_names_of_their_own() -> None:
    assert len(WORKLOADS) == len({w.title for w in WORKLOADS.values()})
    for workload in WORKLOADS.values():
        names = [c.name for c in workload.contenders]
        assert names[0] == OURS and len(set(names)) == len(names)
        for goal in workload.goals:
            assert {goal.contender, goal.against or OURS} <= set(names)


def test_captured_is_absent_until_there_is_a_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    import autograd as ag

    monkeypatch.setattr(ag, "capture", None, raising=False)
    with pytest.raises(ImportError, match="not there yet"):
        capturing.capture(lambda: None)
    calls = []

    def capture(f: Callable) -> Callable:
        calls.append(f)
        return f

    monkeypatch.setattr(ag, "capture", capture)
    sizes, batch = [2, 4, 2], 10
    right = training.hand_written(sizes, batch).result()
    assert difference(training.captured(sizes, batch).result(), right) < 1e-4
    scalar._captured(scalar.chain_task, 50).result()
    assert len(calls) == 2


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
    text = markdown(program.describe() | {"command": ""}, [section(done)])
    assert "| numpy, forward only |" in text and "goal: blamegraph ≤ 6 us" in text
    assert json.loads(json.dumps(as_json({}, [section(done)])))


def test_an_absent_peer_is_reported_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_HIPS", "/nonexistent")
    workload = named("small-tensor", "numpy, forward only", "HIPS autograd")
    done = compare(workload, QUICK, seed=0, say=lambda line: None)
    assert "make bench-peers" in done.absent["HIPS autograd"]
    assert list(done.seconds) == ["numpy, forward only"]
    assert "not measured: HIPS autograd" in "\n".join(section(done).lines())


def test_a_peer_that_fails_is_absent_and_one_of_ours_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Their interpreter is ours, which has neither the peer's workload nor its package.
    monkeypatch.setenv("BENCH_PEERS", "/bin/false")
    workload = named("small-tensor", "numpy, forward only", "torch")
    done = compare(workload, QUICK, seed=0, say=lambda line: None)
    assert done.absent["torch"].startswith("failed") and not done.wrong
    unknown = Workload("small-tensor", "", (Contender("nobody", small_tensor.ours),))
    done = compare(unknown, QUICK, seed=0, say=lambda line: None)
    assert done.wrong["nobody"].startswith("failed: StopIteration")


def test_a_wrong_result_is_seen() -> None:
    right = {"loss": 2.0, "gradients": [[1.0, 2.0], [3.0]]}
    assert difference(right, right) == 0.0
    assert difference({"loss": 2.0}, right) == 0.0
    assert difference({"gradients": [[1.0, 2.0], [3.3]]}, right) == pytest.approx(0.1)
    assert difference({"gradients": [[1.0, 2.0], [float("nan")]]}, right) == float("inf")
    assert difference({"gradients": [[1.0], [3.0]]}, right) == float("inf")
    assert difference({"gradients": [[1.0, 2.0]]}, right) == float("inf")


def test_who_gives_other_results_is_not_timed() -> None:
    # Not even equal results are near enough.
    workload = dataclasses.replace(named("small-tensor", "numpy, forward only"), tolerance=-1.0)
    done = compare(workload, QUICK, seed=0, say=lambda line: None)
    assert done.wrong == {"numpy, forward only": "results differ by 0.0e+00"} and not done.seconds


def test_a_ratio_is_paired_within_rounds() -> None:
    # The machine was three times as slow in the second round.
    done = Comparison(
        Workload("w", "W", (Contender("a", small_tensor.plain), Contender("b", small_tensor.plain)))
    )
    done.seconds = {"a": [1.0, 3.0, 1.0], "b": [2.0, 6.0, 2.0]}
    assert done.ratio("b", "a") == Spread(2.0, 2.0, 2.0)
    assert done.reached(Goal(3.0, against="a", contender="b")) == Spread(2.0, 2.0, 2.0)
    assert done.reached(Goal(3.0, against="c", contender="b")) is None


# What is made of it ---------------------------------------------------------------------------


def comparison(ours: float, by_hand: float, name: str = "step-2-sgd") -> Comparison:
    """Three rounds in which the machine's speed varied."""
    done = Comparison(named(name, OURS, BY_HAND))
    for who, seconds in ((OURS, ours), (BY_HAND, by_hand)):
        done.seconds[who] = [seconds * s for s in (1.0, 1.01, 1.3)]
        done.about[who] = {"version": "1"}
        done.memory[who] = {"built": 10**7, "peak": 3 * 10**7}
    return done


def test_the_summary_has_a_line_a_workload_and_ratios_to_ours() -> None:
    two = [comparison(2e-4, 1e-4), comparison(3e-4, 1e-4, "step-2-adam")]
    two[1].threads = 2
    lines = summary(two).lines()
    assert lines[2] == f"| workload | ours | {OURS} | {BY_HAND} |"
    assert lines[4] == "| step-2-sgd | 202 us / step | 1 | 0.5 |"
    assert lines[5].startswith("| step-2-adam, 2 threads | 303 us")
    assert "| 30 | 20 |" in section(two[0]).lines()[4]


def test_what_got_slower_than_the_baseline_is_flagged(tmp_path: Path) -> None:
    file = tmp_path / "then.json"
    machine = {"processor": "P", "date": "then"}
    then = section(comparison(2e-4, 1e-4))
    file.write_text(json.dumps(as_json(machine, [then])))
    slow = section(comparison(2.4e-4, 1e-4))
    found, worse = against(file, machine, [slow])
    assert worse == 1 and found.rows[0][-2:] == ["1.20", "**slower**"]
    # The whole machine is slower: our figure beside the yardstick is what it was.
    found, worse = against(file, {"processor": "Q"}, [section(comparison(4e-4, 2e-4))])
    assert worse == 0 and found.rows[0][-2:] == ["1.00", ""]


def test_raw_times_of_another_machine_are_not_compared(tmp_path: Path) -> None:
    file = tmp_path / "then.json"
    both = [comparison(1e-4, 1e-4), comparison(2e-4, 1e-4)]
    for done in both:
        del done.seconds[BY_HAND]
    file.write_text(json.dumps(as_json({"processor": "P"}, [section(both[0])])))
    found, worse = against(file, {"processor": "P"}, [section(both[1])])
    assert worse == 1 and found.rows[0][2] == "us"
    found, worse = against(file, {"processor": "Q"}, [section(both[1])])
    assert worse == 0 and not found.rows and "another machine" in found.failures["step-2-sgd"]
    file.write_text("{}")
    with pytest.raises(ValueError, match="not the JSON of an earlier run"):
        against(file, {"processor": "P"}, [])


def test_pictures_are_drawn_of_ratios_and_of_growth(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    growing = [comparison(1e-5 * n, 1e-6 * n, f"elementwise-{n}") for n in (1000, 10_000)]
    written = draw([comparison(2e-4, 1e-4), *growing], tmp_path / "run")
    assert [p.name for p in written] == ["run-ratios.png", "run-growth.png"]
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in written)
    assert draw([], tmp_path / "none") == []


def test_the_program_writes_a_table_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    def measure(effort: Effort, say: Callable[[str], None]) -> Section:
        ran.append(effort)
        return Section("linearity", "Linearity", ["a"], [["1"]])

    monkeypatch.setitem(program.MEASURES, "linearity", measure)
    assert program.main(["linearity", "--quick", "--out", str(tmp_path)]) == 0
    assert ran == [program.QUICK]
    (table,) = tmp_path.glob("*.md")
    assert table.read_text() == capsys.readouterr().out
    (data,) = tmp_path.glob("*.json")
    assert [s["name"] for s in json.loads(data.read_text())["sections"]] == ["linearity"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "no benchmark nothing"),
        (["--threads", "0"], "--threads 0"),
        (["--baseline", "/nonexistent"], "no such file"),
    ],
)
def test_wrong_arguments_are_named(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        program.main(arguments)
    assert message in capsys.readouterr().err


def test_installed_size_counts_what_a_package_needs() -> None:
    alone, together = installed(["matplotlib"])
    if not alone:
        pytest.skip("matplotlib is not installed")
    assert together > alone + installed(["numpy"])[0] > alone > 10**6
    assert installed(["no-such-distribution"]) == (0, 0)


def test_as_many_cores_as_threads_are_used() -> None:
    assert len(cores(1)) <= 1
    assert set(cores(1)) <= set(cores(2))
