"""Two graphs compared: what is one and the same, what changed, and where the gradients part."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value
from autograd.extend import elementwise
from autograd.viz import build
from autograd.viz.comparing import Difference, diff, snapshot
from autograd.viz.model import HIDDEN, Model

# A bug as somebody might plant it: the same name, the same values, the other sign.
wrong_tanh = elementwise(np.tanh, lambda out, x: -(1 - out * out), name="tanh", scalar=math.tanh)


def neuron(activation: Callable[[Any], Any] = Value.tanh, named: bool = True) -> Value:
    numbers = {"x": 2.0, "y": 0.5, "w": -0.4, "u": 1.0, "b": 0.7}
    x, y, w, u, b = (Value(n, label=k if named else None) for k, n in numbers.items())
    out = activation(x * w + y * u + b) * 3.0 + 1.0
    out.backward()
    return out


def layers(activation: Callable[[Any], Any] = np.tanh, named: bool = True) -> Tensor:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 3))

    def make(name: str, *shape: int) -> Tensor:
        data = rng.normal(size=shape)
        return Tensor(data, requires_grad=True, label=name if named else None)

    h = activation(x @ make("w0", 3, 5) + make("b0", 5))
    h = activation(h @ make("w1", 5, 5) + make("b1", 5))
    out = ((h @ make("w2", 5, 1)) ** 2).mean()
    out.backward()
    return out


def chain(n: int, odd: int | None = None) -> Value:
    y = x = Value(1.0, label="x")
    for i in range(n):
        y = y.sin() if i == odd else y * 1.0001
    assert y is not x
    y.backward()
    return y


def looks(model: Model) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for v in model.vertices:
        if v.kind != "constant":
            found[v.look] = found.get(v.look, 0) + 1
    return found


def ops(d: Difference, look: str) -> list[str | None]:
    return [v.op for v in d.model.vertices if v.look == look and v.kind == "op"]


# Nothing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [neuron, layers])
@pytest.mark.parametrize("named", [True, False])
def test_graphs_that_are_alike_differ_in_nothing(make: Any, named: bool) -> None:
    d = diff(make(named=named), make(named=named))
    assert d.same
    assert d.parts_at is None
    assert d.ranked() == []
    assert set(looks(d.model)) == {"same"}
    assert "the same" in d.summary()
    assert len(d.model.vertices) == len(build(make(named=named)).vertices)


def test_a_graph_and_itself() -> None:
    out = neuron()
    assert diff(out, out).summary().splitlines() == [
        "the two graphs are the same: structure, values, gradients"
    ]


# A wrong rule ---------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False])
def test_a_wrong_sign_is_named_as_the_place_where_they_part(named: bool) -> None:
    d = diff(neuron(named=named), neuron(wrong_tanh, named=named))
    assert d.parts_at is not None
    at = d.model.vertices[d.parts_at.at]
    assert (at.op, at.look, at.marked) == ("tanh", "same", True)
    slope = 3 * (1 - math.tanh(-0.8 + 0.5 + 0.7) ** 2)
    assert d.parts_at.text == f"{slope:.4g} → {-slope:.4g}"
    assert "rule for the gradient differs" in d.parts_at.why
    assert f"the gradients part at tanh (v{at.id}): {d.parts_at.text}" in d.summary()
    # All below has the other sign, and all above is the same.
    below = [v for v in d.model.vertices if v.look == "changed"]
    assert len(below) == 9
    assert {round(far, 9) for _, far in d.ranked()} == {2.0}


def test_a_wrong_rule_in_the_first_of_two_layers() -> None:
    calls = []

    def activation(x: Any) -> Any:
        calls.append(x)
        return wrong_tanh(x) if len(calls) == 1 else np.tanh(x)

    d = diff(layers(), layers(activation))
    assert d.parts_at is not None
    assert d.model.vertices[d.parts_at.at].op == "tanh"
    changed = {v.name for v in d.model.vertices if v.look == "changed" and v.kind == "leaf"}
    assert changed == {"w0", "b0"}


def test_another_derivative_that_brings_the_same_is_no_place_to_part() -> None:
    def make(n: float, activation: Callable[[Any], Any]) -> Value:
        x = Value(0.5, label="x")
        out = activation(x) + (x * n) * 0.0
        out.backward()
        return out

    d = diff(make(2.0, Value.tanh), make(3.0, wrong_tanh))
    assert d.parts_at is not None
    assert d.model.vertices[d.parts_at.at].op == "tanh"


# Structure ------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("make", [neuron, layers])
def test_one_op_in_the_place_of_another(make: Any, named: bool) -> None:
    sin = Value.sin if make is neuron else np.sin
    d = diff(make(named=named), make(sin, named=named))
    assert set(looks(d.model)) <= {"same", "changed"}
    replaced = [v for v in d.model.vertices if ("op", "tanh → sin") in v.about]
    assert len(replaced) == (1 if make is neuron else 2)
    assert "replaced: tanh → sin" in d.summary()
    assert d.culprit == replaced[0].id
    assert [v.id for v in d.model.vertices if v.marked] == [d.culprit]


@pytest.mark.parametrize("named", [True, False])
def test_an_op_put_in_and_taken_out(named: bool) -> None:
    twice = neuron(lambda z: z.tanh() * 2.0, named)
    d = diff(neuron(named=named), twice)
    assert ops(d, "added") == ["multiply"]
    (added,) = [v for v in d.model.vertices if v.look == "added" and v.kind == "op"]
    assert added.data == pytest.approx(2 * math.tanh(0.4))
    assert [e.look for e in d.model.edges if e.target == added.id] == ["added", "added"]
    back = diff(twice, neuron(named=named))
    assert ops(back, "removed") == ["multiply"]
    assert ops(back, "added") == []
    assert "removed: × (" in back.summary()


def test_a_leaf_that_one_graph_alone_has() -> None:
    def make(more: bool) -> Value:
        a, b, c = (Value(k, label=n) for k, n in ((1.0, "a"), (2.0, "b"), (3.0, "c")))
        out = (a + b).tanh() + c if more else (a + b).tanh()
        out.backward()
        return out

    d = diff(make(False), make(True))
    assert [v.name for v in d.model.vertices if v.look == "added"] == ["c", None]
    assert looks(d.model) == {"same": 4, "added": 2}


def test_every_vertex_and_edge_of_both_is_in_the_picture_once() -> None:
    a, b = build(neuron()), build(neuron(lambda z: (z.sin() * 2.0).tanh()))
    model = diff(a, b).model
    for look, graph in (("added", a), ("removed", b)):
        kept = [v for v in model.vertices if v.look != look]
        assert len(kept) == len(graph.vertices)
        assert len([e for e in model.edges if e.look != look]) == len(graph.edges)
    assert all(e.source < e.target for e in model.edges)
    assert [v.id for v in model.vertices] == list(range(len(model.vertices)))


def test_labels_that_changed_places() -> None:
    """A match by name alone would put h before g and g before h."""

    def make(first: str, second: str) -> Value:
        x = Value(1.0, label="x")
        g = x.tanh()
        g.label = first
        h = g.tanh()
        h.label = second
        out = h * 2.0
        out.backward()
        return out

    d = diff(make("g", "h"), make("h", "g"))
    assert all(e.source < e.target for e in d.model.edges)
    assert looks(d.model)["same"] >= 1
    assert len([v for v in d.model.vertices if v.look != "added"]) == 5


def test_contributions_in_the_merged_graph_add_up() -> None:
    model = diff(neuron(), neuron(lambda z: z.tanh() * 2.0)).model
    for v in model.vertices:
        uses = [e for e in model.uses(v) if e.contribution is not None]
        if v.kind != "constant" and uses and v.look != "removed":
            assert sum(e.contribution for e in uses) == pytest.approx(v.grad, rel=1e-12)


# Training -------------------------------------------------------------------------------------


def test_before_and_after_a_step() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 2)).astype("f"), rng.normal(size=(8, 1)).astype("f")
    model = nn.Sequential(nn.Linear(2, 3, rng=0), nn.Tanh(), nn.Linear(3, 1, rng=1))
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)

    def loss() -> Tensor:
        model.zero_grad()
        out = ((model(x) - y) ** 2).mean()
        out.backward()
        return out

    first = loss()
    before = snapshot(first)
    old = {k: np.array(p.grad) for k, p in model.named_parameters()}
    optimizer.step()
    after = loss()
    d = diff(before, after)
    assert set(looks(d.model)) <= {"changed", "same"}
    assert d.culprit is None
    leaves = [v for v in d.model.vertices if v.kind == "leaf"]
    assert len(leaves) == 4
    ranked = dict(d.ranked())
    for v in leaves:
        key = next(k for k in old if str(v.name).endswith(k))
        new = dict(model.named_parameters())[key].grad
        size = max(np.linalg.norm(old[key]), np.linalg.norm(new))
        assert ranked[v.id] == pytest.approx(np.linalg.norm(old[key] - new) / size, rel=1e-5)
    # Without the snapshot the parameters are what they are now, and the summary says so.
    assert "take snapshot(loss) before the step" in diff(first, after).summary()
    assert "snapshot" not in d.summary()


def test_a_snapshot_stays() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, label="w")
    out = (w * w).sum()
    out.backward()
    model = snapshot(out)
    w.grad += 5.0  # type: ignore[operator, misc]
    assert model.vertices[0].grad.tolist() == [2.0, 4.0]


# Numbers --------------------------------------------------------------------------------------


def test_the_rows_show_both_numbers() -> None:
    def make(n: float) -> Value:
        x = Value(n, label="x")
        out = x * x
        out.backward()
        return out

    model = diff(make(0.3), make(0.25)).model
    assert model.vertices[0].about == [("value", "0.3 → 0.25"), ("grad", "0.6 → 0.5")]
    assert model.vertices[1].about == [("value", "0.09 → 0.0625"), ("grad", "the same")]


def test_tolerances() -> None:
    def make(n: float) -> Value:
        x = Value(n, label="x")
        out = x * 2.0
        out.backward()
        return out

    assert not diff(make(1.0), make(1.001)).same
    assert diff(make(1.0), make(1.001), rtol=0.01).same
    assert diff(make(1.0), make(1.001), atol=0.01).same
    with pytest.raises(ValueError, match="not negative"):
        diff(make(1.0), make(1.0), rtol=-1.0)


def test_what_is_not_finite_can_be_the_same() -> None:
    def make(n: float) -> Tensor:
        x = Tensor([1.0, n, 2.0], requires_grad=True, label="x")
        out = x * x
        out.backward(np.ones(3))
        return out

    assert diff(make(math.nan), make(math.nan)).same
    assert diff(make(math.inf), make(math.inf)).same
    d = diff(make(1.0), make(math.nan))
    assert d.ranked() == [(0, math.inf)]
    assert json.loads(json.dumps(d.to_dict(), allow_nan=False))["same"] is False


def test_another_shape() -> None:
    def make(n: int) -> Tensor:
        out = (Tensor(np.ones((n, 2)), requires_grad=True, label="x") * 2.0).sum()
        out.backward()
        return out

    model = diff(make(2), make(3)).model
    assert model.vertices[0].about == [("value", "2 × 2 → 3 × 2"), ("grad", "2 × 2 → 3 × 2")]


def test_other_parameters_of_an_op() -> None:
    def make(axis: int) -> Tensor:
        x = Tensor(np.ones((2, 2)), requires_grad=True, label="x")
        out = x.sum(axis=axis)
        out.backward(np.array([1.0, 3.0]))
        return out

    d = diff(make(0), make(1))
    assert d.parts_at is not None
    assert d.parts_at.why == "other parameters: axis=0 → axis=1"


def test_the_values_part_where_a_constant_differs() -> None:
    def make(n: float) -> Value:
        x = Value(2.0, label="x")
        out = (x * n).exp()
        out.backward()
        return out

    d = diff(make(0.5), make(0.25))
    assert d.values_part_at is not None
    assert d.model.vertices[d.values_part_at].data == 0.25
    assert "the values part at the constant 0.25" in d.summary()


def test_before_backward_only_values_are_compared() -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="a")
    d = diff(a.exp(), b.exp())
    assert d.parts_at is None
    assert "no gradient of what both have differs" in d.summary()


def test_a_seed_that_differs() -> None:
    def make(seed: float) -> Tensor:
        out = Tensor([1.0], requires_grad=True, label="x") * 2.0
        out.backward(np.array([seed]))
        return out

    d = diff(make(1.0), make(2.0))
    assert d.parts_at is not None
    assert d.parts_at.towards is None
    assert "root's own" in d.parts_at.why


# Size -----------------------------------------------------------------------------------------


def test_a_change_in_the_middle_of_a_large_graph() -> None:
    def make(odd: bool) -> Value:
        rng = np.random.default_rng(0)
        row = [Value(x, label=f"x{i}") for i, x in enumerate(rng.normal(size=25))]
        for layer in range(8):
            made = []
            for k in range(25):
                total = row[0] * 0.1
                for x in row[1:]:
                    total = total + x * Value(0.1)
                made.append(total.sin() if odd and (layer, k) == (4, 7) else total.tanh())
            row = made
        out = row[0]
        for x in row[1:]:
            out = out + x
        out.backward()
        return out

    d = diff(make(False), make(True))
    assert d.model.total > 10_000
    assert looks(d.model).keys() <= {"same", "changed"}
    assert [v.about[0] for v in d.model.vertices if v.about and v.about[0][0] == "op"] == [
        ("op", "tanh → sin")
    ]
    part = d.draw(max_nodes=50).model
    assert part is not None
    assert sum(v.kind != "constant" for v in part.vertices) <= 50
    assert part.hidden == d.model.total - sum(v.kind != "constant" for v in part.vertices)
    assert any(v.root for v in part.vertices)
    assert [v.op for v in part.vertices if v.marked] == ["sin"]
    assert [e for e in part.edges if HIDDEN in (e.source, e.target)]


def test_a_deep_chain() -> None:
    n = 10_000
    d = diff(chain(n), chain(n, n // 2))
    assert d.model.total == n + 1
    assert [v.about[0][1] for v in d.model.vertices if v.about and v.about[0][0] == "op"] == [
        "× → sin"
    ]
    assert d.parts_at is not None
    assert d.model.vertices[d.parts_at.at].op == "sin"


# Forms ----------------------------------------------------------------------------------------


def test_the_summary_names_the_largest_changes_first() -> None:
    d = diff(neuron(), neuron(Value.sigmoid))
    far = [round(x, 9) for _, x in d.ranked()]
    assert far == sorted(far, reverse=True)
    assert repr(d) == d.summary()
    assert "and" in d.summary(top=2).splitlines()[-1]


def test_plain_data() -> None:
    d = diff(neuron(), neuron(wrong_tanh))
    told = json.loads(json.dumps(d.to_dict(), allow_nan=False))
    assert told["parts_at"]["vertex"] == d.parts_at.at  # type: ignore[union-attr]
    assert told["counts"]["changed"] == 9
    assert len(told["vertices"]) == len(d.model.vertices)
    assert {e["look"] for e in told["edges"]} == {"same", "changed"}


def test_the_picture() -> None:
    d = diff(neuron(), neuron(lambda z: z.sin() * 2.0))
    bundle = d._repr_mimebundle_()
    assert bundle["text/plain"] == d.summary()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "added" in d.draw().source
    with pytest.raises(ValueError, match="max_nodes"):
        d.draw(max_nodes=0)


def test_what_is_no_graph() -> None:
    with pytest.raises(TypeError, match="Value"):
        diff(3.0, neuron())
