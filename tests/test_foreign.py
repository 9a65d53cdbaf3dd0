"""What the adapters for other libraries say where there is none, and that they load none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.testing import from_jax, from_torch
from benchmarks.checkers.bug import Bug, scaled
from benchmarks.checkers.bugs import BUGS
from benchmarks.checkers.checker import CHECKERS
from benchmarks.checkers.runners import fixed_step, ours
from benchmarks.checkers.table import Outcome, markdown

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("adapter", "module", "library"), [(from_torch, "torch", "PyTorch"), (from_jax, "jax", "JAX")]
)
def test_a_missing_library_is_named_and_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, adapter: Any, module: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"{library}: pip install {module}"):
        adapter(np.sin)


@pytest.mark.parametrize("adapter", [from_torch, from_jax])
def test_what_is_no_function_is_refused(adapter: Any) -> None:
    with pytest.raises(TypeError, match=r"takes a function, got ndarray of shape \(2,\)"):
        adapter(np.ones(2))


def test_the_adapters_load_no_library() -> None:
    code = (
        "import sys, autograd.testing\n"
        "print(*[m for m in ('torch', 'jax', 'scipy') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []


# The planted bugs -----------------------------------------------------------------------------


def names(bug: Bug) -> str:
    return bug.name


@pytest.fixture(scope="module")
def check() -> Callable[..., str]:
    return ours.gradcheck()


@pytest.mark.parametrize("bug", BUGS, ids=names)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_planted_bug_shows_and_its_right_rule_is_right(
    bug: Bug, check: Callable[..., str]
) -> None:
    for draw in range(3):
        rng = np.random.default_rng([draw, *bug.name.encode()])
        inputs = bug.inputs(rng)
        assert bug.shows(inputs, rng)
        kept = [x.copy() for x in inputs]
        assert check(bug.f, bug.right, inputs, draw) == "pass"
        for x, old in zip(inputs, kept, strict=True):
            np.testing.assert_array_equal(x, old)


@pytest.mark.parametrize("bug", BUGS, ids=names)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_our_checker_catches_every_planted_bug(bug: Bug, check: Callable[..., str]) -> None:
    for draw in range(3):
        inputs = bug.inputs(np.random.default_rng([draw, *bug.name.encode()]))
        f, rule = bug.planted()
        assert check(f, rule, inputs, draw) == "fail"


def test_bugs_have_names_of_their_own() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 50


def test_a_right_rule_shows_no_bug() -> None:
    rng = np.random.default_rng(0)
    same = Bug("", np.sin, BUGS[0].right, BUGS[0].right, BUGS[0].inputs)
    assert not same.shows(same.inputs(rng), rng)


def test_scaling_leaves_integers_and_dtypes() -> None:
    x, k = scaled((np.ones(2, np.float32), np.arange(2)), 1e4)
    assert x.dtype == np.float32 and x[0] == 1e4
    np.testing.assert_array_equal(k, [0, 1])


@pytest.mark.parametrize(
    "make", [fixed_step.every_element, fixed_step.largest_error, fixed_step.sum_of_outputs]
)
def test_the_fixed_step_checkers_tell_right_from_wrong(make: Any) -> None:
    check = make()
    x = (np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([1.5, -0.5]))
    right = lambda x, b, g: (g * b, (g * x).sum(axis=0))
    assert check(np.multiply, right, x, 0) == "pass"
    assert check(np.multiply, lambda x, b, g: (g * b, -(g * x).sum(axis=0)), x, 0) == "fail"


def test_the_table_counts_what_was_always_caught() -> None:
    outcome = Outcome(CHECKERS[0], "1.0")
    for name, wrong, right in (
        ("always", ["fail", "fail"], ["pass", "pass"]),
        ("half", ["fail", "pass"], ["pass", "fail"]),
        ("doubtful", ["inconclusive", "fail"], ["inconclusive", "pass"]),
        ("cannot be seen", [], ["pass", "pass"]),
    ):
        outcome.found.append(
            {"bug": name, "scale": 1.0, "wrong": wrong, "right": right, "ms": [2.0], "alarm": ""}
        )
    assert outcome.cells(1.0) == ["1 of 3", "66.7 %", "1 of 8"]
    absent = Outcome(CHECKERS[1], absent="not installed")
    text = markdown([outcome, absent], [1.0])
    assert "| blamegraph gradcheck | 1.0 | 1 of 3 | 66.7 % | 1 of 8 | 2 |" in text
    assert "half (50 %), doubtful (50 %)" in text
    assert "| PyTorch gradcheck | not installed |" in text
    assert "Inconclusive: blamegraph gradcheck on 1 of 8 right rules." in text
