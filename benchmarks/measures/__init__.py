"""What is no step in turn: growth, recording, import times and sizes, memory over many steps."""

from __future__ import annotations

from collections.abc import Callable

from ..compare import Effort
from ..report import Section
from . import growth, imports, recording, steady

__all__ = ["MEASURES"]

MEASURES: dict[str, Callable[[Effort, Callable[[str], None]], Section]] = {
    "recording": recording.measure,
    "growth": growth.measure,
    "imports": imports.measure,
    "memory": steady.measure,
}
