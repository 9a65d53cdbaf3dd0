"""The backward pass as a film: everything arrives when it should, in both forms."""

from __future__ import annotations

import itertools
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value
from autograd.testing.strategies import programs
from autograd.viz import build, view
from autograd.viz.animating import animate
from autograd.viz.animating.cues import Clock, Cue
from autograd.viz.animating.curve import along
from autograd.viz.animating.stage import SVG, Stage, stage
from autograd.viz.animating.steps import steps
from autograd.viz.animating.style import moving_svg
from autograd.viz.interchange import from_json, to_json
from nn import scalar


def neuron() -> Value:
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.8, label="b")
    y = (x * w + b).tanh() * x
    y.label = "L"
    y.backward()
    return y


def staged(root: Any, **options: Any) -> Stage:
    return stage(
        build(root), **{"seconds": 1.0, "digits": 4, "rankdir": "LR", "most": 200, **options}
    )


def words(element: ET.Element) -> str:
    return " ".join("".join(text.itertext()) for text in element.iter(f"{SVG}text"))


# The steps ------------------------------------------------------------------------------------


def test_the_lines_are_the_chain_rule_with_its_numbers() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + a
    y.label = "y"
    y.backward()
    assert [(s.arrives, s.hands_on) for s in steps(build(y), 4)] == [
        ("dy/dy = 1, where the walk begins", "hands on: (×) gets 1 × 1 = 1, a gets 1 × 1 = 1"),
        ("dy/d(×) = 1", "hands on: a gets 1 × (-3) = -3, b gets 1 × 2 = 2"),
        ("dy/da = -3 + 1 = -2", "a leaf: this is its gradient"),
        ("dy/db = 2", "a leaf: this is its gradient"),
    ]


def test_arrays_say_how_large_and_whose_share() -> None:
    w = Tensor(np.arange(1.0, 7.0), requires_grad=True, label="w")
    y = ag.sum(w * w)
    y.backward()
    first, second, third = steps(build(y), 4)
    assert first.hands_on == "hands on: (×) gets |c| 2.449"
    half = "w gets |c| 9.539 (share +0.50)"
    assert second.hands_on == f"hands on: {half}, {half}"
    assert [flow.text for flow in second.flows] == ["|c| 9.539"] * 2
    assert third.arrives == "|dL/dw| = 19.08 from shares of +0.50 and +0.50"


@settings(max_examples=25, deadline=None)
@given(programs())
def test_nothing_is_seen_before_it_has_arrived(program: Any) -> None:
    leaves = [
        Value(x) if isinstance(x, float) else Tensor(x, requires_grad=True) for x in program.inputs
    ]
    outputs = program(*leaves)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    total = sum((ag.sum(x) for x in outputs), start=Value(0.0))
    total.backward()
    model = build(total)
    made = staged(total)
    order = [step.vertex for step in made.steps]
    assert [model.vertices[id].turn for id in order] == sorted(
        model.vertices[id].turn for id in order
    )
    assert order[0] == next(v.id for v in model.vertices if v.root)
    turn = {id: k for k, id in enumerate(order)}
    # Every contribution flows once, before its operand has its turn.
    flows = [(flow.edge, k) for k, step in enumerate(made.steps) for flow in step.flows]
    assert sorted(i for i, _ in flows) == [
        i for i, e in enumerate(model.edges) if e.contribution is not None
    ]
    for i, k in flows:
        edge = model.edges[i]
        assert order[k] == edge.target
        assert turn[edge.source] > k
    shown = {id for id, v in enumerate(model.vertices) if v.grad is not None}
    assert shown <= set(order)


# The cues -------------------------------------------------------------------------------------


def opacities(made: Stage, time: float) -> dict[int, float]:
    """Of all elements that have a cue, by their place among them."""
    return {i: cue.opacity(time) for i, (_, cue) in enumerate(made.cues)}


def test_the_blame_of_a_dead_neuron_waits_for_its_turn_as_well() -> None:
    """It has no gradient to show, so the row of its blame comes first of those that do."""
    model = scalar.MLP(1, [1, 1], rng=0)
    model.layers[0].neurons[0].b.data = -100.0
    loss = model([1.0]) ** 2 + model.layers[1].neurons[0].b
    loss.backward()
    picture = view(loss, level="neurons")
    made = stage(picture, seconds=1.0, digits=4, rankdir="LR", most=200)
    dead = next(v for v in picture.vertices if v.name == "mlp.l0.n0")
    assert dict(dead.about)["blame"] == "0.0 %" and "‖grad‖" not in dict(dead.about)
    assert [words(part) for part, _ in made.cues if words(part).startswith("blame 0.0 %")]


def test_at_the_end_everything_is_shown_and_nothing_lit() -> None:
    made = staged(neuron())
    clock = made.clock
    lasting = {i for i, (_, cue) in enumerate(made.cues) if cue.stop is None}
    assert {i for i, a in opacities(made, clock.length - 0.01).items() if a == 1.0} == lasting
    # At first there are the values, and edges that are hardly to be seen.
    first = opacities(made, 0.0)
    assert {a for i, a in first.items() if i in lasting} == {0.0, 0.22}
    assert sum(a == 1.0 for a in first.values()) == 1  # the words below
    gradients = [
        words(element)
        for element, cue in made.cues
        if words(element).startswith("grad ") and not cue.stop
    ]
    assert len(gradients) == 7


def test_one_vertex_is_lit_at_a_time_and_one_line_said() -> None:
    made = staged(neuron())
    for k, step in enumerate(made.steps):
        now = made.clock.at(k + 0.5)
        seen = [e for e, cue in made.cues if cue.stop and cue.opacity(now) == 1.0]
        lines = [words(e) for e in seen if "of 7" in words(e)]
        assert lines == [f"{step.arrives} {step.hands_on} {k + 1} of 7"]
        assert sum(e.tag == f"{SVG}rect" for e in seen) == 1
        chips = [words(e) for e, cue in made.cues if cue.path and cue.opacity(now) == 1.0]
        assert chips == [flow.text for flow in step.flows]


def test_contributions_travel_from_the_result_to_the_operand() -> None:
    points = along("M0,0L10,0C15,0 15,20 20,20L40,20", 5)
    assert points[0] == (40.0, 20.0)
    assert points[-1] == (0.0, 0.0)
    steps_between = np.hypot(*np.diff(np.array(points), axis=0).T)
    assert steps_between == pytest.approx(np.full(4, steps_between.mean()), rel=0.15)
    cue = Cue(1.0, 3.0, path=points)
    assert cue.place(0.0) == points[0]
    assert cue.place(2.0) == points[2]
    assert cue.place(9.0) == points[-1]


def test_before_backward_there_is_nothing_to_show() -> None:
    with pytest.raises(ValueError, match=r"no gradient has arrived; call backward\(\)"):
        staged(Value(2.0) * 3.0)


def test_the_clock_runs_forward() -> None:
    clock = Clock(3, 2.0)
    times = [0.0, *[clock.at(k) for k in range(4)], clock.length]
    assert times == sorted(times)
    assert clock.end == clock.at(3)


# The SVG --------------------------------------------------------------------------------------


def test_the_svg_stands_alone_and_honours_reduced_motion(tmp_path: Path) -> None:
    path = animate(neuron(), tmp_path / "a.svg")
    text = path.read_text(encoding="utf-8")
    tree = ET.fromstring(text)
    assert "<script" not in text
    assert "href" not in text
    assert set(re.findall(r"https?://[^\"' )]+", text)) == {"http://www.w3.org/2000/svg"}
    (style,) = tree.iter(f"{SVG}style")
    still, moving = (style.text or "").split("@media (prefers-reduced-motion:no-preference){")
    assert "animation" not in still
    # What is hidden without motion is what passes: halos, chips and lines, but not the last one.
    hidden = set(re.findall(r"\.([\w-]+)\{opacity:0\}", still))
    visible = "".join(
        words(e) for e in tree.iter(f"{SVG}g") if not hidden & set(e.get("class", "").split())
    )
    for number in ("-3.35 + 0.664 = -2.69", "2.24", "done: contributions"):
        assert number in visible
    frames = re.findall(r"@keyframes ([\w-]+)\{((?:[^{}]*\{[^{}]*\})+)\}", moving)
    classes = {c for e in tree.iter() for c in e.get("class", "").split()}
    assert len(frames) > 20
    for name, body in frames:
        assert name in classes
        at = [float(x) for x in re.findall(r"([\d.]+)%", body)]
        assert at == sorted(at)
        assert at[0] == 0.0
        assert at[-1] == 100.0


def test_themes_and_loops(tmp_path: Path) -> None:
    texts = {
        theme: animate(neuron(), tmp_path / "a.svg", theme=theme).read_text(encoding="utf-8")
        for theme in ("light", "dark", "auto")
    }
    dark = ".ag-f-paper{fill:#0F172A}"
    assert dark not in texts["light"]
    assert f"dark){{{dark}" in texts["auto"]
    assert dark in texts["dark"]
    assert "prefers-color-scheme" not in texts["dark"]
    assert "animation-iteration-count:infinite" in texts["dark"]
    once = animate(neuron(), tmp_path / "b.svg", loop=False).read_text(encoding="utf-8")
    assert "animation-iteration-count:1}" in once
    # Two of them in one page do not share names, and the same graph gives the same bytes.
    names = [set(re.findall(r"@keyframes ([\w-]+)", t)) for t in (once, texts["light"])]
    assert names[0] == names[1]
    other = moving_svg(staged(_other()), "light", True)
    assert not names[0] & set(re.findall(r"@keyframes ([\w-]+)", other))
    assert animate(neuron(), tmp_path / "c.svg").read_text(encoding="utf-8") == texts["light"]


def _other() -> Value:
    y = Value(2.0) * 3.0
    y.backward()
    return y


# The GIF --------------------------------------------------------------------------------------


def test_the_gif_has_a_frame_for_every_moment(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("matplotlib")
    y = Value(3.0, label="x").exp()
    y.backward()
    path = animate(y, tmp_path / "a.gif", seconds=1.0)
    made = staged(y)
    pictures, length = [], 0
    with image.open(path) as film:
        assert film.info["loop"] == 0
        assert film.size == pytest.approx((2 * made.width, 2 * made.height), abs=3)
        # Before, arrival and flow of the result, the leaf, and the end.
        assert film.n_frames == 1 + (1 + 6) + 1 + 1
        for k in range(film.n_frames):
            film.seek(k)
            length += film.info["duration"]
            pictures.append(np.asarray(film.convert("RGB")).astype(int))
    assert length == pytest.approx(1000 * made.clock.length, abs=60)
    assert (pictures[0][1, 1] == 255).all()
    glow = np.array([247, 197, 51])  # of the halo, on white

    def lit(picture: np.ndarray) -> np.ndarray:
        return np.argwhere(np.abs(picture - glow).max(axis=-1) < 12)

    assert [len(lit(p)) > 100 for p in pictures] == [False] + [True] * 8 + [False]
    assert lit(pictures[1])[:, 1].mean() > lit(pictures[8])[:, 1].mean() + 100
    for before, after in itertools.pairwise(pictures):
        assert (before != after).any()
    assert path.read_bytes() == animate(y, tmp_path / "b.gif", seconds=1.0).read_bytes()
    assert path.stat().st_size < 150_000
    dark = animate(y, tmp_path / "c.gif", theme="dark", loop=False, digits=2)
    with image.open(dark) as film:
        assert "loop" not in film.info
        assert film.convert("RGB").getpixel((1, 1)) == (15, 23, 42)


def test_a_gif_without_its_libraries_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "autograd.viz.animating.frames", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"blamegraph\[viz\], or write an .svg"):
        animate(neuron(), tmp_path / "a.gif")
    assert animate(neuron(), tmp_path / "a.svg").exists()
    assert not (tmp_path / "a.gif").exists()


# Odd graphs -----------------------------------------------------------------------------------


def several_outputs() -> Any:
    t = Tensor([[1.0, 2.0], [3.0, 5.0], [0.5, -1.0]], requires_grad=True)
    u, s, _ = ag.linalg.svd(t, full_matrices=False)
    y = ag.sum(s * 2.0) + ag.sum(u[0])
    y.backward()
    return y


def not_finite() -> Any:
    with np.errstate(all="ignore"):
        t = Tensor([0.0, 1.0], requires_grad=True)
        y = ag.sum(ag.log(t) + t)
        y.backward()
    return y


def odd_labels() -> Any:
    x = Value(2.0, label="</text><script>&\"'\ud800\x00\u202e🧠 $x_1$")
    y = x * x
    y.label = "w" * 10_000
    y.backward()
    return y


def empty() -> Any:
    y = ag.sum(Tensor(np.ones((0, 3)), requires_grad=True)) + Value(1.0)
    y.backward()
    return y


@pytest.mark.parametrize("make", [several_outputs, not_finite, odd_labels, empty])
def test_any_graph_becomes_a_film(make: Any, tmp_path: Path) -> None:
    y = make()
    text = animate(y, tmp_path / "a.svg").read_text(encoding="utf-8")
    ET.fromstring(text)
    assert "<script" not in text
    assert len(text) < 200_000


def test_odd_letters_are_painted(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert animate(odd_labels(), tmp_path / "a.gif").read_bytes()[:6] == b"GIF89a"


@settings(max_examples=4, deadline=None)
@given(st.sampled_from(["LR", "RL", "TB", "BT"]))
def test_any_direction(rankdir: str) -> None:
    made = staged(neuron(), rankdir=rankdir)
    assert len(made.steps) == 7
    chips = [cue.path for _, cue in made.cues if cue.path]
    axis, sign = {"LR": (0, -1), "RL": (0, 1), "TB": (1, -1), "BT": (1, 1)}[rankdir]
    for path in chips:
        assert sign * (path[-1][axis] - path[0][axis]) > 0


def test_of_a_large_graph_a_part_is_shown(tmp_path: Path) -> None:
    y = Value(1.0)
    for _ in range(300):
        y = y * 1.01
    y.backward()
    text = animate(y, tmp_path / "a.svg", max_nodes=5).read_text(encoding="utf-8")
    assert "1 of 5" in text
    assert "296 hidden" in text
    with pytest.raises(ValueError, match=r"301 steps are too long a film .* max_nodes"):
        animate(y, tmp_path / "b.svg", max_nodes=None)
    model = from_json(to_json(neuron()))
    assert animate(model, tmp_path / "c.svg").exists()


def test_mistakes_are_explained(tmp_path: Path) -> None:
    y = neuron()
    for options, message in (
        ({"path": "a.mp4"}, r"a .gif or an .svg; got 'a.mp4'"),
        ({"theme": "blue"}, "theme is one of light, dark, auto"),
        ({"rankdir": "up"}, "rankdir is one of"),
        ({"seconds": 0.0}, "from 0.1 to 60"),
        ({"seconds": float("nan")}, "from 0.1 to 60"),
    ):
        path = tmp_path / str(options.pop("path", "a.svg"))
        with pytest.raises(ValueError, match=message):
            animate(y, path, **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"no gradient has arrived; call backward\(\)"):
        animate(Value(2.0), tmp_path / "a.svg")
    t = Tensor([1.0], requires_grad=True)
    z = ag.sum(ag.exp(t))
    with pytest.raises(ValueError, match="no gradient has arrived"):
        animate(z, tmp_path / "a.svg")
    z.backward(retain_graph=False)
    with pytest.raises(ValueError, match="the graph was freed"):
        animate(z, tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())
