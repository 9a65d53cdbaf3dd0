"""Laws of the layered layout, on random graphs."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.viz.layout import Layout, layered, ranks
from autograd.viz.layout.order import crossings
from autograd.viz.layout.relax import relax
from autograd.viz.layout.slots import make_slots


@st.composite
def graphs(draw: Any) -> tuple[int, np.ndarray, np.ndarray]:
    """A number of vertices and the ends of edges, parallel ones and loose vertices among them."""
    n = draw(st.integers(1, 14))
    pairs = list(itertools.combinations(range(n), 2))
    edges = draw(st.lists(st.sampled_from(pairs), max_size=30)) if pairs else []
    names = draw(st.permutations(range(n)))  # edges need not go from low to high numbers
    source, target = ([names[e[i]] for e in edges] for i in (0, 1))
    return n, np.array(source, dtype=np.int64), np.array(target, dtype=np.int64)


@st.composite
def drawings(draw: Any) -> tuple[dict[str, Any], Layout]:
    """What a layout was asked for, and the layout."""
    n, source, target = draw(graphs())
    sizes = st.floats(5, 200)
    asked = {
        "width": np.array(draw(st.lists(sizes, min_size=n, max_size=n))),
        "height": np.array(draw(st.lists(sizes, min_size=n, max_size=n))),
        "source": source,
        "target": target,
        "label_width": np.array(
            draw(
                st.lists(
                    st.sampled_from([0.0, 30.0, 90.0]), min_size=len(source), max_size=len(source)
                )
            )
        ),
        "label_height": np.full(len(source), 12.0),
        "direction": draw(st.sampled_from(["LR", "RL", "TB", "BT"])),
    }
    return asked, layered(**asked)


def boxes(asked: dict[str, Any], layout: Layout) -> np.ndarray:
    """Left, top, right and bottom of every box."""
    w, h = asked["width"] / 2, asked["height"] / 2
    return np.stack([layout.x - w, layout.y - h, layout.x + w, layout.y + h], axis=1)


def labels(asked: dict[str, Any], layout: Layout) -> np.ndarray:
    """The same of every label that has a place."""
    w, h = asked["label_width"], asked["label_height"]
    x, y = layout.label_x, layout.label_y
    if asked["direction"] in ("LR", "RL"):
        found = np.stack([x - w / 2, y - h, x + w / 2, y], axis=1)
    else:
        found = np.stack([x, y - h / 2, x + w, y + h / 2], axis=1)
    return found[(w > 0) & ~np.isnan(x)]


def overlaps(rectangles: np.ndarray) -> int:
    a, b = rectangles[:, None], rectangles[None]
    slack = 1e-6
    meet = ((a[..., :2] < b[..., 2:] - slack) & (b[..., :2] < a[..., 2:] - slack)).all(axis=-1)
    return int(meet.sum()) - len(rectangles)


@given(graphs())
def test_edges_run_from_lower_to_higher_ranks(graph: Any) -> None:
    n, source, target = graph
    rank = ranks(n, source, target)
    assert len(rank) == n
    assert rank.min() >= 0
    assert (rank[source] < rank[target]).all()
    # Nothing is farther from its source than the longest path makes it.
    assert rank.max() < n


@given(drawings())
@settings(max_examples=150, deadline=None)
def test_no_two_boxes_or_labels_overlap_and_all_are_in_the_picture(drawing: Any) -> None:
    asked, layout = drawing
    everything = np.concatenate([boxes(asked, layout), labels(asked, layout)])
    assert np.isfinite(everything).all()
    assert len(layout.x) == len(asked["width"])
    assert overlaps(everything) == 0
    inside = boxes(asked, layout)
    assert inside[:, :2].min() >= -1e-6
    assert (inside[:, 2:] <= np.array([layout.width, layout.height]) + 1e-6).all()


@given(drawings())
@settings(max_examples=100, deadline=None)
def test_edges_point_along_the_flow_and_meet_their_boxes(drawing: Any) -> None:
    asked, layout = drawing
    axis, sign = {"LR": (0, 1), "RL": (0, -1), "TB": (1, 1), "BT": (1, -1)}[asked["direction"]]
    centres = np.stack([layout.x, layout.y], axis=1)
    half = np.stack([asked["width"], asked["height"]], axis=1) / 2
    assert len(layout.routes) == len(asked["source"])
    for s, t, points in zip(asked["source"], asked["target"], layout.routes, strict=True):
        assert len(points) % 2 == 0
        assert points[0, axis] == pytest.approx(centres[s, axis] + sign * half[s, axis])
        assert points[-1, axis] == pytest.approx(centres[t, axis] - sign * half[t, axis])
        assert (sign * np.diff(points[:, axis]) >= -1e-6).all()
        other = 1 - axis
        assert abs(points[0, other] - centres[s, other]) <= half[s, other]
        assert abs(points[-1, other] - centres[t, other]) <= half[t, other]
        # Straight pieces are straight.
        np.testing.assert_allclose(points[::2, other], points[1::2, other])


@given(drawings())
@settings(max_examples=60, deadline=None)
def test_no_edge_runs_through_a_box(drawing: Any) -> None:
    asked, layout = drawing
    if np.isnan(layout.label_x).any():
        return  # an edge too long for slots of its own
    rectangles = boxes(asked, layout)
    for points in layout.routes:
        for a, b in zip(points[::2], points[1::2], strict=True):
            if abs(a - b).max() < 1e-6:
                continue
            middle = (a + b) / 2
            inside = (rectangles[:, :2] + 1e-6 < middle) & (middle < rectangles[:, 2:] - 1e-6)
            assert not inside.all(axis=1).any()


@given(drawings())
@settings(max_examples=30, deadline=None)
def test_the_same_graph_is_laid_out_the_same_way(drawing: Any) -> None:
    asked, layout = drawing
    again = layered(**asked)
    for name in ("x", "y", "label_x", "label_y"):
        np.testing.assert_array_equal(getattr(layout, name), getattr(again, name))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 5)), max_size=25))
def test_crossings_are_counted_as_by_looking_at_each_pair(segments: Any) -> None:
    # Slots 6 c + p stand at place p of column c.
    tail = np.array([6 * c + p for c, p, _ in segments], dtype=np.int64)
    head = np.array([6 * (c + 1) + q for c, _, q in segments], dtype=np.int64)
    expected = sum(
        c == d and (p - r) * (q - s) < 0
        for (c, p, q), (d, r, s) in itertools.combinations(segments, 2)
    )
    assert crossings(np.arange(24) // 6, np.arange(24) % 6, tail, head) == expected


def test_a_drawing_that_needs_no_crossing_has_none() -> None:
    # Two chains, each of whose numbers alternate between top and bottom.
    source, target = np.array([0, 3, 1, 2]), np.array([3, 4, 2, 5])
    none, box = np.zeros(4), np.full(6, 20.0)
    layout = layered(box, box, source, target, none, none)
    above = layout.y[[0, 3, 4]] < layout.y[[1, 2, 5]]
    assert above.all() or not above.any()


def test_a_chain_is_a_straight_line() -> None:
    n = 30
    box, none = np.full(n, 20.0), np.zeros(n - 1)
    layout = layered(box, box, np.arange(n - 1), np.arange(1, n), none, none)
    assert np.ptp(layout.y) == 0
    assert all(np.ptp(points[:, 1]) == 0 for points in layout.routes)


def test_long_edges_are_straight_between_their_first_column_and_their_last() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        source, target = np.sort(np.array([rng.choice(14, 2, replace=False) for _ in range(20)])).T
        label, box = np.full(20, 30.0), np.full(14, 40.0)
        layout = layered(box, box, source, target, label, label / 3)
        for points in layout.routes:
            assert np.ptp(points[2:-2, 1]) < 1e-9


@pytest.mark.parametrize(("strayed", "back"), [(50.0, 10.0), (-50.0, 0.0), (4.0, 4.0)])
def test_an_edge_is_taken_back_to_between_its_ends(strayed: float, back: float) -> None:
    source, target = np.array([0]), np.array([1])
    slots = make_slots(ranks(2, source, target), source, target)
    y, room = np.array([0.0, 10.0, strayed]), np.full(3, 5.0)
    after = relax(y, [[0], [2], [1]], slots, source, target, room, room)
    assert after.tolist() == [0.0, 10.0, back]


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_many_edges_without_labels_need_no_room_of_their_own(direction: str) -> None:
    n = 12
    source, target = (a.ravel() for a in np.mgrid[:n, n : 2 * n])
    none = np.zeros(n * n)
    size = np.full(2 * n, 30.0)
    layout = layered(size, size, source, target, none, none, direction)
    across = layout.height if direction == "LR" else layout.width
    assert across < 1.2 * n * 48.0  # a box and the room beside it
    assert {len(points) for points in layout.routes} == {4}  # straight, one curve, straight


def test_leaves_stand_next_to_their_first_use() -> None:
    assert ranks(4, np.array([0, 1, 3]), np.array([1, 2, 2])).tolist() == [0, 1, 2, 1]


def test_a_chain_a_million_deep_is_ranked() -> None:
    n = 1_000_000
    rank = ranks(n, np.arange(n - 1), np.arange(1, n))
    np.testing.assert_array_equal(rank, np.arange(n))


def test_a_leaf_that_everything_uses_does_not_take_quadratic_room() -> None:
    n = 2000
    chain = np.arange(1, n - 1)
    source = np.concatenate([chain, np.zeros(n - 2, dtype=np.int64)])
    target = np.concatenate([chain + 1, chain + 1])
    slots = make_slots(ranks(n, source, target), source, target)
    assert len(slots.column) <= 7 * (n + len(source)) + n
    assert (slots.first < 0).any()
    box, label = np.full(n, 30.0), np.full(len(source), 12.0)
    layout = layered(box, box, source, target, label, label)
    assert np.isfinite(layout.x).all() and np.isfinite(layout.y).all()
    assert all(np.isfinite(points).all() for points in layout.routes)


def test_circles_and_unknown_directions_are_errors() -> None:
    with pytest.raises(ValueError, match="circles"):
        ranks(2, np.array([0, 1]), np.array([1, 0]))
    one = np.ones(1)
    none = np.zeros(0, dtype=np.int64)
    with pytest.raises(ValueError, match="direction"):
        layered(one, one, none, none, one[:0], one[:0], "left")
