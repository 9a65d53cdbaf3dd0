"""``autograd.capture``, found when it is called: peers' processes import the workloads too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["capture", "profile"]


def capture(f: Callable[..., Any]) -> Any:
    """``autograd.capture(f)``."""
    import autograd as ag

    return ag.capture(f)


def profile(captured: Any, *args: Any) -> str:
    """What takes the time in the replay for these arguments."""
    import numpy as np

    return captured.plan(*args).profile([np.asarray(getattr(a, "data", a)) for a in args])
