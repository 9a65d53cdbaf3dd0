"""Gather the site's source in one folder: guides, course, reference and what they link to."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import op_table
import reference

__all__ = ["ROOT", "assemble"]

ROOT = Path(__file__).resolve().parents[2]

# Files from outside docs/ that are pages, and the titles of the course's parts.
PAGES = {"README.md": "readme.md", "CONTRIBUTING.md": "contributing.md",
         "CHANGELOG.md": "changelog.md"}  # fmt: skip
# Folders that have a page made of what is in them; on a code host, links to them show the folder.
FOLDERS = {"notebooks": "notebooks/index.md", "autograd": "reference/index.md",
           "autograd/ops": "ops.md", "nn": "reference/index.md"}  # fmt: skip
COURSE = """# The course

From one neuron to trained, tested, explained networks. Each notebook takes less than fifteen
minutes to read, and its code is run again at every change. The files are in `notebooks/`: open one
in Jupyter to change what it does.

```{toctree}
:maxdepth: 1

%s
```
"""
LINK = re.compile(r"(!?\[(?:[^][]|\[[^]]*\])*\]\()([^)#\s]+)((?:#[^)\s]*)?\))")
HTML_LINK = re.compile(r"(<(?:img|a)\b[^>]*?\b(?:src|href)=\")([^\"#:]+)(#?[^\"]*\")")


class Site:
    """Where each file of the repository is in the source folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.extra = folder.parent / "extra"
        self.broken: list[str] = []

    def place(self, path: Path) -> Path | None:
        """The page made of a file, or none."""
        inside = path.relative_to(ROOT).as_posix()
        if inside in PAGES:
            return self.folder / PAGES[inside]
        if inside in FOLDERS:
            return self.folder / FOLDERS[inside]
        if inside.startswith("docs/"):
            return self.folder / inside.removeprefix("docs/")
        if inside.startswith("notebooks/") and inside.endswith(".ipynb"):
            return self.folder / inside
        return None

    def target(self, here: Path, link: str) -> str:
        """What a link in a file becomes."""
        if "://" in link or link.startswith("mailto:"):
            return link
        there = Path(os.path.normpath(here.parent / link))
        if not there.exists():
            # The rest of the course may be still to come.
            if not (there.suffix == ".ipynb" and there.parent == ROOT / "notebooks"):
                self.broken.append(f"{here.relative_to(ROOT)} links to {link}")
            return ""
        page = self.place(here)
        assert page is not None
        made = self.place(there)
        if made is None or there.suffix == ".html" or made.suffix == there.suffix == "":
            # A file of the repository, copied as it is to where the page's own folder is.
            inside = there.relative_to(ROOT)
            if there.is_dir():
                return ""
            copy = self.extra / "files" / inside
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / inside, copy)
            up = "../" * len(page.relative_to(self.folder).parent.parts)
            return f"path:{up}files/{inside.as_posix()}"
        return os.path.relpath(made, page.parent)

    def mended(self, here: Path, text: str) -> str:
        """A page's Markdown with its links leading to where things are on the site."""

        def mend(match: re.Match[str]) -> str:
            before, link, after = match.groups()
            target = self.target(here, link)
            if not target:
                # Nothing to lead to: the words alone.
                return before.strip("![").removesuffix("](")
            if target.startswith("path:"):
                words = before.strip("![").removesuffix("](")
                return f'<a href="{target.removeprefix("path:")}">{_code(words)}</a>'
            return before + target + after

        def mend_html(match: re.Match[str]) -> str:
            before, link, after = match.groups()
            target = self.target(here, link).removeprefix("path:")
            return before + (target or link) + after

        parts = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
        for i in range(0, len(parts), 2):
            parts[i] = LINK.sub(mend, HTML_LINK.sub(mend_html, parts[i]))
        return "".join(parts)


def _code(words: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", words)


def assemble(folder: Path) -> list[str]:
    """Write the source folder anew; the links that lead nowhere."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    site = Site(folder)
    shutil.rmtree(site.extra, ignore_errors=True)
    site.extra.mkdir()
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        _copy(path, site, site.mended)
    for name in PAGES:
        _copy(ROOT / name, site, site.mended)
    course = sorted((ROOT / "notebooks").glob("*.ipynb"))
    for path in course:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = site.mended(path, "".join(cell["source"]))
        _write(site.place(path), json.dumps(notebook))
    _write(folder / "notebooks" / "index.md", COURSE % "\n".join(path.stem for path in course))
    for page in reference.PAGES:
        _write(folder / "reference" / f"{page.file}.rst", reference.written(page))
    _write(folder / "reference" / "index.md", _reference_index())
    _write(folder / "ops.md", op_table.table())
    return site.broken


def _copy(path: Path, site: Site, mended: Callable[[Path, str], str]) -> None:
    made = site.place(path)
    assert made is not None
    if path.suffix == ".md":
        _write(made, mended(path, path.read_text(encoding="utf-8")))
    else:
        made.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, made)


def _write(path: Path | None, text: str) -> None:
    assert path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _reference_index() -> str:
    lines = [
        "# Reference",
        "",
        "Every public name, from the docstrings. [All ops](../ops.md) is a table of the primitives "
        "with their derivatives.",
        "",
        "| | |",
        "|---|---|",
    ]
    lines += [f"| [{p.title}]({p.file}.rst) | {p.text} |" for p in reference.PAGES]
    lines += ["", "```{toctree}", ":hidden:", "", *(p.file for p in reference.PAGES), "```", ""]
    return "\n".join(lines)
