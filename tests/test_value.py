"""``Value``: micrograd's behaviour, and what micrograd gets wrong."""

import asyncio
import gc
import math
import threading

import numpy as np
import pytest

import autograd as ag
from autograd import Value


def test_readme_example_of_micrograd():
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert g.data == pytest.approx(24.70408163265306, rel=1e-15)
    assert a.grad == pytest.approx(138.83381924198252, rel=1e-15)
    assert b.grad == pytest.approx(645.5772594752186, rel=1e-15)


def test_micrograds_way_of_drawing_works():
    a, b = Value(2.0, label="a"), Value(-3.0)
    y = (a * b).tanh()
    nodes, stack = set(), [y]
    while stack:
        v = stack.pop()
        if v not in nodes:
            nodes.add(v)
            stack.extend(v._prev)
    assert nodes == {y, *y._prev, a, b}
    assert sorted(v._op + f"{v.data:.1f}" for v in nodes) == ["-3.0", "2.0", "tanh-1.0", "×-6.0"]


def test_same_operand_twice_counts_twice():
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0


def test_a_node_used_before_it_is_complete():
    # A breadth-first walk would send x's share through a too early.
    x = Value(2.0)
    a = x * 3
    b = a * x
    c = b + a
    c.backward()
    assert x.grad == 2 * 3 * 2.0 + 3
    assert a.grad == 2.0 + 1


def test_backward_twice_accumulates_everywhere():
    x = Value(2.0)
    y = x * 3
    z = y * y
    z.backward()
    z.backward()
    assert (x.grad, y.grad, z.grad) == (72.0, 24.0, 2.0)


def test_two_losses_share_a_graph():
    x = Value(2.0)
    y = x * x
    (y * 3).backward()
    (y * 4).backward()
    assert x.grad == 28.0
    assert y.grad == 7.0


def test_parameters_updated_between_forward_and_backward_do_not_spoil_it():
    x, w = Value(2.0), Value(5.0)
    y = x * w
    w.data = -100.0
    y.backward()
    assert x.grad == 5.0


def test_reflected_operators():
    for f, expected in [
        (lambda v: 2 - v, -1.0),
        (lambda v: 2 / v, -2 / 9),
        (lambda v: 2**v, 8 * math.log(2)),
        (lambda v: 7 % v, -2.0),
        (lambda v: np.float64(2) - v, -1.0),
        (lambda v: True * v, 1.0),
    ]:
        v = Value(3.0)
        f(v).backward()
        assert v.grad == pytest.approx(expected)


def test_outside_the_domain_values_follow_numpy():
    with np.errstate(all="ignore"):
        assert Value(0.0).log().data == -math.inf
        assert math.isnan(Value(-1.0).sqrt().data)
        assert (Value(1.0) / Value(0.0)).data == math.inf
        assert Value(1e5).exp().data == math.inf
        assert math.isnan((Value(-8.0) ** (1 / 3)).data)
        x = Value(0.0)
        x.sqrt().backward()
        assert x.grad == math.inf


def test_where_takes_no_gradient_from_the_branch_not_taken():
    x = Value(0.0)
    ag.where(x > 0, x.sqrt(), x * 3).backward()
    assert x.grad == 3.0


def test_comparisons_and_conversions():
    a, b = Value(1.0), Value(2.0)
    assert a < b and b > a and a <= 1 and a == 1.0 and a != b and a <= 2
    assert max(a, b) is b and min([a, b]) is a
    assert float(a) == 1.0 and int(b) == 2 and b.item() == 2.0 and bool(a)
    assert len({a, b, Value(1.0)}) == 3


@pytest.mark.parametrize("bad", ["1", None, [1.0, 2.0], b"2", Value(1.0)])
def test_a_value_holds_one_number(bad):
    with pytest.raises(TypeError):
        Value(bad)


def test_unsupported_operand_is_a_type_error():
    with pytest.raises(TypeError):
        Value(1.0) + "a"


def test_deep_chain_records_differentiates_and_frees():
    x = Value(1.0)
    y = x
    for _ in range(200_000):
        y = y + x
    y.backward()
    assert x.grad == 200_001
    del y


def test_wide_sum():
    xs = [Value(float(i)) for i in range(50_000)]
    sum(xs).backward()
    assert all(x.grad == 1.0 for x in xs)


def test_graphs_are_freed_by_reference_counting_alone():
    gc.collect()
    gc.disable()
    try:
        x = Value(0.5)
        before = len(gc.get_objects())
        for _ in range(20):
            y = x
            for _ in range(100):
                y = (y * x).tanh() + 1
            y.backward()
            y = None
        assert len(gc.get_objects()) - before < 100
    finally:
        gc.enable()


def test_released_graph_says_so():
    x = Value(2.0)
    y = x * x
    z = y.exp()
    z.backward(retain_graph=False)
    assert x.grad == pytest.approx(4 * math.exp(4))
    for root in (z, y + 1):
        with pytest.raises(RuntimeError, match="already released"):
            root.backward()


def test_no_grad_and_enable_grad():
    x = Value(2.0)
    with ag.no_grad():
        y = x * x
        with ag.enable_grad():
            z = x * 3
    assert y.op is None
    z.backward()
    assert x.grad == 3.0

    @ag.no_grad()
    def f(v):
        return v * v

    assert f(x).op is None


def test_modes_belong_to_their_thread():
    seen = {}
    inside = threading.Event()
    leave = threading.Event()

    def quiet():
        with ag.no_grad():
            inside.set()
            leave.wait(10)
            seen["quiet"] = (Value(1.0) * 2).op

    thread = threading.Thread(target=quiet)
    thread.start()
    inside.wait(10)
    x = Value(2.0)
    y = x * x
    leave.set()
    thread.join()
    y.backward()
    assert x.grad == 4.0
    assert seen["quiet"] is None


def test_threads_with_graphs_of_their_own():
    results = [None] * 4

    def work(k):
        x = Value(float(k))
        for _ in range(200):
            y = x
            for _ in range(20):
                y = y * 0.9 + x
            x.grad = 0.0
            y.backward()
        results[k] = x.grad

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len({round(r, 12) for r in results}) == 1
    assert results[0] == pytest.approx(sum(0.9**i for i in range(21)))


def test_an_interrupted_walk_leaves_the_graph_usable():
    class Bomb(float):
        def __mul__(self, other):
            raise KeyboardInterrupt

        __rmul__ = __mul__

    x = Value(2.0)
    y = x * 3
    z = y * y + x
    saved = y.da
    y.da = Bomb(3.0)
    with pytest.raises(KeyboardInterrupt):
        z.backward()
    y.da = saved
    for v in (x, y, z):
        assert v.n == 0


def test_no_grad_follows_a_generator_and_not_its_caller():
    @ag.no_grad()
    def steps():
        try:
            got = yield ag.is_grad_enabled()
            try:
                yield got, ag.is_grad_enabled()
            except KeyError:
                yield "caught", ag.is_grad_enabled()
        finally:
            closed.append(ag.is_grad_enabled())

    closed = []
    it = steps()
    assert next(it) is False and ag.is_grad_enabled()
    assert it.send(5) == (5, False)
    assert it.throw(KeyError) == ("caught", False) and ag.is_grad_enabled()
    it.close()
    assert closed == [False] and ag.is_grad_enabled()


def test_no_grad_follows_a_coroutine_and_not_its_neighbours():
    @ag.no_grad()
    async def quiet():
        await asyncio.sleep(0.001)
        return ag.is_grad_enabled()

    async def loud():
        seen = []
        for _ in range(5):
            seen.append(ag.is_grad_enabled())
            await asyncio.sleep(0)
        return all(seen)

    async def both():
        return await asyncio.gather(quiet(), loud())

    assert asyncio.run(both()) == [False, True]


def test_one_mode_object_in_two_threads():
    shared, inside, go, seen = ag.no_grad(), threading.Event(), threading.Event(), []

    def first():
        with ag.no_grad():
            with shared:
                inside.set()
                go.wait(10)
            seen.append(ag.is_grad_enabled())

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(10)
    with shared:
        go.set()
        thread.join()
    assert seen == [False] and ag.is_grad_enabled()


def test_a_root_of_a_negative_number_is_nan() -> None:
    assert math.isnan(np.power(ag.Value(-0.5), 0.5).data)
    assert math.isnan(ag.grad(lambda x: x**0.5)(-0.5))
    with ag.no_grad():
        assert math.isnan((ag.Value(-0.3) ** ag.Value(-1.7)).data)


def test_the_mixed_derivative_of_a_power_at_exponent_zero() -> None:
    # d/dy (y x^(y-1)) at y = 0 is 1/x.
    assert ag.grad(lambda y: ag.grad(lambda x: x**y)(2.0))(0.0) == 0.5


def test_constants_of_a_rule_come_out_plain() -> None:
    def clipped(x, low, high):
        return ag.clip(x, low, high) * 1.0

    pulled, _ = ag.vjp(lambda *xs: ag.vjp(clipped, *xs)[1](0.7), 0.125, -3.0, 3.1)
    assert pulled == (0.7, 0.0, 0.0)
    assert all(type(g) is float for g in pulled)
