"""Labelled data from files: CSV, ``.npz``, and the IDX files that MNIST comes in.

Whatever is wrong with a file becomes one ``ValueError`` or ``FileNotFoundError`` that names the
file, and the line and column where there is one. Nothing is unpickled.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np

from .dataset import Dataset

__all__ = ["read", "read_csv", "read_idx", "read_npz"]

Path_ = str | os.PathLike[str]


def read(path: Path_, *, regression: bool = False) -> Dataset:
    """Read labelled data from a file, in the way its content and ending ask for.

    ``.csv`` (also ``.txt`` and ``.tsv``), ``.npz``, or an IDX file with images, whose labels stand
    in a file beside it (or a folder with both); IDX may be gzipped.

    Parameters
    ----------
    path : str or path
        The file.
    regression : bool
        Whether ``y`` is a quantity and no class (not in IDX files).
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    if path.is_dir():
        return read_idx(path)
    start = _start(path)
    suffix = path.suffix.lower()
    if suffix == ".npz" or start[:4] == b"PK\x03\x04":
        return read_npz(path, regression=regression)
    if suffix == ".gz" or start[:2] in (b"\x1f\x8b", b"\x00\x00") or "ubyte" in path.name:
        return read_idx(path)
    if suffix == ".npy":
        raise ValueError(
            f"{path}: an .npy file holds one array; put examples and labels into one file with "
            "np.savez(path, x=x, y=y)"
        )
    return read_csv(path, regression=regression)


# CSV ------------------------------------------------------------------------------------------


def read_csv(path: Path_, *, target: int | str = -1, regression: bool = False) -> Dataset:
    """Read a table: numbers in every column, and the label in the last.

    The first line may be a header. Commas, semicolons and tabs separate. Labels are whole numbers
    or names, either way numbered in sorted order.

    Parameters
    ----------
    path : str or path
        The file.
    target : int or str
        The column of the label, counted from 0 (or from the end, below 0), or its name in the
        header.
    regression : bool
        Whether that column is a quantity: ``y`` then holds its numbers, and there are no classes.
    """
    path = Path(path)
    rows = _rows(path)
    if not rows:
        raise ValueError(f"{path}: the file is empty")
    width = len(rows[0][1])
    if width < 2:
        raise ValueError(
            f"{path}: line {rows[0][0]} has a single column; a table has features and a label"
        )
    at = _column(path, rows[0][1], target)
    features = [j for j in range(width) if j != at]
    if len(rows) > 1 and not any(_is_number(rows[0][1][j]) for j in features):
        del rows[0]  # a header
    elif isinstance(target, str):
        raise ValueError(f"{path}: has no header, so target={target!r} names no column")
    for line, cells in rows:
        if len(cells) != width:
            raise ValueError(
                f"{path}: line {line} has {len(cells)} columns where line {rows[0][0]} has {width}"
            )
    x = _numbers(path, rows, features)
    if regression:
        return Dataset(x, _numbers(path, rows, [at])[:, 0], (), path.name)
    y, classes = _text_labels(path, rows, at)
    return Dataset(x, y, classes, path.name)


def _column(path: Path, first: list[str], target: int | str) -> int:
    """The place of the label from 0, given its place or its name."""
    if isinstance(target, str):
        if target not in first:
            raise ValueError(
                f"{path}: no column is called {target!r}; the first line has {', '.join(first)}"
            )
        return first.index(target)
    if not -len(first) <= target < len(first):
        raise ValueError(f"{path}: has no column {target}; there are {len(first)}, counted from 0")
    return target % len(first)


def _numbers(path: Path, rows: list[tuple[int, list[str]]], columns: list[int]) -> np.ndarray:
    x = np.empty((len(rows), len(columns)))
    for i, (line, cells) in enumerate(rows):
        try:
            x[i] = [cells[j] for j in columns]
        except ValueError:
            pass
        else:
            if np.isfinite(x[i]).all():
                continue
        j = next(j for j in columns if not _is_finite(cells[j]))
        raise ValueError(
            f"{path}: line {line}, column {j + 1}: {_quote(cells[j])} is not a "
            + ("finite number" if _is_number(cells[j]) else "number")
        )
    return x


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """The lines that are not blank, each with its number, as stripped cells."""
    try:
        text = _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file (byte {error.start} is not UTF-8)") from None
    if "\0" in text:
        raise ValueError(f"{path}: not a text file (it holds zero bytes)")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise ValueError(f"{path}: line {reader.line_num}: {error}") from None
    return rows


def _text_labels(
    path: Path, rows: list[tuple[int, list[str]]], at: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    texts = [cells[at] for _, cells in rows]
    numbers = [_is_number(text) for text in texts]
    column = at + 1
    for (line, _), text, number in zip(rows, texts, numbers):
        where = f"{path}: line {line}, column {column} (the label): {_quote(text)}"
        if not text:
            raise ValueError(f"{where} is empty")
        if number != (2 * sum(numbers) >= len(numbers)):
            raise ValueError(f"{where} is {'' if number else 'not '}a number, unlike most labels")
        if number and not float(text).is_integer():
            raise ValueError(f"{where} is not a whole number; for a quantity pass regression=True")
    if numbers[0]:
        return _number(np.array([int(float(text)) for text in texts]))
    return _number(np.array(texts))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _is_finite(cell: str) -> bool:
    return _is_number(cell) and math.isfinite(float(cell))


# .npz -----------------------------------------------------------------------------------------

_PAIRS = (
    ("x", "y"),
    ("X", "y"),
    ("images", "labels"),
    ("data", "target"),
    ("data", "labels"),
    ("x_train", "y_train"),
    ("X_train", "y_train"),
)


def read_npz(path: Path_, *, regression: bool = False) -> Dataset:
    """Read arrays saved by ``np.savez(path, x=x, y=y)``: examples and integer labels.

    ``images`` and ``labels``, or ``data`` and ``target``, will do as names as well.

    Parameters
    ----------
    path : str or path
        The file.
    regression : bool
        Whether ``y`` holds quantities, of one or more columns: there are no classes then.
    """
    path = Path(path)
    content = _bytes(path)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            if not hasattr(archive, "files"):
                raise ValueError("it holds a single array")
            names = list(archive.files)
            found = [pair for pair in _PAIRS if pair[0] in names and pair[1] in names]
            arrays = [archive[name] for name in found[0]] if found else []
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        reason = "it holds Python objects" if "allow_pickle" in str(error) else str(error)
        raise ValueError(f"{path}: not a readable .npz file ({reason})") from None
    if not arrays:
        raise ValueError(
            f"{path}: needs arrays called x and y (or images and labels); it has "
            + (", ".join(names) or "none")
        )
    x, y = arrays
    if x.dtype.kind not in "fiub":
        raise ValueError(f"{path}: {found[0][0]} holds {x.dtype}, not numbers")
    if x.ndim < 2:
        raise ValueError(f"{path}: {found[0][0]} has shape {x.shape}; (examples, features) is due")
    _check_finite(path, found[0][0], x)
    if regression:
        if y.dtype.kind not in "fiub":
            raise ValueError(f"{path}: {found[0][1]} holds {y.dtype}, not numbers")
        _check_finite(path, found[0][1], y)
        _check_lengths(path, path, x, y)
        return Dataset(x, y.astype(np.float64), (), path.name)
    return _labelled(path, x, y)


def _check_finite(path: Path, name: str, array: np.ndarray) -> None:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{path}: {name}{list(place)} is {array[place]}, not a finite number")


# IDX ------------------------------------------------------------------------------------------

_TYPES = {
    0x08: ">u1",
    0x09: ">i1",
    0x0B: ">i2",
    0x0C: ">i4",
    0x0D: ">f4",
    0x0E: ">f8",
}


def read_idx(path: Path_) -> Dataset:
    """Read MNIST's format: a file of images, with its labels in the file beside it.

    ``train-images-idx3-ubyte`` goes with ``train-labels-idx1-ubyte``, gzipped or not. For a folder,
    its training images are read.
    """
    path = Path(path)
    if path.is_dir():
        inside = sorted(p for p in path.iterdir() if "images" in p.name and "idx" in p.name)
        if not inside:
            raise ValueError(f"{path}: a folder without IDX files (train-images-idx3-ubyte, ...)")
        path = next((p for p in inside if "train" in p.name), inside[0])
    if "labels" in path.name:
        raise ValueError(f"{path}: holds labels; give the file with the images")
    partner = _partner(path)
    x = _read_array(path)
    y = _read_array(partner)
    if x.ndim < 2:
        raise ValueError(f"{path}: holds an array of shape {x.shape}, not examples")
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        raise ValueError(f"{path}: holds numbers that are not finite")
    return _labelled(path, x, y, partner)


def _partner(path: Path) -> Path:
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    if name == path.name:
        raise ValueError(
            f"{path}: no telling where its labels are; call the files ...images-idx3... and "
            "...labels-idx1..."
        )
    plain = name.removesuffix(".gz")
    for candidate in (name, plain, f"{plain}.gz"):
        if path.with_name(candidate).exists():
            return path.with_name(candidate)
    raise FileNotFoundError(f"{path.with_name(name)}: no such file (the labels of {path.name})")


def _read_array(path: Path) -> np.ndarray:
    content = _bytes(path)
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path}: broken gzip file ({error})") from None
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES:
        raise ValueError(f"{path}: not an IDX file (it does not start with 00 00 and a known type)")
    dtype = np.dtype(_TYPES[content[2]])
    ndim = content[3]
    start = 4 + 4 * ndim
    if ndim == 0 or len(content) < start:
        raise ValueError(f"{path}: the IDX header is cut off")
    shape = struct.unpack(f">{ndim}I", content[4:start])
    expected = math.prod(shape) * dtype.itemsize
    if len(content) - start != expected:
        raise ValueError(
            f"{path}: shape {shape} needs {expected} bytes of data, and there are "
            f"{len(content) - start}"
        )
    array = np.frombuffer(content, dtype, offset=start).reshape(shape)
    return array.astype(dtype.newbyteorder("="))


# Shared ---------------------------------------------------------------------------------------


def _labelled(path: Path, x: np.ndarray, y: np.ndarray, origin: Path | None = None) -> Dataset:
    origin = origin or path
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise ValueError(
            f"{origin}: labels have shape {y.shape}; one number for each example is due"
            + (" (one-hot: save labels.argmax(axis=1))" if y.shape == (len(x), y.shape[-1]) else "")
        )
    _check_lengths(path, origin, x, y)
    if y.dtype.kind == "f":
        if not np.equal(y, np.floor(y)).all() or not np.isfinite(y).all():
            raise ValueError(
                f"{origin}: labels are not whole numbers; for quantities pass regression=True"
            )
        y = y.astype(np.int64)
    if y.dtype.kind not in "iubU":
        raise ValueError(f"{origin}: labels hold {y.dtype}, not whole numbers or names")
    numbered, classes = _number(y)
    return Dataset(x, numbered, classes, path.name)


def _check_lengths(path: Path, origin: Path, x: np.ndarray, y: np.ndarray) -> None:
    if y.ndim == 0 or len(x) != len(y):
        raise ValueError(
            f"{origin}: {len(y) if y.ndim else 'a single number as'} labels for the {len(x)} "
            f"examples of {path.name}"
        )
    if len(x) == 0 or x[0].size == 0:
        raise ValueError(f"{path}: the dataset is empty (shape {x.shape})")


def _number(labels: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels counted from 0 in sorted order, and what they were called."""
    classes, numbered = np.unique(labels, return_inverse=True)
    return numbered.astype(np.int64), tuple(str(c) for c in classes)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError as error:
        raise _unreadable(path, error) from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> Exception:
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(f"{path}: no such file")
    return ValueError(f"{path}: cannot be read ({(error.strerror or str(error)).lower()})")


def _quote(cell: str, longest: int = 40) -> str:
    return repr(cell if len(cell) <= longest else cell[:longest] + "...")
