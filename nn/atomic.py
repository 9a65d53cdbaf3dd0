"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path  # which takes longer to load than all of nn's files of this kind

__all__ = ["leftovers", "write"]

_ENDING = ".tmp"


def write(path: str | os.PathLike[str], data: bytes | bytearray | memoryview) -> None:
    """Put ``data`` in the file at ``path``; whatever happens, the file is the old or the new one.

    The bytes go to a temporary file beside it and are on the disk before that takes its place. As
    with ``open(path, "wb")``, a link is followed, an existing file keeps its permissions and a new
    one gets the usual ones; a pipe or device is simply written to.

    Parameters
    ----------
    path : str or path
        Its folder has to exist.
    data : bytes
        All that the file is to hold.
    """
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    try:
        there = os.stat(target)
    except FileNotFoundError:
        there = None
    if there is not None and not stat.S_ISREG(there.st_mode):
        with open(target, "wb") as file:  # which refuses folders
            file.write(data)
        return
    if there is not None and not os.access(target, os.W_OK):
        raise PermissionError(f"{os.fspath(path)} is write-protected")
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"there is no folder {folder} to write {name} in")
    temporary = os.path.join(folder, f".{name[:40]}-{os.urandom(8).hex()}{_ENDING}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if there is not None:
            os.chmod(temporary, stat.S_IMODE(there.st_mode))
        os.replace(temporary, target)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            error.filename = os.fspath(path)  # "no space left on device" does not say for what
        raise
    _sync_folder(folder)


def leftovers(folder: Path, pattern: str) -> Iterator[Path]:
    """Temporary files that killed processes left, of files whose names fit ``pattern``."""
    return folder.glob(f".{pattern}-{'[0-9a-f]' * 16}{_ENDING}")


def _sync_folder(folder: str) -> None:
    """Have the new name on the disk too, where the system can be asked for that."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
