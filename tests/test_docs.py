"""The documentation: its examples run, what it quotes is raised, the reference has every name."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import importlib.util
import inspect
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autograd.errors
from autograd.command import main
from autograd.ops.registry import all_composites, all_ops

from .pages import blocks, load, printed_by, run

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SKLEARN = importlib.util.find_spec("sklearn") is not None


def read(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


# --- pages of examples -----------------------------------------------------------------------

EXAMPLES = ["start", "from-micrograd", "from-mygrad", "from-hips-autograd", "from-pytorch",
            "scikit-learn", "how-it-works"]  # fmt: skip


@pytest.mark.parametrize("page", EXAMPLES)
def test_examples_give_what_the_page_says(page, tmp_path):
    if page == "scikit-learn" and not SKLEARN:
        pytest.skip("no scikit-learn")
    names: dict[str, Any] = {}
    checked = 0
    with contextlib.chdir(tmp_path), np.errstate(all="ignore"):
        for code, says in blocks(read(page)):
            printed, shown = printed_by(code, names)
            if says:
                assert printed == says
                checked += 1
            for comment, value in shown:
                if comment.startswith("about"):
                    assert value == pytest.approx(float(comment.split()[1]), abs=0.03), comment
                elif re.match(r"[-\d(\[']|array\(|True$|False$|<", comment):
                    assert doctest.OutputChecker().check_output(comment, repr(value), FLAGS), (
                        f"{page}.md says {comment}, and it is {value!r}"
                    )
                else:
                    continue
                checked += 1
    assert checked >= 2


# --- messages --------------------------------------------------------------------------------


def flat(text: str) -> str:
    return " ".join(text.split())


def test_messages_are_those_that_are_raised(tmp_path):
    names: dict[str, Any] = {}
    raised: set[type] = set()
    with contextlib.chdir(tmp_path), np.errstate(all="ignore"):
        for code, says in blocks(read("errors")):
            if not says:
                run(code, names)
                continue
            with pytest.raises(Exception) as caught:
                run(code, names)
            raised.add(caught.type)
            own = f"{caught.type.__name__}: {caught.value}"
            assert doctest.OutputChecker().check_output(flat(says), flat(own), FLAGS), own
    ours = {
        x for x in vars(autograd.errors).values() if inspect.isclass(x) and issubclass(x, Exception)
    }
    assert ours <= raised, f"docs/errors.md says nothing of {ours - raised}"


# --- the command line ------------------------------------------------------------------------


def test_commands_print_what_the_page_says(tmp_path, capsys):
    page = read("command-line")
    checked = 0
    with contextlib.chdir(tmp_path):
        for name, text in re.findall(r"^`(\w+\.py)`:\n\n```python\n(.*?)^```", page, re.M | re.S):
            Path(name).write_text(text, encoding="utf-8")
        for block in re.findall(r"^```console\n(.*?)^```", page, re.M | re.S):
            for command in re.split(r"^\$ ", block, flags=re.M)[1:]:
                line, _, says = command.partition("\n")
                words = shlex.split(line, comments=True)
                assert words[:3] == ["python", "-m", "autograd"], line
                main(words[3:], prog="python -m autograd")
                printed = capsys.readouterr()
                if says.strip():
                    own = printed.out + printed.err
                    assert doctest.OutputChecker().check_output(says, own, FLAGS), own
                    checked += 1
    assert checked >= 4


# --- the reference ---------------------------------------------------------------------------

reference: Any = load("docs", "reference")
MODULES = [m for m in reference.MODULES if SKLEARN or m != "nn.sklearn"]


@pytest.mark.parametrize("module", MODULES)
def test_public_names_say_what_they_are(module):
    bare = [
        name
        for name, x in reference.public(module).items()
        if callable(x) and len((inspect.getdoc(x) or "").strip()) < 12
    ]
    assert not bare, f"{module} has names without a docstring: {bare}"


def test_every_name_of_autograd_has_a_page():
    homeless = [n for n in reference.public("autograd") if reference.page_of(n) is None]
    assert not homeless, f"tools/docs/reference.py has no page for the modules of {homeless}"


def test_every_public_module_has_a_page():
    named = {"autograd", "autograd.errors", "autograd.extend", "autograd.linalg",
             "autograd.testing", "autograd.viz", "nn"}  # fmt: skip
    named |= {
        f"nn.{name}"
        for name in importlib.import_module("nn").__all__
        if isinstance(getattr(importlib.import_module("nn"), name), ModuleType)
    }
    assert named <= set(reference.MODULES)


def test_the_op_table_has_every_op():
    text = load("docs", "op_table").table()
    missing = [
        name
        for name in [*all_ops(), *all_composites()]
        if not name.startswith("_") and not re.search(rf"^\| \S*[`.]{re.escape(name)}`", text, re.M)
    ]
    assert not missing
    assert "| `1 / (1 + x * x)` |" in text  # arctan's derivative, from its declaration
    widths = {line.count(" | ") for line in text.splitlines() if line.startswith("| {")}
    assert len(widths) <= 3


# --- links -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda path: path.stem)
def test_what_html_shows_is_there(page):
    # Links and pictures in Markdown are looked at in test_readme.py.
    for link in re.findall(r"<\w+ [^>]*(?:src|href)=\"([^\"#]+)", page.read_text(encoding="utf-8")):
        assert "://" in link or (page.parent / link).exists(), f"{page.name} shows {link}"


def test_pages_are_in_the_contents():
    contents = "\n".join(re.findall(r"^```\{toctree\}\n(.*?)^```", read("index"), re.M | re.S))
    listed = {line.rpartition("<")[2].strip(" >") for line in contents.splitlines()}
    assert {page.stem for page in DOCS.glob("*.md")} - {"index"} <= listed


# --- the site --------------------------------------------------------------------------------


def test_the_site_builds_without_a_warning():
    for needed in ("sphinx", "myst_nb", "furo"):
        pytest.importorskip(needed)
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "docs", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
