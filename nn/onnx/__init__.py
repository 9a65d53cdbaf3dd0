"""Models as ONNX files, which other programs run."""

from . import activations, conv, dense  # noqa: F401  (they enter their layers in the table)
from .export import export_onnx
from .table import register

__all__ = ["export_onnx", "register"]
