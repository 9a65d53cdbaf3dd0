"""Convolution and pooling: against plain loops, the transpose identity, conventions and errors."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Tensor
from autograd.ops import correlate

CONV = {1: ag.conv1d, 2: ag.conv2d}
TRANSPOSED = {1: ag.conv_transpose1d, 2: ag.conv_transpose2d}
MAX = {1: ag.max_pool1d, 2: ag.max_pool2d}
AVG = {1: ag.avg_pool1d, 2: ag.avg_pool2d}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


# Loops ------------------------------------------------------------------------------------------


def positions(*sizes: int) -> Any:
    return itertools.product(*map(range, sizes))


def slow_conv(
    x: np.ndarray,
    w: np.ndarray,
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
) -> np.ndarray:
    """One product at a time, straight from the formula."""
    n, _, *size = x.shape
    outputs, share, *kernel = w.shape
    geometry = list(zip(stride, padding, dilation))
    count = [
        (m + 2 * p - d * (k - 1) - 1) // s + 1 for m, k, (s, p, d) in zip(size, kernel, geometry)
    ]
    out = np.zeros((n, outputs, *count))
    for b, o, *place in positions(n, outputs, *count):
        group = o // (outputs // groups)
        for c, *tap in positions(share, *kernel):
            at = [s * y + d * i - p for y, i, (s, p, d) in zip(place, tap, geometry)]
            if all(0 <= a < m for a, m in zip(at, size)):
                out[(b, o, *place)] += w[(o, c, *tap)] * x[(b, group * share + c, *at)]
    return out


def slow_transpose(
    y: np.ndarray,
    w: np.ndarray,
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    extra: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
) -> np.ndarray:
    """Each number lays down a scaled kernel."""
    n, channels, *size = y.shape
    _, share, *kernel = w.shape
    geometry = list(zip(stride, padding, dilation))
    wide = [
        (m - 1) * s - 2 * p + d * (k - 1) + e + 1
        for m, k, e, (s, p, d) in zip(size, kernel, extra, geometry)
    ]
    out = np.zeros((n, share * groups, *wide))
    for b, c, *place in positions(n, channels, *size):
        group = c // (channels // groups)
        for o, *tap in positions(share, *kernel):
            at = [s * q + d * i - p for q, i, (s, p, d) in zip(place, tap, geometry)]
            if all(0 <= a < m for a, m in zip(at, wide)):
                out[(b, group * share + o, *at)] += w[(c, o, *tap)] * y[(b, c, *place)]
    return out


def slow_windows(
    x: np.ndarray,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    ceil: bool,
) -> tuple[Any, tuple[int, ...]]:
    """For each window: its place, its elements' places, and how many places lie in the padding."""
    size = x.shape[2:]
    count = []
    for m, k, s, p, d in zip(size, kernel, stride, padding, dilation):
        length = (m + 2 * p - d * (k - 1) - 1) / s
        windows = (math.ceil(length) if ceil else math.floor(length)) + 1
        count.append(windows - (ceil and (windows - 1) * s >= m + p))
    found = []
    for b, c, *place in positions(*x.shape[:2], *count):
        inside, padded = [], 0
        for tap in positions(*kernel):
            at = [s * y + d * i - p for y, i, s, p, d in zip(place, tap, stride, padding, dilation)]
            if all(0 <= a < m for a, m in zip(at, size)):
                inside.append((b, c, *at))
            elif all(a < m + p for a, m, p in zip(at, size, padding)):
                padded += 1
        found.append(((b, c, *place), inside, padded))
    return found, (*x.shape[:2], *count)


# Geometries -------------------------------------------------------------------------------------


@st.composite
def geometries(draw: Any) -> dict[str, Any]:
    n = draw(st.sampled_from([1, 2]))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(n))

    groups = draw(st.sampled_from([1, 1, 2, 3]))
    kernel, stride, padding, dilation = each(1, 3), each(1, 3), each(0, 2), each(1, 3)
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    size = tuple(
        draw(st.integers(max(1, span - 2 * p), span + 4)) for span, p in zip(spans, padding)
    )
    return {
        "x": (draw(st.integers(0, 3)), groups * draw(st.integers(1, 2)), *size),
        "outputs": groups * draw(st.integers(1, 2)),
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }


def drawn(geometry: dict[str, Any]) -> tuple[int, np.ndarray, np.ndarray, dict[str, Any]]:
    rng = np.random.default_rng(1)
    params = {k: geometry[k] for k in ("stride", "padding", "dilation", "groups")}
    shape = geometry["x"]
    weight = (geometry["outputs"], shape[1] // params["groups"], *geometry["kernel"])
    return len(shape) - 2, rng.normal(size=shape), rng.normal(size=weight), params


@settings(max_examples=150, deadline=None)
@given(geometries())
def test_convolution_equals_loops(geometry: dict[str, Any]) -> None:
    n, x, w, params = drawn(geometry)
    np.testing.assert_allclose(CONV[n](x, w, **params), slow_conv(x, w, **params), atol=1e-13)


@settings(max_examples=150, deadline=None)
@given(geometries(), st.integers(0, 2))
def test_transposed_convolution_equals_loops(geometry: dict[str, Any], extra: int) -> None:
    n, y, w, params = drawn(geometry)
    w = (
        np.ascontiguousarray(w[: y.shape[1]])
        if len(w) >= y.shape[1]
        else np.resize(w, (y.shape[1], *w.shape[1:]))
    )
    more = tuple(min(extra, max(s, d) - 1) for s, d in zip(params["stride"], params["dilation"]))
    sizes = zip(y.shape[2:], w.shape[2:], params["stride"], params["padding"], params["dilation"])
    if any((m - 1) * s - 2 * p + d * (k - 1) < 0 for m, k, s, p, d in sizes):
        return
    found = TRANSPOSED[n](y, w, output_padding=more, **params)
    np.testing.assert_allclose(found, slow_transpose(y, w, extra=more, **params), atol=1e-13)


@settings(max_examples=100, deadline=None)
@given(geometries())
def test_transpose_is_the_transpose(geometry: dict[str, Any]) -> None:
    """<conv(x, w), y> = <x, conv_transpose(y, w)>, with what the windows leave over as padding."""
    n, x, w, params = drawn(geometry)
    out = CONV[n](x, w, **params)
    y = np.random.default_rng(2).normal(size=out.shape)
    sizes = zip(x.shape[2:], w.shape[2:], params["stride"], params["padding"], params["dilation"])
    extra = tuple((m + 2 * p - d * (k - 1) - 1) % s for m, k, s, p, d in sizes)
    back = TRANSPOSED[n](y, w, output_padding=extra, **params)
    np.testing.assert_allclose(np.vdot(out, y), np.vdot(x, back), atol=1e-11)


@settings(max_examples=100, deadline=None)
@given(geometries())
def test_gradients_are_the_slopes_of_a_linear_function(geometry: dict[str, Any]) -> None:
    """A bilinear function has <f(x, w), g> = <x, df/dx g> = <w, df/dw g>."""
    n, x, w, params = drawn(geometry)
    out, pull = ag.vjp(lambda x, w: CONV[n](x, w, **params), x, w)
    g = np.random.default_rng(2).normal(size=out.shape)
    gx, gw = pull(g)
    np.testing.assert_allclose(np.vdot(x, gx), np.vdot(out, g), atol=1e-11)
    np.testing.assert_allclose(np.vdot(w, gw), np.vdot(out, g), atol=1e-11)
    np.testing.assert_allclose(
        np.vdot(CONV[n](gx, w, **params), g), np.vdot(gx, gx), atol=1e-11 * max(1, gx.size)
    )


@settings(max_examples=150, deadline=None)
@given(geometries(), st.booleans(), st.booleans())
def test_pooling_equals_loops(geometry: dict[str, Any], ceil: bool, count_pad: bool) -> None:
    n, x, _, params = drawn(geometry)
    kernel, stride = geometry["kernel"], params["stride"]
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, params["dilation"]))
    padding = tuple(min(p, k // 2) for p, k in zip(params["padding"], kernel))
    if any(span > m + 2 * p for span, m, p in zip(spans, x.shape[2:], padding)):
        return
    windows, shape = slow_windows(x, kernel, stride, padding, params["dilation"], ceil)
    expected = np.full(shape, -np.inf)
    gradient = np.zeros_like(x)
    g = np.random.default_rng(2).normal(size=shape)
    for place, inside, _ in windows:
        if inside:
            winner = max(inside, key=lambda at: x[at])
            expected[place] = x[winner]
            gradient[winner] += g[place]
    t = Tensor(x, requires_grad=True)
    out = MAX[n](t, kernel, stride, padding, params["dilation"], ceil)
    np.testing.assert_array_equal(out.numpy(), expected)
    out.backward(g)
    np.testing.assert_allclose(t.grad, gradient, atol=1e-14)
    windows, shape = slow_windows(x, kernel, stride, padding, (1,) * n, ceil)
    means = np.zeros(shape)
    for place, inside, padded in windows:
        means[place] = sum(x[at] for at in inside) / (len(inside) + (padded if count_pad else 0))
    found = AVG[n](x, kernel, stride, padding, ceil, count_pad)
    np.testing.assert_allclose(found, means, atol=1e-14)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 4), (7, 9), (None, 2)])
def test_adaptive_pooling_equals_loops(rng: Any, size: tuple[Any, ...]) -> None:
    """Part i of m goes from floor(i n / m) up to ceil((i + 1) n / m)."""
    x = rng.normal(size=(2, 3, 5, 4))
    wanted = [m if w is None else w for m, w in zip(x.shape[2:], size)]
    expected = np.zeros((2, 3, *wanted))
    for i, j in positions(*wanted):
        top, bottom, left, right = (
            f(p * n / m)
            for p, n, m in ((i, 5, wanted[0]), (j, 4, wanted[1]))
            for p, f in ((p, math.floor), (p + 1, math.ceil))
        )
        expected[:, :, i, j] = x[:, :, top:bottom, left:right].mean(axis=(2, 3))
    np.testing.assert_allclose(ag.adaptive_avg_pool2d(x, size), expected, atol=1e-15)
    first = ag.adaptive_avg_pool1d(x[:, :, 0], wanted[1])
    np.testing.assert_allclose(first, ag.adaptive_avg_pool2d(x[:, :, :1], (1, wanted[1]))[:, :, 0])


# How it is computed -----------------------------------------------------------------------------


@pytest.mark.parametrize("block", [1, 3000, 1 << 30])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("stride", [1, 2])
def test_blocks_of_any_size_give_the_same(
    monkeypatch: pytest.MonkeyPatch, rng: Any, block: int, channels: int, stride: int
) -> None:
    """One image at a time, several with some left over, all at once."""
    x, w = rng.normal(size=(5, channels, 6, 7)), rng.normal(size=(3, channels, 3, 2))
    params = {"stride": (stride, stride), "padding": (1, 0), "dilation": (1, 1), "groups": 1}
    monkeypatch.setattr(correlate, "_BLOCK", block)
    out, pull = ag.vjp(lambda x, w: ag.conv2d(x, w, **params), x, w)
    np.testing.assert_allclose(out, slow_conv(x, w, **params), atol=1e-13)
    gx, gw = pull(out)
    np.testing.assert_allclose(np.vdot(x, gx), np.vdot(out, out))
    np.testing.assert_allclose(np.vdot(w, gw), np.vdot(out, out))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: ag.conv2d(x, np.ones((2, 2, 3, 3), np.float32), np.ones(2, np.float32)),
        lambda x: ag.conv2d(x, np.ones((2, 1, 2, 2), np.float32), stride=2, groups=2),
        lambda x: ag.conv_transpose2d(x, np.ones((2, 1, 2, 2), np.float32), stride=2),
        lambda x: ag.max_pool2d(x, 3, 2, 1),
        lambda x: ag.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
        lambda x: ag.adaptive_avg_pool2d(x, (3, 2)),
        lambda x: ag.adaptive_avg_pool2d(x, 1),
    ],
)
@pytest.mark.parametrize("examples", [2, 0])
def test_single_precision_stays(rng: Any, f: Any, examples: int) -> None:
    x = Tensor(rng.normal(size=(examples, 2, 5, 5)), dtype=np.float32, requires_grad=True)
    out = f(x)
    assert out.dtype == np.float32
    assert len(out) == examples
    (out * out).sum().backward()
    assert x.grad.dtype == np.float32
    assert x.grad.shape == x.shape
    double = f(x.numpy().astype(np.float64))
    np.testing.assert_allclose(out.numpy(), double, rtol=1e-5, atol=1e-5)


def test_one_example_without_a_batch(rng: Any) -> None:
    x, w = rng.normal(size=(2, 5, 5)), rng.normal(size=(3, 2, 2, 2))
    np.testing.assert_array_equal(ag.conv2d(x, w), ag.conv2d(x[None], w)[0])
    back = ag.conv_transpose2d(x, w[:2])
    np.testing.assert_array_equal(back, ag.conv_transpose2d(x[None], w[:2])[0])
    for pool in (ag.max_pool2d, ag.avg_pool2d, ag.adaptive_avg_pool2d):
        np.testing.assert_array_equal(pool(x, 2), pool(x[None], 2)[0])


def test_padding_in_words(rng: Any) -> None:
    x, w = rng.normal(size=(2, 1, 6, 5)), rng.normal(size=(1, 1, 4, 3))
    assert ag.conv2d(x, w, padding="same").shape == x.shape
    np.testing.assert_array_equal(ag.conv2d(x, w, padding="valid"), ag.conv2d(x, w))
    # The odd row of an even kernel goes to the end, as in PyTorch.
    wide = np.pad(x, ((0, 0), (0, 0), (1, 2), (1, 1)))
    np.testing.assert_allclose(ag.conv2d(x, w, padding="same"), ag.conv2d(wide, w))


def test_per_example_gradients(rng: Any) -> None:
    x, w = rng.normal(size=(3, 1, 4, 4)), rng.normal(size=(2, 1, 3, 3))

    def loss(w: Any, x: Any) -> Any:
        return (ag.max_pool2d(ag.conv2d(x, w, padding=1), 2) ** 2).sum()

    each = ag.vectorize(ag.grad(loss), in_axes=(None, 0))(w, x)
    np.testing.assert_allclose(each.sum(axis=0), ag.grad(loss)(w, x))


# Conventions ------------------------------------------------------------------------------------


def test_the_first_of_equal_numbers_has_the_gradient() -> None:
    x = np.zeros((1, 1, 2, 4))
    x[..., 1, 1] = x[..., 1, 0] = 5.0
    expected = [[[[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]]]
    pooled = ag.max_pool2d
    np.testing.assert_array_equal(ag.grad(lambda x: pooled(x, 2).sum())(x), expected)
    slope = [
        ag.jvp(lambda x: pooled(x, 2).sum(), (x,), (e,))[1] for e in np.eye(8).reshape(8, *x.shape)
    ]
    np.testing.assert_array_equal(np.reshape(slope, x.shape), expected)
    # In second order as in first: the same elements carry x².
    twice = ag.hessian(lambda x: (pooled(x, 2) ** 2).sum())(x).reshape(8, 8)
    np.testing.assert_array_equal(np.diag(twice).reshape(x.shape), 2 * np.array(expected))
    assert np.count_nonzero(twice - np.diag(np.diag(twice))) == 0


def test_nan_is_the_largest_and_padding_never() -> None:
    x = Tensor([[[-np.inf, np.nan, -np.inf, -np.inf, -3.0]]], requires_grad=True)
    out = ag.max_pool1d(x, 3, stride=2, padding=1)
    np.testing.assert_array_equal(out.numpy(), [[[np.nan, np.nan, -3.0]]])
    out.backward(np.array([[[1.0, 10.0, 100.0]]]))
    np.testing.assert_array_equal(x.grad, [[[0, 11.0, 0, 0, 100.0]]])
    lost = Tensor(np.full((1, 1, 2), -np.inf), requires_grad=True)
    ag.max_pool1d(lost, 2, stride=1, padding=1).sum().backward()
    np.testing.assert_array_equal(lost.grad, [[[2.0, 1.0]]])


def test_an_infinite_cotangent_stays_in_its_window() -> None:
    x = np.arange(8.0).reshape(1, 1, 8)
    _, pull = ag.vjp(lambda x: ag.max_pool1d(x, 2), x)
    (gx,) = pull(np.array([[[np.inf, 1.0, np.nan, 0.0]]]))
    np.testing.assert_array_equal(gx, [[[0, np.inf, 0, 1, 0, np.nan, 0, 0]]])


# Errors -----------------------------------------------------------------------------------------

ONES = np.ones


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ag.conv2d(ONES((4, 8, 8, 3)), ONES((5, 3, 3, 3))),
         r"channels come first: np.moveaxis\(x, -1, -3\)"),
        (lambda: ag.conv2d(ONES((4, 8, 8)), ONES((5, 1, 3, 3))),
         r"x of shape \(4, 8, 8\) has 4 channels.* takes 1; x\[:, None\] adds"),
        (lambda: ag.conv2d(ONES((8, 8)), ONES((5, 1, 3, 3))), r"\(8, 8\).*x\[None, None\] adds"),
        (lambda: ag.conv2d(ONES((1, 1, 2, 2, 2)), ONES((5, 1, 3, 3))),
         r"takes \(batch, channels, height, width\), or \(channels, height, width\)"),
        (lambda: ag.conv2d(ONES((4, 1, 3, 3)), ONES((2, 1, 5, 5))),
         r"kernel of 5 x 5 does not fit x of shape \(4, 1, 3, 3\)"),
        (lambda: ag.conv1d(ONES((1, 1, 4)), ONES((1, 1, 3)), dilation=3, padding=1),
         r"dilated to 7\) does not fit .* are 4, padded to 6"),
        (lambda: ag.conv2d(ONES((4, 4, 5, 5)), ONES((6, 4, 3, 3)), groups=2),
         r"groups=2 takes 8; each group has channels of its own"),
        (lambda: ag.conv2d(ONES((4, 4, 5, 5)), ONES((5, 2, 3, 3)), groups=2),
         r"groups=2 does not divide the 5 output channels"),
        (lambda: ag.conv2d(ONES((4, 4, 5, 5)), ONES((5, 4, 3))), r"out_channels, in_channels / gr"),
        (lambda: ag.conv2d(ONES((4, 4, 5, 5)), ONES((5, 4, 3, 3)), ONES(4)),
         r"bias of shape \(4,\) for 5 output channels"),
        (lambda: ag.conv2d(ONES((4, 4, 5, 5)), ONES((5, 4, 3, 3)), stride=0), r"stride=0; .* 1 or"),
        (lambda: ag.conv2d(ONES((4, 4, 5, 5)), ONES((5, 4, 3, 3)), padding=(1, 2, 3)),
         r"one for each of height and width"),
        (lambda: ag.conv2d(ONES((4, 4, 5, 5)), ONES((5, 4, 3, 3)), padding="full"),
         r"padding='full'; in words it is 'same' or 'valid'"),
        (lambda: ag.conv2d(ONES((4, 4, 5, 5)), ONES((5, 4, 3, 3)), 2, padding="same"), "bias of"),
        (lambda: ag.conv2d(ONES((4, 4, 5, 5)), ONES((5, 4, 3, 3)), stride=2, padding="same"),
         r"stride=\(2, 2\) does not"),
        (lambda: ag.conv_transpose2d(ONES((4, 3, 5, 5)), ONES((2, 4, 3, 3))),
         r"3 channels, weight of shape \(2, 4, 3, 3\) .* takes 2; weight has shape \(in_channels"),
        (lambda: ag.conv_transpose1d(ONES((4, 3, 5)), ONES((3, 4, 3)), output_padding=1),
         r"smaller than one of them"),
        (lambda: ag.conv_transpose1d(ONES((4, 3, 1)), ONES((3, 4, 3)), padding=2), "less padding"),
        (lambda: ag.max_pool2d(ONES((4, 3, 1, 1)), 2), r"kernel of 2 x 2 does not fit"),
        (lambda: ag.max_pool2d(ONES((4, 3, 4, 4)), 2, padding=2), r"at most half"),
        (lambda: ag.avg_pool2d(ONES((4, 3, 4, 4)), 0), r"kernel_size=0"),
        (lambda: ag.avg_pool2d(ONES((4, 3, 4, 4)), 2, divisor_override=0), r"divisor_override=0"),
        (lambda: ag.adaptive_avg_pool2d(ONES((4, 3, 0, 4)), 1), r"no elements to average"),
    ],
)  # fmt: skip
def test_wrong_use_names_the_shapes_and_the_cure(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_numbers_that_are_no_ints_are_refused() -> None:
    with pytest.raises(TypeError, match=r"max_pool2d: kernel_size=2.5; it takes an int"):
        ag.max_pool2d(ONES((1, 1, 4, 4)), 2.5)


# Layers -----------------------------------------------------------------------------------------


def test_layers_start_within_their_bound() -> None:
    layer = nn.Conv2d(4, 600, 3, groups=2, rng=0)
    bound = 1 / math.sqrt(2 * 9)
    for tensor, shape in ((layer.weight, (600, 2, 3, 3)), (layer.bias, (600,))):
        assert tensor is not None
        assert tensor.shape == shape
        assert 0.98 * bound < np.abs(tensor.numpy()).max() <= bound
    turned = nn.ConvTranspose2d(4, 6, 3, groups=2, bias=False, rng=0)
    assert list(turned.state_dict()) == ["weight"]
    assert turned.weight.shape == (4, 3, 3, 3)


def test_a_wrong_input_names_the_layer_in_the_model() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.MaxPool2d(2), nn.Conv2d(4, 4, 5))
    with pytest.raises(nn.module.FeatureError, match=r"layer '0': Conv2d\(1, 4, .*x\[:, None\]"):
        model(np.ones((5, 8, 8)))
    with pytest.raises(nn.module.FeatureError, match=r"layer '2': .*kernel of 5 x 5 does not fit"):
        model(np.ones((5, 1, 8, 8)))
    with pytest.raises(nn.module.FeatureError, match=r"layer '1': MaxPool2d.* does not fit"):
        model(np.ones((5, 1, 3, 3)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "groups=2 does not divide in_channels=3"),
        (lambda: nn.Conv2d(4, 3, 3, groups=2), "groups=2 does not divide out_channels=3"),
        (lambda: nn.Conv2d(0, 3, 3), "in_channels of 1 or more"),
        (lambda: nn.Conv2d(1, 3, (3, 3, 3)), "a tuple of 2"),
        (lambda: nn.Conv2d(1, 3, 3, stride=0), "stride=0"),
        (lambda: nn.Conv2d(1, 3, 3, padding="full"), "'same' or 'valid'"),
        (lambda: nn.Conv2d(1, 3, 3, 2, padding="same"), "keeps the size"),
        (lambda: nn.Conv2d(1, 3, 3, padding_mode="mirror"), "'circular'"),
        (lambda: nn.ConvTranspose1d(1, 3, 3, padding=-1), "padding=-1"),
        (lambda: nn.MaxPool2d(0), "kernel_size=0"),
        (lambda: nn.AvgPool1d(2, stride=1.5), "stride=1.5"),
    ],
)
def test_layers_refuse_wrong_sizes_at_once(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_a_small_network_learns_the_digits() -> None:
    digits = nn.data.load_digits()
    x, y = (digits.x[:, None] / 16).astype(np.float32), digits.y
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, rng=0),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1, rng=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 10, rng=2),
    )
    nn.fit(model, x[:800], y[:800], epochs=8, lr=0.01, batch_size=32, seed=0, progress=False)
    assert nn.accuracy(nn.predict(model, x[800:]), y[800:]) > 0.85
