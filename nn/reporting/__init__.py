"""One HTML page of a training run: ``report(path, history, model, (x, y))``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..history import History
    from ..module import Module
    from ..statistics import Statistics
    from .page import Section

__all__ = ["report"]


def report(
    path: str | PathLike[str],
    history: History,
    model: Module | None = None,
    validation: tuple[Any, Any] | None = None,
    *,
    statistics: Statistics | Mapping[str, Any] | None = None,
    task: str = "auto",
    classes: Sequence[Any] | None = None,
    image_shape: Sequence[int] | None = None,
    title: str | None = None,
    about: str = "",
    examples: int | None = None,
    settings: Mapping[str, Any] | None = None,
    sections: Iterable[Section] = (),
) -> Path:
    """Write a page that shows how a training run went, what came of it, and what is wrong with it.

    The page is a single file with all of its pictures, for light and dark screens of any width; it
    loads nothing. It has a part for everything there is data for: curves from the history;
    gradients, steps and units from ``statistics``; the answers, mistakes, confidence, decision
    regions (of two features) or residuals from the model and ``validation``; the model and the
    time.

    Parameters
    ----------
    path : path
        Where to write; an existing file is replaced, whole or not at all.
    history : History
        What ``nn.fit`` returned.
    model : Module, optional
        The trained model.
    validation : pair of arrays, optional
        Held-out ``(x, y)`` to ask the model about.
    statistics : Statistics, optional
        The :class:`nn.Statistics` that was among the callbacks, or its ``to_dict()``.
    task : {"auto", "classes", "labels", "quantities"}
        One class for each example, several labels, or numbers (regression). Told from the data
        unless given; a truth of 0 and 1 as floats with a single output is taken for numbers unless
        the history has an accuracy.
    classes : sequence, optional
        Names of the classes, labels or outputs.
    image_shape : tuple of int, optional
        (height, width), with 1 or 3 channels first or last, of examples that are pictures laid
        flat. Examples with two or three axes are taken for pictures by themselves.
    title, about : str, optional
        The headline, and a line below it.
    examples : int, optional
        Training examples in an epoch, for the speed.
    settings : mapping, optional
        What else the reader should know, as a table.
    sections : iterable of nn.reporting.page.Section, optional
        Parts of your own, placed before the model.

    Returns
    -------
    pathlib.Path
        The file written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, nn
    >>> from nn.reporting import report
    >>> x = np.random.default_rng(0).normal(size=(60, 2))
    >>> y = (x[:, 0] > 0).astype(int)
    >>> model = nn.MLP(2, [8], 2, rng=0)
    >>> history = nn.fit(model, x, y, epochs=3, validation=(x, y))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = report(f"{folder}/run.html", history, model, (x, y), title="Halves")
    ...     "Decision regions" in page.read_text(encoding="utf-8")
    True
    """
    from .compose import compose

    if not isinstance(path, (str, PathLike)):
        raise TypeError(
            f"the path comes first, report(path, history, model, (x, y)): got {type(path).__name__}"
        )
    return compose(
        Path(path), history, model, validation, statistics=statistics, task=task, classes=classes,
        image_shape=image_shape, title=title, about=about, examples=examples, settings=settings,
        extra=list(sections),
    )  # fmt: skip
