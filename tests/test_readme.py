"""The examples of the README and the guides run as they are written, and give what they say."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.testing import GradientError, gradcheck
from autograd.viz import RendererNotFoundError

from .pages import blocks, printed_by, run

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """All expressions of the blocks, run in order as one reader would."""
    folder = tmp_path_factory.mktemp("readme")
    names: dict[str, Any] = {}
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            results = [pair for block in BLOCKS for pair in run(block, names)]
        except RendererNotFoundError:
            pytest.skip("neither pygraphviz nor dot")
    for line in re.findall(r"^print\(.*\n# (.+)", "".join(BLOCKS), re.M):
        assert f"{line}\n" in printed.getvalue(), f"the README says {line}"
    assert (folder / "neuron.svg").read_text(encoding="utf-8").count("<svg") == 1
    return results


def test_values_are_those_in_the_comments(shown):
    checked = 0
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    for comment, value in shown:
        if re.match(r"array\(|\(\S+, \S+\)", comment):
            assert doctest.OutputChecker().check_output(comment, repr(value), flags), (
                f"the README says {comment}, and it is {value!r}"
            )
            checked += 1
    assert checked == 4


def test_accuracy_is_about_what_it_says(shown):
    ((comment, accuracy),) = [pair for pair in shown if pair[0].startswith("about")]
    assert accuracy == pytest.approx(float(comment.split()[1]), abs=0.02)


def test_wrong_rule_is_named():
    with pytest.raises(GradientError, match=r"\[0\]"):
        gradcheck(np.sin, np.array([0.5]), vjp=lambda x, g: -g * np.cos(x))


def test_the_guide_to_nn(tmp_path):
    pytest.importorskip("sklearn")
    text = (ROOT / "docs" / "nn.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    shown = []
    with contextlib.chdir(tmp_path):
        for block in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S):
            shown += run(block, names)
    checked = 0
    for comment, value in shown:
        if comment.startswith("about"):
            assert value == pytest.approx(float(comment.split()[1]), abs=0.02), comment
        elif re.match(r"[\d(\[]|True$", comment):
            assert comment == repr(value) or comment == str(value), f"{comment} is {value!r}"
        checked += bool(comment)
    assert checked >= 6


def test_the_guide_to_drawings(tmp_path):
    pytest.importorskip("matplotlib")
    text = (ROOT / "docs" / "drawing.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    shown = []
    with contextlib.chdir(tmp_path):
        for block, says in blocks(text):
            printed, values = printed_by(block, names)
            shown += values
            assert printed == says
    written = [value for _, value in shown if isinstance(value, Path)]
    assert all((tmp_path / path).stat().st_size > 1000 for path in written)
    assert len(written) >= 5
    checked = 0
    for comment, value in shown:
        if re.match(r"['\[(]|array\(", comment):
            assert comment.startswith(repr(value)), f"{comment} is {value!r}"
            checked += 1
    assert checked == 4
    assert names["difference"].parts_at is not None


def test_the_testing_guide():
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    results = []
    for block in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S):
        results += run(block, names)
    doubtful, wrong = (value for _, value in results)
    assert f"# {doubtful!r}" in text
    (shown,) = re.findall(r"^```text\n(.*?)^```", text, re.M | re.S)
    # The page says model.py where its own code has no file, and errors differ in the last digit.
    for line, own in zip(shown.splitlines(), wrong.message.splitlines(), strict=True):
        line, own = (re.sub(r" ± \S+", "", x) for x in (line, own))
        assert line.strip() == own.strip() or "model" in line, own
    names["energy"]()
    names["test_cube"]()


PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), f"{page.name} links to {target}"
