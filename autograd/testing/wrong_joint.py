"""A checkpoint, or a step between values and tensors, that hands derivatives on wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..border import SpreadNode
from ..graph import Parts
from .culprit import Culprit, agree, called, made, short
from .joints import ChangedError, is_joint, outputs_of, pulled, pushed
from .recording import Recording
from .subject import directions

__all__ = ["wrong_joint"]


def wrong_joint(recording: Recording, order: list, mode: str, seed: int) -> Culprit | None:
    """Checkpoints, and what stands between values and tensors, against the same by hand."""
    rng = np.random.default_rng([seed, 6])
    for node in order:
        if node.op is None or not is_joint(node):
            continue
        try:
            if mode == "reverse":
                g = _some(rng, node, mode)
                given, right = node.pull(g, node.parents, False), pulled(node, g)
            else:
                ts = [_some(rng, p, mode) for p in node.parents]
                given, right = [node.push(ts, False)], [pushed(node, ts)]
            same = all(map(_agree_in_parts, given, right))
            what = f"it sends on {_shown(given)} where it is {_shown(right)}"
        except ChangedError as error:
            same, what = False, str(error)
        if not same:
            name = node.op.name
            lines = [
                f"to blame: {name}, which hands derivatives on and has no rule of its own",
                *called(recording, node),
                f"  {what}",
            ]
            return made("engine", name, lines, node, recording)
    return None


def _some(rng: np.random.Generator, node: Any, mode: str) -> Any:
    """A random cotangent or tangent for what a node holds."""
    outputs = outputs_of(node)
    if outputs is not None:
        parts = [_like(rng, x) for x in outputs]
        spread = isinstance(node, SpreadNode) and mode == "forward"
        return parts if spread else Parts(enumerate(parts))
    return _like(rng, node.data)


def _like(rng: np.random.Generator, x: Any) -> Any:
    u = directions(rng, np.size(x))
    return u.reshape(x.shape).astype(x.dtype) if isinstance(x, np.ndarray) else float(u[0])


def _agree_in_parts(a: Any, b: Any) -> bool:
    return all(map(agree, *_aligned(a, b)))


def _aligned(a: Any, b: Any) -> tuple[list[Any], list[Any]]:
    if isinstance(a, Parts):
        keys = sorted({*a, *b})
        return [a.get(k) for k in keys], [b.get(k) for k in keys]
    return (list(a), list(b)) if isinstance(a, list) else ([a], [b])


def _shown(found: Sequence[Any]) -> str:
    flat = [y for x in found for y in (x.values() if isinstance(x, Parts) else [x])]
    flat = [y for x in flat for y in (x if isinstance(x, list) else [x])]
    return ", ".join(map(short, flat[:4])) + (", ..." if len(flat) > 4 else "")
