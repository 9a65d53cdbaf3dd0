"""The pytest plugin, by runs of pytest on small test files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy  # noqa: F401  (what is loaded here is not loaded again by each run)
import pytest

import autograd.testing.plugin
import autograd.testing.property
import autograd.viz.dot

# Loaded as a module whether or not the package is installed with its entry point.
PLUGIN = ("-p", "no:blamegraph", "-p", "autograd.testing.plugin")
HEAD = """
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from autograd.extend import elementwise
from autograd.testing import gradcheck as plain_gradcheck
from autograd.testing.property import gradient_test
from autograd.testing.tally import conclusive

wrong_tanh = elementwise(np.tanh, lambda out, x: 1 - out, name="wrong_tanh")
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run pytest on a test file, in this process."""
    # There pytest's own summary repeats whole messages.
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("BUILD_NUMBER", raising=False)

    def run(source: str, *args: str) -> pytest.RunResult:
        pytester.makepyfile(HEAD + source)
        return pytester.runpytest_inprocess(*PLUGIN, *args)

    return run


def summary(result: pytest.RunResult) -> str:
    lines = [line for line in result.outlines if line.startswith("gradients: ")]
    assert len(lines) <= 1
    return lines[0].removeprefix("gradients: ") if lines else ""


MIXED = """
def test_right(gradcheck):
    assert gradcheck(np.tanh, 0.5)
    assert gradcheck(np.multiply, np.ones(2), 0.5, order=2)

def test_wrong(gradcheck):
    gradcheck(wrong_tanh, np.array([0.5, 1.0]))

def test_inconclusive(gradcheck):
    gradcheck(np.abs, 0.0)

def test_allowed(gradcheck):
    assert not gradcheck(np.abs, 0.0, allow_inconclusive=True)

@gradient_test(examples=10)
def smooth(x, w):
    return np.tanh(x * w)

@gradient_test(examples=10)
def wrong_property(x):
    return np.sum(wrong_tanh(x * 2.0))

@gradient_test(examples=10)
def vacuous(x):
    return np.log(-np.abs(x))
"""


@pytest.mark.parametrize("args", [(), ("-n2",)], ids=["one process", "two workers"])
def test_verdicts_are_counted(run: Any, args: tuple[str, ...]) -> None:
    result = run(MIXED, *args)
    result.assert_outcomes(passed=3, failed=4)
    assert summary(result) == "3 passed, 2 failed, 3 inconclusive (10 of 10 examples conclusive)"
    result.stdout.fnmatch_lines_random(
        [
            "*Failed: inconclusive (kink): gradcheck: absolute: *",
            "*InconclusiveError: vacuous: this test is vacuous: of 11 examples only 0 *",
            "*GradientError: check_grads: wrong_property, order 1 (reverse): *",
        ]
    )


@pytest.mark.parametrize("args", [(), ("-n2",)], ids=["one process", "two workers"])
def test_a_failure_has_a_section_and_a_picture(
    run: Any, pytester: pytest.Pytester, args: tuple[str, ...]
) -> None:
    result = run(MIXED, "--gradient-dir=pictures", *args)
    pictures = sorted((pytester.path / "pictures").iterdir())
    assert len(pictures) == 2
    text = result.stdout.str()
    assert text.count("- gradient report -") == 2
    assert text.count("to blame: wrong_tanh") == 2  # not once more in the section
    for picture, test in zip(pictures, ("wrong", "wrong_property"), strict=True):
        assert f"test_{test}" in picture.name or test in picture.name
        assert f"graph: {picture}" in text
        drawn = picture.read_text()
        assert "wrong_tanh" in drawn
        assert picture.suffix == ".dot" or "<svg" in drawn


def test_pictures_go_into_the_cache_unless_told(run: Any, pytester: pytest.Pytester) -> None:
    result = run(MIXED, "-k", "wrong_property")
    (picture,) = (pytester.path / ".pytest_cache" / "d" / "gradients").iterdir()
    result.stdout.fnmatch_lines([f"graph: {picture}"])
    result = run(MIXED, "-k", "wrong_property", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*to blame: wrong_tanh*"])
    assert "graph: " not in result.stdout.str()


def test_a_picture_that_cannot_be_drawn_is_no_second_failure(
    run: Any, pytester: pytest.Pytester
) -> None:
    pytester.path.joinpath("taken").write_text("a file")
    result = run(MIXED, "-k", "wrong_property", "--gradient-dir=taken")
    result.assert_outcomes(failed=1, deselected=6)
    result.stdout.fnmatch_lines(["*to blame: wrong_tanh*", "graph: could not be drawn: *"])


def test_without_graphviz_the_graph_is_drawn_all_the_same(
    run: Any, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    monkeypatch.setenv("PATH", str(pytester.path))
    run(MIXED, "-k", "wrong_property", "--gradient-dir=pictures")
    (picture,) = (pytester.path / "pictures").iterdir()
    assert picture.suffix == ".svg" and "wrong_tanh" in picture.read_text()


def test_one_test_may_make_many_checks(run: Any) -> None:
    result = run(
        """
        @pytest.fixture(scope="module")
        def checked(gradcheck):
            return gradcheck(np.sin, 0.5)

        def test_two(gradcheck, checked):
            gradcheck(np.tanh, 0.5)
            report = gradcheck(wrong_tanh, 0.5, raise_exception=False)
            assert report.verdict == "fail"

        def test_expected(gradcheck):
            with pytest.raises(AssertionError, match="wrong_tanh"):
                gradcheck(wrong_tanh, 0.5)
            gradcheck.settle(plain_gradcheck(np.cos, 0.5))

        def test_without_the_fixture():
            plain_gradcheck(wrong_tanh, 0.5)
        """.replace("\n        ", "\n")
    )
    result.assert_outcomes(passed=2, failed=1)
    assert summary(result) == "3 passed, 2 failed"


GIVEN = """
@given(st.integers(-9, 9))
def test_fixture(gradcheck, i):
    gradcheck(np.abs, i / 2)

@settings(database=None)
@given(st.integers(0, 10**6))
def test_vacuous(gradcheck, i):
    gradcheck(np.log, -float(i))

@settings(database=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_half(i):
    conclusive(plain_gradcheck(np.log, 1.0 + i if i % 3 == 0 else -1.0))

@settings(database=None)
@given(st.integers(1, 2))
def test_wrong(gradcheck, i):
    gradcheck(wrong_tanh, i / 2)
"""


def test_tests_with_given_are_judged_by_their_examples(run: Any) -> None:
    result = run(GIVEN)
    result.assert_outcomes(passed=1, failed=3)
    assert summary(result) == "1 passed, 1 failed, 2 inconclusive (18 of 19 examples conclusive)"
    text = result.stdout.str()
    assert "test_vacuous: this test is vacuous: of " in text
    assert "test_half: this test is vacuous: of " in text
    assert "FailedHealthCheck" not in text and "Unsatisfiable" not in text
    result.stdout.fnmatch_lines(["*GradientError: gradcheck: wrong_tanh: *", "*i=1,*"])


DRAWN = """
seen = []

def vjp(x, g):
    seen.append((float(x), float(g)))
    return g * np.cos(x)

test_sine = gradient_test(np.sin, vjp=vjp, shapes=(), examples=30)

def test_printed(gradcheck):
    first = gradcheck(np.exp, 0.5)
    print("drawn:", len(set(x for x, g in seen)), hash(tuple(seen)))
"""


def drawn(result: pytest.RunResult) -> tuple[int, str]:
    result.assert_outcomes(passed=2)
    (line,) = (line for line in result.outlines if "drawn:" in line)
    count, digest = line.partition("drawn:")[2].split()
    return int(count), digest


def test_options_say_how_many_and_which_examples(run: Any) -> None:
    runs = [
        drawn(run(DRAWN, "-s", *args))
        for args in (
            ("--gradient-seed=1",),
            ("--gradient-seed=1",),
            ("--gradient-seed=2",),
            ("--gradient-seed=1", "--gradient-examples=5"),
        )
    ]
    assert runs[0] == runs[1] != runs[2]
    assert [n for n, _ in runs[2:]] == [30, 5]
    bad = run(DRAWN, "--gradient-examples=0")
    assert bad.ret == pytest.ExitCode.USAGE_ERROR
    bad.stderr.fnmatch_lines(["*--gradient-examples: a positive number is wanted, got '0'"])


def test_other_projects_see_nothing_of_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one():\n    assert True\n\ndef test_two():\n    assert False\n")
    without = ("-p", "no:blamegraph")
    outputs = []
    for args in (PLUGIN, without):
        result = pytester.runpytest_subprocess(
            "-W", "error", "-v", "-p", "no:cacheprovider", "-p", "no:randomly", *args
        )
        result.assert_outcomes(passed=1, failed=1)
        outputs.append([line.rpartition(" in ")[0] or line for line in result.outlines])
    assert outputs[0] == outputs[1]


def test_checks_work_where_warnings_are_errors(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD + MIXED)
    result = pytester.runpytest_subprocess("-W", "error", *PLUGIN)
    result.assert_outcomes(passed=3, failed=4)
    assert summary(result).startswith("3 passed, 2 failed, 3 inconclusive")


def test_tests_of_the_kit_work_without_the_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD + MIXED)
    result = pytester.runpytest_inprocess(
        "-p", "no:blamegraph", "-p", "no:autograd.testing.plugin", "-k", "smooth or property or vac"
    )
    result.assert_outcomes(passed=1, failed=2, deselected=4)
    assert summary(result) == ""


def test_the_entry_point_loads_nothing_that_is_not_needed() -> None:
    code = """
import sys, pytest
before = set(sys.modules)
import autograd.testing.plugin
heavy = "hypothesis autograd.viz.dot graphviz matplotlib scipy mpmath torch jax".split()
print([name for name in heavy if name in sys.modules and name not in before])
"""
    root = Path(autograd.testing.plugin.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"
