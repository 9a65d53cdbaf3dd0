"""Large parameters moved a block at a time, which stays in the cache from one pass to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["update_in_blocks"]

# Numbers in a block: a pass over fewer is more call than arithmetic, and several arrays of more do
# not fit into the cache. Adam on 2048 x 2048 takes 0.75 of the time.
_BLOCK = 1 << 16
# Below, the last cache holds the whole from one pass to the next: at a million numbers blocks took
# longer.
_LARGE = 1 << 21


def update_in_blocks(update: Callable[[Any, list], None], group: Any, due: list) -> None:
    """``update(group, due)`` for an update that treats each number by itself.

    Parameters
    ----------
    update : callable
        Moves parameters, each given as its memory, its gradient, its state and scratch.
    group : dict
        The settings.
    due : list
        The parameters to move.

    Examples
    --------
    >>> import numpy as np
    >>> def update(group, due):
    ...     for p, g, state, (work,) in due:
    ...         state["step"] += 1
    ...         p -= np.multiply(g, group["lr"], work)
    >>> p, g, state = np.ones(1 << 21), np.ones(1 << 21), {"step": 0}
    >>> update_in_blocks(update, {"lr": 0.5}, [(p, g, state, [np.empty(1 << 21)])])
    >>> p.min(), p.max(), state
    (np.float64(0.5), np.float64(0.5), {'step': 1})
    """
    cut = [_blocks(*one) if _can_be_cut(*one) else [one] for one in due]
    update(group, [block for blocks in cut for block in blocks])
    for (p, _, state, _), blocks in zip(due, cut):
        if blocks[0][2] is not state:
            _collect(state, p, [kept for _, _, kept, _ in blocks])


def _can_be_cut(p: Any, g: np.ndarray, state: dict[str, Any], work: list[np.ndarray]) -> bool:
    """Whether all arrays are large, without gaps, and in one layout."""
    if type(p) is not np.ndarray or p.size < _LARGE or not p.flags.forc:
        return False
    arrays = [g, *work, *(x for x in state.values() if isinstance(x, np.ndarray))]
    # Of another dtype, the strides per number are what has to agree.
    layout = [n // p.itemsize for n in p.strides]
    return all(
        x.shape == p.shape and [n // x.itemsize for n in x.strides] == layout for x in arrays
    )


def _blocks(p: np.ndarray, g: np.ndarray, state: dict[str, Any], work: list[np.ndarray]) -> list:
    p, g, *work = (x.ravel("K") for x in (p, g, *work))
    flat = {k: x.ravel("K") if isinstance(x, np.ndarray) else x for k, x in state.items()}
    blocks = []
    for start in range(0, p.size, _BLOCK):
        cut = slice(start, start + _BLOCK)
        kept = {k: x[cut] if isinstance(x, np.ndarray) else x for k, x in flat.items()}
        # The same scratch for all of them.
        scratch = [x[: min(_BLOCK, p.size - start)] for x in work]
        blocks.append((p[cut], g[cut], kept, scratch))
    return blocks


def _collect(state: dict[str, Any], p: np.ndarray, kept: list[dict[str, Any]]) -> None:
    """Numbers that were counted on, and arrays that the update has made, from those of blocks."""
    for name, value in kept[0].items():
        if not isinstance(value, np.ndarray):
            state[name] = value
            continue
        whole = state.get(name)
        if whole is None:
            whole = state[name] = np.empty_like(p, dtype=value.dtype)
        elif np.may_share_memory(whole, value):
            continue
        flat = whole.ravel("K")
        for k, one in enumerate(kept):
            flat[k * _BLOCK : (k + 1) * _BLOCK] = one[name]
