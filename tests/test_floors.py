"""Imports go down only, and importing the packages costs nothing but NumPy."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# From the ground up; a file belongs to the floor of the longest prefix that names it.
FLOORS = {
    "autograd.errors": 0,
    "autograd.copying": 0,
    "autograd.elsewhere": 0,
    "autograd.lines": 0,
    "autograd.op": 0,
    "autograd.modes": 1,
    "autograd.effects": 1,
    "autograd.graph": 1,
    "autograd.containers": 1,
    "autograd.ops": 2,
    "autograd.array_methods": 3,
    "autograd.value": 3,
    "autograd.tensor": 3,
    "autograd.inplace": 3,
    "autograd.writing": 3,
    "autograd.room": 1,
    "autograd.border": 3,
    "autograd.protocols": 3,
    "autograd.anomaly": 3,
    "autograd.extend": 4,
    "autograd.linalg": 3,
    "autograd.create": 4,
    "autograd.transforms": 4,
    "autograd.checkpoint": 4,
    "autograd.vectorize": 4,
    "autograd.capturing": 4,
    "autograd.testing": 5,
    "autograd.viz": 5,
    "autograd.command": 6,
    "autograd.__main__": 6,
    # The front door shows all floors at once; nobody inside comes in through it.
    "autograd": 6,
    "nn": 6,
}

# Imports inside a function that lead up, each with its reason.
LAZY_UP = {
    ("autograd.tensor", "autograd.viz"): "Tensor.draw() and the notebook form",
    ("autograd.value", "autograd.viz"): "Value.draw() and the notebook form",
    ("autograd.capturing.showing", "autograd.viz.plans"): "Plan.draw() and Plan.plot_memory()",
}

# What a user who never draws or trains does not load.
HEAVY = ("matplotlib", "graphviz", "pygraphviz", "scipy", "tqdm", "hypothesis", "pytest", "IPython")


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("autograd", "nn"):
        spec = importlib.util.find_spec(package)
        assert spec is not None and spec.origin is not None
        folder = Path(spec.origin).parent
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())
ROOT = MODULES["autograd"].parent.parent


def floor(name: str) -> int:
    known = [prefix for prefix in FLOORS if name == prefix or name.startswith(prefix + ".")]
    best = max(known, key=len)
    assert best != "autograd" or name == "autograd", f"{name} stands on no floor: enter it above"
    return FLOORS[best]


def imports(name: str, path: Path) -> Iterator[tuple[str, bool, int]]:
    """The package's own modules a file imports, whether inside a function, and the line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    lazy = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for inner in ast.walk(node)
    }
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if node in skipped:
            continue
        targets: list[str] = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                above = parts[: len(parts) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                targets.append(inner if inner in MODULES else base)
        for target in targets:
            if target.partition(".")[0] in ("autograd", "nn"):
                yield target, node in lazy, node.lineno


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("autograd")])
def test_imports_go_down(name):
    if name == "autograd":
        return
    for target, lazy, line in imports(name, MODULES[name]):
        if floor(target) <= floor(name):
            continue
        reason = LAZY_UP.get((name, target)) if lazy else None
        assert reason, (
            f"{name} (floor {floor(name)}) imports {target} (floor {floor(target)}) in line {line}"
        )


def test_every_exception_is_still_needed():
    real = {
        (name, target)
        for name, path in MODULES.items()
        for target, lazy, _ in imports(name, path)
        if lazy and floor(target) > floor(name)
    }
    assert set(LAZY_UP) <= real


PUBLIC = {
    "autograd", "autograd.extend", "autograd.testing", "autograd.viz", "autograd.viz.flowing",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in MODULES if name.partition(".")[0] == "nn"])
def test_nn_uses_public_names_only(name):
    """Layers are an ordinary user of the engine."""
    for target, _, line in imports(name, MODULES[name]):
        assert target in PUBLIC or target.partition(".")[0] == "nn", (
            f"{name} imports {target} in line {line}; nn uses public names only"
        )


def test_no_cycle_among_modules():
    """Without the imports inside functions, the modules can be loaded in some order."""
    needs = {
        name: {t for t, lazy, _ in imports(name, path) if not lazy and t != name} & set(MODULES)
        for name, path in MODULES.items()
    }
    while needs:
        ready = {name for name, deps in needs.items() if not deps & set(needs)}
        assert ready, f"import cycle among {sorted(needs)}"
        for name in ready:
            del needs[name]


def test_import_is_light():
    # What models are made of is loaded at once; what trains, saves and shows them, on first use.
    later = ("nn.data", "nn.losses", "nn.optim", "nn.train", "nn.look", "nn.onnx", "nn.scalar")
    code = f"import sys, autograd, nn\nprint(*(set({(*HEAVY, *later)!r}) & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []
