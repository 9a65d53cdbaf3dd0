"""The long run itself: that it finds, judges, saves, stops and goes on."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import autograd as ag

from . import programs
from .compare import KINDS, kind_of
from .progress import Progress
from .rows import ROWS
from .rows_jax import EXCEPTIONS, jax_text
from .workers import examine

pytest.importorskip("torch", reason="PyTorch is the judge here (make oracle)")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).parents[2]


def _first_with(op: str, oracles: tuple[str, ...], kind: str = "mixed"):
    """The first program that disagrees, with the op as a planted fault."""
    for number in (n for n in range(4000) if kind_of(n) == kind):
        dtype = "float32" if kind == "float32" else "float64"
        if op in programs.generate(3, number, dtype=dtype, jax=kind == "JAX").ops:
            found = examine(3, number, oracles)
            if found[0].trouble is not None:
                return found
    raise AssertionError(f"no program with {op} disagreed")


def _run(source: str, folder: Path) -> str:
    file = folder / "shown.py"
    file.write_text(source)
    return subprocess.run(
        [sys.executable, str(file)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ).stdout


@pytest.mark.parametrize("kind", ["mixed", "float32"])
def test_a_wrong_rule_is_found_blamed_and_shown(monkeypatch, tmp_path, kind):
    right = ag.tanh.partials[0]
    monkeypatch.setattr(ag.tanh, "partials", (lambda out, x: right(out, x) * 1.01,))
    result, verdict, source = _first_with("tanh", ("PyTorch",), kind)
    assert result.trouble.what == "gradient"
    assert verdict.startswith("ours is wrong, by finite differences")
    # Cut down to what it takes.
    assert result.ops[-1] == "tanh" or any(
        "ag.tanh" in s.texts["ours"] for s in result.program.steps
    )
    assert "Verdict: ours is wrong" in source
    shown = _run(source, tmp_path)
    assert shown.count("gradient") == 2 and "--- ours" in shown and "--- PyTorch" in shown


def _twist(monkeypatch, name: str, text: str) -> None:
    """Another text for PyTorch in all rows of a name."""
    rows = [dataclasses.replace(r, theirs=text) if r.name == name else r for r in ROWS]
    monkeypatch.setattr(programs, "ROWS", rows)
    programs._by_name.cache_clear()


def test_a_wrong_oracle_is_blamed_for_a_derivative(monkeypatch):
    # The value of exp, with the derivative of exp twice.
    twice = "(torch.exp({a}) + torch.expm1({a}) - torch.expm1({a}).detach())"
    _twist(monkeypatch, "exp", twice)
    try:
        result, verdict, _ = _first_with("exp", ("PyTorch",))
    finally:
        monkeypatch.undo()
        programs._by_name.cache_clear()
    assert result.trouble.what == "gradient"
    assert verdict.startswith("PyTorch is wrong, by finite differences")


def test_a_wrong_oracle_is_blamed_for_a_value(monkeypatch):
    _twist(monkeypatch, "erf", "(torch.erf({a}) + 1e-7)")
    try:
        result, verdict, _ = _first_with("erf", ("PyTorch",))
    finally:
        monkeypatch.undo()
        programs._by_name.cache_clear()
    assert result.trouble.what == "value" and result.ops[-1] == "erf"
    assert verdict.startswith("PyTorch is wrong, by mpmath at")


def test_a_wrong_rule_is_found_by_jax(monkeypatch, tmp_path):
    pytest.importorskip("jax", reason="JAX is the judge here (make fuzz)")
    right = ag.sin.partials[0]
    monkeypatch.setattr(ag.sin, "partials", (lambda out, x: right(out, x) + 1e-6,))
    _, verdict, source = _first_with("sin", ("JAX",), "JAX")
    assert verdict.startswith("ours is wrong, by finite differences")
    shown = _run(source, tmp_path)
    assert shown.count("gradient") == 2 and "--- JAX" in shown


def test_most_rows_have_a_jax_form_and_no_exception_is_stale():
    pytest.importorskip("jax", reason="JAX is the judge here (make fuzz)")
    texts = [row.ours for row in ROWS]
    assert not set(EXCEPTIONS) - set(texts)
    assert sum(jax_text(text) is not None for text in texts) > 0.95 * len(texts)


def test_every_kind_is_in_a_hundred_programs():
    assert {kind_of(n) for n in range(100)} == set(KINDS)


def test_ranges_of_what_is_done(tmp_path):
    progress = Progress(tmp_path, 0)
    for number in (3, 4, 1, 0, 9, 2):
        progress._mark(number)
    assert progress.done == [[0, 5], [9, 10]] and progress.count == 6
    assert list(progress.left(14, 4)) == [[5, 6, 7], [8], [10, 11], [12, 13]]


def _fuzz(folder: Path, programs: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.oracle.fuzz", str(programs)]
    command += ["--seed", "4", "--processes", "2", "--every", "25", "--out", str(folder)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _wait_for(file: Path, count: int) -> None:
    for _ in range(1200):
        if file.exists() and sum(b - a for a, b in json.loads(file.read_text())["done"]) >= count:
            return
        time.sleep(0.1)
    raise AssertionError(f"{file} never told of {count} programs")


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT], ids=["killed", "stopped"])
def test_a_run_that_ends_early_goes_on_and_counts_each_program_once(tmp_path, kill):
    state = tmp_path / "state.json"
    first = _fuzz(tmp_path, 100)
    _wait_for(state, 1)
    first.send_signal(kill)
    said, errors = first.communicate(timeout=60)
    before = json.loads(state.read_text())
    done = sum(b - a for a, b in before["done"])
    assert 0 < done < 100 and sum(before["kinds"].values()) == done
    if kill == signal.SIGINT:
        assert first.returncode == 130 and f"{done} programs in" in said
        assert "stopped" in errors and "Traceback" not in errors
    second = _fuzz(tmp_path, 100)
    said, errors = second.communicate(timeout=300)
    assert second.returncode == 0, said + errors
    assert f"going on after {done} programs" in errors
    after = json.loads(state.read_text())
    assert after["done"] == [[0, 100]]
    assert sum(after["kinds"].values()) == 100 == after["compared"] + after["incomparable"]
    assert (tmp_path / "report.txt").read_text() == said


DEATH = """
from tests.oracle.workers import Workers

if __name__ == "__main__":
    with Workers(1, 4, ("PyTorch",)) as workers:
        run = workers.run(iter([[0, 1, 2], [3]]))
        found = [next(run)]
        workers.workers[0].process.kill()
        found += run
    for result, verdict, source in found:
        print(result.number, verdict, (source or "").splitlines()[-1:])
"""


def test_a_process_that_dies_is_a_finding_and_the_rest_goes_on(tmp_path):
    lines = _run(DEATH, tmp_path).splitlines()
    assert sorted(int(line[0]) for line in lines) == [0, 1, 2, 3]
    (lost,) = [line for line in lines if "None" not in line]
    assert "undecided: its process ended with -9" in lost
    assert f"print(examine(4, {lost[0]}, installed()))" in lost


def test_another_seed_is_refused(tmp_path):
    Progress(tmp_path, 5).save()
    run = _fuzz(tmp_path, 25)
    assert "holds a run of seed 5, not 4" in run.communicate(timeout=60)[1]
    assert run.returncode == 1
