"""What optimizers write to: the memory of a leaf, and never that of a graph or another tensor."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import room
from autograd.extend import opened
from autograd.ops import arithmetic


def leaf(values: object = (1.0, 2.0)) -> ag.Tensor:
    return ag.tensor(values, requires_grad=True)


def test_the_memory_and_the_gradient() -> None:
    p = leaf()
    assert opened(p) is None
    (p * p).sum().backward()
    array, g = opened(p)  # type: ignore[misc]
    array -= g
    assert g is p.grad and p.numpy().tolist() == [-1.0, -2.0]


def test_a_graph_keeps_what_it_was_computed_from() -> None:
    p = leaf()
    y = (p * p).sum()
    y.backward()
    array, _ = opened(p)  # type: ignore[misc]
    array[...] = 100.0
    p.zero_grad()
    y.backward()
    assert p.grad.tolist() == [2.0, 4.0]  # type: ignore[union-attr]
    assert p.numpy().tolist() == [100.0, 100.0]


def test_what_was_handed_out_sees_the_write() -> None:
    p = leaf()
    outside = p.data
    (p * p).sum().backward()
    opened(p)[0][...] = 7.0  # type: ignore[index]
    assert outside.tolist() == [7.0, 7.0] == p.numpy().tolist()


def test_views_and_detached_tensors() -> None:
    p = leaf()
    view, apart = p[:1], p.detach()
    (p * p).sum().backward()
    opened(p)[0][...] = 7.0  # type: ignore[index]
    assert view.numpy().tolist() == [7.0]
    assert apart.numpy().tolist() == [1.0, 2.0]


def test_a_view_that_is_a_leaf_is_written_through() -> None:
    base = ag.tensor([1.0, 2.0, 3.0])
    part = base[1:].requires_grad_()
    (part * part).sum().backward()
    nn.optim.SGD([part], lr=0.25).step()
    assert base.numpy().tolist() == [1.0, 1.0, 1.5]


def test_what_is_read_only_is_refused() -> None:
    p = leaf()
    (p * p).sum().backward()
    p.data.flags.writeable = False
    with pytest.raises(ag.errors.InPlaceError, match="read-only"):
        nn.optim.SGD([p], lr=1.0).step()


def test_turned_off_and_numbers() -> None:
    p, q = leaf(), leaf(3.0)
    optimizer = nn.optim.Adam([p, q], lr=0.5, weight_decay=0.1, maximize=True)
    (p.sum() * q).backward()
    p.requires_grad_(False)
    optimizer.step()
    assert p.numpy().tolist() == [1.0, 2.0]
    assert q.item() == pytest.approx(3.5)


# Memory that is used again ----------------------------------------------------------------------

BIG = 5000


def test_a_derivative_that_somebody_holds_is_not_overwritten() -> None:
    table = np.linspace(1.0, 2.0, BIG)
    op = ag.extend.elementwise(lambda x: x * table, lambda out, x: table, name="by_table")
    fresh = ag.extend.elementwise(lambda x: x * table, lambda out, x: table * 1, name="by_copy")
    kept = table.copy()
    x = np.ones(BIG)
    for f in (op, fresh):
        assert np.array_equal(ag.grad(lambda x, f=f: (f(x) * 3.0).sum())(x), 3.0 * kept)
        assert np.array_equal(table, kept)


@pytest.mark.parametrize("f", [ag.log, ag.log1p, ag.sqrt, ag.tanh, ag.exp, lambda x: 1 / x])
def test_large_and_small_arrays_agree(f: object) -> None:
    x = np.linspace(0.0, 2.0, BIG)

    def loss(x: object) -> object:
        return ag.where(np.asarray(ag.extend.plain(x)) > 0.5, f(x) * x + f(x), 0.0).sum()  # type: ignore[operator, call-arg]

    with np.errstate(all="ignore"):
        whole = ag.grad(loss)(x)
        parts = np.concatenate([ag.grad(loss)(part) for part in np.split(x, 5)])
    assert np.isfinite(whole).all()
    assert np.array_equal(whole, parts)


def test_a_cotangent_sent_twice_is_not_added_to_itself() -> None:
    x = ag.tensor(np.linspace(0.5, 1.5, BIG), requires_grad=True)
    y = arithmetic.add(x, x)
    z = y * y + y
    (z * z + z + x).sum().backward()
    d = x.numpy()
    zz = 4 * d * d + 2 * d
    assert np.allclose(x.grad, (2 * zz + 1) * (8 * d + 2) + 1)


def test_room_is_kept_for_large_arrays_and_of_each_thread_alone() -> None:
    def looked(size: int) -> int:
        room.keep_room([np.zeros(size)])
        return 0 if room._room.held is None else room._room.held.nbytes

    found: list[int] = []
    thread = threading.Thread(target=lambda: found.extend([looked(10), looked(100_000)]))
    thread.start()
    thread.join()
    assert found == [0, 800_000]
