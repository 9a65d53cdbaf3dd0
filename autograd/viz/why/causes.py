"""Why an op let no gradient through: told from its kind, its local derivative and its operands.

An elementwise op says it in its local derivative, at the elements where a gradient arrived. Any
other op is asked a second time with everything positive: what is zero even then was multiplied by
zero or not chosen, and what is not zero then had cancelled.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ...graph import Parts
from ...op import Elementwise, plain, walking
from ...value import Value
from ..figures import number
from .diagnosis import Cause, share
from .site import Names, Site, size
from .walk import Event, Walk, residue
from .wording import CURES

__all__ = ["RECTIFIERS", "SATURATED", "cause_of", "dead_units"]

SATURATED = 1e-3
"""A local derivative below this counts as saturated: sigmoid's beyond ±7, tanh's beyond ±4."""

RECTIFIERS = {"relu"}
SQUASHING = {
    *("sigmoid", "tanh", "softsign", "erf", "erfc", "arctan", "log_sigmoid", "softplus", "silu"),
    *("mish", "gelu", "elu", "selu", "leaky_relu", "prelu", "logaddexp", "logaddexp2", "sinc"),
}
CLIPPING = {"clip", "hardtanh", "square_nonlinearity", "nan_to_num"}
STEPS = {
    *("floor", "ceil", "trunc", "rint", "round", "sign", "floor_divide", "heaviside", "copysign"),
}
CHOOSING = {"where", "maximum", "minimum", "fmax", "fmin"}
REDUCING = {"max", "min", "_max_pool"}
VANISHING = {"exp", "exp2"}
PRODUCTS = {"_linear_with_bias", "_conv_with_bias"}
INVARIANT = {"softmax", "log_softmax", "standardize", "softmax_minus_one_hot"}
LOSSES = {"_class_cross_entropy", "_binary_cross_entropy", "_probability_cross_entropy"}

Verdict = tuple[str, str]


def cause_of(event: Event, names: Names, seen: Walk, order: list[Any]) -> Cause:
    """Name what happened at a place where a gradient was lost."""
    node = event.node
    line = getattr(node, "line", None)
    if event.index is None:
        kind, message = _cancelled(event, names, order, seen)
        where = names.call(node)
        return Cause(kind, node, _op(node), where, message, CURES[kind], line, event.came)
    site = Site(node)
    if event.problem:
        kind, message = event.trouble, f"its derivative rule raised {event.problem}"
    elif isinstance(site.op, Elementwise) and not hasattr(node, "k"):
        kind, message = _elementwise(site, event, names, seen)
    else:
        kind, message = _other(site, event, names, seen)
    if kind == "not_chosen":
        found = _chooser(event, names, seen)
        if found is not None:
            node, kind, message = found
            line = getattr(node, "line", None)
    where = names.call(node)
    return Cause(kind, node, _op(node), where, message, CURES[kind], line, event.came)


def _op(node: Any) -> str | None:
    return None if node.op is None else node.op.name


# Elementwise ----------------------------------------------------------------------------------


def _elementwise(site: Site, event: Event, names: Names, seen: Walk) -> Verdict:
    i = event.index or 0
    k = site.where[i]
    g = np.asarray(plain(event.g), dtype=float)
    local = np.broadcast_to(site.local(i), g.shape)
    alive = g != 0
    slopes = np.abs(local[alive])
    with np.errstate(all="ignore"):
        product = g[alive] * local[alive]
    broadcast = np.shape(plain(site.args[k])) != g.shape
    if broadcast and size(event.sent) < residue(event.sent) * size(product):
        return "cancellation", (
            f"{names.operand(site, k)} was broadcast, and the {product.size:,} terms of its "
            f"gradient, up to {number(np.abs(product).max(), 3)}, add up to "
            f"{number(size(event.sent), 3)}"
        )
    partly = "" if alive.all() else f" where a gradient arrives ({share(alive)} elements)"
    if slopes.size and not slopes.any():
        return _flat(site, k, alive, partly, names)
    flat = slopes < SATURATED
    if site.name in SQUASHING and flat.all():
        return _saturated(site, k, alive, slopes, partly)
    if size(event.sent) == 0.0 or site.name in VANISHING:
        return "underflow", _underflow(event, names, seen, float(slopes.max()))
    if site.name in ("multiply", "gate", "divide", "dropped"):
        return "small_factor", (
            f"the gradient is multiplied by at most {number(slopes.max(), 3)}{partly}: "
            f"{_factor(site, k, names)} is small"
        )
    return "small_slope", f"the local derivative is at most {number(slopes.max(), 3)}{partly}"


def _flat(site: Site, k: int, alive: Any, partly: str, names: Names) -> Verdict:
    """The local derivative is exactly zero wherever a gradient arrives."""
    name, scalar = site.op.name, isinstance(site.node, Value)
    x = _at(site.args[k], alive)
    if name in STEPS:
        return "step", f"{site.name} is piecewise constant: its derivative is 0 everywhere"
    if name in RECTIFIERS or (name in ("maximum", "fmax") and _all_zero(site.args[1 - k])):
        low = x <= 0
        what = f"its input is {number(x[0])}, not positive" if scalar else ""
        return "dead_relu", what or (
            f"{share(low)} inputs{partly or ' are'} {'are ' if partly else ''}negative or 0"
            f"{_units(site.args[k])}, from {number(x.min())} to {number(x.max())}"
        )
    if name in CLIPPING and k > 0:
        return "branch", f"no input is beyond this bound{partly}"
    if name in CLIPPING:
        if scalar or x.size == 1:
            return "clip", f"its input {number(x.flat[0])} is outside the interval{_bounds(site)}"
        return "clip", (
            f"{x.size:,} of {x.size:,} inputs{partly} are outside the interval{_bounds(site)}, "
            f"from {number(x.min())} to {number(x.max())}"
        )
    if name in CHOOSING:
        return "branch", _branch(site, k, partly, names, scalar)
    if name in SQUASHING:
        return _saturated(site, k, alive, np.zeros(x.shape), partly)
    if name in VANISHING:
        return "underflow", (
            f"{site.name} of {number(x.max())} is 0 in floating point, and so is its derivative"
        )
    if name in ("multiply", "gate"):
        other = 1 - k
        if site.nodes[k] is not None and site.nodes[k] is site.nodes[other]:
            return "stationary", "it is the square of 0, whose slope there is 0"
        factor = names.operand(site, other)
        if site.nodes[other] is None and np.ndim(plain(site.args[other])) == 0:
            return "zero_factor", f"it multiplies by {factor}"
        return "zero_factor", f"{factor} is 0{partly}, and it is the factor"
    if name == "_dropped":
        return "zero_factor", f"dropout has set all of it to 0{partly}"
    if name == "divide" and k == 1 and _at(site.args[0], alive).any() == np.False_:
        return "zero_factor", f"the numerator, {names.operand(site, 0)}, is 0{partly}"
    if name in ("power", "float_power") and k == 0:
        exponent = np.asarray(plain(site.args[1]))
        if not exponent.any():
            return "stationary", "the exponent is 0: the result is 1 whatever the base"
    at = f"its input is {number(x.flat[0])}" if x.size and (x == x.flat[0]).all() else "its inputs"
    if "is" not in at.split():
        at = f"its inputs are {number(x.min())} to {number(x.max())}"
    return "stationary", f"{at}{partly}, where its slope is 0"


def _branch(site: Site, k: int, partly: str, names: Names, scalar: bool) -> str:
    if site.op.name == "where":
        side = "true" if k == 1 else "false"
        holds = "is not" if scalar else "is nowhere"
        return f"{names.operand(site, k)} is the branch for {side}, and the condition {holds} " + (
            f"{side}{partly}"
        )
    other = names.operand(site, 1 - k)
    word = "larger" if "max" in site.op.name else "smaller"
    return f"{other} is the {word} one{partly}; {names.operand(site, k)} is not chosen"


def _saturated(site: Site, k: int, alive: Any, slopes: Any, partly: str) -> Verdict:
    x = _at(site.args[k], alive)
    largest = number(np.max(slopes), 3) if np.size(slopes) else "0"
    if isinstance(site.node, Value) or x.size == 1:
        text = f"its input is {number(x.flat[0])}, and its slope there is {largest}"
    else:
        text = (
            f"{x.size:,} of {x.size:,} inputs{partly} are where it is flat (slope at most "
            f"{largest}; below {SATURATED:g} counts as saturated), from {number(x.min())} to "
            f"{number(x.max())}"
        )
    return "saturated", text


def _factor(site: Site, k: int, names: Names) -> str:
    return f"1 / {names.operand(site, 1)}" if site.name == "divide" else names.operand(site, 1 - k)


def _underflow(event: Event, names: Names, seen: Walk, slope: float) -> str:
    """Count the factors that made a gradient too small for its dtype."""
    path = seen.path(event.node)
    drops = [(_drop(seen, a, b), a) for a, b in pairwise(path)]
    # Below the normal numbers a factor is mostly rounding.
    normal = np.finfo(np.asarray(plain(event.node.data)).dtype).tiny
    small = [d for d in drops if d[0] < 1.0 and d[0] * seen.sizes[d[1]] >= normal]
    text = (
        f"{number(event.came, 3)} × {number(slope, 3)} is too small for floating point and "
        f"becomes 0; {len(small) + 1:,} factors below 1 have led there"
    )
    if small:
        least, at = min(small, key=lambda d: d[0])
        if least < slope:
            return f"{text}, the smallest {number(least, 3)} in {names.call(at)}"
    return f"{text}, the smallest this one"


def _drop(seen: Walk, above: Any, below: Any) -> float:
    came = seen.sizes.get(above, 0.0)
    return seen.via[below][2] / came if came else 1.0


def dead_units(x: Any) -> tuple[Any, str]:
    """Which units, or channels of images, are not positive for any example; what they are called.

    Of three axes nobody knows which one counts the units.
    """
    x = np.asarray(x)
    axis, word = {2: (1, "units"), 4: (1, "channels"), 5: (1, "channels")}.get(x.ndim, (0, ""))
    if not word:
        return np.zeros(0, bool), ""
    return (x <= 0).all(axis=tuple(k for k in range(x.ndim) if k != axis)), word


def _units(x: Any) -> str:
    dead, word = dead_units(x)
    if not dead.any():
        return ""
    counted = f"all {dead.size:,}" if dead.all() else share(dead)
    return f" ({counted} {word} for every example)"


def _bounds(site: Site) -> str:
    given = {k: v for k, v in site.params.items() if k in ("min_val", "max_val")}
    ends = list(given.values()) or [plain(x) for x in site.args[1:3]]
    if len(ends) == 2 and all(np.ndim(e) == 0 and e is not None for e in ends):
        return f" [{number(ends[0])}, {number(ends[1])}]"
    return ""


def _at(x: Any, alive: Any) -> Any:
    return np.broadcast_to(np.asarray(plain(x), dtype=float), alive.shape)[alive]


def _all_zero(x: Any) -> bool:
    return not np.any(plain(x))


# Other ops ------------------------------------------------------------------------------------


def _other(site: Site, event: Event, names: Names, seen: Walk) -> Verdict:
    i = event.index or 0
    op, name = site.op, site.op.name
    product = op.kind in ("bilinear", "multilinear") or name in PRODUCTS
    if product or op.kind == "linear":
        again = _positive(site, event)
        if again is not None and size(event.sent) < residue(event.sent) * again:
            return "cancellation", (
                f"the terms of the gradient for {names.operand(site, i)} add up to "
                f"{number(size(event.sent), 3)}; all taken positive they would make "
                f"{number(again, 3)}: examples or elements balance each other"
            )
    if product:
        return _zero_operand(site, i, names, event)
    if op.kind == "linear" and size(event.sent) > 0.0:
        factor = number(size(event.sent) / event.came, 3)
        return "small_factor", f"it spreads or scales the gradient: the norm is {factor} of before"
    if name == "astype":
        return "underflow", f"{number(event.came, 3)} is too small for {site.args[i].dtype}"
    if op.kind == "linear":
        if name in ("setitem", "write_view"):
            return "overwritten", (
                f"the gradient arrives only where {names.operand(site, i)} was overwritten"
                if i == 0
                else f"the gradient arrives only where {names.operand(site, i)} was not written"
            )
        return "not_chosen", (
            f"the gradient that arrives is 0 at the elements that come from "
            f"{names.operand(site, i)}"
        )
    if name in REDUCING:
        return "branch", f"other elements than {names.operand(site, i)}'s were the extreme ones"
    if name in ("prod", "cumprod"):
        zeros = np.asarray(site.args[i]) == 0
        return "zero_factor", f"{share(zeros)} of the factors are 0"
    if name in LOSSES:
        return "stationary", "the loss is at its minimum: the predictions fit the labels"
    if name in INVARIANT:
        out = np.asarray(plain(site.node.data))
        if name == "softmax" and out.size and float((out * (1 - out)).max()) < SATURATED:
            return "saturated", (
                "every probability is within "
                f"{SATURATED:g} of 0 or 1: one input is far above the others"
            )
        return "cancellation", (
            f"{site.name} does not change when its inputs all move alike, and the gradient that "
            "arrives asks for just that"
            + " (a bias before it has no effect)"
            * (name == "standardize")
        )
    if size(event.sent) > 0.0:
        factor = number(size(event.sent) / event.came, 3)
        return "small_slope", f"the norm of the gradient is {factor} of before"
    if name == "checkpoint":
        return "inside", "the gradient is lost inside the checkpointed function"
    return (
        "zero_slope",
        f"its derivative is 0 at these inputs (a gradient of {event.came:.3g} came)",
    )


def _positive(site: Site, event: Event) -> float | None:
    """What a product or linear op would send back if nothing could cancel."""
    node: Any = site.node
    wanted = [p if j == event.index else None for j, p in enumerate(node.parents)]
    g = event.g
    try:
        with np.errstate(all="ignore"):
            if isinstance(node, Value) or hasattr(node, "k") or type(g) is Parts:
                return None
            args = [np.abs(plain(x)) if _numeric(x) else x for x in node.args]
            sent = node.op.vjp(np.abs(g), np.abs(node.data), args, node.params, wanted)
        return size(sent[event.index or 0])
    except Exception:  # an op whose rule wants its own numbers: no second opinion
        return None


def _numeric(x: Any) -> bool:
    return getattr(getattr(x, "dtype", None), "kind", "f" if type(x) is float else "") == "f"


def _zero_operand(site: Site, i: int, names: Names, event: Event) -> Verdict:
    others = [j for j in range(len(site.args)) if j != i and _numeric(plain(site.args[j]))]
    others = [j for j in others if not (site.op.name in PRODUCTS and j == 2)]
    for j in others if size(event.sent) == 0.0 else []:
        if _all_zero(site.args[j]):
            return "zero_factor", f"{names.operand(site, j)} is 0 everywhere, and it is the factor"
    for j in others if size(event.sent) == 0.0 else []:
        x = np.asarray(plain(site.args[j]))
        if (x == 0).any():
            return "zero_factor", (
                f"{names.operand(site, j)} is 0 wherever it meets the gradient "
                f"({share(x == 0)} elements are 0)"
            )
    if size(event.sent) == 0.0:
        return "underflow", f"the products with a gradient of {event.came:.3g} are too small"
    sizes = [
        f"{names.operand(site, j)} up to {number(np.abs(site.args[j]).max(), 3)}" for j in others
    ]
    return "small_factor", f"the gradient is multiplied by small numbers: {', '.join(sizes)}"


# Not chosen: by whom? -------------------------------------------------------------------------

MASKING = {
    **dict.fromkeys(REDUCING | CHOOSING, "branch"),
    **dict.fromkeys(RECTIFIERS, "dead_relu"),
    **dict.fromkeys(CLIPPING, "clip"),
    **dict.fromkeys(("multiply", "_dropped"), "zero_factor"),
}
TOLD = {
    "branch": "it chose other elements",
    "dead_relu": "at these elements its inputs are not positive",
    "clip": "at these elements its inputs are outside the interval",
    "zero_factor": "at these elements the other factor is 0",
}


def _chooser(event: Event, names: Names, seen: Walk) -> tuple[Any, str, str] | None:
    """The op further up that made the elements zero which a linear op then handed on."""
    node = event.node
    while node in seen.via:
        node = seen.via[node][0]
        if node.op.kind == "linear" or hasattr(node, "k"):
            continue
        kind = MASKING.get(node.op.name)
        if kind is None:
            return None
        operand = names.operand(Site(event.node), event.index or 0)
        return node, kind, f"{TOLD[kind]}, so that nothing arrives at those of {operand}"
    return None


# Terms of one node ----------------------------------------------------------------------------


def _cancelled(event: Event, names: Names, order: list[Any], seen: Walk) -> Verdict:
    """The contributions to one node cancel: name them."""
    node = event.node
    users = [
        c
        for c in reversed(order)
        if c in seen.sizes and c.op is not None and any(p is node for p in c.parents)
    ]
    gradients = seen.again(users)
    terms = []
    with walking():
        for user in users:
            wanted = [p if p is node else None for p in user.parents]
            for ct in user.pull(gradients[user], wanted, False):
                if ct is not None:
                    terms.append((size(ct), ct, user))
    terms.sort(key=lambda t: -t[0])
    shown = [f"{_signed(ct)} through {names.short(user)}" for _, ct, user in terms[:4]]
    rest = f" and {len(terms) - 4:,} more" if len(terms) > 4 else ""
    total = number(size(event.g), 3)
    return "cancellation", f"its contributions add up to {total}: {', '.join(shown)}{rest}"


def _signed(ct: Any) -> str:
    if isinstance(ct, dict) or np.size(ct) != 1:
        return f"one of norm {number(size(ct), 3)}"
    return number(np.asarray(ct).flat[0])
