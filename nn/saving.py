"""``save`` and ``load``: weights in safetensors files, under the names that PyTorch has for them.

The format (huggingface.co/docs/safetensors) is a JSON header and raw numbers: reading a file
cannot run code, which a pickle can.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypeVar, overload

import numpy as np

from . import atomic
from .module import Module

__all__ = ["from_bytes", "load", "metadata_of", "read_metadata", "save", "to_bytes"]

M = TypeVar("M", bound=Module)

_DTYPES = {
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "U32": "<u4",
    "I32": "<i4",
    "U64": "<u8",
    "I64": "<i8",
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
    "C64": "<c8",
}
_KNOWN = frozenset(np.dtype(code) for code in _DTYPES.values())


def save(
    model: Module | Mapping[str, Any],
    path: str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a model's parameters and buffers to a safetensors file, whole or not at all.

    Names and shapes are those of PyTorch's ``state_dict``, so that
    ``model.load_state_dict(safetensors.torch.load_file(path))`` loads them there. A parameter that
    several layers share is written once, under its first name (``safetensors.torch.load_model``
    understands that).

    Parameters
    ----------
    model : Module or dict of arrays
        The model, or a state dict.
    path : str or path
        The file; no suffix is added.
    metadata : dict of str, optional
        Notes to keep with the weights; :func:`nn.saving.read_metadata` gives them back.

    Examples
    --------
    >>> import nn, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> nn.save(nn.Linear(3, 2), path)
    >>> {name: array.shape for name, array in nn.load(path).items()}
    {'bias': (2,), 'weight': (2, 3)}
    >>> nn.load(path, nn.Linear(3, 2))
    Linear(in_features=3, out_features=2)
    """
    if isinstance(model, Module):
        model = model.state_dict()
    if not isinstance(model, Mapping):
        raise TypeError(
            f"save takes a model or a dict of arrays, got {model!r:.80}; the path comes second"
        )
    atomic.write(path, to_bytes(model, metadata))


@overload
def load(path: str | os.PathLike[str], model: None = None) -> dict[str, np.ndarray]: ...
@overload
def load(path: str | os.PathLike[str], model: M, *, strict: bool = True) -> M: ...
def load(path: str | os.PathLike[str], model: Module | None = None, *, strict: bool = True) -> Any:
    """Read a safetensors file, written here or by PyTorch.

    Parameters
    ----------
    path : str or path
        The file. bfloat16, which NumPy has not, becomes float32.
    model : Module, optional
        What to load the weights into. Nothing changes unless all of them fit.
    strict : bool
        Whether missing and unexpected names are errors.

    Returns
    -------
    dict of arrays, or Module
        The weights by name, or the model.

    Examples
    --------
    >>> import nn, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> nn.save(nn.Linear(3, 2, rng=0), path)
    >>> model = nn.load(path, nn.Linear(3, 2))
    >>> bool((model.weight.numpy() == nn.Linear(3, 2, rng=0).weight.numpy()).all())
    True
    """
    if model is not None and not isinstance(model, Module):
        raise TypeError(
            f"load puts weights into an nn.Module, not {model!r:.80}; the path comes first"
        )
    arrays = _read(path, from_bytes)
    if model is None:
        return arrays
    try:
        model.load_state_dict(arrays, strict=strict)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error
    return model


def read_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """The notes that a safetensors file was saved with.

    Examples
    --------
    >>> import nn, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> nn.save(nn.Linear(3, 2), path, metadata={"trained on": "digits"})
    >>> nn.saving.read_metadata(path)
    {'trained on': 'digits'}
    """

    def checked(data: bytes) -> dict[str, str]:
        from_bytes(data)
        return metadata_of(data)

    return _read(path, checked)


def to_bytes(
    arrays: Mapping[str, Any], metadata: Mapping[str, str] | None = None
) -> bytes | bytearray:
    """A safetensors file of ``arrays``."""
    _library()
    from safetensors.numpy import save as serialize

    ready = {}
    for name, given in arrays.items():
        if not isinstance(name, str):
            raise TypeError(f"arrays are saved under names, and {name!r} is no str")
        if name == "__metadata__":
            raise ValueError("the name '__metadata__' is the format's own")
        _check_text(name, "a name")
        # Not ascontiguousarray, which gives a 0-d array an axis.
        array = np.asarray(given.detach().numpy() if hasattr(given, "detach") else given, order="C")
        if array.dtype.newbyteorder("<") not in _KNOWN:
            raise TypeError(
                f"{name!r} holds {array.dtype}, which the safetensors format has not; convert it "
                "with .astype()"
            )
        ready[name] = array.astype(array.dtype.newbyteorder("="), copy=False)
    notes = None if metadata is None else dict(metadata)
    for item in (notes or {}).items():
        if not all(isinstance(text, str) for text in item):
            raise TypeError(f"metadata maps str to str, got {item[0]!r}: {item[1]!r:.40}")
        for text in item:
            _check_text(text, "metadata")
    return serialize(ready, metadata=notes)


def from_bytes(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file, by name."""
    library = _library()
    _refuse_foreign(data)
    try:
        entries = library.deserialize(data)
    except library.SafetensorError as error:
        raise ValueError(f"this is no safetensors file, or a damaged one ({error})") from error
    return {name: _array(name, entry) for name, entry in sorted(entries, key=lambda e: e[0])}


def metadata_of(data: bytes) -> dict[str, str]:
    """The notes in a file that :func:`from_bytes` has found to be sound."""
    import json

    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return dict(header.get("__metadata__") or {})


# Inside ---------------------------------------------------------------------------------------


def _library() -> Any:
    try:
        import safetensors
    except ImportError as error:
        raise ImportError(
            "weights are kept in safetensors files: pip install safetensors"
        ) from error
    return safetensors


def _read(path: str | os.PathLike[str], parse: Any) -> Any:
    with open(path, "rb") as file:
        data = file.read()
    try:
        return parse(data)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from None


def _array(name: str, entry: Mapping[str, Any]) -> np.ndarray:
    kind, data, shape = entry["dtype"], entry["data"], entry["shape"]
    if kind == "BF16":  # the upper half of a float32
        wide = np.frombuffer(data, "<u2").astype(np.uint32) << np.uint32(16)
        return wide.view(np.float32).reshape(shape)
    if kind not in _DTYPES:
        raise ValueError(
            f"{name!r} holds {kind}, which NumPy has not; convert it to float32 where it was saved"
        )
    array = np.frombuffer(data, _DTYPES[kind]).reshape(shape)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _check_text(text: str, what: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} is not valid Unicode: {text!a:.80}") from None


_PICKLED = (
    "it is {}, and reading a pickle can run any code that somebody put into it. Where you trust "
    "it, convert it in PyTorch: safetensors.torch.save_file(model.state_dict(), "
    '"model.safetensors")'
)


def _refuse_foreign(data: bytes) -> None:
    if data[:4] == b"PK\x03\x04":
        if b".npy" in data[:300]:
            raise ValueError("it is an .npz file: nn.save(dict(numpy.load(path)), new_path)")
        raise ValueError(_PICKLED.format("a zip file, such as torch.save writes around a pickle"))
    # Protocol 2 to 5; the length of a header may start with these bytes too, but then the header
    # follows.
    if data[:1] == b"\x80" and data[1:2] in (b"\2", b"\3", b"\4", b"\5") and data[8:9] != b"{":
        raise ValueError(_PICKLED.format("a pickle"))
