"""Groups of a graph: scopes, calls of modules, and what is inferred where values keep no scope."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Tensor, Value, scope
from autograd.viz import build
from autograd.viz.pieces import Model


def groups(model: Model) -> dict[str, list[str]]:
    """The ops of each group."""
    found: dict[str, list[str]] = {}
    for v in model.vertices:
        if v.kind == "op":
            found.setdefault(v.group, []).append(v.op or "")
    return found


def test_scopes_nest_and_end() -> None:
    x = Value(2.0)
    with scope("outer"):
        a = x * x
        with scope("inner"):
            b = a.exp()
        c = a + b
    d = c * 2.0
    model = build(d)
    assert groups(model) == {
        "outer": ["multiply", "add"], "outer.inner": ["exp"], "": ["multiply"],
    }  # fmt: skip
    assert [(g.path, g.parent, g.members, g.calls) for g in model.groups.values()] == [
        ("outer", "", 3, 1), ("outer.inner", "outer", 1, 1),
    ]  # fmt: skip


def test_dots_make_groups_in_groups_and_each_entry_counts() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(3):
        with scope("block.step"):
            y = y * 2.0
    model = build(y)
    assert groups(model) == {"block.step": ["multiply"] * 3}
    assert {g.path: g.calls for g in model.groups.values()} == {"block": 3, "block.step": 3}


@pytest.mark.parametrize("name", ["", ".", "a..b", None, 3])
def test_a_scope_needs_a_name(name: Any) -> None:
    with pytest.raises(ValueError, match="scope needs a name"):
        scope(name)


def test_it_decorates_functions_generators_and_coroutines() -> None:
    x = Value(1.0)

    @scope("f")
    def f(x: Value) -> Value:
        return x.exp()

    @scope("g")
    def g(x: Value) -> Any:
        yield x.sin()
        yield x.cos()

    @scope("h")
    async def h(x: Value) -> Value:
        return x.tanh()

    first, *rest = g(x)
    try:
        h(x).send(None)
    except StopIteration as stop:
        last = stop.value
    total = f(x) + first + rest[0] + last
    assert groups(build(total)) == {
        "f": ["exp"], "g": ["sin", "cos"], "h": ["tanh"], "": ["add", "add", "add"],
    }  # fmt: skip


def test_an_error_ends_the_scope() -> None:
    x = Tensor([1.0], requires_grad=True)
    with pytest.raises(ZeroDivisionError), scope("lost"):
        1 / 0

    class Breaks(nn.Module):
        def forward(self, x: Any) -> Any:
            raise KeyError("broken")

    with pytest.raises(KeyError):
        Breaks()(x)
    assert groups(build(x * 2.0)) == {"": ["multiply"]}


def test_each_thread_has_its_own() -> None:
    x = Value(1.0)
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        with scope("other"):
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    y = x * 2.0
    done.set()
    thread.join()
    assert groups(build(y)) == {"": ["multiply"]}


def test_ops_in_a_scope_know_their_line() -> None:
    x, t = Value(2.0), Tensor([1.0], requires_grad=True)
    with scope("here"):
        y = x.exp()
        u = t * 2.0
    for root in (y, u):
        (op,) = [v for v in build(root).vertices if v.kind == "op"]
        assert op.line is not None and op.line.rpartition(":")[0] == __file__
    assert build(x.exp()).vertices[-1].line is None


def test_the_line_is_the_users_also_inside_layers() -> None:
    model, x = nn.Linear(2, 1), Tensor(np.ones((1, 2)), dtype=np.float32)
    with scope("here"):
        out = model(x)
    line = build(out).vertices[-1].line
    assert line is not None and line.rpartition(":")[0] == __file__


# Modules --------------------------------------------------------------------------------------


class Block(nn.Module):
    def __init__(self) -> None:
        self.layers = [nn.Linear(3, 3, rng=0), nn.Tanh()]
        self.scale = Tensor(np.ones(3), requires_grad=True)

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x * self.scale


def test_modules_are_groups_and_name_their_parameters() -> None:
    block = Block()
    out = block(Tensor(np.ones((2, 3))))
    model = build((out * out).sum())
    assert {v.name for v in model.vertices if v.kind == "leaf"} == {
        "block.scale", "block.layers.0.weight", "block.layers.0.bias",
    }  # fmt: skip
    by_group = groups(model)
    assert by_group["block"] == ["multiply"] and by_group["block.layers.1"] == ["tanh"]
    assert len(by_group["block.layers.0"]) == 1 and len(by_group[""]) == 2
    titles = {g.path: (g.title, g.members) for g in model.groups.values()}
    assert titles == {
        "block": ("Block", 6), "block.layers.0": ("Linear", 3), "block.layers.1": ("Tanh", 1),
    }  # fmt: skip


def test_two_models_of_one_class_are_told_apart() -> None:
    x = Tensor(np.ones((2, 3)))
    a, b = nn.Linear(3, 3), nn.Linear(3, 3)
    model = build(b(a(x)).sum())
    assert set(groups(model)) == {"linear", "linear2", ""}
    assert {"linear.weight", "linear2.weight"} <= {v.name for v in model.vertices}


def test_a_module_called_often_is_one_group_with_its_calls_counted() -> None:
    cell = nn.Linear(3, 3)
    y = Tensor(np.ones((2, 3)))
    for _ in range(4):
        y = cell(y).tanh()
    model = build(y.sum())
    assert model.groups["linear"].calls == 4
    assert model.groups["linear"].members == 4 + 2


def test_the_users_own_label_stays() -> None:
    layer = nn.Linear(2, 1)
    layer.weight.label = "theta"
    names = {v.name for v in build(layer(Tensor(np.ones((1, 2))))).vertices}
    assert "theta" in names and "linear.bias" in names


def test_a_graph_knows_a_model_that_nobody_else_holds() -> None:
    def run() -> Tensor:
        return Block()(Tensor(np.ones((2, 3)))).sum()

    out = run()
    gc.collect()
    assert set(build(out).groups) == {"block", "block.layers.0", "block.layers.1"}


def test_copies_and_pickles_leave_the_scope_behind() -> None:
    out = Block()(Tensor(np.ones((2, 3)))).sum()
    for twin in (copy.deepcopy(out), pickle.loads(pickle.dumps(out))):
        assert not build(twin).groups
        twin.backward()


def test_any_object_may_be_a_module() -> None:
    class Small:
        __slots__ = ()
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, x: Tensor) -> Tensor:
            outer = scope.enter(self)
            try:
                return x * 2.0
            finally:
                scope.leave(outer)

    out = Small()(Tensor([1.0], requires_grad=True))
    assert groups(build(out)) == {"small": ["multiply"]}


def test_a_graph_and_its_model_go_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        for kind in (lambda: nn.MLP(2, [3], 1), lambda: nn.scalar.MLP(2, [3, 1])):
            model = kind()
            gone = weakref.ref(model)
            out = model(np.ones((1, 2)) if isinstance(model, nn.MLP) else [1.0, 2.0])
            del model
            assert gone() is not None
            del out
            assert gone() is None
    finally:
        gc.enable()


# Values ---------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.sampled_from(["relu", "tanh", "linear", "gelu"]),
    st.integers(0, 3),
)
def test_groups_of_values_are_inferred_as_they_are_recorded(
    widths: list[int], activation: str, seed: int
) -> None:
    model = nn.scalar.MLP(2, widths, activation=activation, rng=seed)

    def loss() -> Any:
        total: Any = 0.0
        for row in ([0.5, -1.0], [2.0, 0.25]):
            given = [Value(row[0]) * 2.0, row[1]]
            out = model(given)
            for z in out if isinstance(out, list) else [out]:
                total = total + (z - 1.0) ** 2
        return total

    inferred = build(loss())
    with scope("all"):
        recorded = build(loss())
    assert [f"all.{v.group}".rstrip(".") for v in inferred.vertices if v.kind == "op"] == [
        v.group for v in recorded.vertices if v.kind == "op"
    ]
    assert {p: (g.members, g.calls) for p, g in inferred.groups.items()} == {
        p.removeprefix("all."): (g.members, g.calls)
        for p, g in recorded.groups.items()
        if p != "all"
    }
    neurons = [p for p, g in inferred.groups.items() if g.title == "Neuron"]
    assert len(neurons) == sum(widths) and all(inferred.groups[p].calls == 2 for p in neurons)


def test_neurons_that_are_given_tensors() -> None:
    out = nn.scalar.Neuron(2, rng=0)([Tensor([1.0, 2.0], requires_grad=True), 3.0])
    assert isinstance(out, Tensor) and out.shape == (2,)


def test_inputs_made_of_values_are_in_no_neuron() -> None:
    x = Value(1.0, label="x")
    h = (x * 3.0).exp()
    neuron = nn.scalar.Neuron(1, rng=0)
    out = neuron([h])
    outside = [v.op for v in build(out).vertices if v.kind == "op" and not v.group]
    assert outside == ["multiply", "exp"]


def test_a_value_of_two_neurons_parameters_is_in_neither() -> None:
    one, two = nn.scalar.Neuron(1, rng=0), nn.scalar.Neuron(1, rng=1)
    for shared in (one.w[0] * two.w[0], two.w[0] * one.w[0]):
        model = build(one([shared.exp()]) - two([1.0]))
        outside = [v.op for v in model.vertices if v.kind == "op" and not v.group]
        # With them what is computed from them: which part is the neuron's, a scope alone can say.
        assert outside == ["multiply", "exp", "multiply", "add", "subtract"]


def test_transforms_and_checkpoints_run_inside_scopes() -> None:
    with scope("here"):
        assert ag.grad(lambda x: x * x)(3.0) == 6.0
        t = Tensor([1.0, 2.0], requires_grad=True)
        ag.checkpoint(lambda x: (x * x).sum())(t).backward()
    np.testing.assert_array_equal(t.grad, [2.0, 4.0])


# Where the names are read ---------------------------------------------------------------------


def test_explanations_and_diagnoses_use_the_names_of_modules() -> None:
    model = nn.MLP(2, [3], 1, rng=0)
    loss = (model(np.ones((4, 2))) ** 2).mean()
    weight = model[0].weight
    assert "mlp.0.weight" in str(ag.viz.explain(loss, weight))
    np.testing.assert_array_equal(
        ag.viz.explain(loss, "mlp.0.weight").total, ag.viz.explain(loss, weight).total
    )
    model[0].bias.data = np.full(3, -100.0)
    dead = (model(np.ones((4, 2))) ** 2).mean()
    assert "mlp.0.weight" in str(ag.viz.why_zero(dead, weight))
    loss.backward()
    assert "mlp.2.bias" in str(ag.viz.blame(loss))


def test_parameters_inside_a_checkpoint_have_their_whole_names() -> None:
    model = nn.MLP(3, [4], 2, rng=0)
    x = Tensor(np.ones((2, 3), np.float32))
    whole = [name for name, _ in model.named_parameters()]
    for f in (model, model.forward):
        drawn = build(ag.checkpoint(f)(x).sum())
        leaves = {v.name: v.group for v in drawn.vertices if v.kind == "leaf"}
        assert leaves == {f"mlp.{name}": "mlp" for name in whole}
        assert groups(drawn)["mlp"] == ["checkpoint"]
    # Inside another module, its names go on from there.
    with scope("outside"):
        drawn = build(ag.checkpoint(model)(x).sum())
    assert {v.name for v in drawn.vertices if v.kind == "leaf"} == {
        f"outside.mlp.{name}" for name in whole
    }
