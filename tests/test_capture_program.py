"""From a recorded program to a plan: every op replayed with new numbers, each pass by itself."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.capturing.lowering import Call, lower, replaced
from autograd.capturing.passes import PASSES, common, dead, folding, fuse, identities, select
from autograd.capturing.plan import Plan
from autograd.capturing.program import Array, Program, Step
from autograd.capturing.tape import Rule
from autograd.errors import CaptureError
from autograd.op import Op, walking
from autograd.ops.cross_entropy import _class_cross_entropy

from .declared import DECLARED, cases_of

OPS = sorted(name for name, op in DECLARED.items() if isinstance(op, Op))


class Recorder:
    """Writes the steps of a program while ops run on arrays."""

    def __init__(self) -> None:
        self.program = Program()

    def input(self, x: Any) -> Array:
        array = Array(np.array(x, order="K"), "input", len(self.program.inputs))
        self.program.inputs.append(array)
        return array

    def step(
        self, kind: str, f: Any, *operands: Any, several: bool = False, **keywords: Any
    ) -> Any:
        real = [replaced(x, _sample) for x in operands]
        with walking() if kind == "rule" else contextlib.nullcontext():
            result = f(*real, **keywords)
        known = {id(x.sample): x for x in operands if isinstance(x, Array)}
        made = tuple(
            None if x is None else known.get(id(x)) or Array(np.asarray(x))
            for x in (result if several else (result,))
        )
        name = getattr(f, "__name__", type(f).__name__)
        results = () if made == (None,) and not several else made
        self.program.steps.append(Step(kind, name, f, operands, keywords, results, several))
        return list(made) if several else made[0]

    def op(self, op: Op, /, *operands: Any, **params: Any) -> Any:
        params = {**op.defaults, **params}
        if "kept" in params:
            params["kept"] = []
        return self.step("op", op.forward, *operands, several=op.multiple, **params)

    def rule(self, op: Op, g: Any, out: Any, operands: Any, params: dict, wanted: list) -> list:
        rule = Rule(op, params, wanted, len(g) if isinstance(g, list) else None)
        return self.step("rule", rule, *rule.flat(g, out, operands), several=True)

    def effect(self, f: Any, *operands: Any, writes: tuple = ()) -> Any:
        made = self.step("effect", f, *operands)
        self.program.steps[-1].writes = writes
        return made

    def plan(self, *outputs: Array, **options: Any) -> Plan:
        self.program.outputs = list(outputs)
        return Plan(self.program, **options)


def _sample(x: Any) -> Any:
    return x.sample if isinstance(x, Array) else x


def run_as_recorded(program: Program, inputs: list) -> list:
    """What a replay has to give."""
    known = dict(zip(program.inputs, inputs, strict=True))
    for step in program.steps:
        with walking() if step.kind == "rule" else contextlib.nullcontext():
            real = [
                replaced(x, lambda y: known.get(y, _sample(y)) if isinstance(y, Array) else y)
                for x in step.operands
            ]
            result = step.function(*real, **step.keywords)
        for x, made in zip(step.results, result if step.several else (result,), strict=False):
            if x is not None:
                known[x] = np.asarray(made)
    return [known[x] for x in program.outputs]


def recorded_case(case: Any, op: Op) -> Program:
    """An op's forward and its rule."""
    recorder = Recorder()
    args = [np.asarray(x) if type(x) is float else x for x in case.tree.build(case.leaves)]
    operands = [recorder.input(x) if isinstance(x, np.ndarray) else x for x in args]
    made = recorder.op(op, *operands, **case.params)
    outs = made if op.multiple else [made]
    outputs = list(outs)
    may = op.differentiable or (True,)
    wanted = [
        True if isinstance(x, Array) and x.dtype.kind == "f" and may[min(i, len(may) - 1)] else None
        for i, x in enumerate(operands)
    ]
    if any(wanted) and all(x.dtype.kind == "f" for x in outs) and op.vjp is not None:
        rng = np.random.default_rng(3)
        gs = [recorder.input(rng.normal(size=x.shape).astype(x.dtype)) for x in outs]
        params = recorder.program.steps[0].keywords
        g, out = (gs, outs) if op.multiple else (gs[0], outs[0])
        with contextlib.suppress(ag.errors.NotDifferentiableError):
            outputs += [x for x in recorder.rule(op, g, out, operands, params, wanted) if x]
    recorder.program.outputs = outputs
    return recorder.program


def others(program: Program, seed: int) -> list[np.ndarray]:
    """Other numbers of the same shapes; with an inf, a nan and a zero for the last seed."""
    rng = np.random.default_rng(seed)
    found = []
    for i, x in enumerate(program.inputs):
        a = x.sample.copy("K")
        if a.dtype.kind == "f" and seed:
            a *= rng.uniform(0.9, 1.1, a.shape).astype(a.dtype)
            if seed == 3 and a.size:
                a.flat[0] = (np.nan, np.inf, 0.0)[i % 3]
        found.append(a)
    return found


@pytest.mark.parametrize("name", OPS)
def test_a_replay_gives_what_the_op_and_its_rule_give(name: str) -> None:
    op = DECLARED[name]
    for case in cases_of(name)[:5]:
        program = recorded_case(case, op)
        plan = Plan(program)
        for seed in (0, 1, 2, 3, 1):
            inputs = others(program, seed)
            with np.errstate(all="ignore"):
                try:
                    wanted = run_as_recorded(program, inputs)
                except Exception as error:
                    with pytest.raises(type(error)):
                        plan.run(inputs)
                    continue
                found = plan.run(inputs)
            for a, b in zip(wanted, found, strict=True):
                assert (a.shape, a.dtype) == (b.shape, b.dtype)
                np.testing.assert_array_equal(a, b, strict=True)


def test_an_op_that_does_something_else_for_stand_ins_is_left_as_it_is() -> None:
    r = Recorder()
    x = r.input(np.ones((4, 3)))
    plan = r.plan(r.step("op", lambda x: x + 0 if type(x) is np.ndarray else x * x, x))
    assert plan.steps[0].kind == "op"
    assert plan.run([np.full((4, 3), 5.0)])[0][0, 0] == 5


def test_most_ops_become_single_calls() -> None:
    lowered = total = 0
    for name in OPS:
        program = recorded_case(cases_of(name)[0], DECLARED[name])
        total += len(program.steps)
        left = [s for s in lower(program).steps if s.kind in ("op", "rule")]
        lowered += len(program.steps) - len(left)
    assert lowered > 0.8 * total


# What a recording cannot know -----------------------------------------------------------------


def _branching(x: Any) -> Any:
    return x * 2 if x.sum() > 0 else x - 1


def test_an_if_that_goes_the_other_way_is_followed() -> None:
    r = Recorder()
    x = r.input(np.ones(3))
    plan = r.plan(r.step("op", _branching, x))
    assert {s.kind for s in plan.steps} == {"numpy", "check"}
    for _ in range(6):
        np.testing.assert_array_equal(plan.run([-np.ones(3)])[0], [-2, -2, -2])
        np.testing.assert_array_equal(plan.run([np.ones(3)])[0], [2, 2, 2])
    assert "op" in {s.kind for s in plan.steps}  # from now on it is run as it is


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * float(x[0]),
        lambda x: x * x[0].item(),
        lambda x: x + np.asarray(x),
        lambda x: x[: int(x[0])],
        lambda x: np.array(x.tolist()),
    ],
)
def test_a_number_out_of_an_array_is_never_baked_in(function: Any) -> None:
    r = Recorder()
    x = r.input(np.array([2.0, 3.0, 1.0]))
    plan = r.plan(r.step("op", function, x))
    other = np.array([1.0, 5.0, 3.0])
    np.testing.assert_array_equal(plan.run([other])[0], function(other))


def test_zero_times_infinity_in_a_walk_is_zero_as_it_is_eagerly() -> None:
    r = Recorder()
    x, y, g = r.input([1.0, 2.0]), r.input([3.0, 4.0]), r.input([1.0, 1.0])
    out = r.op(ag.multiply, x, y)
    gx, gy = r.rule(ag.multiply, g, out, (x, y), {}, [True, True])
    seen: list = []
    r.effect(seen.append, gx)
    plan = r.plan(gx, gy)
    seen.clear()
    for _ in range(6):
        found = plan.run([np.ones(2), np.array([np.inf, 1.0]), np.array([0.0, 1.0])])
        np.testing.assert_array_equal(found, [[0, 1], [0, 1]])
        np.testing.assert_array_equal(seen[-1], [0, 1])
        assert len(seen) == 1
        seen.clear()


def test_labels_out_of_range_are_refused_in_the_ops_own_words() -> None:
    r = Recorder()
    x, labels = r.input(np.eye(3)), r.input(np.array([0, 1, 2]))
    plan = r.plan(r.op(_class_cross_entropy, x, labels))
    assert all(s.kind != "op" for s in plan.steps)
    with pytest.raises(IndexError, match="whose classes are 0 to 2"):
        plan.run([np.eye(3), np.array([0, 1, 7])])
    np.testing.assert_allclose(plan.run([np.zeros((3, 3)), np.array([0, 1, 2])])[0], np.log(3))


def test_forward_and_rule_share_what_was_kept_across_an_effect() -> None:
    r = Recorder()
    x, labels, g = r.input(np.eye(3)), r.input(np.array([0, 1, 2])), r.input(1.0)
    out = r.op(_class_cross_entropy, x, labels)
    kept = r.program.steps[0].keywords
    r.effect(lambda: None)
    rule = r.rule(_class_cross_entropy, g, out, (x, labels), kept, [True, None])[0]
    plan = r.plan(out, rule)
    for scale in (1.0, 900.0, 2.0):  # for 900 exp overflows, and another way is taken
        inputs = [np.eye(3)[::-1] * scale, np.array([2, 1, 1]), np.array(1.0)]
        for a, b in zip(run_as_recorded(r.program, inputs), plan.run(inputs), strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_shape_that_depends_on_numbers_is_followed() -> None:
    r = Recorder()
    x = r.input(np.array([1.0, -1.0, 2.0]))
    plan = r.plan(r.step("op", lambda x: x[x > 0], x))
    assert plan.run([np.array([1.0, -1.0, -2.0])])[0].tolist() == [1.0]
    assert plan.run([np.array([3.0, 1.0, -2.0])])[0].tolist() == [3.0, 1.0]


# What the outside does ------------------------------------------------------------------------


class Holder:
    _base = None
    _pinned = True

    def __init__(self, data: np.ndarray) -> None:
        self._data = data

    @property
    def data(self) -> np.ndarray:
        return self._data


def _doubling() -> tuple[Plan, Array]:
    r = Recorder()
    x = r.input(np.ones((4, 3)))
    y = r.step("op", lambda x: (x * 2).T, x)
    return r.plan(y), y


def test_outputs_can_be_kept_over_later_calls() -> None:
    plan, _ = _doubling()
    kept = [plan.run([np.full((4, 3), float(k))])[0] for k in range(6)]
    parts = [plan.run([np.full((4, 3), float(k))])[0][1:] for k in range(6)]
    for k in range(6):
        assert (kept[k] == 2 * k).all() and (parts[k] == 2 * k).all()


def test_an_effect_may_keep_or_change_its_arrays() -> None:
    r = Recorder()
    x = r.input(np.ones(3))
    y = r.step("op", np.exp, x)
    kept: list = []
    r.effect(kept.append, y)
    r.effect(kept.append, x)
    plan = r.plan()
    kept.clear()
    for k in range(5):
        plan.run([np.full(3, float(k))])
    for k in range(5):
        np.testing.assert_array_equal(kept[2 * k], np.exp(np.full(3, float(k))))
        np.testing.assert_array_equal(kept[2 * k + 1], np.full(3, float(k)))


def test_a_tensors_array_may_be_changed_or_replaced_at_any_time() -> None:
    r = Recorder()
    holder = Holder(np.ones(3))
    w, x = Array(np.ones(3), "held", holder), r.input(np.ones(3))
    before = r.step("op", np.multiply, x, w)

    def grow() -> None:
        holder._data = holder._data + 1

    r.effect(grow, writes=(w,))
    holder._data = np.ones(3)
    plan = r.plan(before, r.step("op", np.multiply, x, w))
    for k in range(1, 8):
        first, second = plan.run([np.full(3, 2.0)])
        assert (first[0], second[0]) == (2 * k, 2 * k + 2)
    holder._data[...] = 10
    assert [y[0] for y in plan.run([np.ones(3)])] == [10, 11]
    holder._data = np.ones(4)
    with pytest.raises(CaptureError, match="shape"):
        plan.run([np.ones(3)])


def test_what_an_effect_draws_is_used() -> None:
    r = Recorder()
    x = r.input(np.ones(3))
    count: list = []
    mask = r.effect(lambda: np.full(3, float(len(count + [count.append(1)]))))
    plan = r.plan(r.step("op", np.multiply, x, mask))
    assert [plan.run([np.ones(3)])[0][0] for _ in range(3)] == [3, 4, 5]


def test_one_array_twice_and_overlapping_inputs() -> None:
    r = Recorder()
    x, y = r.input(np.ones(3)), r.input(np.ones(3))
    plan = r.plan(r.step("op", lambda x, y: x - 2 * y, x, y))
    memory = np.arange(4.0)
    np.testing.assert_array_equal(plan.run([memory[1:], memory[1:]])[0], -memory[1:])
    np.testing.assert_array_equal(plan.run([memory[:3], memory[1:]])[0], [-2, -3, -4])


def test_an_exception_half_way_leaves_the_plan_usable() -> None:
    r = Recorder()
    x = r.input(np.ones(3))
    y = r.step("op", np.exp, x)
    fail: list = []
    r.effect(lambda: fail and fail.pop()())
    plan = r.plan(r.step("op", np.negative, y))

    def interrupt() -> None:
        raise KeyboardInterrupt

    fail.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        plan.run([np.zeros(3)])
    np.testing.assert_array_equal(plan.run([np.zeros(3)])[0], [-1, -1, -1])


def test_several_threads_share_a_plan() -> None:
    plan, _ = _doubling()
    wrong: list = []

    def work(k: int) -> None:
        for _ in range(200):
            if not (plan.run([np.full((4, 3), float(k))])[0] == 2 * k).all():
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_other_shapes_dtypes_and_numbers_of_inputs_are_refused() -> None:
    plan, _ = _doubling()
    with pytest.raises(CaptureError, match="shape"):
        plan.run([np.ones((3, 4))])
    with pytest.raises(CaptureError, match="float32"):
        plan.run([np.ones((4, 3), np.float32)])
    with pytest.raises(CaptureError, match="takes 1"):
        plan.run([])


def test_a_forward_warns_as_eagerly_and_ops_keep_their_own_error_state() -> None:
    r = Recorder()
    x = r.input(np.ones(2))
    plan = r.plan(r.step("op", np.log, x), r.op(ag.sigmoid, x))
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        plan.run([np.zeros(2)])
    with np.errstate(all="raise", under="ignore"):  # exp overflows in there, and does not say so
        assert plan.run([np.full(2, 700.0)])[1].tolist() == [1, 1]


# Passes ---------------------------------------------------------------------------------------


def _call(f: Any, *operands: Any, kind: str = "numpy", **keywords: Any) -> Step:
    with np.errstate(all="ignore"):
        made = Array(np.asarray(f(*[_sample(x) for x in operands], **keywords)))
    return Call(kind, f.__name__, f, operands, keywords, (made,))


def _names(program: Program) -> list[str]:
    return [step.name for step in program.steps]


def test_dead_code_goes_and_effects_stay() -> None:
    x = Array(np.ones(3), "input", 0)
    used, unused = _call(np.exp, x), _call(np.sin, x)
    effect = Step("effect", "look", print, (used.results[0],))
    assert _names(dead.run(Program([used, unused, effect], [x], []))) == ["exp", "look"]


def test_common_subexpressions_are_made_once_but_not_across_writes() -> None:
    x = Array(np.ones(3), "input", 0)
    w = Array(np.ones(3), "held", Holder(np.ones(3)))
    a, b, c, d = _call(np.exp, x), _call(np.exp, x), _call(np.sin, w), _call(np.sin, w)
    zero, minus = _call(np.add, x, 0.0), _call(np.add, x, -0.0)
    write = Step("effect", "write", print, (), writes=(w,))
    outputs = [s.results[0] for s in (a, b, c, d, zero, minus)]
    program = common.run(Program([a, b, c, write, d, zero, minus], [x], outputs))
    assert _names(program) == ["exp", "sin", "write", "sin", "add", "add"]
    assert program.outputs[0] is program.outputs[1] and program.outputs[2] is not program.outputs[3]


def test_only_what_is_made_from_shapes_is_folded() -> None:
    x = Array(np.ones(3), "input", 0)
    theirs = Array(np.ones(3), "constant")
    zeros = _call(np.zeros_like, x)
    more, changing = _call(np.cos, zeros.results[0]), _call(np.cos, theirs)
    last = _call(np.add, more.results[0], changing.results[0])
    program = folding.run(Program([zeros, more, changing, last], [x], [last.results[0]]))
    assert _names(program) == ["cos", "add"]


@pytest.mark.parametrize(
    ("f", "other", "goes"),
    [
        (np.multiply, 1, True),
        (np.true_divide, 1.0, True),
        (np.subtract, 0, True),
        (np.subtract, -0.0, False),
        (np.add, 0, False),
        (np.add, -0.0, True),
        (np.multiply, 0, False),
        (np.multiply, 2, False),
    ],
)
def test_identities_hold_for_every_number(f: Any, other: float, goes: bool) -> None:
    x = Array(np.array([-0.0, 0.0, np.nan, np.inf, 1.0]), "input", 0)
    start = _call(np.positive, x)
    step = _call(f, start.results[0], other)
    end = _call(np.negative, step.results[0])
    found = identities.run(Program([start, step, end], [x], [end.results[0]]))
    assert (len(found.steps) == 2) is goes
    if goes:
        assert f(x.sample, other).tobytes() == x.sample.tobytes()


def test_two_signs_and_two_transposes_undo_each_other() -> None:
    x = Array(np.ones((2, 3)), "input", 0)
    start = _call(np.exp, x)
    steps = [start]
    for f in (np.negative, np.negative, np.ndarray.transpose, np.ndarray.transpose):
        kind = "view" if f is np.ndarray.transpose else "numpy"
        steps.append(_call(f, steps[-1].results[0], kind=kind))
    steps.append(_call(np.sin, steps[-1].results[0]))
    found = dead.run(identities.run(Program(steps, [x], [steps[-1].results[0]])))
    assert _names(found) == ["exp", "sin"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_masks_by_bits(dtype: Any) -> None:
    r = Recorder()
    x = r.input(np.arange(6, dtype=dtype).reshape(2, 3) - 3)
    y = r.step("op", lambda x: np.where(x > 0, x, 0.0), x)
    plan = r.plan(y)
    assert "bitwise_and" in _names(plan.program)
    found = plan.run([np.array([[np.inf, -np.inf, np.nan], [-0.0, 2, -2]], dtype)])[0]
    np.testing.assert_array_equal(found, np.array([[np.inf, 0, 0], [0, 2, 0]], dtype), strict=True)
    assert not np.signbit(found).any()
    assert select.run(Program([], [], [])).steps == []


@pytest.mark.parametrize("shape", [(70_000,), (300, 257), (3, 100, 257)])
def test_fused_chains_give_the_same_bits(shape: tuple) -> None:
    rng = np.random.default_rng(0)
    r = Recorder()
    x, row, one = (
        r.input(rng.normal(size=shape)),
        r.input(rng.normal(size=shape[-1:])),
        r.input(3.0),
    )

    def chain(x: Any, row: Any, one: Any) -> Any:
        return np.tanh(x * x + row) * np.exp(-x) / one, x - 2

    y, z = r.step("op", chain, x, row, one, several=True)
    plan = r.plan(y, z)
    assert _names(plan.program)[0] == "fused"
    for _ in range(2):
        inputs = [rng.normal(size=a.shape) for a in r.program.inputs]
        for a, b in zip(chain(*inputs), plan.run(inputs), strict=True):
            np.testing.assert_array_equal(a, b, strict=True)
    assert fuse.run(lower(r.program), large=1 << 30).steps[0].name != "fused"


@pytest.mark.parametrize("name", [*PASSES, "in place"])
def test_each_pass_alone_changes_no_bit(name: str) -> None:
    rng = np.random.default_rng(0)
    r = Recorder()
    x, w = r.input(rng.normal(size=(5, 3))), r.input(rng.normal(size=(4, 3)))
    g = r.input(rng.normal(size=(5, 4)))
    h = r.op(ag.matmul, x, r.op(ag.transpose, w, axes=None))
    y = r.op(ag.relu, h)
    gh = r.rule(ag.relu, g, y, (h,), {}, [True])[0]
    total = r.step("numpy", np.add, gh, y)
    e = r.op(ag.exp, r.op(ag.negative, r.op(ag.multiply, total, y)))
    r.program.outputs = [y, gh, e]
    plan = Plan(r.program, passes=(name,))
    for seed in (1, 2):
        inputs = others(r.program, seed)
        for a, b in zip(run_as_recorded(r.program, inputs), plan.run(inputs), strict=True):
            np.testing.assert_array_equal(a, b, strict=True)


def test_buffers_are_used_again() -> None:
    r = Recorder()
    y = r.input(np.ones(1000))
    for _ in range(20):
        y = r.step("op", np.sin, y)
    assert r.plan(y).buffers.layout.size <= 8000 + 64
    assert r.plan(y, passes=()).buffers.layout.size <= 2 * (8000 + 64)


def test_unknown_passes_are_named() -> None:
    r = Recorder()
    with pytest.raises(ValueError, match="no pass named magic"):
        r.plan(passes=("magic",))


def test_a_plan_prints_its_steps_and_times() -> None:
    plan, _ = _doubling()
    text = plan.table()
    assert "a replay of 1 recorded step" in text and "= multiply(" in text
    assert "float64 (3, 4)" in text or "float64 (4, 3)" in text
    assert "multiply (4, 3)" in plan.profile([np.ones((4, 3))], 3)
