"""A progress bar where somebody is looking, and silence elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Bar", "bar"]

FORMAT = "{desc} |{bar}| {percentage:.0f}% [{elapsed}<{remaining}, {rate_fmt}{postfix}]"
EVERY = 0.1  # seconds between two looks at the loss


class Bar:
    """Nothing to see: the bar for pipes, tests and machines without tqdm."""

    def step(self, examples: int, loss: float) -> None:
        """Note one step."""

    def epoch(self, number: int, of: int, figures: dict[str, float]) -> None:
        """Note the end of an epoch."""

    def say(self, text: str) -> None:
        """A line above the bar."""


class _Shown(Bar):
    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._figures = ""
        self._looked = 0.0

    def step(self, examples: int, loss: float) -> None:
        now = time.perf_counter()
        if now - self._looked > EVERY:
            self._looked = now
            self._show(f"loss {loss:.4f}")
        self._tqdm.update(examples)

    def epoch(self, number: int, of: int, figures: dict[str, float]) -> None:
        self._tqdm.set_description_str(f"epoch {number}/{of}", refresh=False)
        shown = {k: v for k, v in figures.items() if k not in ("lr", "seconds", "loss")}
        # Where there is an accuracy it says more than the held-out loss, and lines are short.
        if any("accuracy" in name for name in shown):
            shown.pop("val_loss", None)
        self._figures = "".join(f", {_text(k, v)}" for k, v in shown.items())
        self._show(f"loss {figures['loss']:.4f}")

    def say(self, text: str) -> None:
        self._tqdm.write(text, file=self._tqdm.fp)

    def _show(self, loss: str) -> None:
        self._tqdm.set_postfix_str(loss + self._figures, refresh=False)


@contextmanager
def bar(wanted: bool | str, examples: int, done: int = 0) -> Iterator[Bar]:
    """A bar over ``examples``; ``"auto"`` means if stderr is a terminal and tqdm is there."""
    if wanted not in (True, False, "auto"):
        raise ValueError(f'progress is True, False or "auto", not {wanted!r}')
    if not wanted or (wanted == "auto" and not sys.stderr.isatty()):
        yield Bar()
        return
    try:
        from tqdm import tqdm
    except ImportError:
        if wanted is True:
            raise ImportError(
                "progress=True needs tqdm: pip install 'blamegraph[progress]'"
            ) from None
        yield Bar()
        return
    with tqdm(
        total=examples,
        initial=done,
        unit=" examples",
        unit_scale=True,
        file=sys.stderr,
        dynamic_ncols=True,
        bar_format=FORMAT,
    ) as shown:
        yield _Shown(shown)


def _text(name: str, figure: float) -> str:
    short = name.replace("accuracy", "acc")
    return f"{short} {figure:.1%}" if "accuracy" in name else f"{short} {figure:.4f}"
