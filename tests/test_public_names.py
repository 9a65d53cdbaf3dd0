"""Public names: each has a docstring, and those that users rely on keep their signatures."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn

# Cannot be imported without scikit-learn, an extra.
ABSENT = () if find_spec("sklearn") else ("nn.sklearn",)

MODULES = [
    "autograd",
    "autograd.errors",
    "autograd.extend",
    "autograd.linalg",
    "autograd.testing",
    "autograd.viz",
    "autograd.viz.flowing",
    "nn",
    *sorted(
        info.name
        for info in pkgutil.walk_packages(nn.__path__, "nn.")
        if not info.name.rpartition(".")[2].startswith("_")
        and not info.name.startswith(("nn.demo", *ABSENT))
    ),
]
NAMES = [
    (module, name)
    for module in MODULES
    for name in getattr(importlib.import_module(module), "__all__", ())
]


@pytest.mark.parametrize("module", MODULES)
def test_module_says_what_it_is(module):
    assert len(importlib.import_module(module).__doc__ or "") > 12


@pytest.mark.parametrize(("module", "name"), NAMES, ids=[f"{m}.{n}" for m, n in NAMES])
def test_name_has_a_docstring(module, name):
    x = getattr(importlib.import_module(module), name)
    if isinstance(x, (str, int, float, tuple, dict)) or type(x).__module__ == "typing":
        return
    doc = (inspect.getdoc(x) or "").strip()
    assert len(doc) > 12, f"{module}.{name} has no docstring to speak of: {doc!r}"
    assert doc != inspect.getdoc(type(x)), f"{module}.{name} has only the docstring of its type"


@pytest.mark.parametrize(
    "owner", [ag.Value, ag.Tensor, nn.Module, nn.Sequential, nn.Linear, nn.optim.Optimizer]
)
def test_members_have_docstrings(owner):
    bare = [
        name
        for name, member in inspect.getmembers(owner)
        if not name.startswith("_")
        and (callable(member) or isinstance(member, property))
        and len(inspect.getdoc(member) or "") < 10
    ]
    assert not bare


# Some signatures are a promise: names, order and defaults. Further keywords may be added.
SIGNATURES = {
    "autograd.Value": "data, label=None",
    "autograd.Tensor": "data, requires_grad=False, dtype=None, label=None",
    "autograd.Tensor.backward": "self, grad=None",
    "autograd.Tensor.register_hook": "self, hook",
    "autograd.grad": "f, argnums=0, has_aux=False",
    "autograd.value_and_grad": "f, argnums=0, has_aux=False",
    "autograd.jacobian": "f, argnums=0",
    "autograd.hessian": "f, argnums=0",
    "autograd.vjp": "f, *primals",
    "autograd.jvp": "f, primals, tangents",
    "autograd.hvp": "f",
    "autograd.checkpoint": "f",
    "autograd.vectorize": "f, in_axes=0",
    "autograd.testing.gradcheck": "f, *inputs, vjp=None, jvp=None",
    "autograd.testing.check_grads": "f, *inputs, order=2",
    "nn.Linear": "in_features, out_features, bias=True",
    "nn.scalar.MLP": "nin, nouts",
    "nn.losses.cross_entropy": "logits, labels",
}


def resolve(path: str) -> Any:
    parts = path.split(".")
    x: Any = importlib.import_module(parts[0])
    for part in parts[1:]:
        x = getattr(x, part)
    return x


@pytest.mark.parametrize(("path", "wanted"), SIGNATURES.items(), ids=SIGNATURES)
def test_signature(path, wanted):
    real = inspect.signature(resolve(path)).parameters
    positional = [p for p in real.values() if p.kind is not p.KEYWORD_ONLY]
    for i, text in enumerate(wanted.split(", ")):
        name, _, default = text.partition("=")
        p = real.get(name.lstrip("*"))
        assert p is not None, f"{path}{inspect.signature(resolve(path))} has no {name}"
        if default:
            assert repr(p.default) == default
        elif not name.startswith("*"):
            assert p.default is p.empty
        if p.kind is not p.KEYWORD_ONLY:
            assert positional[i] is p, f"{name} is not argument {i + 1} of {path}"


CONTRACT = """
autograd.Value: data grad op label backward item exp log log1p expm1 sqrt sin cos tan tanh sinh
    cosh arctan sigmoid relu leaky_relu softplus abs min max __float__ draw
autograd.Tensor: data grad shape dtype ndim size T item numpy backward detach requires_grad_
    zero_grad retain_grad register_hook to_values draw
autograd: Value Tensor tensor no_grad enable_grad detect_anomaly grad value_and_grad jacobian
    hessian hvp vjp jvp checkpoint vectorize stack concatenate extend testing viz linalg errors
autograd.extend: elementwise linear bilinear primitive
autograd.viz: draw render to_text Drawing explain blame why_zero
autograd.testing: gradcheck check_grads numeric_derivative numeric_jacobian assert_grads_close
nn: Module Sequential Linear Dropout MLP McCullochPitts Perceptron SigmoidNeuron scalar losses init
    optim data fit save load
nn.Module: parameters named_parameters train eval zero_grad state_dict load_state_dict draw summary
nn.scalar: Neuron Layer MLP
nn.optim: SGD Adam
"""


@pytest.mark.parametrize("line", CONTRACT.replace("\n    ", " ").strip().splitlines())
def test_contract(line):
    owner, _, names = line.partition(": ")
    missing = [name for name in names.split() if not hasattr(resolve(owner), name)]
    assert not missing


def test_linear_is_float32_of_shape_out_in():
    layer = nn.Linear(3, 2)
    assert layer.weight.shape == (2, 3) and layer.bias.shape == (2,)
    assert layer.weight.dtype == np.float32
    assert nn.Linear(3, 2, dtype=np.float64).weight.dtype == np.float64


def test_no_grad_and_the_like_are_context_managers_and_decorators():
    for switch in (ag.no_grad, ag.enable_grad, ag.detect_anomaly):
        with switch():
            pass
        assert switch()(lambda: 3)() == 3


def test_front_door_shows_its_rooms_and_nothing_else():
    listed = dir(ag)
    assert listed == sorted(set(listed))
    assert {"errors", "extend", "linalg", "testing", "viz"} <= set(listed)
    assert not [name for name in listed if name.startswith("_")]
    assert set(ag.__all__) <= set(listed)
    for name in listed:
        getattr(ag, name)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'tanhh'"):
        _ = ag.tanhh


# Every function of NumPy's that is promised, as np.f(tensor), as autograd.f(tensor), and as a
# method where ndarray has it.
NUMPY = """
negative positive absolute abs fabs sign sqrt cbrt square reciprocal exp exp2 expm1 log log2 log10
log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh asin acos atan asinh
acosh atanh atan2 sinc deg2rad rad2deg degrees radians floor ceil rint round around trunc clip
nan_to_num astype i0 real conj conjugate add subtract multiply divide true_divide power pow mod
remainder fmod floor_divide divmod float_power maximum minimum fmax fmin arctan2 hypot logaddexp
logaddexp2 copysign heaviside where select piecewise equal not_equal less less_equal greater
greater_equal logical_and logical_or logical_xor logical_not isfinite isinf isnan isclose allclose
sum mean average prod max min amax amin ptp var std nansum nanprod nanmean nanvar nanstd nanmax
nanmin cumsum cumprod cumulative_sum cumulative_prod nancumsum nancumprod diff ediff1d gradient
trapezoid median quantile percentile nanmedian nanquantile nanpercentile argmax argmin argsort any
all count_nonzero sort partition argpartition searchsorted unique bincount reshape ravel transpose
permute_dims swapaxes moveaxis rollaxis expand_dims squeeze broadcast_to broadcast_arrays repeat
tile concatenate concat stack hstack vstack dstack column_stack append block split array_split
hsplit vsplit dsplit unstack flip fliplr flipud roll rot90 pad diag diagflat diagonal trace tril
triu atleast_1d atleast_2d atleast_3d meshgrid zeros_like ones_like full_like empty_like copy take
take_along_axis choose compress extract delete insert put_along_axis put putmask copyto place
fill_diagonal matmul matvec vecmat dot vdot vecdot inner outer kron cross tensordot einsum
einsum_path matrix_transpose linspace logspace geomspace
"""
LINALG = """
inv pinv solve lstsq det slogdet cholesky eigh eigvalsh svd svdvals qr norm matrix_norm vector_norm
matrix_power multi_dot trace cond matrix_transpose diagonal outer cross matmul tensordot vecdot
tensorinv tensorsolve matrix_rank
"""


def answered(function: Any) -> bool:
    from autograd.op import NUMPY as RULES
    from autograd.protocols import OBSERVERS, OBSERVING_UFUNCS

    return function in RULES or function in OBSERVERS or function in OBSERVING_UFUNCS


@pytest.mark.parametrize("name", NUMPY.split())
def test_numpy_function(name):
    assert answered(getattr(np, name)), f"np.{name}(tensor) has no rule"
    assert hasattr(ag, name), f"autograd.{name} is missing"
    assert hasattr(ag.Tensor, name) or not hasattr(np.ndarray, name), f"Tensor.{name} is missing"


@pytest.mark.parametrize("name", LINALG.split())
def test_linalg_function(name):
    assert answered(getattr(np.linalg, name)), f"np.linalg.{name}(tensor) has no rule"
    assert hasattr(ag.linalg, name), f"autograd.linalg.{name} is missing"


NETWORKS = """
sigmoid expit logit softplus log_sigmoid relu leaky_relu prelu elu selu gelu silu mish hardtanh
softsign square_nonlinearity erf erfc gammaln digamma polygamma logsumexp softmax log_softmax norm
sliding_window_view flatten scatter_add linear embedding dropout softmax_cross_entropy
binary_cross_entropy_with_logits layer_norm batch_norm scaled_dot_product_attention
"""


@pytest.mark.parametrize("name", NETWORKS.split())
def test_function_numpy_lacks(name):
    assert callable(getattr(ag, name))


# What people from elsewhere write -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        (lambda x: ag.cat, "concatenate"),
        (lambda x: ag.elementwise_grad, "grad"),
        (lambda x: x.numel(), "x.size"),
        (lambda x: x.cuda(), "main memory"),
        (lambda x: x.grad_fn, "x.op"),
        (lambda x: x.sum(dim=1), "axis="),
        (lambda x: x.mean(axis=1, keepdim=True), "keepdims="),
        (lambda x: x.view(np.float32), "astype"),
        (lambda x: ag.zeros(2, 3), r"zeros\(\(2, 3\)\)"),
        (lambda x: ag.grad(x.sum(), x), "backward"),
        (lambda x: ag.grad(lambda x: None)(1.0), "return"),
        (lambda x: nn.optim.SGD(nn.Linear(2, 2), lr=0.1), r"model\.parameters\(\)"),
        (lambda x: nn.Linear(4, 2)(np.ones((3, 2, 2))), "Flatten"),
        (lambda x: nn.Sequential([nn.Linear(2, 2)]), r"Sequential\(\*layers\)"),
    ],
)
def test_a_word_from_elsewhere_gets_ours(wrong, cure):
    with pytest.raises((AttributeError, TypeError, ValueError), match=cure):
        wrong(ag.tensor([[1.0, 2.0]], requires_grad=True))


def test_other_libraries_names_that_work():
    x = ag.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    assert x.view(3, 1).shape == x.view(-1, 1).shape == x.permute(1, 0).shape == (3, 1)
    assert x.clone().requires_grad and x.unsqueeze(0).shape == (1, 1, 3)
    assert x.real is x and not x.imag.any() and x.conj().requires_grad
    y = x * -1
    y.sort()
    (y @ np.array([1.0, 2.0, 3.0])).sum().backward()
    assert y.tolist() == [[-3, -2, -1]] and x.grad.tolist() == [[-3, -2, -1]]
    assert [q.tolist() for q in divmod(x, 2)] == [[[0, 1, 1]], [[1, 0, 1]]]


def test_numbers_in_text():
    assert f"{ag.Value(1.2345):.2f} {ag.tensor(1.2345, requires_grad=True):.1e}" == "1.23 1.2e+00"
    assert f"{ag.tensor([1.0, 2.0])}" == "Tensor([1., 2.])"
    assert round(ag.Value(1.26), 1).data == 1.3 and round(ag.tensor(1.26), 1).item() == 1.3
    assert "1797" in repr(nn.data.load_digits())
    assert "render" in repr(ag.Value(1.0).draw())
