"""The held-out examples that the model is most sure of and wrong about."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .facts import Facts
from .page import Section
from .png import data_uri
from .text import escape, number, percent, short

__all__ = ["mistakes", "tiles", "thumbnail"]

PICTURES, ROWS, COLUMNS = 24, 12, 8
LARGEST = 64  # pixels of a picture's longer side


def mistakes(facts: Facts) -> Section | None:
    """Wrong answers, the surest first."""
    wrong = np.flatnonzero(~facts.right)
    if not len(wrong):
        return None
    sure = facts.sure
    order = wrong[np.argsort(-sure[wrong], kind="stable")]
    title = "The mistake" if len(wrong) == 1 else f"Mistakes: {len(wrong):,}"
    if facts.images is not None:
        order = order[:PICTURES]
        which = "The surest first" if len(order) == len(wrong) else f"The surest {len(order)}"
        return Section(
            "mistakes", title,
            f"{which}: below each picture in bold what the model says, then what it is and how "
            "sure the model was. Look for labels that are wrong, and for what the pictures have in "
            "common.",
            [tiles(facts, order)],
        )  # fmt: skip
    order = order[:ROWS]
    return Section(
        "mistakes", title,
        "The surest first. Look for labels that are wrong, and for what the rows have in common.",
        [_table(facts, order)],
    )  # fmt: skip


def tiles(facts: Facts, rows: Iterable[int]) -> str:
    """Pictures with what the model says; the wrong ones are framed."""
    assert facts.images is not None and facts.said is not None
    low, high = float(facts.images.min()), float(facts.images.max())
    # Ink on paper, if much of it is empty: then it is shown dark on light, and by night reversed.
    ink = facts.images.ndim == 3 and float(np.mean(facts.images == facts.images.min())) > 0.25
    sure = facts.sure
    items = []
    for i in rows:
        said, true = facts.names[facts.said[i]], facts.names[facts.truth[i]]
        src = thumbnail(facts.images[i], low, high, ink)
        kind = ' class="ink"' if ink else ""
        alt = escape(f"a {true}, taken for {said}" if said != true else f"a {true}")
        picture = f'<span><img{kind} src="{src}" alt="{alt}"></span>'
        if said != true:
            items.append(
                f'<figure class="wrong">{picture}<b>{escape(short(said, 16))}</b><br>is '
                f"{escape(short(true, 16))} · {percent(float(sure[i]))}</figure>\n"
            )
        else:
            items.append(f"<figure>{picture}<b>{escape(short(said, 16))}</b></figure>\n")
    return f'<div class="tiles">\n{"".join(items)}</div>\n'


def thumbnail(image: np.ndarray, low: float, high: float, ink: bool = False) -> str:
    """The picture as a ``data:`` address, its numbers from ``low`` to ``high`` as 0 to 255."""
    step = -(-max(image.shape[:2]) // LARGEST)
    small = image[::step, ::step].astype(float)
    scaled = (small - low) / ((high - low) or 1.0)
    pixels = np.clip(np.nan_to_num(scaled) * 255, 0, 255).astype(np.uint8)
    return data_uri(255 - pixels if ink else pixels)


def _table(facts: Facts, rows: np.ndarray) -> str:
    assert facts.said is not None
    flat = facts.x.reshape(len(facts.x), -1)
    n = min(flat.shape[1], COLUMNS)
    head = "<tr><th>example</th><th>the model says</th><th>it is</th><th>sure</th>"
    head += "".join(f"<th>x{k}</th>" for k in range(n))
    head += ("<th>…</th>" if flat.shape[1] > n else "") + "</tr>\n"
    body = "".join(
        f"<tr><td>{i}</td><td>{escape(short(facts.names[facts.said[i]]))}</td>"
        f"<td>{escape(short(facts.names[facts.truth[i]]))}</td>"
        f"<td>{percent(float(facts.sure[i]))}</td>"
        + "".join(f"<td>{number(v)}</td>" for v in flat[i, :n])
        + ("<td></td>" if flat.shape[1] > n else "")
        + "</tr>\n"
        for i in rows
    )
    return f'<div class="scroll"><table class="data">{head}{body}</table></div>\n'
