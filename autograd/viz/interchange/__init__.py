"""The model of a graph as JSON, for other programs: written, read back and described by a schema.

``docs/graph-model.md`` explains every field. Nothing that is read is ever evaluated.
"""

from __future__ import annotations

from .reading import from_json
from .summary import ArraySummary
from .validation import schema
from .writing import VERSION, to_json

__all__ = ["VERSION", "ArraySummary", "from_json", "schema", "to_json"]
