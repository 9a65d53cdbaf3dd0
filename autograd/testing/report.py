"""What a check reports, and what it raises."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GradientError", "Report", "position"]


class GradientError(AssertionError):
    """A derivative rule is wrong; the message says where."""


@dataclass(frozen=True)
class Report:
    """The outcome of a check; true only if it passed."""

    verdict: str
    """``pass``, ``fail`` or ``inconclusive``."""
    message: str

    def __bool__(self) -> bool:
        return self.verdict == "pass"

    def __repr__(self) -> str:
        return f"<{self.verdict}: {self.message}>"


def position(index: tuple[int, ...]) -> str:
    """An index as text: ``[0, 1]``, and nothing for a number."""
    return "[" + ", ".join(map(str, index)) + "]" if index else ""
