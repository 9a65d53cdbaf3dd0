"""Recorded steps as plain dicts, for what plays them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .recorder import FlowRecorder

__all__ = ["frames"]


def frames(recorder: FlowRecorder) -> list[dict[str, Any]]:
    """See :meth:`FlowRecorder.frames`."""
    found = []
    for record in recorder.records:
        grad: dict[str, Any] = {}
        value: dict[str, Any] = {}
        for name, look in record.parameters.items():
            labels = recorder.labels.get(name)
            if labels:
                value.update(zip(labels, look["values"].tolist(), strict=True))
                grad.update(zip(labels, look["grads"].tolist(), strict=True))
                continue
            value[name] = _whole_or_norm(look, "values", "value")
            grad[name] = _whole_or_norm(look, "grads", "grad")
        found.append({"step": record.step, "loss": record.loss, "grad": grad, "value": value})
    return found


def _whole_or_norm(look: dict[str, Any], whole: str, norm: str) -> Any:
    if whole in look:
        return look[whole].tolist()
    return {"norm": look[norm]} if norm in look else None
