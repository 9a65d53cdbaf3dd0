"""Plans as pictures: every call in one box, arrows that lead forward, frames, and memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import viz
from autograd.capturing.showing.rows import rows
from autograd.viz.plans import draw_plan, plan_model, plot_memory
from autograd.viz.plans.boxes import LEVELS, boxes
from autograd.viz.svg import draw_svg


def _step(model: Any) -> Any:
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)

    @ag.capture
    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    return step


@pytest.fixture(scope="module")
def mlp() -> tuple[Any, list[np.ndarray]]:
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    return _step(nn.MLP(3, [4, 4], 2, rng=0)).plan(x), [x]


@pytest.fixture(scope="module")
def fused() -> tuple[Any, list[np.ndarray]]:
    w = ag.Tensor(np.linspace(0.1, 1.0, 50_000), requires_grad=True, label="w")

    @ag.capture
    def step(x: Any) -> Any:
        w.zero_grad()
        loss = (ag.tanh(w * x) * ag.exp(-w * w)).sum()
        loss.backward()
        return loss

    x = np.linspace(-1.0, 1.0, 50_000)
    return step.plan(x), [x]


@pytest.mark.parametrize("level", [*LEVELS, "auto"])
@pytest.mark.parametrize("most", [None, 40, 6])
def test_every_call_is_in_one_box_and_arrows_lead_forward(mlp, level, most):
    plan, _ = mlp
    shown = [r for r in rows(plan.program, plan) if r.kind not in ("view", "check", "repair")]
    found = boxes(rows(plan.program, plan), level, most)
    assert [row.step for box in found for row in box.rows] == [row.step for row in shown]
    phases = {box.first.phase for box in found}
    assert all(len({row.phase for row in box.rows}) == 1 for box in found)
    effects = sum(row.kind == "effect" for row in shown)
    assert most is None or len(found) <= most + effects + len(phases)
    model = plan_model(plan, level=level, max_boxes=most)
    assert all(e.source < e.target for e in model.edges)
    assert len({v.id for v in model.vertices}) == len(model.vertices) == model.total


def test_what_flows_where(mlp):
    plan, _ = mlp
    model = plan_model(plan, level="ops")
    by_id = {v.id: v for v in model.vertices}
    leaves = {v.name for v in model.vertices if v.kind == "leaf"}
    assert leaves == {"in0", "weight", "weight.2", "weight.3", "bias", "bias.2", "bias.3"}
    into = {v.id: {by_id[e.source].title for e in model.edges if e.target == v.id}
            for v in model.vertices}  # fmt: skip
    first = next(v for v in model.vertices if v.group == "forward")
    assert into[first.id] == {"in0", "weight", "bias"}
    effects = [v for v in model.vertices if v.root]
    assert [v.symbol for v in effects] == ["Optimizer.forget", "grad", "Optimizer.step"]
    assert not into[effects[0].id]
    gives = {by_id[e.source].group for e in model.edges if e.target == effects[1].id}
    assert "backward" in gives and "forward" not in gives
    assert any(e.source == effects[1].id and e.target == effects[2].id for e in model.edges)
    assert sum(("gives", "the result") in v.about for v in model.vertices) == 1
    assert list(model.groups) == ["forward", "backward"]


def test_time_is_seen(mlp):
    plan, args = mlp
    product = next(step for step in plan.steps if step.function is np.dot)
    others = [s for s in plan.steps if s.kind == "numpy" and s is not product]
    seconds = {product: 5e-6} | dict.fromkeys(others, 5e-6 / len(others))
    model = plan_model(plan, level="calls", seconds=seconds)
    (hot,) = [v for v in model.vertices if v.look == "hot"]
    assert hot.symbol == "dot" and ("time", "5 us, 50%") in hot.about
    assert "of the time" in model.groups["forward"].title
    assert "amber and red" in model.notes[0]
    assert "amber and red" not in plan_model(plan).notes[0]
    drawn = plan.draw(args, level="ops")
    assert " us, " in drawn.source and "penwidth=4" in draw_plan(plan, seconds=seconds).source


def test_a_fused_group_is_a_frame_around_its_calls(fused):
    plan, args = fused
    model = plan_model(plan, level="calls", seconds=plan.seconds(args, 2))
    (path,) = [path for path in model.groups if "fused" in path][:1]
    inside = [v for v in model.vertices if v.group == path]
    assert len(inside) == model.groups[path].members > 5
    assert "calls in blocks, " in model.groups[path].title
    assert {"tanh", "exp"} <= {v.symbol for v in inside}
    collapsed = plan_model(plan, level="ops")
    assert len(collapsed.vertices) < len(model.vertices)
    assert any(("calls", str(len(inside))) in v.about for v in collapsed.vertices)


def test_drawings_need_no_renderer(mlp, fused):
    for plan, args in (mlp, fused):
        drawing = plan.draw(args)
        assert isinstance(drawing, viz.Drawing) and drawing.model is not None
        svg = draw_svg(drawing.model, heatmaps=False, legend=False)
        assert svg.count("<svg") == 1 and ("Optimizer.step" in svg or "zero_grad" in svg)
    with pytest.raises(ValueError, match="level is one of auto, calls, ops, lines"):
        draw_plan(mlp[0], level="neurons")
    with pytest.raises(ValueError, match="max_boxes"):
        draw_plan(mlp[0], max_boxes=0)


def test_memory_over_time(mlp):
    pytest.importorskip("matplotlib")
    plan, _ = mlp
    figure = plan.plot_memory()
    (axes,) = figure.axes
    bars = [path.get_extents() for bar in axes.collections for path in bar.get_paths()]
    layout = plan.buffers.layout
    placed = [x for x in layout.first if layout.place(x) is not None]
    assert len(bars) == len(placed) > 5
    # No two arrays are in one place at one time; what writes over an operand begins as it ends.
    for k, a in enumerate(bars):
        for b in bars[:k]:
            together = min(a.x1, b.x1) - max(a.x0, b.x0) > 1 + 1e-9
            overlap = min(a.y1, b.y1) - max(a.y0, b.y0) > 1e-9
            assert not (together and overlap)
    assert f"{len(placed)} arrays" in axes.get_title("left")
    assert plot_memory(plan).axes
