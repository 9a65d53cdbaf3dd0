"""Our own."""

from __future__ import annotations

from typing import Any

import autograd.testing

__all__ = ["gradcheck"]


def gradcheck() -> Any:
    def check(f: Any, rule: Any, inputs: tuple, seed: int) -> str:
        found = autograd.testing.gradcheck(f, *inputs, vjp=rule, seed=seed, raise_exception=False)
        return found.verdict

    return check
