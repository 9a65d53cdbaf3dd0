"""The file of a run: written after every benchmark, read to go on or to write the docs."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .report import Section, as_json, from_json, markdown
from .tables import overview

__all__ = ["Results", "load"]


def load(path: Path) -> tuple[dict[str, Any], list[Section]]:
    """The machine and the sections of an earlier run.

    Raises
    ------
    ValueError
        If the file is not what a run wrote.
    """
    try:
        return from_json(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path} is not the JSON of an earlier run ({type(error).__name__}: {error})"
        raise ValueError(message) from error


class Results:
    """What a run has so far."""

    def __init__(self, path: Path, machine: dict[str, Any], order: Sequence[str]) -> None:
        self.path = path
        self.machine = machine
        self.sections: list[Section] = []
        self._order = {name: i for i, name in enumerate(order)}

    def go_on(self) -> None:
        """Keep what the file has.

        Raises
        ------
        ValueError
            If it is of another machine.
        """
        machine, self.sections = load(self.path)
        if machine["processor"] != self.machine["processor"]:
            message = f"{self.path} was measured on another machine: {machine['processor']}"
            raise ValueError(message)
        self.machine = machine

    @property
    def names(self) -> set[str]:
        """What is measured."""
        return {one.name for one in self.sections}

    def add(self, one: Section, machine: dict[str, Any]) -> None:
        """Take a section in, in place of an earlier one, and write all of it down."""
        if machine["date"] != self.machine["date"]:
            one.notes.append(f"measured {machine['date']}, revision {machine['revision']}")
        self.sections = [kept for kept in self.sections if kept.name != one.name] + [one]
        self.sections.sort(key=lambda kept: self._order.get(kept.name, len(self._order)))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Never half a file, whenever it is interrupted.
        text = json.dumps(as_json(self.machine, self.sections), indent=1) + "\n"
        part = self.path.with_suffix(".part")
        part.write_text(text)
        os.replace(part, self.path)

    def text(self, *first: Section) -> str:
        """The report, after sections of its own."""
        return markdown(self.machine, [*first, *overview(self.sections), *self.sections])
