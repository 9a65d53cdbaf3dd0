"""What is taken for what, class by class, and how far the model's confidence can be trusted."""

from __future__ import annotations

import numpy as np

from ..metrics import confusion_matrix
from .facts import Facts
from .page import Finding, Section
from .svg import Frame, charts, figure
from .text import bar, escape, number, percent, short

__all__ = ["calibration", "confusion", "labels"]

NUMBERED = 15  # classes whose counts fit into the cells
LISTED = 30  # classes that are listed one by one
BINS = 10


def confusion(facts: Facts) -> Section:
    """The confusion matrix, and precision and recall of each class."""
    assert facts.said is not None
    table = confusion_matrix(facts.said, facts.truth, len(facts.names))
    section = Section(
        "classes", "What is taken for what",
        "Each row holds the held-out examples of one class, each column what the model says: blue "
        "is right, orange is a mistake. Recall is the share of a class that is found, precision "
        "the share that is right where the model says so.",
        [charts([_matrix(table, facts.names), _by_class(table, facts.names)])],
    )  # fmt: skip
    section.findings = _judge(table, facts.names)
    return section


def _matrix(table: np.ndarray, names: list[str]) -> str:
    n = len(table)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    shown = [short(name, 10) for name in names]
    left = 26 + 6.5 * max(map(len, shown)) if n <= 40 else 26
    slanted = max(map(len, shown)) * 6.5 > min(330 / n, 64)
    top, right = 4.0, 356.0
    cell = min((right - left) / n, 64.0)
    right = left + cell * n
    floor = top + cell * n
    parts = []
    for i, j in zip(*np.nonzero(table)):
        # Mistakes are rare, and even one is to be seen.
        s = float(share[i, j])
        strength = 0.12 + 0.78 * s if i == j else 0.25 + 0.75 * s**0.5
        x, y = left + j * cell, top + i * cell
        colour = "blue" if i == j else "orange"
        told = f"{names[i]} taken for {names[j]}: {table[i, j]} ({percent(s)} of the class)"
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell:.2f}" height="{cell:.2f}" '
            f'fill="var(--{colour})" fill-opacity="{strength:.2f}"><title>{escape(told)}</title>'
            "</rect>"
        )
        if n <= NUMBERED:
            ink = "card" if strength > 0.5 else "ink"
            parts.append(
                f'<text x="{x + cell / 2:.1f}" y="{y + cell / 2 + 4:.1f}" text-anchor="middle" '
                f'style="fill:var(--{ink});pointer-events:none">{table[i, j]}</text>'
            )
    for k in range(n + 1):
        line = f"M{left:.1f} {top + k * cell:.1f}H{right}M{left + k * cell:.1f} {top}V{floor:.1f}"
        parts.append(f'<path d="{line}" stroke="var(--line)" stroke-width="0.8"/>')
    deep = 14.0
    if n <= 40:
        step = -(-n // 20)
        for k in range(0, n, step):
            middle = (k + 0.5) * cell
            parts.append(
                f'<text x="{left - 5:.1f}" y="{top + middle + 4:.1f}" text-anchor="end">'
                f"{escape(shown[k])}</text>"
            )
            x, y = left + middle, floor + 14
            turn = f' transform="rotate(-40 {x:.1f} {y:.1f})"' if slanted else ""
            anchor = "end" if slanted else "middle"
            parts.append(
                f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}>'
                f"{escape(shown[k])}</text>"
            )
        deep = 18 + (4.4 * max(map(len, shown)) if slanted else 0)
    parts.append(
        f'<text x="{(left + right) / 2:.1f}" y="{floor + deep + 12:.1f}" text-anchor="middle">'
        "the model says</text>"
        f'<text transform="translate(10 {top + floor / 2:.1f}) rotate(-90)" text-anchor="middle">'
        "it is</text>"
    )
    alt = "Confusion matrix: " + ", ".join(
        f"{name} {table[k, k]} of {table[k].sum()} right" for k, name in enumerate(names[:20])
    )
    svg = (
        f'<svg class="chart" viewBox="0 0 360 {floor + deep + 18:.0f}" role="img" '
        f'aria-label="{escape(alt)}">{"".join(parts)}</svg>\n'
    )
    return figure("Held-out examples by class", svg)


def _by_class(table: np.ndarray, names: list[str]) -> str:
    right, of, said = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    chosen = list(range(len(names)))
    note = ""
    if len(names) > LISTED:
        chosen = sorted(np.argsort(right / np.maximum(of, 1), kind="stable")[:LISTED].tolist())
        note = f"<p>The {LISTED} classes with the lowest recall, of {len(names)}.</p>\n"
    rows = "".join(_row(names[k], int(of[k]), int(right[k]), int(said[k])) for k in chosen)
    head = "<tr><th>class</th><th>examples</th><th>precision</th><th>recall</th><th>F1</th></tr>"
    return f'<div class="scroll"><table class="data">{head}\n{rows}</table>{note}</div>\n'


def _row(name: str, of: int, right: int, said: int) -> str:
    precision = right / said if said else None
    recall = right / of if of else None
    both = 2 * right / (of + said) if of + said else None
    cells = "".join(f"<td>{_bar(v)}</td>" for v in (precision, recall, both))
    return f"<tr><td>{escape(short(name, 30))}</td><td>{of:,}</td>{cells}</tr>\n"


def _bar(share: float | None) -> str:
    return "" if share is None else bar(share, percent(share), bad=share < 0.5)


def _judge(table: np.ndarray, names: list[str]) -> list[Finding]:
    total, right, of, said = table.sum(), np.diag(table), table.sum(axis=1), table.sum(axis=0)
    found = []
    common = int(of.argmax())
    base, share = of[common] / total, right.sum() / total
    if share <= base and (of > 0).sum() > 1:
        found.append(
            Finding(
                f"No better than a guess: always answering {names[common]!r} would be right in "
                f"{percent(base)} of the examples, and the model is in {percent(share)}."
            )
        )
    never = [names[k] for k in np.flatnonzero((said == 0) & (of > 0))]
    if never:
        listed = ", ".join(map(repr, never[:5])) + (" and more" if len(never) > 5 else "")
        found.append(Finding(f"The model never answers {listed}."))
    recall = right / np.maximum(of, 1)
    weak = [k for k in np.flatnonzero((of > 0) & (said > 0)) if recall[k] < 0.5]
    if weak:
        k = min(weak, key=lambda k: recall[k])
        rare = of[k] < of[common] / 3
        found.append(
            Finding(
                f"Of class {names[k]!r} only {percent(recall[k])} are found ({right[k]} of "
                f"{of[k]})." + (" It is rare: class_weight='balanced' may help." if rare else "")
            )
        )
    off = table - np.diag(right)
    if off.max() > 1:
        i, j = np.unravel_index(int(off.argmax()), off.shape)
        found.append(
            Finding(
                f"Most often confused: {names[i]!r} is taken for {names[j]!r}, {off[i, j]} times.",
                warn=False,
            )
        )
    return found


def labels(facts: Facts) -> Section:
    """Precision and recall of each label, where an example may have several."""
    assert facts.said is not None
    rows = []
    for k, name in enumerate(facts.names):
        said, true = facts.said[:, k], facts.truth[:, k]
        rows.append(_row(name, int(true.sum()), int((said & true).sum()), int(said.sum())))
    head = "<tr><th>label</th><th>examples</th><th>precision</th><th>recall</th><th>F1</th></tr>"
    exact = facts.right.all(axis=1).mean()
    section = Section(
        "labels", "Label by label",
        "Recall is the share of the examples with a label that are found, precision the share that "
        "is right where the model says so.",
        [f'<div class="scroll"><table class="data">{head}\n{"".join(rows)}</table></div>\n'],
        [Finding(f"All labels at once are right in {percent(exact)} of the examples.", False)],
    )  # fmt: skip
    never = [
        n
        for k, n in enumerate(facts.names)
        if facts.truth[:, k].any() and not facts.said[:, k].any()
    ]
    if never:
        listed = ", ".join(map(repr, never[:5])) + (" and more" if len(never) > 5 else "")
        section.findings.append(Finding(f"The model never says yes to {listed}."))
    return section


def calibration(facts: Facts) -> Section | None:
    """How often the model is right where it claims to be so and so sure."""
    if len(facts.truth) < 50:
        return None
    sure, right = facts.sure, facts.right
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    used = np.flatnonzero(counts)
    claimed = np.array([sure[bins == b].mean() for b in used])
    real = np.array([right[bins == b].mean() for b in used])
    # Expected calibration error (Naeini et al. 2015): the mean gap, by the examples in each bin.
    error = float((counts[used] * np.abs(claimed - real)).sum() / counts.sum())
    frame = Frame.of((0, 1), (0, 1), x_label="how sure the model is", form_y=_share)
    frame.x.form = _share
    frame.add(
        f'<path d="M{frame.x(0)} {frame.y(0)}L{frame.x(1)} {frame.y(1)}" stroke="var(--muted)" '
        'stroke-dasharray="3 3"/>'
    )
    for b, c, r in zip(used, claimed, real):
        size = 3 + 9 * float(np.sqrt(counts[b] / counts.max()))
        told = f"{counts[b]} examples: {percent(c)} sure, {percent(r)} right"
        frame.add(
            f'<circle cx="{frame.x(c)}" cy="{frame.y(r)}" r="{size:.1f}" fill="var(--blue)" '
            f'fill-opacity="0.75"><title>{escape(told)}</title></circle>'
        )
    section = Section(
        "calibration", "Confidence",
        "Examples in ten groups by how sure the model is, larger circles for more. On the dashed "
        "line it is right exactly as often as it claims; below it, it is too sure of itself.",
        [charts([figure("How often it is right", frame.svg(f"Error {number(error)}"))])],
    )  # fmt: skip
    if error > 0.1:
        over = float((counts[used] * (claimed - real)).sum()) > 0
        word = "too sure of itself" if over else "not sure enough of itself"
        section.findings.append(
            Finding(
                f"The model is {word}: on average {percent(sure.mean())} sure and "
                f"{percent(right.mean())} right. Do not take its probabilities at their word"
                + (" (label smoothing or weight decay help)." if over else ".")
            )
        )
    return section


def _share(x: float) -> str:
    return f"{100 * x:.0f} %"
