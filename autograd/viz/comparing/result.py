"""What a comparison of two graphs gives: a picture, and the largest changes in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..figures import number
from ..model import HIDDEN, Model
from .change import arrow, relative
from .merged import Place
from .nearby import around_changes
from .parting import OTHER_NUMBERS, Parting, name_of

if TYPE_CHECKING:
    from ..dot import Drawing

__all__ = ["Difference"]

MAX_NODES = 200
LOOKS = ("changed", "added", "removed", "same")


class Difference:
    """Two graphs compared; made by :func:`autograd.viz.diff`.

    Attributes
    ----------
    model : Model
        Both graphs in one. ``look`` of each vertex and edge is ``same``, ``changed``, ``added`` or
        ``removed``; ``about`` of a changed vertex has rows such as ``("grad", "0.42 → -0.42")``;
        ``culprit`` is marked.
    parts_at : Parting or None
        Where the gradients part, walking back from the root: ``at``, an id in the model, ``text``
        such as ``0.42 → -0.42``, and ``why``.
    """

    def __init__(
        self, model: Model, places: Sequence[Place], parts_at: Parting | None, remarks: list[str]
    ) -> None:
        self.model = model
        self.parts_at = parts_at
        self._places = places
        self._remarks = remarks
        self._count = Counter(v.look for v in model.vertices if v.kind != "constant")

    @property
    def same(self) -> bool:
        """Whether nothing differs at all."""
        looks = {v.look for v in self.model.vertices} | {e.look for e in self.model.edges}
        return looks <= {"same"}

    @property
    def values_part_at(self) -> int | None:
        """The first vertex, from the leaves, that has another value than before, or is new."""
        for v in self.model.vertices:
            place = self._places[v.id]
            if place.value or (not place.both and v.kind != "constant"):
                return v.id
        return None

    @property
    def culprit(self) -> int | None:
        """The op that the difference comes from, if one can be named, by its id in the model.

        Where the gradients part, unless they do so because the values parted before: then the op
        where these do. Other numbers in leaves, as after a training step, are nobody's fault.
        """
        if self.parts_at is None:
            return None
        if self.parts_at.why != OTHER_NUMBERS:
            return self.parts_at.at
        origin = self.values_part_at
        return origin if origin is not None and self.model.vertices[origin].kind == "op" else None

    def ranked(self) -> list[tuple[int, float]]:
        """Vertices whose gradient changed, by id, with how far: the largest first.

        How far is the size of the difference beside the larger of the two gradients, from 0 to 2;
        infinite where a gradient appeared, vanished or is not finite. Of those that changed by as
        much, as when a sign flips, the larger gradient comes first.
        """
        found = []
        for k, place in enumerate(self._places):
            if place.grad and place.before is not None and place.after is not None:
                far = relative(place.before.grad, place.after.grad)
                found.append((k, math.inf if far is None else far))
        return sorted(found, key=lambda x: (-round(x[1], 9), x[0]))

    def draw(
        self,
        *,
        max_nodes: int | None = MAX_NODES,
        rankdir: str = "LR",
        format: str | None = None,
        digits: int = 4,
        legend: bool = True,
    ) -> Drawing:
        """Draw both graphs in one, with what is the same, changed, added and removed.

        Of a large one, at most ``max_nodes`` vertices: where the gradients part, what was added,
        removed or changed most, and what is next to these.
        """
        from ..dot import to_dot

        model = around_changes(self.model, [k for k, _ in self.ranked()], max_nodes)
        return to_dot(model, rankdir=rankdir, format=format, digits=digits, legend=legend)

    def summary(self, top: int = 8, digits: int = 4) -> str:
        """The place where the gradients part, and the ``top`` largest changes, as text."""
        if self.same:
            return "the two graphs are the same: structure, values, gradients"
        counts = [f"{self._count[look]:,} {look}" for look in LOOKS if self._count[look]]
        lines = [
            f"{self.model.total:,} nodes: {', '.join(counts)}" if counts else "constants differ"
        ]
        if self.parts_at is not None:
            at, towards = self.parts_at.at, self.parts_at.towards
            there = "" if towards is None else f", sent to {name_of(self.model, towards)}"
            lines.append(
                f"the gradients part at {name_of(self.model, at)}: {self.parts_at.text}{there}"
            )
            lines.append(f"  {self.parts_at.why}")
            origin = self.values_part_at
            if origin is not None and self.parts_at.why == OTHER_NUMBERS:
                lines.append(f"  the values part at {name_of(self.model, origin)}")
        elif not any(place.grad for place in self._places):
            lines.append("no gradient of what both have differs")
        lines += self._structure(top)
        lines += self._largest(top, digits)
        return "\n".join(lines + self._remarks)

    def _structure(self, top: int) -> list[str]:
        lines = []
        for look in ("added", "removed"):
            found = [v.id for v in self.model.vertices if v.look == look and v.kind != "constant"]
            if found:
                more = f" and {len(found) - top:,} more" if len(found) > top else ""
                names = ", ".join(name_of(self.model, k) for k in found[:top])
                lines.append(f"{look}: {names}{more}")
        replaced = [
            f"{p.before.symbol or p.before.kind} → {p.after.symbol or p.after.kind} "
            f"({self.model.vertices[k].title})"
            for k, p in enumerate(self._places)
            if p.op and p.before is not None and p.after is not None
            if (p.before.op, p.before.kind) != (p.after.op, p.after.kind)
        ]
        if replaced:
            more = f" and {len(replaced) - top:,} more" if len(replaced) > top else ""
            lines.append(f"replaced: {', '.join(replaced[:top])}{more}")
        return lines

    def _largest(self, top: int, digits: int) -> list[str]:
        ranked = self.ranked()
        rows = []
        for k, far in ranked[:top]:
            place = self._places[k]
            assert place.before is not None and place.after is not None
            change = arrow(place.before.grad, place.after.grad, digits)
            amount = f"{number(100 * far, 3)} %" if math.isfinite(far) else "all of it"
            rows.append((name_of(self.model, k)[:40], change, amount))
        if not rows:
            return []
        wide = [max(len(row[i]) for row in rows) for i in range(2)]
        lines = ["largest changes in gradient:"]
        lines += [f"  {n.ljust(wide[0])}  {c.ljust(wide[1])}  {x}" for n, c, x in rows]
        if len(ranked) > top:
            lines.append(f"  and {len(ranked) - top:,} more")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain data, ready for JSON; ``None`` for what is not finite."""
        m = self.model
        far = dict(self.ranked())
        return {
            "same": self.same,
            "counts": {look: self._count[look] for look in LOOKS},
            "parts_at": None
            if self.parts_at is None
            else {
                "vertex": self.parts_at.at,
                "towards": self.parts_at.towards,
                "change": self.parts_at.text,
                "why": self.parts_at.why,
            },
            "vertices": [
                {
                    "id": v.id,
                    "name": v.title,
                    "op": v.op,
                    "look": v.look,
                    "rows": [list(row) for row in v.about] if v.look == "changed" else [],
                    "gradient_changed_by": far.get(v.id) if far.get(v.id) != math.inf else None,
                }
                for v in m.vertices
            ],
            "edges": [
                {"source": e.source, "target": e.target, "position": e.position, "look": e.look}
                for e in m.edges
                if HIDDEN not in (e.source, e.target)
            ],
            "remarks": list(self._remarks),
        }

    def __repr__(self) -> str:
        return self.summary()

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None, **_: Any
    ) -> dict[str, Any]:
        text = self.summary()
        try:
            from ..output import to_svg

            return {"text/plain": text, "image/svg+xml": to_svg(self.draw())}
        except Exception as error:  # a notebook cell shows what it can
            return {"text/plain": f"{text}\nno picture: {type(error).__name__}: {error}"}
