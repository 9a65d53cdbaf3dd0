"""Every declared op and composite, by name, and the points they are tested at."""

from __future__ import annotations

from typing import Any

import autograd as ag
from autograd.ops.registry import all_composites, all_ops
from autograd.testing.laws import Case
from autograd.testing.laws import cases_of as _cases_of

__all__ = ["DECLARED", "cases_of", "is_helper"]

# Composites and ops may share a name: np.stack's list is taken apart by a composite.
DECLARED: dict[str, Any] = {
    **all_ops(),
    **{f"{name} (composite)": f for name, f in all_composites().items()},
}


def cases_of(name: str, seed: int = 0) -> list[Case]:
    """The sample points of a declared op or composite, the same for the same seed."""
    function = DECLARED[name]
    return _cases_of(function, seed, name=name)


def is_helper(name: str) -> bool:
    """Whether only other ops call it, with arguments that they have looked at."""
    return getattr(ag, name.removesuffix(" (composite)"), None) is not DECLARED[name]
