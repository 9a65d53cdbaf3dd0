"""A folder of numbered checkpoints, of which the last good one can be had at any time."""

from __future__ import annotations

import os
import re
import time
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import atomic, saving

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Checkpoint", "CheckpointError", "Saved"]

FORMAT = "blamegraph-checkpoint"
VERSION = "1"
_NAME = re.compile(r"step-(\d+)\.safetensors")
# The metadata has one entry (the format keeps no order among several): a digest and the state. The
# digest is of the whole file with zeros in its own place, so that no bit is outside it. Within a
# JSON string the quotes would be escaped: what stands after this mark is that entry and no other.
_KEY = "checkpoint"
_MARK = b'"checkpoint":"'
_BLANK = "0" * 64


class CheckpointError(ValueError):
    """A file that is not, or no longer, a checkpoint; or a folder in which none is."""


class Saved(NamedTuple):
    """A checkpoint as it was read."""

    path: Path
    step: int
    arrays: dict[str, np.ndarray]
    state: Any


class Checkpoint:
    """Where and how often a training run is saved; ``nn.fit(..., checkpoint=...)`` takes it.

    Files are written atomically and carry a checksum, so that a run that is killed or loses its
    machine at any moment finds the last whole one again.

    Parameters
    ----------
    folder : str or path
        For this run alone; made when needed.
    every_steps : int, optional
        Save after each so many steps.
    every_seconds : float, optional
        Save once so many seconds have gone by since the last time; 30 unless ``every_steps`` is
        given.
    keep : int
        How many checkpoints to keep. An older one goes once a newer one is safely on the disk.

    Examples
    --------
    >>> import numpy as np, nn, tempfile
    >>> checkpoint = nn.Checkpoint(tempfile.mkdtemp(), every_steps=100)
    >>> checkpoint.due(99), checkpoint.due(100)
    (False, True)
    >>> checkpoint.write(100, {"w": np.zeros(3)}, {"epoch": 7}).name
    'step-0000000100.safetensors'
    >>> found = checkpoint.latest()
    >>> found.step, found.arrays, found.state
    (100, {'w': array([0., 0., 0.])}, {'epoch': 7})
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        every_steps: int | None = None,
        every_seconds: float | None = None,
        keep: int = 2,
    ) -> None:
        from pathlib import Path

        for name, n in (("every_steps", every_steps), ("keep", keep)):
            if n is not None and (not isinstance(n, (int, np.integer)) or n < 1):
                raise ValueError(f"Checkpoint: {name} is a number from 1 on, got {n!r}")
        if keep is None:
            raise ValueError("Checkpoint: keep is a number from 1 on, got None")
        if every_seconds is not None and not 0 <= every_seconds < float("inf"):
            raise ValueError(f"Checkpoint: every_seconds is 0 or more, got {every_seconds!r}")
        if every_steps is None and every_seconds is None:
            every_seconds = 30.0
        self.folder = Path(folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise NotADirectoryError(f"Checkpoint: {self.folder} is a file, not a folder")
        self.every_steps = every_steps
        self.every_seconds = every_seconds
        self.keep = keep
        self._written = time.monotonic()
        self._refused: set[Path] = set()
        self._tidy = False

    def due(self, step: int) -> bool:
        """Whether to save now, after ``step`` steps."""
        if self.every_steps is not None and step > 0 and step % self.every_steps == 0:
            return True
        return (
            self.every_seconds is not None
            and time.monotonic() - self._written >= self.every_seconds
        )

    def write(self, step: int, arrays: Mapping[str, np.ndarray], state: Any) -> Path:
        """Save, and let go of checkpoints that are no longer needed.

        Parameters
        ----------
        step : int
            The number of steps so far; it numbers the file.
        arrays : dict of arrays
            By name.
        state : JSON
            Anything else; :func:`pack` makes arrays and JSON of nested state.

        Returns
        -------
        Path
            The file.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._clean()
        path = self.folder / f"step-{step:010d}.safetensors"
        atomic.write(path, _encode(step, arrays, state))
        self._refused.discard(path)
        # Ones that could not be read do not count, and are left for somebody to look at.
        good = [p for p in self._files() if p not in self._refused]
        for old in good[self.keep :]:
            old.unlink(missing_ok=True)
        self._written = time.monotonic()
        return path

    def latest(self) -> Saved | None:
        """The last good checkpoint, or None where none was ever written.

        Warns of each one that has to be passed over, and why.

        Raises
        ------
        CheckpointError
            If there are checkpoints and none of them can be used: to begin anew in silence would
            lose work.
        """
        self._clean()
        self._written = time.monotonic()
        files = self._files()
        for path in files:
            try:
                return read(path)
            except (CheckpointError, OSError) as error:
                self._refused.add(path)
                said = str(error)
                if len(files) > 1:
                    warnings.warn(f"passed over a checkpoint: {said}", stacklevel=2)
        if files:
            raise CheckpointError(
                f"none of the checkpoints in {self.folder} can be used (the oldest, {said}); move "
                "them away to begin anew"
            )
        return None

    def _files(self) -> list[Path]:
        """All checkpoints, the newest first."""
        if not self.folder.is_dir():
            return []
        found = [(int(m[1]), p) for p in self.folder.iterdir() if (m := _NAME.fullmatch(p.name))]
        return [path for _, path in sorted(found, reverse=True)]

    def _clean(self) -> None:
        """Once: nobody else is writing here, so half-written files are of a run that was killed."""
        if not self._tidy and self.folder.is_dir():
            for path in atomic.leftovers(self.folder, "step-*.safetensors"):
                path.unlink(missing_ok=True)
            self._tidy = True

    def __repr__(self) -> str:
        return (
            f"Checkpoint({str(self.folder)!r}, every_steps={self.every_steps}, "
            f"every_seconds={self.every_seconds}, keep={self.keep})"
        )


def read(path: str | os.PathLike[str]) -> Saved:
    """Read one checkpoint.

    Raises
    ------
    CheckpointError
        If it is damaged, or was not written by :class:`Checkpoint`: one line that says which.
    """
    from pathlib import Path

    path = Path(path)
    data = path.read_bytes()
    try:
        return Saved(path, *_decode(data))
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}") from None


def _encode(step: int, arrays: Mapping[str, np.ndarray], state: Any) -> bytearray:
    import hashlib
    import json

    try:
        about = json.dumps([FORMAT, VERSION, int(step), state], allow_nan=False)
    except (TypeError, ValueError) as error:
        raise type(error)(f"a checkpoint's state is JSON, as pack() makes it: {error}") from error
    data = bytearray(saving.to_bytes(arrays, {_KEY: f"{_BLANK} {about}"}))
    at = data.index(_MARK) + len(_MARK)
    data[at : at + 64] = hashlib.sha256(data).hexdigest().encode()
    return data


def _decode(data: bytes) -> tuple[int, dict[str, np.ndarray], Any]:
    import hashlib
    import json

    if not data:
        raise ValueError("it is empty")
    at = data.find(_MARK) + len(_MARK)
    if at < len(_MARK):
        saving.from_bytes(data)  # says what is wrong with it
        raise ValueError("it is a safetensors file, but no checkpoint of a training run")
    digest = hashlib.sha256(data[:at])
    digest.update(_BLANK.encode())
    digest.update(memoryview(data)[at + 64 :])
    if data[at : at + 64] != digest.hexdigest().encode():
        raise ValueError("it is damaged: it does not have the checksum that it was written with")
    arrays = saving.from_bytes(data)
    try:
        name, version, step, state = json.loads(saving.metadata_of(data)[_KEY][64:])
    except (KeyError, TypeError, ValueError):
        raise ValueError("it is a file of another program, not a checkpoint") from None
    if name != FORMAT:
        raise ValueError(f"it is a file of another program ({name!r:.40}), not a checkpoint")
    if version != VERSION:
        raise ValueError(
            f"it has version {version!r:.40} of the format, and this is a program for version "
            f"{VERSION}"
        )
    return step, arrays, state
