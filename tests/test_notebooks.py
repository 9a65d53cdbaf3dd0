"""Every notebook runs to its end, with its solutions, and its outputs are those of its text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .pages import load

for needed in ("jupytext", "nbclient", "ipykernel"):
    pytest.importorskip(needed)

course: Any = load("notebooks", "course")
NAMES = course.names()


@pytest.mark.filterwarnings("default")  # of the kernel's client
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs(name: str) -> None:
    notebook = course.run(name)
    assert any(cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("name", NAMES)
def test_outputs_belong_to_the_text(name: str) -> None:
    assert not course.paired(name), "make notebooks writes it anew"


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ("# %%\n1 / 0\n", "ZeroDivisionError"),
        ("# %%\nimport warnings\nwarnings.warn('old')\n", "standard error"),
        (
            "# %% [markdown]\n# <details><summary>Solution</summary>\n#\n# ```python\n"
            "# x = missing\n# ```\n#\n# </details>\n\n# %%\n1\n",
            "missing",
        ),
        (
            "# %% [markdown]\n# <details><summary>Solution</summary>\n#\n# ```python\n"
            "# x = 1\n# ```\n#\n# </details>\n\n# %%\nx\n",
            "NameError",
        ),
    ],
    ids=["a cell", "a warning", "a solution", "what a solution made"],
)
def test_what_fails_is_told(
    cells: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "FOLDER", tmp_path)
    (tmp_path / "99-try.py").write_text(cells)
    with pytest.raises(course.Failure, match=says):
        course.run("99-try")
    assert "no .ipynb" in course.paired("99-try")
