"""Mistakes of the user's, told in a line, or with the place in a formula."""

from __future__ import annotations

__all__ = ["CommandError", "ExpressionError"]


class CommandError(Exception):
    """What was asked for cannot be done; the text says why and what to write."""


class ExpressionError(ValueError):
    """A formula that cannot be read or computed; its text points at the column.

    Parameters
    ----------
    message : str
        What is wrong and what to write.
    text : str
        The formula.
    start, stop : int
        Columns of the part that is meant.
    """

    def __init__(self, message: str, text: str, start: int = 0, stop: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.start = min(max(start, 0), len(text))
        self.stop = max(self.start + 1, len(text) if stop is None else stop)

    def __str__(self) -> str:
        # Of a long formula the part around the mark.
        low = max(0, self.start - 50)
        high = min(len(self.text), max(self.stop, self.start + 1) + 20, low + 100)
        shown = ("…" if low else "") + self.text[low:high] + ("…" if high < len(self.text) else "")
        shown = "".join(c if c.isprintable() else " " for c in shown)
        before = self.start - low + bool(low)
        mark = "^" * max(1, min(self.stop, high) - self.start)
        return f"{self.message} (column {self.start + 1})\n  {shown}\n  {' ' * before}{mark}"
