"""A folder that is written whole or not at all, and never over somebody else's files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["FolderError", "check_target", "replacing"]

MANIFEST = ".written-by-nn-demo"
DROPPINGS = {".DS_Store", "Thumbs.db", "desktop.ini"}  # file managers leave these anywhere


class FolderError(Exception):
    """The output folder cannot be written, or is not ours to replace."""


def check_target(target: Path) -> None:
    """Refuse a target that is a file, or a folder with anything that the demo did not write."""
    target = _resolve(target)
    if target.is_dir():
        strangers = _strangers(target)
        if strangers:
            raise FolderError(
                f"--out {target}: has files that this demo did not write ({strangers[0]}"
                + (f" and {len(strangers) - 1} more" if len(strangers) > 1 else "")
                + "); choose another folder"
            )
    elif target.exists():
        raise FolderError(f"--out {target}: is a file, not a folder")
    home = _existing(target)
    if not home.is_dir():
        raise FolderError(f"--out {target}: {home} is not a folder")
    with _work_folder(target) as _:
        pass  # better to learn now than after the work that this cannot be


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary folder that takes the target's place when all went well."""
    target = _resolve(target)
    with _work_folder(target) as work:
        yield work
        try:
            files = sorted(str(p.relative_to(work)) for p in work.rglob("*") if p.is_file())
            (work / MANIFEST).write_text("\n".join(files) + "\n", encoding="utf-8")
            work.chmod(0o755)  # mkdtemp makes it private
            check_target(target)  # somebody may have been there in the meantime
            _swap(work, target)
        except OSError as error:
            raise _unwritable(target, error) from None


@contextmanager
def _work_folder(target: Path) -> Iterator[Path]:
    """An empty folder on the target's disk, gone afterwards unless it was moved."""
    try:
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=_existing(target)))
    except OSError as error:
        raise _unwritable(target, error) from None
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _unwritable(target: Path, error: OSError) -> FolderError:
    reason = (error.strerror or str(error)).lower()
    return FolderError(f"--out {target}: cannot be written ({reason})")


def _swap(work: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        work.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    try:
        target.rename(old / "replaced")
        try:
            work.rename(target)
        except OSError:
            (old / "replaced").rename(target)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _strangers(folder: Path) -> list[str]:
    files = sorted(
        str(p.relative_to(folder))
        for p in folder.rglob("*")
        if (p.is_symlink() or not p.is_dir()) and p.name not in DROPPINGS
    )
    try:
        ours = {MANIFEST, *(folder / MANIFEST).read_text(encoding="utf-8").splitlines()}
    except (OSError, UnicodeDecodeError):
        ours = set()
    return [name for name in files if name not in ours]


def _existing(target: Path) -> Path:
    """The nearest folder above the target that exists."""
    home = target.parent
    while not home.exists():
        home = home.parent
    return home


def _resolve(target: Path) -> Path:
    try:
        return target.expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise FolderError(f"--out {target}: {error}") from None
