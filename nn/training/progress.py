"""A progress bar where somebody is looking, and silence elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Bar", "bar"]

FORMAT = "{desc} |{bar}| {percentage:.0f}% [{elapsed}<{remaining}, {rate_fmt}{postfix}]"


class Bar:
    """Nothing to see: the bar for pipes, tests and notebooks without tqdm."""

    def step(self, loss: float) -> None:
        """Note one step."""

    def epoch(self, number: int, of: int, figures: dict[str, float]) -> None:
        """Note the end of an epoch."""


class _Shown(Bar):
    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm

    def step(self, loss: float) -> None:
        self._tqdm.update()

    def epoch(self, number: int, of: int, figures: dict[str, float]) -> None:
        self._tqdm.set_description_str(f"epoch {number}/{of}", refresh=False)
        # The accuracy says more than the loss, where there is one, and lines are short.
        shown = {k: v for k, v in figures.items() if "accuracy" in k}
        texts = [_text(k, v) for k, v in (shown or figures).items()]
        self._tqdm.set_postfix_str(", ".join(texts))


@contextmanager
def bar(wanted: bool | str, total: int) -> Iterator[Bar]:
    """A bar over ``total`` steps; ``"auto"`` means if stderr is a terminal and tqdm is there."""
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
        total=total, unit=" steps", file=sys.stderr, dynamic_ncols=True, bar_format=FORMAT
    ) as shown:
        yield _Shown(shown)


def _text(name: str, figure: float) -> str:
    short = name.replace("accuracy", "acc")
    return f"{short} {figure:.1%}" if "accuracy" in name else f"{short} {figure:.4f}"
