"""The notebooks: text in percent format, paired with files that hold the outputs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

__all__ = ["FOLDER", "Failure", "names", "paired", "read", "run", "solutions", "write"]

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
LONGEST = 60
"""Seconds that a notebook may take, with its solutions."""

# A solution is folded away in the text, where a reader sees it without running it.
_FOLDED = re.compile(r"<details>(.*?)</details>", re.DOTALL)
# The id of a picture, which is another in each run.
_DRAWN = re.compile(r"blamegraph-[0-9a-f]{12}")
_CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)


class Failure(Exception):
    """A notebook that does not run to its end."""


def names() -> list[str]:
    """All notebooks, in the order of the course."""
    return sorted(path.stem for path in FOLDER.glob("[0-9][0-9]-*.py"))


def read(name: str) -> Any:
    """A notebook without outputs, from its text."""
    notebook = jupytext.read(FOLDER / f"{name}.py")
    for k, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{k}"  # the same in every run
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def solutions(cell: Any) -> list[str]:
    """The code of what is folded away in a cell of text."""
    if cell.cell_type != "markdown":
        return []
    return [code for folded in _FOLDED.findall(cell.source) for code in _CODE.findall(folded)]


def run(name: str) -> Any:
    """Run a notebook from its text; with outputs.

    Solutions run where they stand, and leave no trace: a later cell has to do without them.

    Raises
    ------
    Failure
        If a cell or a solution raises, writes to standard error, or all takes too long.
    """
    notebook = read(name)
    os.environ.setdefault("PYTHONHASHSEED", "0")
    os.environ["OMP_NUM_THREADS"] = "1"
    client = NotebookClient(
        notebook,
        timeout=LONGEST,
        kernel_name="python3",
        # The kernel lives for seconds: none of its advice on transports.
        extra_arguments=["--IPKernelApp.log_level=40"],
        resources={"metadata": {"path": FOLDER}},
    )
    current = 0
    try:
        with client.setup_kernel():
            _quietly(client, f"import sys; sys.path.insert(0, {str(ROOT)!r})")
            for current, cell in enumerate(notebook.cells):
                for code in solutions(cell):
                    _solve(client, code)
                if cell.cell_type == "code":
                    client.execute_cell(cell, current, store_history=True)
    except (CellExecutionError, CellTimeoutError) as error:
        source = notebook.cells[current].source
        raise Failure(f"{name}: cell {current} fails\n{source}\n{error}") from None
    _tidy(notebook, name)
    return notebook


def _solve(client: NotebookClient, code: str) -> None:
    """Run a solution in names of its own, with figures closed behind it."""
    lines = code.splitlines()
    body = "\n".join(f"    {line}" for line in lines)
    keep = "import builtins as _b\n_b._kept = dict(globals())\n"
    back = (
        "for _n in [n for n in globals() if n not in _b._kept]: del globals()[_n]\n"
        "globals().update(_b._kept)\n"
    )
    _quietly(client, f"{keep}if True:\n{body}\n{back}")


def _quietly(client: NotebookClient, source: str) -> None:
    """Run code that is no cell of the notebook."""
    cell = nbformat.v4.new_code_cell(source)
    # The client keeps outputs by the cell's place.
    client.nb.cells.append(cell)
    try:
        client.execute_cell(cell, len(client.nb.cells) - 1, store_history=False)
    finally:
        client.nb.cells.pop()


def _tidy(notebook: Any, name: str) -> None:
    """Take out what differs from run to run; refuse warnings."""
    count = 0
    pictures: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.metadata.pop("execution", None)
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if output.get("execution_count"):
                output["execution_count"] = count
            for kind, text in output.get("data", {}).items():
                if isinstance(text, str):
                    output["data"][kind] = _DRAWN.sub(
                        lambda m: pictures.setdefault(m[0], f"blamegraph-{len(pictures)}"), text
                    )
            if output.output_type == "stream" and output.name == "stderr":
                raise Failure(f"{name}: cell {count} writes to standard error:\n{output.text}")


def paired(name: str) -> str:
    """What differs between a notebook's text and its outputs' file; nothing if they are a pair."""
    path = FOLDER / f"{name}.ipynb"
    if not path.exists():
        return "there is no .ipynb"
    kept, text = nbformat.read(path, as_version=4), read(name)
    if len(kept.cells) != len(text.cells):
        return f"{len(text.cells)} cells in the text, {len(kept.cells)} in the .ipynb"
    for k, (a, b) in enumerate(zip(text.cells, kept.cells, strict=True)):
        if (a.cell_type, a.source) != (b.cell_type, b.source):
            return f"cell {k} differs:\n{a.source}\n---\n{b.source}"
        if b.cell_type == "code" and b.execution_count is None:
            return f"cell {k} was not run"
    return ""


def write(notebook: Any, name: str) -> None:
    """Write a notebook whole or not at all."""
    path = FOLDER / f"{name}.ipynb"
    part = path.with_suffix(".ipynb.part")
    part.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    part.replace(path)
