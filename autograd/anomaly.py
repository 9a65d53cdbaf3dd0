"""What ``detect_anomaly`` checks and says."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import AnomalyError
from .graph import Parts
from .op import Op

__all__ = ["check_gradient", "check_value", "value_error"]


def value_error(name: str, value: Any, line: str | None) -> AnomalyError:
    """The error for a value that is not finite."""
    where, what = _first_bad(value)
    return AnomalyError(
        f"{name} gave {what}{where}, called at {line}. Its inputs were finite: look at their "
        "range there (log or division at 0, overflow of exp, 0/0)"
    )


def check_value(op: Op, value: Any, line: str) -> None:
    """Raise if an op's result holds NaN or infinity."""
    value = np.asarray(value)
    if value.dtype.kind == "f" and not np.isfinite(value).all():
        raise value_error(op.name, value, line)


def check_gradient(node: Any, parent: Any, ct: Any) -> None:
    """Raise if what a node sends back to a parent holds NaN or infinity."""
    parts = list(ct.values()) if type(ct) is Parts else [ct]
    for part in parts:
        if np.isfinite(part).all():
            continue
        where, what = _first_bad(part)
        line = getattr(node, "line", None)
        at = f", called at {line}," if line else ""
        hint = "" if line else " Run the forward pass inside detect_anomaly() too to see its line."
        label = getattr(parent, "label", None)
        source = "a leaf" if parent.op is None else f"the result of {parent.op.name}"
        source += f" labelled {label!r}" if label else ""
        raise AnomalyError(
            f"backward of {node.op.name}{at} gave {what}{where} as the gradient of its input, "
            f"{source}: its derivative there is infinite or undefined.{hint}"
        )


def _first_bad(value: Any) -> tuple[str, Any]:
    array = np.asarray(value)
    if array.ndim == 0:
        return "", array.item()
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    return f" at {list(index)}", array[index].item()
