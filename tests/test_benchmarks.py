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
from autograd.graph import topological
from benchmarks import __main__ as program
from benchmarks import docs
from benchmarks.baseline import against
from benchmarks.compare import Effort, compare, difference
from benchmarks.comparison import Comparison, Spread
from benchmarks.machine import cores
from benchmarks.measures import chains, growth, recording
from benchmarks.measures.installed import installed
from benchmarks.pictures import draw
from benchmarks.report import Section, as_json, markdown
from benchmarks.results import load
from benchmarks.tables import comparisons, overview, section, summary
from benchmarks.workload import (
    BY_HAND,
    CAPTURED,
    JAX_PRODUCTS,
    OURS,
    PRODUCTS,
    TORCH_PRODUCTS,
    Contender,
    Goal,
    Task,
    Workload,
)
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
from benchmarks.workloads.data import layers, moons
from benchmarks.workloads.data import summary as digest
from benchmarks.workloads.training import layouts
from benchmarks.workloads.training.problem import operands

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


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_captured_step_replays_and_agrees(optimizer: str) -> None:
    sizes, batch = [2, 16, 16, 2], 20
    right = training.hand_written(sizes, batch, optimizer).result()
    captured = training.captured(sizes, batch, optimizer)
    assert difference(captured.result(), right) < 1e-4
    assert captured.profile is not None and "us in all" in captured.profile()


def test_products_alone_are_the_steps_products_in_either_order() -> None:
    sizes, batch = [6, 5, 4], 3
    found = training.products(sizes, batch).result()["products"]
    layered = operands(sizes, batch)
    right = []
    for i, (h, w, g) in enumerate(layered):
        right += [h @ w.T, g.T @ h, *([g @ w] if i else [])]
    assert difference({"p": found}, {"p": [digest(a) for a in right]}) < 1e-6
    h, w, g = layered[1]
    for order in layouts.ORDERS:
        calls = layouts.layer_products(h, np.asarray(w, order=order), g, first=False)
        outs = [np.matmul(a, b, out=out) for a, b, out in calls]
        assert layouts.is_fortran(np.asarray(w, order=order)) == (order == "F")
        np.testing.assert_allclose(outs[1].T if order == "F" else outs[1], g.T @ h, rtol=1e-6)


@pytest.mark.parametrize("order", layouts.ORDERS)
def test_by_hand_takes_weights_in_either_order(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, batch = [2, 16, 16, 2], 20
    right = training.engine(sizes, batch).result()
    monkeypatch.setattr(layouts, "best_products", lambda *args, **kwargs: (order, []))
    task = training.hand_written(sizes, batch)
    assert f"orders {' '.join(order * 3)}" in task.note()  # type: ignore[misc]
    assert difference(task.result(), right) < 1e-4


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


MACHINE = {
    "date": "then",
    "revision": "r",
    "processor": "P",
    "cores": 2,
    "python": "3",
    "command": "python -m benchmarks",
}


def comparison(
    ours: float, by_hand: float, name: str = "step-2-sgd", **others: float
) -> Comparison:
    """Three rounds in which the machine's speed varied."""
    done = Comparison(named(name, OURS, BY_HAND))
    for who, seconds in {OURS: ours, BY_HAND: by_hand, **others}.items():
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
    machine = MACHINE
    then = section(comparison(2e-4, 1e-4))
    file.write_text(json.dumps(as_json(machine, [then])))
    slow = section(comparison(2.4e-4, 1e-4))
    found, worse = against(file, machine, [slow])
    assert worse == 1 and found.rows[0][-2:] == ["1.20", "**slower**"]
    # The whole machine is slower: our figure beside the yardstick is what it was.
    found, worse = against(file, MACHINE | {"processor": "Q"}, [section(comparison(4e-4, 2e-4))])
    assert worse == 0 and found.rows[0][-2:] == ["1.00", ""]


def test_raw_times_of_another_machine_are_not_compared(tmp_path: Path) -> None:
    file = tmp_path / "then.json"
    both = [comparison(1e-4, 1e-4), comparison(2e-4, 1e-4)]
    for done in both:
        del done.seconds[BY_HAND]
    file.write_text(json.dumps(as_json(MACHINE, [section(both[0])])))
    found, worse = against(file, MACHINE, [section(both[1])])
    assert worse == 1 and found.rows[0][2] == "us"
    found, worse = against(file, MACHINE | {"processor": "Q"}, [section(both[1])])
    assert worse == 0 and not found.rows and "another machine" in found.failures["step-2-sgd"]
    file.write_text("{}")
    with pytest.raises(ValueError, match="not the JSON of an earlier run"):
        against(file, MACHINE, [])


def a_run() -> list[Section]:
    """Sections as a run with everything in it would have them."""
    steps = {CAPTURED: 1e-4, "torch": 2e-4, "jax": 1.5e-4}
    steps |= {PRODUCTS: 5e-5, TORCH_PRODUCTS: 4e-5, JAX_PRODUCTS: 5e-5}
    all_done = [comparison(2e-4, 1.2e-4, **steps)]
    all_done += [comparison(1e-5 * n, 1e-6 * n, f"elementwise-{n}") for n in (1000, 10_000)]
    one = {"graph": 100.0, "peak": 150.0}
    eager = one | {"record": 1e-6, "backward": 1e-6, "free": 1e-7}
    curves = [
        {"kind": "scalar chain", "who": "eager", "sizes": [100, 1000], "found": [eager] * 2},
        {"kind": "scalar chain", "who": "captured", "sizes": [100], "found": [one | {"replay": 1}]},
    ]
    data = {"curves": curves}
    return [*map(section, all_done), Section("growth", "Growth", ["a"], [["1"]], data=data)]


def test_pictures_are_drawn_of_what_there_is(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    written = draw(a_run(), f"{tmp_path}/run-")
    assert [p.name for p in written] == ["run-overview.png", "run-sizes.png", "run-growth.png"]
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in written)
    assert draw([], f"{tmp_path}/none-") == []


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    sections = a_run()
    file.write_text(json.dumps(as_json(MACHINE, sections)))
    machine, again = load(file)
    assert machine == MACHINE
    assert [one.lines() for one in again] == [one.lines() for one in sections]
    both = [[section(done).lines() for done in comparisons(x)] for x in (again, sections)]
    assert both[0] == both[1] and len(both[0]) == 3


def test_the_report_begins_with_ratios_goals_products_and_memory() -> None:
    found = {one.name: one for one in overview(a_run())}
    assert list(found) == ["summary", "captured", "goals", "products", "resident"]
    row = dict(zip(found["captured"].header, found["captured"].rows[0], strict=True))
    assert (row["torch"], row["jax"], row[OURS]) == ("0.5", "0.667", "0.5")
    assert TORCH_PRODUCTS not in row
    table = {tuple(row[:2]): row[2:] for row in found["goals"].rows}
    assert table["step-2-sgd", f"{CAPTURED} ≤ 0.6 × torch"] == ["0.5", "reached"]
    assert table["step-2-sgd", f"{OURS} ≤ 1.5 × {BY_HAND}"] == ["1.67", "**missed**"]
    header, (row_of_products,) = found["products"].header, found["products"].rows
    products = dict(zip(header, row_of_products, strict=True))
    assert products["torch's / NumPy's"] == "0.8"
    assert products["torch / own products"] == "5" and products[f"{CAPTURED} / own products"] == "2"
    # 100 us, less 50 of products, and 40 of PyTorch's: over 200.
    assert products["captured with torch's products / torch"] == "0.45"
    several = comparison(2e-4, 1e-4)
    several.threads = 2
    assert section(several).goals == [] and section(several).name == "step-2-sgd, 2 threads"


def test_memory_is_held_against_pytorchs_where_it_is_large() -> None:
    done = comparison(2e-4, 1e-4, torch=2e-4)
    assert [row[0] for row in overview([section(done)])[-1].rows] == ["step-2-sgd"]
    assert overview([section(done)])[-1].goals == [
        ("step-2-sgd: blamegraph ≤ 1 × torch for steps", 1.0, True)
    ]
    done.memory[OURS] = {"built": 10**7, "peak": 4 * 10**7}
    assert overview([section(done)])[-1].goals[0][1:] == (1.5, False)
    done.memory["torch"] = {"built": 10**7, "peak": 2 * 10**7}
    assert overview([section(done)])[-1].goals == []


# The documentation ----------------------------------------------------------------------------


def test_the_docs_are_written_from_a_run_and_a_changed_figure_is_seen(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run = tmp_path / "run.json"
    run.write_text(json.dumps(as_json(MACHINE, a_run())))
    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n\n{docs.BEGIN}\nold\n{docs.END}\n\nafter\n")
    docs.write(run, tmp_path)
    text = page.read_text()
    assert text.startswith("before") and text.endswith("after\n") and "old" not in text
    assert "](benchmarks/overview.png)" in text and "| step-2-sgd |" in text
    assert docs.stale(tmp_path) == []
    page.write_text(text.replace("0.667", "0.567"))
    assert docs.stale(tmp_path) == [page]
    page.write_text("no place")
    with pytest.raises(ValueError, match="no place for figures"):
        docs.write(run, tmp_path)


def test_the_figures_in_the_docs_are_those_of_the_committed_run() -> None:
    folder = program.ROOT / "docs"
    text = (folder / "benchmarks.md").read_text()
    assert text.count(docs.BEGIN) == text.count(docs.END) == 1
    if not (folder / "benchmarks" / "run.json").is_file():
        pytest.skip("no run is committed yet")
    assert docs.stale() == []


# Measures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", chains.KINDS)
def test_growth_is_measured_of_the_same_graph_eager_and_captured(kind: str) -> None:
    made = chains.graph(kind, "eager", 50)
    root = made.forward()
    ops = sum(node.op is not None for node in topological([getattr(root, "_node", root)]))
    assert ops == 50 + (kind == "tensor chain")
    root.backward()
    assert np.all(np.asarray(made.leaves[1].grad) != 0)
    right = [np.array(leaf.grad) for leaf in made.leaves]
    step = chains._step(made, kind)
    for _ in range(4):
        step()
    for leaf, expected in zip(made.leaves, right, strict=True):
        np.testing.assert_allclose(np.asarray(leaf.grad), expected, rtol=1e-12)
    for who, parts in (("eager", {"record", "backward", "free"}), ("captured", {"replay"})):
        found = chains.measured(kind, who, 50)
        assert parts <= found.keys() and all(found[part] > 0 for part in parts)


def test_growth_stops_where_recording_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*command: str, python: str = "") -> dict[str, float]:
        asked.append(command[-3:])
        who, n = command[-2], int(command[-1])
        if who == "torch":
            raise RuntimeError("no torch")
        slow = 1e-6 * (n / 100) ** (who == "eager" and command[-3] == "scalar sum")
        memory = {"graph": 10.0, "peak": 20.0}
        if who == "eager":
            return memory | {"record": slow, "backward": 0.0, "free": 0.0}
        return memory | {"replay": slow, "recording": 1e-3}

    asked: list[tuple] = []
    monkeypatch.setattr(growth, "ask", ask)
    monkeypatch.setattr(growth, "interpreter", lambda home: home)
    found = growth.measure(QUICK, lambda line: None)
    assert ("scalar chain", "captured", "10000") in asked
    assert ("scalar chain", "captured", "100000") not in asked
    assert "would take 100 s" in found.failures["scalar chain, captured, 100,000 ops"]
    assert found.failures["tensor chain, torch, 100 ops"] == "no torch"
    goals = {text: ok for text, _, ok in found.goals}
    assert goals["captured, scalar chain: one of 10,000 ops ≤ 1.5 × of 1,000"]
    assert not goals["eager, scalar sum: one of 1,000,000 ops ≤ 1.5 × of 100,000"]


def test_recording_is_counted_in_eager_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    found = recording.recorded("step-2-sgd")
    assert len(found["costs"]) == 1 + recording.AGAIN and min(found["costs"]) > 0
    assert found["replay"] > 0 and found["eager"] > 0
    runs = {"eager": 2e-3, "replay": 1e-3, "costs": [1.0, 0.04, 0.06, 0.05]}
    monkeypatch.setattr(recording, "ask", lambda *command: runs)
    table = recording.measure(QUICK, lambda line: None)
    assert table.rows[0] == ["step-2-sgd", "2", "1", "50", "25", "50", "1,000"]
    assert table.goals[0][1:] == (25.0, True)


# The program ----------------------------------------------------------------------------------


def test_the_program_writes_a_table_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    def measure(effort: Effort, say: Callable[[str], None]) -> Section:
        ran.append(effort)
        return Section("growth", "Growth", ["a"], [["1"]])

    monkeypatch.setitem(program.MEASURES, "growth", measure)
    assert program.main(["growth", "--quick", "--out", str(tmp_path)]) == 0
    assert ran == [program.QUICK]
    (table,) = tmp_path.glob("*.md")
    assert table.read_text() == capsys.readouterr().out
    (data,) = tmp_path.glob("*.json")
    assert [s["name"] for s in json.loads(data.read_text())["sections"]] == ["growth"]


def test_an_interrupted_run_is_kept_and_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    def measure(name: str) -> Callable:
        def of(effort: Effort, say: Callable[[str], None]) -> Section:
            if name == "imports" and not ran.count("stop"):
                ran.append("stop")
                raise KeyboardInterrupt
            ran.append(name)
            return Section(name, f"{name} {len(ran)}", ["a"], [["1"]])

        return of

    for name in list(program.MEASURES):
        monkeypatch.setitem(program.MEASURES, name, measure(name))
    monkeypatch.setattr(program, "WORKLOADS", {})
    monkeypatch.setattr(program, "FIRST", ("recording", "growth", "imports", "memory"))
    assert program.main(["--out", str(tmp_path)]) == 130
    (file,) = tmp_path.glob("*.json")
    assert "--into" in capsys.readouterr().err
    assert [one.name for one in load(file)[1]] == ["recording", "growth"]
    # What it lacks is measured, and the rest left as it was.
    assert program.main(["--into", str(file)]) == 0
    assert ran == ["recording", "growth", "stop", "imports", "memory"]
    titles = [one.title for one in load(file)[1]]
    assert titles == ["recording 1", "growth 2", "imports 4", "memory 5"]
    # What is named is measured anew, in its place.
    assert program.main(["growth", "--into", str(file)]) == 0
    assert [one.title for one in load(file)[1]] == [*titles[:1], "growth 6", *titles[2:]]
    data = json.loads(file.read_text())
    data["machine"]["processor"] = "another"
    file.write_text(json.dumps(data))
    with pytest.raises(ValueError, match="measured on another machine: another"):
        program.main(["--into", str(file)])


def test_a_run_has_everything_once_and_threads_last() -> None:
    jobs = program.plan([], quick=False, threads=2)
    assert len({job.name for job in jobs}) == len(jobs)
    assert {job.benchmark for job in jobs} == {*WORKLOADS, *program.MEASURES}
    alone = [job.threads == 1 for job in jobs]
    assert alone == sorted(alone, reverse=True) and not all(alone)
    assert jobs[0].name == "step-2-sgd" and "2 threads" in jobs[-1].name
    quick = [job.name for job in program.plan([], quick=True, threads=1)]
    assert not any(WORKLOADS[name].big for name in quick if name in WORKLOADS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "no benchmark nothing"),
        (["--threads", "0"], "--threads 0"),
        (["--baseline", "/nonexistent"], "no such file"),
        (["--into", __file__], "not the JSON of an earlier run"),
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
