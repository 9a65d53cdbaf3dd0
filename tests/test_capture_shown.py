"""Plans as text: everything that runs is in the table, under the op and line it comes from."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.capturing.plan import Plan
from autograd.capturing.program import Array, Program, Step
from autograd.capturing.showing.names import named
from autograd.capturing.showing.rows import BACKWARD, BOTH, EFFECT, FORWARD, rows, size
from autograd.errors import CaptureError
from benchmarks import ablation

from .pages import blocks, printed_by

ROOT = Path(__file__).parent.parent


def _classifier() -> tuple[Any, list[np.ndarray]]:
    model = nn.MLP(2, [16], 3, rng=0)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)

    @ag.capture
    def step(x: Any, labels: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.losses.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    rng = np.random.default_rng(0)
    return step, [rng.normal(size=(8, 2)).astype(np.float32), rng.integers(0, 3, 8)]


@pytest.fixture(scope="module")
def classifier() -> tuple[Any, list[np.ndarray]]:
    step, args = _classifier()
    return step.plan(*args), args


def _elementwise() -> tuple[Any, list[np.ndarray]]:
    w = ag.Tensor(np.linspace(0.1, 1.0, 50_000), requires_grad=True)

    @ag.capture
    def step(x: Any) -> Any:
        w.zero_grad()
        loss = (ag.tanh(w * x) * ag.exp(-w * w)).sum()
        loss.backward()
        return loss

    args = [np.linspace(-1.0, 1.0, 50_000)]
    return step.plan(*args), args


def test_the_table_has_every_call_under_its_op_and_line(classifier):
    plan, _ = classifier
    text = plan.table()
    assert text.startswith(f"a replay of {len(plan.recorded.steps)} recorded steps: ")
    for name, program in plan.stages:
        assert f"{name} {len(program.steps)}" in re.sub(r"\s+", " ", text)
    headings = re.findall(r"^(forward|backward|effect)(?:: (.*))?, test_capture_shown.py:\d+$",
                          text, re.M)  # fmt: skip
    assert {"forward", "backward", "effect"} == {phase for phase, _ in headings}
    assert ("forward", "relu") in headings and ("backward", "relu") in headings
    found = [row for row in rows(plan.program, plan) if row.kind != "repair"]
    shown = [row for row in found if row.kind != "view" or " = " in row.text]
    assert len(shown) < len(found)
    assert re.findall(r"^ *(\d+)  ", text, re.M)[-1] == str(len(shown))
    for row in shown:
        assert row.text[:40] in text
    assert "weight.2.T" in text and "?" not in text
    assert str(plan) == text and len(repr(plan)) < 200


def test_names_are_told_apart_and_views_are_written_out():
    w = Array(np.ones((2, 3)), "held", None, "weight")
    v = Array(np.ones((2, 3)), "held", None, "weight")
    turned, part, same = (Array(x) for x in (w.sample.T, w.sample[:, 1:], w.sample))
    result = Array(np.ones((2, 2)))
    steps = [
        Step("view", "transpose", np.transpose, (w,), {}, (turned,)),
        Step("view", "getitem", lambda x, i: x[i], (v, (slice(None), slice(1, None))), {}, (part,)),
        Step("view", "reshape", np.reshape, (w, (2, 3)), {}, (same,)),
        Step("numpy", "dot", np.dot, (part, turned), {}, (result,)),
    ]
    names = named(Program(steps, [], [result]))
    assert [names[x] for x in (w, v, turned, part, same, result)] == [
        "weight", "weight.2", "weight.T", "weight.2[:, 1:]", "weight", "v1",
    ]  # fmt: skip


def test_rows_say_what_is_made_and_what_a_product_costs(classifier):
    plan, _ = classifier
    found = rows(plan.program, plan)
    assert [row.phase for row in found if row.kind == "effect"] == [EFFECT] * sum(
        step.kind == "effect" for step in plan.steps
    )
    products = [row for row in found if row.step.function in (np.dot, np.matmul)]
    first = products[0]
    assert first.phase == FORWARD and first.flops == 2 * 8 * 2 * 16 and first.bytes == 8 * 16 * 4
    assert any(row.phase == BACKWARD for row in products)
    for row in found:
        if row.place.startswith("+"):
            offset = int(row.place.split()[0].rstrip(",").replace(",", ""))
            assert plan.buffers.layout.place(row.step.results[0]) == offset
            assert row.bytes == sum(size(x) for x in row.step.results if x is not None)


def test_times_are_those_of_the_calls(classifier):
    plan, args = classifier
    seconds = plan.seconds(args, 5)
    calls = [row for row in rows(plan.program, plan) if row.kind in ("call", "check", "fused")]
    assert {row.step for row in calls} >= set(seconds)
    assert all(t > 0 for t in seconds.values())
    timed = plan.table(inputs=args, n=2)
    assert len(re.findall(r" us +\d+%", timed)) == len(seconds)
    assert " us in all" in plan.profile(args, 2)
    shares = [int(x) for x in re.findall(r" us +(\d+)%", timed)]
    assert abs(sum(shares) - 100) <= len(shares)


def test_a_step_of_several_calls_takes_what_they_take_together():
    entries: list[tuple[Step, str, float]] = []

    class Twice(Plan):
        def timed(self, inputs: Any, n: int) -> Any:
            entries.extend(super().timed(inputs, n) + super().timed(inputs, n))
            return list(entries)

    x, y = Array(np.ones(3), "input", 0), Array(np.ones(3))
    plan = Twice(Program([Step("op", "exp", np.exp, (x,), {}, (y,))], [x], [y]))
    found = plan.seconds([np.ones(3)], 3)
    assert len(entries) >= 2
    assert sum(found.values()) == pytest.approx(sum(t for _, _, t in entries))


def test_stages_and_what_changed_between_them(classifier):
    plan, _ = classifier
    assert plan.table("recorded").startswith(f"recorded: {len(plan.recorded.steps)} steps")
    with pytest.raises(ValueError, match="no stage 'magic': it has recorded, lowered"):
        plan.table("magic")
    lines = plan.changes("recorded", "lowered").splitlines()
    assert any(line.startswith("- ") and "relu" in line for line in lines)
    assert any(line.startswith("+ ") and "maximum(" in line for line in lines)
    assert plan.changes("lowered", "lowered").endswith("nothing has changed")


def test_a_fused_group_shows_its_calls():
    plan, args = _elementwise()
    text = plan.table(inputs=args, n=2)
    (group, *_) = [row for row in rows(plan.program, plan) if row.inner]
    assert len(group.inner) > 5 and group.phase in (FORWARD, BACKWARD, BOTH)
    assert "elementwise calls in" in text and "= tanh(" in text and "block by block" in text
    inside = [x for row in group.inner for x in row.step.results]
    assert len(set(inside)) == len(group.inner)


def test_what_runs_as_it_is_is_named():
    x, y = Array(np.arange(4.0) - 1.0, "input", 0), Array(np.ones(2))
    step = Step("op", "positive", lambda x: np.asarray(x)[np.asarray(x) > 0], (x,), {}, (y,))
    plan = Plan(Program([step], [x], [y]))
    assert "as it is  positive (forward): " in plan.table()
    plan = Plan(Program([Step("op", "double", lambda x: 2.0 * x, (x,), {}, (Array(x.sample),))]))
    assert "as it is  nothing: every op" in plan.table()


def test_passes_left_out_are_told():
    x, y = Array(np.ones(3), "input", 0), Array(np.ones(3))
    program = Program([Step("op", "double", lambda x: 2.0 * x, (x,), {}, (y,))], [x], [y])
    assert "passes left out: " not in Plan(program).table()
    assert "passes left out: dead" in Plan(program, passes=("fuse",)).table()


def test_the_notebook_form_is_escaped(classifier):
    plan, _ = classifier
    page = plan._repr_html_()
    assert page.count("<table>") == page.count("</table>") == 2
    assert page.count("<tr>") == page.count("</tr>") > 30
    x, y = Array(np.ones(3), "input", 0), Array(np.ones(3))
    plan = Plan(Program([Step("op", "<b>", lambda x: 2.0 * x, (x,), {}, (y,))], [x], [y]))
    assert "&lt;b&gt;" in plan._repr_html_() and "forward: <b>" not in plan._repr_html_()


def test_plans_of_values_are_shown_too():
    weights = [ag.Value(0.1 * k) for k in range(200)]

    @ag.capture
    def scores(xs: Any) -> Any:
        return [sum(w * x for w, x in zip(weights[k:], xs)).tanh() for k in range(150)]

    plan = scores.plan([0.5, 1.0, 1.5])
    groups = plan.groups
    text = plan.table()
    assert f"{len(groups)} group" in text and str(plan) == text
    assert all(kind in text for kind, _ in groups)
    assert groups[-1][0] in plan._repr_html_()
    with pytest.raises(TypeError, match="shows its groups"):
        scores.draw()


def test_a_captured_function_draws_its_newest_plan():
    step, args = _classifier()
    with pytest.raises(CaptureError, match="no plan to draw yet"):
        step.draw()
    step.plan(*args)
    assert step.draw(level="ops").source == step.plan(*args).draw(level="ops").source


def test_the_guide(tmp_path):
    pytest.importorskip("matplotlib")
    text = (ROOT / "docs" / "capture.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    shown = []
    with contextlib.chdir(tmp_path):
        for block, says in blocks(text):
            printed, values = printed_by(block, names)
            shown += values
            # The guide's blocks have no file: their lines are those of the block.
            assert printed.replace("README.md", "fit.py") == says
    checked = 0
    for comment, value in shown:
        if re.match(r"array\(|[\[(<]|True$", comment):
            assert comment == repr(value), f"{comment} is {value!r}"
            checked += 1
    assert checked == 6
    assert "us" in names["table"]


def test_the_ablation_measures_every_variant(capsys):
    case = ablation.Case("tiny", ablation.mlp([2, 4, 2], 3))
    found = ablation.measure(case, 2)
    assert [one.name for one in found][:1] + [one.name for one in found][-2:] == [
        "all", "none", "op by op",
    ]  # fmt: skip
    assert all(len(one.seconds) == 2 and min(one.seconds) > 0 for one in found)
    whole, none = found[0], found[-2]
    assert none.steps is not None and whole.steps is not None and none.bytes >= whole.bytes
    assert found[-1].bytes is None
    lines = ablation.table(found).splitlines()
    assert len(lines) == 2 + len(found) and "| 1.00 |" in lines[2]
    first, eager = ablation.recording(case, 1)
    assert first > eager > 0
    with pytest.raises(SystemExit):
        ablation.main(["no such"])
    assert "no workload" in capsys.readouterr().err
