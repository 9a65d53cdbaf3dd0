"""What the matrix library decides: each library's step beside its own matrix products."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from .comparison import Comparison
from .report import Section, short
from .workload import BY_HAND, CAPTURED, JAX_PRODUCTS, OURS, PRODUCTS, TORCH_PRODUCTS

__all__ = ["blas"]

_OWN = {
    CAPTURED: PRODUCTS,
    OURS: PRODUCTS,
    BY_HAND: PRODUCTS,
    "torch": TORCH_PRODUCTS,
    "jax": JAX_PRODUCTS,
}


def _exchanged(done: Comparison) -> list[float]:
    """Captured over PyTorch's, had NumPy multiplied as fast as PyTorch does."""
    kept = ("torch", CAPTURED, PRODUCTS, TORCH_PRODUCTS)
    rounds = zip(*(done.seconds[name] for name in kept), strict=True)
    return [(step - ours + theirs) / torch for torch, step, ours, theirs in rounds]


def blas(all_done: Sequence[Comparison]) -> Section | None:
    """Products of PyTorch and JAX beside NumPy's, and steps as multiples of their own products."""
    rows = []
    for done in all_done:
        if not {PRODUCTS, TORCH_PRODUCTS, JAX_PRODUCTS} & done.seconds.keys() - {PRODUCTS}:
            continue
        if PRODUCTS not in done.seconds:
            continue
        row = [done.name, f"{short(done.time(PRODUCTS).median)} us"]
        for name in (TORCH_PRODUCTS, JAX_PRODUCTS):
            known = name in done.seconds
            row.append(f"{done.ratio(name, PRODUCTS).median:.3g}" if known else "")
        for name, own in _OWN.items():
            known = {name, own} <= done.seconds.keys()
            row.append(f"{done.ratio(name, own).median:.3g}" if known else "")
        known = {"torch", CAPTURED, TORCH_PRODUCTS} <= done.seconds.keys()
        row.append(f"{statistics.median(_exchanged(done)):.3g}" if known else "")
        rows.append(row)
    if not rows:
        return None
    header = ["workload", "NumPy's products", "torch's / NumPy's", "jax's / NumPy's"]
    header += [f"{name} / own products" for name in _OWN]
    header.append("captured with torch's products / torch")
    title = "The matrix library: products alone, and steps as multiples of their own products"
    note = (
        "the last column is an estimate: our captured step with the time of NumPy's products "
        "taken out and that of PyTorch's put in, over PyTorch's step. It is what a NumPy built on "
        "PyTorch's matrix library would give"
    )
    return Section("products", title, header, rows, notes=[note])
