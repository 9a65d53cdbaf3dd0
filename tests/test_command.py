"""The command line: formulas by a whitelist, pictures, the chain rule, checks, exit statuses."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.command import main
from autograd.command.expression import LONGEST, Expression, functions
from autograd.command.failure import ExpressionError
from autograd.command.numbers import assignments

ROOT = Path(__file__).resolve().parent.parent
NEURON = ["tanh(x1*w1 + x2*w2 + b)", "x1=2", "w1=-3", "x2=0", "w2=1", "b=6.88"]

MODULE = """
import numpy as np
import autograd as ag
import nn
from autograd.extend import elementwise

wrong = elementwise(lambda x: x * x * x, lambda out, x: 2 * x * x, name="wrong")
model = nn.Linear(3, 2, rng=0)
rng = np.random.default_rng(0)

def right(x, w):
    return np.sum(np.tanh(x @ w))

def bad(x):
    return np.sum(wrong(x) + 1)

def noisy(x):
    return np.sum(x * rng.normal())

def narrow(x):
    return np.sum(x * np.ones(3))

class Box:
    pass

number = 3
"""


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "users_module.py"
    path.write_text(MODULE)
    yield path
    sys.modules.pop("users_module", None)


def wrong(capsys, *arguments):
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err


# Formulas ----------------------------------------------------------------------------------------

ATTACKS = [
    "__import__('os').system('true')",
    "open('/etc/passwd').read()",
    "eval('1')",
    "exec('1')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "x.data.__init__",
    "[x for x in (1, 2)]",
    "{x: 1}",
    "{x}",
    "(x, 1)",
    "lambda: x",
    "(lambda: x)()",
    "f'{x}'",
    "'a' * 10",
    "b'a'",
    "x if x else 1",
    "x and 1",
    "not x",
    "~x",
    "x[0]",
    "x @ x",
    "x % 2",
    "x // 2",
    "x << 2",
    "x | 1",
    "x ^ 2",
    "x < 1",
    "x is x",
    "(y := x)",
    "await x",
    "yield x",
    "*x",
    "print(*x)",
    "tanh(*x)",
    "tanh(x=1)",
    "tanh(**x)",
    "tanh(x, out=x)",
    "tanh(x)(x)",
    "tanh.forward(x)",
    "tanh(tanh)",
    "True",
    "None",
    "...",
    "1j * x",
    "import os",
    "import os; x",
    "x = 1; del x",
    "x += 1",
    "a = b = x; a",
    "a, b = x; a",
    "a.b = x; a",
    "a[0] = x; a",
    "def f(): pass",
    "while True: pass",
    "for i in x: i",
    "assert x",
    "raise x",
    "global x",
    "x; x",
    "tensor(x)",
    "vectorize(x)",
    "compile(x)",
    "getattr(x, 1)",
    "__builtins__",
    "tanh(__builtins__)",
    "__debug__",
    "x\0y",
    "x: int = 1; x",
    "",
    "   ",
    "#",
    "x +",
    "(x",
    "x)",
    "1 2",
    "9" * 400 + " * x",
    "1e999 * x",
    "0x" + "f" * 5000,
    "2 ** 3 ** x x",
]


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_nothing_but_formulas_is_taken(text):
    with pytest.raises(ExpressionError):
        Expression(text).evaluate({"x": 2.0})


@pytest.mark.parametrize("text", ["(" * 5000 + "x" + ")" * 5000, "-" * 15000 + "x", "x" * 30000])
def test_formulas_that_are_too_deep_or_long_are_told(text):
    with pytest.raises(ExpressionError, match=r"nested too deeply|no formula|at most"):
        Expression(text).evaluate({"x": 2.0})


def test_a_tower_of_powers_ends_at_once():
    with pytest.raises(ExpressionError, match="cannot be computed"):
        Expression("9**9**9**9 * x").evaluate({"x": 1.0})


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_an_error(text):
    try:
        formula = Expression(text)
        formula.evaluate(dict.fromkeys(formula.names, 0.5))
    except ExpressionError as error:
        assert str(error)


@given(st.text(alphabet="xyw0123.+-*/()= ;,tanhe", max_size=40))
def test_what_python_makes_of_a_formula_is_what_comes_out(text):
    try:
        formula = Expression(text)
        out, _ = formula.evaluate(dict.fromkeys(formula.names, 0.5))
    except ExpressionError:
        return
    # The right answer, from Python itself: the text has passed the whitelist.
    known = {name: np.float64(0.5) for name in formula.names}
    known.setdefault("e", math.e)
    if any(sign in text for sign in "=;\n") or any(name in functions() for name in formula.names):
        return
    with np.errstate(all="ignore"):
        expected = eval(text.strip(), {**{n: getattr(np, n) for n in ("tanh", "exp")}, **known})
    assert out.data == pytest.approx(float(expected), nan_ok=True)


@pytest.mark.parametrize("name", sorted(functions()))
def test_every_function_can_be_called(name):
    function = functions()[name]
    low = {"acosh": 1.5, "arccosh": 1.5}.get(name, 0.5)
    names = ["x", "y", "z"][: function.arity]
    out, leaves = Expression(f"{name}({', '.join(names)})").evaluate(dict.fromkeys(names, low))
    assert out.data == pytest.approx(float(function(*[low] * function.arity)), nan_ok=True)
    assert set(leaves) == set(names)


def test_parts_have_names_that_label_the_graph():
    out, leaves = Expression("h = x * w\nL = (h - 1)**2; L").evaluate({"x": 2.0, "w": 3.0})
    out.backward()
    assert out.label == "L"
    assert leaves["w"].grad == 2 * (6 - 1) * 2


def test_constants_are_numbers_unless_given():
    assert Expression("sin(pi / 2) + x * 0").evaluate({"x": 1.0})[0].data == 1.0
    assert Expression("e * 2").evaluate({"e": 3.0})[0].data == 6.0


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("x + (y^2)", "y^2"),
        ("tanh(x) + x.data", "x.data"),
        ("tnah(x)", "tnah"),
        ("x + 'é' + y", "'é'"),
        ("äö + tanh(x, 2)", "tanh(x, 2)"),
        ("   x + foo(x)", "foo"),
        ("a = x\nb = a + [1]\nb", "[1]"),
    ],
)
def test_errors_point_at_the_column(text, marked):
    with pytest.raises(ExpressionError) as caught:
        Expression(text)
    error = caught.value
    assert text[error.start : error.stop] == marked
    _, shown, mark = str(error).splitlines()[-3:] if "\n" not in text else ("", text, "")
    if mark:
        assert shown[mark.index("^") : mark.rindex("^") + 1] == marked


def test_a_long_formula_is_shown_around_the_mark():
    text = "x + " * 200 + "foo(x)" + " + x" * 200
    with pytest.raises(ExpressionError) as caught:
        Expression(text)
    _, shown, mark = str(caught.value).splitlines()
    assert len(shown) < 130
    assert shown[mark.index("^") : mark.rindex("^") + 1] == "foo"


def test_the_longest_formula_is_computed():
    text = "+".join(["x"] * 900)
    assert len(text) < LONGEST
    assert Expression(text).evaluate({"x": 1.0})[0].data == 900.0


# Numbers -----------------------------------------------------------------------------------------


def test_numbers_may_be_formulas_of_numbers():
    assert assignments(["x=pi/2", "w=-1e-3", "b = 2**3"]) == {
        "x": math.pi / 2,
        "w": -1e-3,
        "b": 8.0,
    }


@pytest.mark.parametrize(
    "given", [["x"], ["x=y"], ["=2"], ["x=2", "x=3"], ["x=1/0"], ["x=1e400"], ["2=x"], ["x="]]
)
def test_numbers_that_are_none_are_told(given):
    with pytest.raises(ExpressionError):
        assignments(given)


# draw and explain --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["svg", "html", "json", "dot", "txt"])
def test_draw_writes_the_blame_graph(kind, tmp_path, capsys):
    target = tmp_path / f"neuron.{kind}"
    assert main(["draw", *NEURON, "-o", str(target)]) == 0
    assert capsys.readouterr().out.strip() == str(target)
    text = target.read_text()
    out = np.tanh(2 * -3 + 6.88)
    assert f"{2 * (1 - out**2):.4g}" in text or kind == "json"  # dout/dw1
    if kind == "json":
        assert '"w1"' in text
        json.loads(text)


def test_draw_on_the_terminal(capsys):
    assert main(["draw", *NEURON, "-o", "-"]) == 0
    assert "1.002" in capsys.readouterr().out


def test_draw_opens_a_page_that_stays(capsys, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["draw", "x * w", "x=2", "w=3"]) == 0
    page = Path(capsys.readouterr().out.strip())
    assert opened == [page.as_uri()]
    assert "<html" in page.read_text()


def test_explain_prints_the_chain_rule_of_each_name(capsys):
    assert main(["explain", "(x * w - y)**2", "x=2", "w=3", "y=1"]) == 0
    text = capsys.readouterr().out
    assert text.count("where") == 3
    for line, number in (("dout/dw", 20), ("dout/dx", 30), ("dout/dy", -10)):
        told = text[text.index(line) :].split("where")[0]
        assert str(number) in told.split("=")[-1]


def test_explain_as_latex(capsys):
    assert main(["explain", "x * w", "x=2", "w=3", "--of", "w", "--latex"]) == 0
    assert r"\frac" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["draw", "x*w", "x=2"], "w has no value: add w=1"),
        (["draw", "x", "x=2", "y=3"], "y is not in the formula"),
        (["draw", "1 + 2"], "no names"),
        (["draw", "log(x)", "x=-1"], "gives nan"),
        (["draw", "x", "x=1", "-o", "/no/such/folder/x.svg"], "folder"),
        (["draw", "x", "x=1", "-o", "x.bmp"], ".svg"),
        (["draw", "x", "x=1", "--mark", "y"], "--mark y"),
        (["explain", "x", "x=1", "--of", "y"], "--of y"),
        (["explain", "x", "x=1", "--paths", "0"], "--paths"),
        (["explain", "x", "x=1", "--foo"], "--help"),
        (["paint"], "--help"),
        (["check", "nowhere.py::f"], "no file nowhere.py"),
    ],
)
def test_mistakes_are_told_in_a_line(arguments, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    err = wrong(capsys, *arguments)
    assert says in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_without_a_command_there_is_help(capsys):
    assert main([]) == 2
    assert "explain" in capsys.readouterr().out
    assert main(["functions"]) == 0
    assert "tanh(x)" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out[0].isdigit()


# check -------------------------------------------------------------------------------------------


def test_check_of_a_right_gradient(module, capsys):
    shapes = ["--shape", "x=n,3", "--shape", "w=3,m"]
    assert main(["check", f"{module}::right", *shapes, "--examples", "10", "--seed", "1"]) == 0
    assert "right: the gradient is right at 10 of 10 points" in capsys.readouterr().out


def test_check_of_a_model(module, capsys):
    assert main(["check", f"{module}::model", "--shape", "n,3", "--examples", "5"]) == 0


def test_check_names_the_op_to_blame_and_draws_it(module, capsys, tmp_path):
    picture = tmp_path / "blame.svg"
    status = main(["check", f"{module}::bad", "--seed", "1", "--draw", str(picture)])
    text = capsys.readouterr().out
    assert status == 1
    assert "to blame: wrong" in text
    assert picture.read_text().startswith("<?xml") or "<svg" in picture.read_text()


def test_check_that_cannot_tell(module, capsys):
    assert main(["check", f"{module}::noisy", "--examples", "5"]) == 3
    assert "vacuous" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "options", "says"),
    [
        ("", [], "users_module.py::right"),
        ("::", [], "which function"),
        ("::missing", [], "has no missing"),
        ("::Box", [], "is a class"),
        ("::number", [], "not callable"),
        ("::right", ["--domain", "1"], "two numbers"),
        ("::right", ["--domain", "2,1"], ""),
        ("::right", ["--domain", "1,2", "--domain", "x=1,2"], "for each by name"),
        ("::right", ["--shape", "x=3.5"], "a length or a word"),
        ("::right", ["--shape", "z=3"], "no parameter 'z'"),
        ("::right", ["--examples", "0"], "from 1 on"),
    ],
)
def test_what_check_cannot_take_is_told(target, options, says, module, capsys):
    assert says in wrong(capsys, "check", f"{module}{target}", *options)


def test_an_error_of_the_function_itself_is_told_with_its_line(module, capsys):
    err = wrong(capsys, "check", f"{module}::narrow", "--shape", "2", "--examples", "5")
    assert "narrow raised ValueError" in err
    assert "return np.sum(x * np.ones(3))" in err
    assert "x=array(" in err


def test_a_module_that_cannot_be_imported_is_told(tmp_path, capsys):
    path = tmp_path / "broken_module.py"
    path.write_text("def f(:\n")
    assert "cannot be imported: SyntaxError" in wrong(capsys, "check", f"{path}::f")
    path.write_text("import no_such_module_at_all\n")
    assert "no_such_module_at_all" in wrong(capsys, "check", f"{path}::f")


# As a program ------------------------------------------------------------------------------------


def test_as_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "autograd", "explain", "x * w", "x=3", "w=2", "--of", "w"],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith("dout/dw = 3")
    done = subprocess.run(
        [sys.executable, "-m", "autograd", "explain", "x +", "x=3"],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("python -m autograd: this is no formula")


def test_a_value_is_what_a_formula_gives():
    assert isinstance(Expression("x").evaluate({"x": 1.0})[0], Value)
