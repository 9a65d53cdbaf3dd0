"""A disagreement as a Python file that shows both sides when run."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from . import writes
from .compare import Result
from .programs import Program

__all__ = ["paste"]

OURS = """
def ours():
    everything = tuple(range(len(inputs)))
    value, gradient = ag.value_and_grad(f, argnums=everything)(*inputs)
    print("value", value, "gradient", *gradient, sep="\\n  ")
    print("forward mode", ag.jvp(f, tuple(inputs), tuple(direction))[1], sep="\\n  ")
    print("Hessian-vector product", *ag.hvp(lambda xs: f(*xs))(inputs, direction), sep="\\n  ")
"""
TORCH = """
def pytorch():
    xs = [torch.tensor(x, dtype=dtype, requires_grad=True) for x in inputs]
    y = f(*xs)
    gradient = torch.autograd.grad(y, xs, create_graph=True, materialize_grads=True)
    print("value", y.item(), "gradient", *(g.detach().numpy() for g in gradient), sep="\\n  ")
    along = sum((g * torch.tensor(v)).sum() for g, v in zip(gradient, direction))
    print("forward mode", along.item(), sep="\\n  ")
    if along.requires_grad:
        product = torch.autograd.grad(along, xs, materialize_grads=True)
        print("Hessian-vector product", *(c.numpy() for c in product), sep="\\n  ")
"""
JAX = """
def in_jax():
    gradient = jax.value_and_grad(f, argnums=tuple(range(len(inputs))))
    (value, first), (along, second) = jax.jvp(gradient, tuple(inputs), tuple(direction))
    print("value", value, "gradient", *first, sep="\\n  ")
    print("forward mode", along, "Hessian-vector product", *second, sep="\\n  ")
"""


def paste(result: Result, seed: int, verdict: str) -> str:
    """The source of the file."""
    program, trouble = result.program, result.trouble
    assert trouble is not None
    about = [
        f"Program {result.number} of seed {seed} ({result.kind}): {trouble.what}.",
        "",
        f"Verdict: {verdict}",
        "",
        *trouble.message.strip().splitlines(),
    ]
    header = '"""' + "\n".join(about).replace("\\", "\\\\").replace('"""', "'''") + '\n"""\n'
    if program is None:
        again = f"print(examine({seed}, {result.number}, installed()))"
        return "\n".join(
            [
                header,
                "from tests.oracle.sides import installed",
                "from tests.oracle.workers import examine",
                "",
                again,
                "",
            ]
        )
    sides = ["ours", "PyTorch"] if trouble.oracle != "JAX" else ["ours", "JAX"]
    text = [header, "import numpy as np\n", _numbers("inputs", program.inputs)]
    text.append(_numbers("direction", program.direction))
    for side in sides:
        text.append(_side(program, side))
    return "\n".join(text)


def _numbers(name: str, xs: list[Any]) -> str:
    def one(x: Any) -> str:
        if isinstance(x, float):
            return repr(float(x))
        return f"np.array({np.asarray(x, dtype=float).tolist()!r}, dtype=np.{x.dtype})"

    return f"{name} = [" + ", ".join(map(one, xs)) + "]"


def _side(program: Program, side: str) -> str:
    source = program.source(side)
    if side == "ours":
        imports = f"\nimport autograd as ag\n\ndtype = np.dtype({program.dtype!r})"
        show, call = OURS, 'print("--- ours")\nours()'
    elif side == "PyTorch":
        imports = "\nimport torch\nimport torch.nn.functional as F\n"
        imports += f"\ndtype = torch.{program.dtype}"
        show, call = TORCH, 'print("--- PyTorch")\npytorch()'
    else:
        imports = "\nimport jax\nimport jax.numpy as jnp\nimport jax.scipy.special\n"
        imports += "\njax.config.update('jax_enable_x64', True)"
        imports += f"\ndtype = np.dtype({program.dtype!r})"
        show, call = JAX, 'print("--- JAX")\nin_jax()'
    return "\n".join([imports, _helpers(side, source), source, show, call])


def _helpers(side: str, source: str) -> str:
    table = writes.JAX if side == "JAX" else writes.IN_PLACE
    used = [f for name, f in table.items() if f"{name}(" in source]
    text = "from typing import Any\n\n" if used else ""
    if side == "JAX" and used:
        text += inspect.getsource(writes.indices) + "\n"
    for name, f in table.items():
        if f in used:
            text += inspect.getsource(f).replace(f"def {f.__name__}(", f"def {name}(") + "\n"
    return text
