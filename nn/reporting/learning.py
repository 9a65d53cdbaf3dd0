"""Loss, metrics and learning rate by epoch, and the time they took."""

from __future__ import annotations

from typing import Any

import numpy as np

from .page import Finding, Section
from .svg import Line, charts, finite, line_chart, lined
from .text import escape, number

__all__ = ["best_epoch", "learning", "timing"]

SHARES = ("accuracy", "precision", "recall", "f1")
NOT_CURVES = ("seconds", "lr", "examples")


def best_epoch(history: Any) -> tuple[int, str]:
    """The best epoch, counted from 1, and what it is best by; (0, "") if that makes no sense."""
    name = getattr(history, "monitor", "") or ""
    best = int(getattr(history, "best_epoch", 0) or 0)
    if best and name in history.names:
        return min(best, len(history)), name
    name = "val_loss" if "val_loss" in history.names else "loss"
    if name not in history.names or not len(history):
        return 0, ""
    losses = np.array(history[name], dtype=float)
    if not np.isfinite(losses).any():
        return 0, ""
    return int(np.nanargmin(losses)) + 1, name


def learning(history: Any) -> Section | None:
    """The curves of a training run."""
    if not len(history):
        return None
    best, by = best_epoch(history)
    figures = []
    for name in history.names:
        if name in NOT_CURVES or name.startswith("val_"):
            continue
        lines = [Line("training", history[name], 0)]
        if f"val_{name}" in history.names:
            lines.append(Line("held out", history[f"val_{name}"], 1))
        mark = None
        if len(history) > 1 and best and by in (name, f"val_{name}"):
            value = float(history[by][best - 1])
            mark = (best, value, f"best: {number(value)}")
        share = name in SHARES
        values = finite([y for line in lines for y in line.ys])
        wide = not share and values.size and values.min() > 0 and values.max() > 50 * values.min()
        title = {"loss": "Loss"}.get(name, name.replace("_", " ").capitalize())
        title += " (log scale)" if wide else ""
        figures.append(
            line_chart(title, lines, log=bool(wide), share=share, zero=name == "loss", mark=mark)
        )
    if "lr" in history.names and len(set(history["lr"])) > 1:
        figures.append(
            line_chart("Learning rate", [Line("learning rate", history["lr"], 2)], zero=True)
        )
    text = (
        "Each epoch goes once through the training data. Both losses should fall and level off; "
        "where the held-out one turns up while the other goes on falling, the model has begun to "
        "learn its examples by heart."
    )
    if "val_loss" not in history.names:
        text = (
            "Each epoch goes once through the training data. The loss should fall and level off; "
            "only held-out data (<code>validation=</code>) can tell whether what was learnt holds "
            "for anything else."
        )
    section = Section("learning", "Learning", text, [charts(figures)])
    section.findings = _judge(history, best)
    return section


def _judge(history: Any, best: int) -> list[Finding]:
    n = len(history)
    found = []
    stopped = getattr(history, "stopped", "")
    if stopped:
        found.append(Finding(f"The run ended before its last epoch: {stopped}.", warn=False))
    if "loss" not in history.names:
        return found
    loss = np.array(history["loss"], dtype=float)
    held = np.array(history["val_loss"], dtype=float) if "val_loss" in history.names else None
    bad = np.flatnonzero(~np.isfinite(loss))
    if bad.size:
        found.append(
            Finding(f"The loss is not finite from epoch {bad[0] + 1} on: lower the learning rate.")
        )
        return found
    if n >= 3 and loss[-1] > 0.98 * loss[0] and loss[0] > 0:
        found.append(
            Finding(
                f"The training loss hardly moved: {number(loss[0])} in the first epoch, "
                f"{number(loss[-1])} in the last. Try another learning rate, and check the labels "
                "and the scale of the data."
            )
        )
        return found
    if held is None or n < 3 or not best:
        return found
    span = max(3, n // 10)  # epochs that are averaged: single ones are noise
    if n >= 2 * span:
        smooth, trained = (np.convolve(y, np.ones(span) / span, "valid") for y in (held, loss))
        k = int(smooth.argmin())
        low, end = float(smooth[k]), float(smooth[-1])
        if end > low + 0.15 * abs(low) and trained[-1] < trained[k]:
            found.append(
                Finding(
                    f"Over-fitting: from about epoch {k + span // 2 + 1} on the held-out loss "
                    f"rose, from {number(low)} to {number(end)}, while the training loss went on "
                    "falling. Stop there (early_stopping=), add data, dropout or weight decay, or "
                    "make the model smaller."
                )
            )
            return found
    if n >= 5 and best >= n - 1 and held[-1] < 0.95 * held[-1 - max(n // 10, 1)]:
        found.append(
            Finding(
                "The held-out loss was still falling at the end: train for longer.", headline=False
            )
        )
    return found


def timing(history: Any, examples: int | None) -> Section | None:
    """Seconds by epoch."""
    rows = []
    if getattr(history, "seconds", 0):
        rows.append(("training in all", f"{number(history.seconds)} s"))
    seconds = finite(history["seconds"]) if "seconds" in history.names else np.array([])
    if seconds.size:
        rows.append(("an epoch, on average", f"{number(seconds.mean())} s"))
        if examples:
            rows.append(("examples in a second", f"{number(examples / seconds.mean())}"))
    elif examples and len(history) and getattr(history, "seconds", 0):
        rate = examples * len(history) / history.seconds
        rows.append(("examples in a second", number(rate)))
    if not rows:
        return None
    table = "".join(f"<tr><td>{escape(a)}</td><td>{escape(b)}</td></tr>" for a, b in rows)
    parts = [f'<div class="scroll"><table class="data">{table}</table></div>\n']
    if seconds.size > 2:
        chart = line_chart(
            "Seconds for an epoch", lined({"seconds": history["seconds"]}), zero=True
        )
        parts.append(charts([chart]))
    section = Section(
        "timing", "Time",
        "An epoch's time is the training and the look at the held-out data; it should be level.",
        parts,
    )  # fmt: skip
    if seconds.size >= 6:
        early, late = (
            np.median(seconds[: len(seconds) // 3]),
            np.median(seconds[-(len(seconds) // 3) :]),
        )
        if late > 2 * early:
            section.findings.append(
                Finding(
                    f"Epochs became slower: {number(early)} s at first, {number(late)} s at the "
                    "end. Something grows; a loss that is kept as a tensor keeps its whole graph.",
                )
            )
    return section
