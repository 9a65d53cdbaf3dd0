"""The engine's own sums, against a plain walk over the same graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import transforms
from ..containers import flatten
from ..graph import Parts
from ..op import plain
from .culprit import Culprit, agree, called, count, made, short
from .joints import total
from .recording import Recording, node_of, parents_of
from .subject import Subject, cotangents, directions

__all__ = ["other_when_recorded", "wrong_sum"]


def wrong_sum(
    subject: Subject, recording: Recording, order: list, mode: str, seed: int
) -> Culprit | None:
    """Compare the engine's walk with a plain one over the same graph."""
    rng = np.random.default_rng([seed, 2])
    if mode == "forward":
        return _wrong_push(subject, recording, order, rng)
    vs = cotangents(recording.outputs, rng)
    truth = _walk(recording, order, vs)
    pulled = transforms.vjp(subject.call, *subject.xs)
    engine = flatten(pulled[1](flatten(pulled[0])[1].build(vs)))[0]
    right = [truth.get(leaf) for leaf in recording.leaves]
    if all(agree(a, b) for a, b in zip(engine, right, strict=True)):
        return None
    node, lines = _first_wrong_node(recording, order, vs, truth)
    if node is None:
        k = next(i for i, (a, b) in enumerate(zip(engine, right)) if not agree(a, b))
        node = recording.leaves[k]
        lines = [
            f"  the gradient of {subject.names[k]} is {short(engine[k])}; the sum over its uses "
            f"is {short(right[k])}"
        ]
    name = "a leaf" if node.op is None else node.op.name
    return made(
        "engine",
        name,
        [
            "to blame: the engine, not a rule: every op's rule agrees by itself, and what their "
            "uses send back is added up wrongly (accumulation, or the order of the walk)",
            *called(recording, node),
            *lines,
        ],
        node,
        recording,
    )


def _walk(recording: Recording, order: list, vs: Sequence[Any]) -> dict[Any, Any]:
    """Cotangents of all nodes, from a walk as plain as can be."""
    found: dict[Any, Any] = {}
    for x, v in zip(recording.outputs, vs, strict=True):
        node = node_of(x)
        if node is not None:
            found[node] = total(found[node], v) if node in found else v
    for node in reversed(order):
        if node.op is None or node not in found:
            continue
        g = found[node]
        own = g if isinstance(g, (float, Parts)) else np.array(g)
        for parent, ct in zip(node.parents, node.pull(own, node.parents, False)):
            if parent is None or ct is None:
                continue
            kept = ct if isinstance(ct, (float, Parts)) else np.array(ct)
            found[parent] = total(found[parent], kept) if parent in found else kept
    return found


def _first_wrong_node(
    recording: Recording, order: list, vs: Sequence[Any], truth: dict[Any, Any]
) -> tuple[Any, list[str]]:
    """The first node that ``backward`` leaves with another gradient than its uses send it."""
    for x, v in zip(recording.outputs, vs, strict=True):
        if node_of(x) is not None:
            x.backward(v)
    uses = _uses(order)
    for node in reversed(order):
        if node not in truth or isinstance(truth[node], Parts):
            continue
        if not agree(node.grad, truth[node]):
            name = "a leaf" if node.op is None else node.op.name
            return node, [
                f"  {name} got the gradient {short(node.grad)}; the sum over its "
                f"{count(uses.get(node, 0), 'use')} is {short(truth[node])}"
            ]
    return None, []


def _uses(order: list) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for node in order:
        for parent in parents_of(node):
            found[parent] = found.get(parent, 0) + 1
    return found


def _wrong_push(
    subject: Subject, recording: Recording, order: list, rng: np.random.Generator
) -> Culprit | None:
    us = subject.shaped(directions(rng, sum(subject.sizes)))
    found: dict[Any, Any] = dict(zip(recording.leaves, us, strict=True))
    for node in order:
        if node.op is None or node in found:
            continue
        incoming = [None if p is None else found.get(p) for p in node.parents]
        if any(t is not None for t in incoming):
            found[node] = node.push(incoming, False)
    engine = flatten(transforms.jvp(subject.call, tuple(subject.xs), tuple(us))[1])[0]
    for x, t in zip(recording.outputs, engine, strict=True):
        node = node_of(x)
        if node is not None and not agree(t, found.get(node)):
            name = "a leaf" if node.op is None else node.op.name
            return made(
                "engine",
                name,
                [
                    "to blame: the engine, not a rule: every op's forward rule agrees by itself",
                    *called(recording, node),
                    f"  {name} got the tangent {short(t)}; its operands' add up to "
                    f"{short(found.get(node))}",
                ],
                node,
                recording,
            )
    return None


def other_when_recorded(subject: Subject, recording: Recording) -> Culprit | None:
    """A function that gives other numbers while it records."""
    outputs = flatten(subject.evaluate(*subject.xs))[0]
    for k, (x, y) in enumerate(zip(recording.outputs, outputs)):
        if not agree(plain(x), plain(y)):
            lines = [
                "to blame: the engine, not a rule: what is computed is another number when it is "
                "recorded, to be differentiated, than when it is not",
                f"  output {k} is {short(x)} recorded, and {short(y)} otherwise",
            ]
            node = node_of(x)
            name = "a leaf" if node is None or node.op is None else node.op.name
            return made("engine", name, lines, node, recording)
    return None
