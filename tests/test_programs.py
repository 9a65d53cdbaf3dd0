"""Random programs are right wherever the engine is, print what they do, and shrink to the fault."""

from __future__ import annotations

import collections
import linecache
import pickle
import re

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.containers import flatten
from autograd.extend import bilinear, elementwise, linear, primitive
from autograd.op import plain
from autograd.ops.registry import all_ops
from autograd.testing import gradcheck
from autograd.testing.programs import Instruction, Program, literal
from autograd.testing.strategies import programs, random_program
from autograd.testing.strategies.builder import build
from autograd.testing.strategies.decisions import Spec
from autograd.testing.strategies.plan import make_plan

OPS = {name: op for name, op in all_ops().items() if op.domain is not None or op.samples}
SMALLEST = settings(
    database=None, deadline=None, max_examples=3000, phases=(Phase.generate, Phase.shrink)
)


def drawn(n, seed=0, **options):
    return [random_program(np.random.default_rng([seed, k]), **options) for k in range(n)]


def leaves(out):
    return [np.asarray(plain(x), dtype=float) for x in flatten(out)[0]]


def weighted(outputs):
    """One number that depends on every output."""
    total = 0.0
    for k, x in enumerate(flatten(outputs)[0]):
        total = total + (k + 1.5) * (ag.sum(ag.sin(x)) if np.ndim(plain(x)) else ag.sin(x))
    return total


# Right rules pass, and tell ---------------------------------------------------------------------


def test_programs_of_right_rules_pass():
    verdicts = collections.Counter()
    for program in drawn(250):
        report = gradcheck(program, *program.inputs, raise_exception=False)
        assert report.verdict != "fail", f"{report.message}\n{program}"
        verdicts[report.verdict] += 1
    assert verdicts["pass"] >= 0.98 * 250


@settings(max_examples=60, deadline=None)
@given(programs())
def test_hypothesis_draws_programs_that_pass(program):
    assert gradcheck(program, *program.inputs), repr(program)


def test_values_alone_make_programs():
    for program in drawn(60, faces=("value",)):
        assert all(type(x) is float for x in program.inputs)
        assert gradcheck(program, *program.inputs), repr(program)


def test_tensors_alone_make_programs():
    for program in drawn(60, faces=("tensor",)):
        assert all(isinstance(x, np.ndarray) for x in program.inputs)
        assert "spread" not in program.ops


@pytest.mark.parametrize("name", OPS)
def test_every_op_takes_part(name):
    """In one program or another, that is; these are the simplest."""
    plan = make_plan([OPS[name]], ("tensor", "value"))
    found = [build(plan, [Spec(0, 0, form, 0)]) for form in range(32)]
    assert any(program.ops == (name,) for program in found)


def test_numbers_stay_moderate():
    for program in drawn(100, seed=1):
        with np.errstate(over="raise", divide="raise"):
            outs = leaves(program(*program.inputs))
        for x in outs:
            assert x.size > 0
            assert "nan_to_num" in program.ops or np.isfinite(x).all()
            assert "nan_to_num" in program.ops or np.max(np.abs(x)) <= 32


TRAITS = {
    "sharing": lambda p: any(
        sum(name in i.uses for i in p.instructions) > 1 for name in (*p.names, "v0")
    ),
    "the same twice": lambda p: re.search(r"(v\d) [*+] \1\b", p.body()),
    "broadcasting": lambda p: any(
        len({np.shape(x) for n, x in zip(p.names, p.inputs) if n in i.uses and np.ndim(x)}) == 2
        for i in p.instructions
        if i.op in ("add", "multiply", "subtract", "maximum", "power", "arctan2")
    ),
    "reduction": lambda p: "sum" in p.ops and "v0" in p.instructions[-1].uses,
    "indexing": lambda p: "getitem" in p.ops,
    "assignment": lambda p: "setitem" in p.ops,
    "augmented": lambda p: "+=" in p.ops,
    "through a view": lambda p: "view *= " in p.body(),
    "read, then written": lambda p: re.search(r"v(\d+) = (v\d+) \* \2\n +\2 [+*-]= ", p.body()),
    "constant": lambda p: re.search(r"\([vx]\d, -?\d+\.\d+\)", p.body()),
    "brought into the domain": lambda p: re.search(r"log\(.*v\d .*\)", p.body()),
    "values to a tensor": lambda p: "stack" in p.ops and "ag.stack([v" in p.body(),
    "a tensor to values": lambda p: re.search(r"spread\(v\d", p.body()),
    "a value and a tensor": lambda p: {type(x) for x in p.inputs} == {float, np.ndarray},
    "NumPy's own function": lambda p: "np.tanh(" in p.body(),
    "several outputs of an op": lambda p: "_svd" in p.ops,
    "nothing but values": lambda p: {type(x) for x in p.inputs} == {float},
}


@pytest.fixture(scope="module")
def many():
    return drawn(3000, seed=7)


@pytest.mark.parametrize("trait", TRAITS)
def test_programs_have(trait, many):
    assert any(TRAITS[trait](program) for program in many)


def test_most_ops_come_up(many):
    met = {name for program in many for name in program.ops}
    assert len(met & set(OPS)) >= 0.9 * len(OPS)


def test_health_checks_are_silent():
    seen = []

    # Not those of the profile, which is another one in CI.
    @settings(database=None, deadline=None, suppress_health_check=())
    @given(programs(), st.data())
    def use(program, data):
        seen.append(len(program.ops))

    use()
    assert len(seen) >= 100
    assert 4 < max(seen) <= 8


# What a program is ------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(programs())
def test_code_does_what_the_program_does(program):
    code = program.code()
    assert code.splitlines()[-1] == "gradcheck(f, *inputs)"
    scope: dict = {}
    exec(code, scope)
    f, inputs = scope["f"], scope["inputs"]
    for x, y in zip(inputs, program.inputs, strict=True):
        np.testing.assert_array_equal(x, y)
        assert type(x) is type(y)
    pairs = [(f(*inputs), program(*program.inputs))]
    everything = tuple(range(len(inputs)))
    for g in (f, program):
        g.total = lambda *xs, g=g: weighted(g(*xs))
    pairs.append(
        (
            ag.grad(f.total, argnums=everything)(*inputs),
            ag.grad(program.total, argnums=everything)(*program.inputs),
        )
    )
    for ours, theirs in pairs:
        for x, y in zip(leaves(ours), leaves(theirs), strict=True):
            np.testing.assert_array_equal(x, y)


@settings(max_examples=40, deadline=None)
@given(programs(max_ops=5))
def test_programs_run_on_arrays_nodes_and_in_transforms(program):
    on_arrays = leaves(program(*program.inputs))
    nodes = [
        ag.Value(x) if isinstance(x, float) else ag.tensor(x, requires_grad=True)
        for x in program.inputs
    ]
    out = program(*nodes)
    assert all(isinstance(x, (ag.Value, ag.Tensor)) for x in flatten(out)[0])
    for x, y in zip(leaves(out), on_arrays, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-13, atol=1e-13)

    def total(*xs):
        return weighted(program(*xs))

    gradient = ag.grad(total, argnums=tuple(range(len(nodes))))(*program.inputs)
    slope = ag.jvp(total, program.inputs, program.inputs)[1]
    along = [np.nansum(np.multiply(g, x)) for g, x in zip(gradient, program.inputs, strict=True)]
    if all(np.isfinite(x).all() for x in program.inputs):
        np.testing.assert_allclose(slope, sum(along), rtol=1e-9, atol=1e-9)


def sample():
    return Program(
        {"x0": np.array([0.5, -1.0]), "x1": 2.0},
        [
            Instruction("multiply", ("v0 = x0 * x1",), ("x0", "x1"), ("v0",)),
            Instruction("spread", ("v1, v2 = spread(x0)",), ("x0",), ("v1", "v2")),
            Instruction("tanh", ("v3 = ag.tanh(v1)",), ("v1",), ("v3",), (ag.tanh,)),
        ],
    )


def test_every_sink_is_an_output():
    program = sample()
    assert program.outputs == ("v0", "v2", "v3")
    assert program.ops == ("multiply", "spread", "tanh")
    assert gradcheck(program, *program.inputs)


def test_a_program_is_its_code():
    assert repr(sample()) == (
        "import numpy as np\n"
        "\n"
        "import autograd as ag\n"
        "from autograd.testing import gradcheck\n"
        "\n"
        "\n"
        "def spread(x):\n"
        "    return x.to_values() if isinstance(x, ag.Tensor) else x.tolist()\n"
        "\n"
        "\n"
        "def f(x0, x1):\n"
        "    v0 = x0 * x1\n"
        "    v1, v2 = spread(x0)\n"
        "    v3 = ag.tanh(v1)\n"
        "    return v0, v2, v3\n"
        "\n"
        "\n"
        "inputs = (np.array([0.5, -1.0]), 2.0)\n"
        "gradcheck(f, *inputs)\n"
    )


def test_a_failure_names_the_input():
    program = sample()
    report = gradcheck(
        program, *program.inputs, vjp=lambda *args: (np.zeros(2), 0.0), raise_exception=False
    )
    assert report.verdict == "fail"
    assert re.search(r"d/d\(x[01]\) is wrong", report.message)


def test_errors_show_the_programs_line():
    program = sample()
    with pytest.raises(TypeError) as raised:
        program(None, 2.0)
    frame = raised.traceback[-1]
    path, line = frame.frame.code.raw.co_filename, frame.lineno + 1
    assert linecache.getline(path, line).strip() == "v0 = x0 * x1"


def test_source_lines_are_forgotten_with_the_program():
    program = sample()
    program(*program.inputs)
    (path,) = [name for name in linecache.cache if "v3 = ag.tanh(v1)" in _lines(name)][-1:]
    del program
    assert path not in linecache.cache


def _lines(name):
    entry = linecache.cache[name]
    return [line.strip() for line in entry[2]] if len(entry) > 2 else []


def test_programs_are_pickled():
    program = drawn(1, seed=3)[0]
    again = pickle.loads(pickle.dumps(program))
    assert repr(again) == repr(program)
    for x, y in zip(leaves(again(*again.inputs)), leaves(program(*program.inputs)), strict=True):
        np.testing.assert_array_equal(x, y)


def test_the_same_seed_gives_the_same_program():
    assert list(map(repr, drawn(20))) == list(map(repr, drawn(20)))


@pytest.mark.parametrize(
    "x",
    [
        (np.array([[True, False]]), slice(None, None, 2), None, ..., -1),
        [0.1, (2,)],
        {"axes": None, "index": (slice(1, 2),)},
        np.array([[0.1, -1e-300]], np.float32),
        np.float64,
        (float("inf"), np.array(2.5)),
    ],
    ids=repr,
)
def test_literals_evaluate_to_themselves(x):
    again = eval(literal(x), {"np": np})
    assert repr(again) == repr(x)


# What users ask for -----------------------------------------------------------------------------


cube = elementwise(lambda x: x**3, lambda out, x: 3 * x * x, name="cube", domain=((-2.0, 2.0),))


def test_ops_of_a_users_are_imported_from_their_module():
    program = find(programs([cube]), lambda p: "cube" in p.ops, settings=SMALLEST)
    assert program.inputs[0].tolist() == [0.0625, 0.125]
    assert program.body() == "def f(x0):\n    v0 = cube(x0)\n    return v0"
    assert f"from {__name__} import cube\n" in program.code()
    hidden = elementwise(np.sin, lambda out, x: ag.cos(x), name="hidden", domain=((-2.0, 2.0),))
    program = find(programs([hidden]), lambda p: "hidden" in p.ops, settings=SMALLEST)
    assert f"# hidden: as declared in {__name__}\n" in program.code()
    assert gradcheck(program, *program.inputs)


def test_ops_of_a_users_are_connected_by_ours():
    met = collections.Counter(name for p in drawn(200, ops=[cube]) for name in p.ops)
    assert met["cube"] > 100
    assert min(met[name] for name in ("add", "multiply", "sum", "getitem", "setitem")) > 0


def test_wrong_requests_are_refused():
    silent = elementwise(np.sin, lambda out, x: ag.cos(x), name="silent")
    far = linear(lambda x: x, lambda g, x: g, name="far", samples=lambda rng: [((1e9,), {})])
    for options, message in (
        ({"ops": [np.sin]}, "declared with autograd.extend"),
        ({"ops": [silent]}, "'silent' says nowhere"),
        ({"ops": [far], "faces": ("value",)}, "no op to make programs of"),
        ({"faces": ("matrix",)}, "faces are tensor and value"),
        ({"min_ops": 3, "max_ops": 2}, "min_ops=3, max_ops=2"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            programs(**options)


# Wrong rules are found, and shrunk --------------------------------------------------------------


def _some_sum(ct, x):
    """As ``fit``, but a sum over a broadcast axis is wrong."""
    if ct.shape == x.shape:
        return ct
    full = ag.extend.fit(ct, x)
    return full * 0.5


def _numbers(*shapes):
    return lambda rng: [(tuple(rng.uniform(-2, 2, shape) for shape in shapes), {})]


WRONG = {
    "out for its derivative": elementwise(
        np.tanh, lambda out, x: 1 - out, name="tanh", domain=((-3.0, 3.0),)
    ),
    "sign": elementwise(np.negative, 1.0, name="negative", domain=((-3.0, 3.0),)),
    "sum over a broadcast axis": primitive(
        lambda x, y: x * y,
        vjp=lambda g, out, x, y: (_some_sum(g * y, x), _some_sum(g * x, y)),
        name="multiply",
        samples=_numbers((2, 3), (3,)),
    ),
    "transpose not undone": linear(
        lambda x: x.T,
        lambda g, x: g if g.shape == x.shape else g.T,
        name="transpose",
        samples=lambda rng: [((rng.uniform(-2, 2, s),), {}) for s in ((2, 3), (2, 2))],
    ),
    "matmul without a transpose": bilinear(
        lambda x, y: x @ y,
        (lambda g, x, y: g @ y.T, lambda g, x, y: x @ g),
        name="matmul",
        samples=_numbers((2, 2), (2, 2)),
    ),
    "far out only": elementwise(
        np.sin,
        lambda out, x: ag.where(plain(x) < -2.5, 0.0, ag.cos(x)),
        name="sin",
        domain=((-3.0, 3.0),),
    ),
}


RIGHT = [
    OPS[name] for name in ("add", "exp", "maximum", "var", "solve", "softmax", "cumsum", "log")
]


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_rules_shrink_to_the_fault(fault):
    op = WRONG[fault]
    runs = 0

    def wrong(program):
        nonlocal runs
        runs += 1
        return gradcheck(program, *program.inputs, raise_exception=False).verdict == "fail"

    found = find(programs([op, *RIGHT]), wrong, settings=SMALLEST)
    assert len(found.ops) <= 3
    assert op.name in found.ops
    assert f"# {op.name}: as declared in" in found.code()
    assert runs < 1000
    for x in found.inputs:
        assert np.size(x) <= 12
        np.testing.assert_array_equal(np.multiply(x, 64), np.round(np.multiply(x, 64)))


def test_given_reports_the_smallest_program():
    op = WRONG["out for its derivative"]

    @settings(SMALLEST)
    @given(programs([op]))
    def check(program):
        assert gradcheck(program, *program.inputs)

    with pytest.raises(AssertionError) as raised:
        check()
    shown = "\n".join(raised.value.__notes__)
    assert "v0 = tanh(x0)\n" in shown
    assert "v1" not in shown
    assert "inputs = (np.array([0.125, 0.25]),)" in shown
