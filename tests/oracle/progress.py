"""What a long run has done so far, kept in a folder so that it can be killed and go on."""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .workers import Finding

__all__ = ["Progress"]

# Writing costs little, and what a kill loses is run again.
EVERY = 1.0


@dataclasses.dataclass
class Progress:
    """Counts and disagreements, and the numbers of the programs behind them."""

    folder: Path
    seed: int
    done: list[list[int]] = dataclasses.field(default_factory=list)
    agree: dict[str, int] = dataclasses.field(default_factory=dict)
    kinds: dict[str, int] = dataclasses.field(default_factory=dict)
    faces: dict[str, int] = dataclasses.field(default_factory=dict)
    refused: dict[str, int] = dataclasses.field(default_factory=dict)
    ops: dict[str, int] = dataclasses.field(default_factory=dict)
    compared: int = 0
    incomparable: int = 0
    conditioned: int = 0
    recompiled: int = 0
    seconds: float = 0.0
    disagreements: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    versions: list[dict[str, str]] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self._saved = time.monotonic()

    @classmethod
    def load(cls, folder: Path, seed: int) -> Progress:
        """That of a folder, or a fresh one."""
        file = folder / "state.json"
        if not file.exists():
            return cls(folder, seed)
        state = json.loads(file.read_text())
        if state["seed"] != seed:
            raise SystemExit(
                f"{folder} holds a run of seed {state['seed']}, not {seed}: "
                "choose another folder with --out, or that seed"
            )
        return cls(folder, **state)

    def save(self, force: bool = True) -> None:
        """Write it in one step: a reader, or a kill, sees the old state or the new one."""
        now = time.monotonic()
        if not force and now - self._saved < EVERY:
            return
        self.seconds += now - self._saved
        self._saved = now
        state = dataclasses.asdict(self)
        del state["folder"]
        write(self.folder / "state.json", json.dumps(state, indent=1))

    def add(self, finding: Finding) -> None:
        """Count a result, and write a file for a disagreement."""
        result, verdict, source = finding
        if result.trouble is not None:
            name = f"disagreements/program_{result.number:06d}.py"
            write(self.folder / name, source or "")
            self.disagreements.append(
                {
                    "number": result.number,
                    "what": result.trouble.what,
                    "oracle": result.trouble.oracle,
                    "ops": result.ops,
                    "verdict": verdict,
                    "file": name,
                }
            )
        elif result.agreed:
            self.compared += 1
            self.conditioned += result.conditioned
            self.recompiled += result.recompiled
            assert result.program is not None
            _count(self.faces, result.program.face)
            for op in result.ops:
                _count(self.ops, op)
        else:
            self.incomparable += 1
        _count(self.kinds, result.kind)
        for oracle in result.agreed:
            _count(self.agree, oracle)
        for oracle, reason in result.refused.items():
            _count(self.refused, f"{oracle} says {reason}")
        self._mark(result.number)
        self.save(force=False)

    @property
    def count(self) -> int:
        """How many programs have been run."""
        return sum(stop - start for start, stop in self.done)

    def _mark(self, number: int) -> None:
        """Add a number to the ranges of those done."""
        for i, (start, stop) in enumerate(self.done):
            if number == stop:
                self.done[i][1] += 1
                if i + 1 < len(self.done) and self.done[i + 1][0] == number + 1:
                    self.done[i : i + 2] = [[start, self.done[i + 1][1]]]
                return
            if number < start:
                fresh = [number, number + 1]
                if number + 1 == start:
                    self.done[i][0] = number
                else:
                    self.done.insert(i, fresh)
                return
        self.done.append([number, number + 1])

    def left(self, programs: int, chunk: int) -> Iterator[list[int]]:
        """The numbers below ``programs`` not done yet, in pieces that do not cross a chunk."""
        done = [tuple(r) for r in self.done]
        edges = [*done, (programs, programs)]
        at = 0
        for start, stop in edges:
            while at < min(start, programs):
                end = min((at // chunk + 1) * chunk, start, programs)
                yield list(range(at, end))
                at = end
            at = max(at, stop)

    def report(self) -> str:
        """All of it for people."""
        ops = collections.Counter(self.ops)
        agree = ", ".join(f"{n:,} with {oracle}" for oracle, n in sorted(self.agree.items()))
        lines = [
            f"ops met in programs that agree: {len(ops)} kinds, {sum(ops.values()):,} times",
            "   " + "  ".join(f"{op} {n}" for op, n in sorted(ops.items())),
            "programs by kind: " + _listed(self.kinds),
            "that agree, by face: " + _listed(self.faces),
            f"{self.conditioned:,} of them only within what the last digits of their inputs do",
            f"{self.recompiled:,} only once the oracle's compiler had its default options",
        ]
        for reason, n in collections.Counter(self.refused).most_common():
            lines.append(f"not comparable, {n:,}: {reason}")
        for d in self.disagreements:
            lines.append(f"program {d['number']} ({', '.join(d['ops'])}), {d['what']}:")
            lines.append(f"   {d['verdict']}\n   python {self.folder / d['file']}")
        lines.append(
            f"{self.count:,} programs in {self.seconds:,.0f} s: {self.compared:,} agree "
            f"({agree or 'none'}), {len(self.disagreements):,} disagree, "
            f"{self.incomparable:,} not comparable"
        )
        return "\n".join(lines)


def write(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".new")
    with fresh.open("w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(fresh, file)


def _count(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {key}" for key, n in sorted(counts.items())) or "none"
