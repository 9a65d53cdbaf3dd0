"""The parts that there is data for, in the order in which they are read, written as one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import atomic
from ..metrics import r2_score
from .answers import calibration, confusion, labels
from .facts import Facts, gather
from .inside import gradients, measure_units, units
from .learning import best_epoch, learning, timing
from .mistakes import mistakes
from .model import settings as settings_section
from .model import the_model, versions
from .page import Finding, Section, Tile, page
from .quantities import quantities
from .regions import curve, regions
from .text import escape, number, percent

__all__ = ["compose"]


def compose(
    path: Path,
    history: Any,
    model: Any,
    validation: Any,
    *,
    statistics: Any,
    task: str,
    classes: Sequence[Any] | None,
    image_shape: Sequence[int] | None,
    title: str | None,
    about: str,
    examples: int | None,
    settings: Mapping[str, Any] | None,
    extra: list[Section],
) -> Path:
    """Write the page; see :func:`nn.report`."""
    if validation is not None and model is None:
        raise ValueError("validation needs the model: pass report(path, history, model, (x, y))")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} in")
    figures = statistics.to_dict() if hasattr(statistics, "to_dict") else statistics
    facts = None
    if validation is not None:
        facts = gather(
            model, validation, task=task, classes=classes, image_shape=image_shape,
            accuracy="accuracy" in history.names,
        )  # fmt: skip
    measured = measure_units(model, facts.x) if facts is not None else None
    sections: list[Section | None] = [learning(history)]
    if facts is not None:
        sections += _answers(model, facts)
    if figures:
        sections.append(gradients(figures))
    sections.append(units(measured, figures or None))
    sections += extra
    table = None
    if model is not None:
        about_model, table = the_model(model, facts)
        sections.append(about_model)
    sections += [timing(history, examples or getattr(history, "examples", None))]
    sections += [settings_section(settings)]
    there = [section for section in sections if section is not None]
    name = type(model).__name__ if model is not None else "a model"
    title = title or f"How {name} learnt"
    footer = versions()
    if figures:
        footer += (
            f" Statistics from {figures['looks']:,} steps, which took "
            f"{number(figures['seconds'])} s in all."
        )
    text = page(title, about, _tiles(history, facts, table), there, footer)
    atomic.write(path, text.encode("utf-8"))
    return path


def _answers(model: Any, facts: Facts) -> list[Section | None]:
    if not np.isfinite(facts.outputs).all():
        bad = int(np.count_nonzero(~np.isfinite(facts.outputs)))
        finding = Finding(
            f"{bad:,} of {facts.outputs.size:,} outputs on the held-out examples are not finite: "
            "the weights have run away. Lower the learning rate, or clip gradients (clip_norm=)."
        )
        return [Section("answers", "Answers", findings=[finding])]
    if facts.task == "classes":
        return [regions(model, facts), confusion(facts), mistakes(facts), calibration(facts)]
    if facts.task == "labels":
        return [labels(facts)]
    if facts.task == "quantities":
        return [curve(model, facts), regions(model, facts), quantities(facts)]
    return []


def _tiles(history: Any, facts: Facts | None, table: Any) -> list[Tile]:
    tiles = []
    if facts is not None and not np.isfinite(facts.outputs).all():
        facts = None
    if facts is not None and facts.task in ("classes", "labels"):
        right = int(facts.right.sum())
        share = right / facts.right.size
        tiles.append(Tile(percent(share), f"right: {right:,} of {facts.right.size:,} held out"))
    elif facts is not None and facts.task == "quantities":
        score = r2_score(facts.outputs, facts.truth)
        tiles.append(Tile(number(score), f"R² on {len(facts.truth):,} held-out examples"))
    best, by = best_epoch(history)
    if best:
        what = "held-out loss" if by == "val_loss" else by.replace("val_", "held-out ")
        value = number(history[by][best - 1])
        tiles.append(Tile(escape(value), f"best {what}, in epoch {best} of {len(history)}"))
    if getattr(history, "seconds", 0):
        epochs = "1 epoch" if len(history) == 1 else f"{len(history):,} epochs"
        tiles.append(Tile(f"{history.seconds:.1f} s", f"to train, {epochs}"))
    if table is not None:
        tiles.append(Tile(f"{table.parameters:,}", "parameters"))
    return tiles
