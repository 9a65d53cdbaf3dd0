"""JAX's text of a row, derived from ours: ``jax.numpy`` has NumPy's names and mostly its meanings.

What differs stands in ``EXCEPTIONS``. A row with a name that JAX lacks has no text.
"""

from __future__ import annotations

import functools
import re

__all__ = ["EXCEPTIONS", "jax_text"]

# Constants, which stay NumPy's.
KEPT = {"array", "eye", "inf", "s_"}

# Our text, and JAX's where putting JAX's modules for ours is not enough; None where JAX has no
# function of this meaning.
EXCEPTIONS: dict[str, str | None] = {
    # Another name, or another default.
    "ag.hardtanh({a})": "jax.nn.hard_tanh({a})",
    "ag.softsign({a})": "jax.nn.soft_sign({a})",
    "ag.gelu({a})": "jax.nn.gelu({a}, approximate=False)",
    "ag.gelu({a}, approximate='tanh')": "jax.nn.gelu({a}, approximate=True)",
    "ag.stack({a}.to_values())": "({a} * 1)",
    # No lists for arrays.
    "{a}[{index}]": "got({a}, np.s_[{index}])",
    "ag.scatter_add({a}, {i}, {b})": "{a}.at[np.array({i})].add({b})",
    "np.compress([True, False, True], {a}, axis=-1)": "{a}[..., np.array([0, 2])]",
    "np.repeat({a}, {r}, axis=0)": "jnp.repeat({a}, np.array({r}), axis=0)",
    "np.take({a}, {i}, axis={axis})": "jnp.take({a}, np.array({i}), axis={axis})",
    # Results of a shape that depends on data, and errors that do, are refused while tracing.
    "np.extract(np.array({m}), {a})": "{a}[np.array({m})]",
    "np.choose({i}, [{a}, {b}])": "jnp.choose(np.array({i}), [{a}, {b}], mode='clip')",
}


@functools.cache
def _modules() -> dict[str, object]:
    import jax
    import jax.numpy
    import jax.scipy.special

    return {"jnp": jax.numpy, "jax.nn": jax.nn, "jax.scipy.special": jax.scipy.special}


def _found(name: str) -> str | None:
    for text, module in _modules().items():
        here: object = module
        for part in name.split("."):
            here = getattr(here, part, None)
        if here is not None:
            return f"{text}.{name}"
    return None


@functools.cache
def jax_text(ours: str) -> str | None:
    """JAX's form of a template, or None."""
    if ours in EXCEPTIONS:
        return EXCEPTIONS[ours]
    missing = False

    def put(match: re.Match[str]) -> str:
        nonlocal missing
        module, name = match.groups()
        if module == "np" and name in KEPT:
            return match.group()
        found = _found(name)
        missing |= found is None
        return found or ""

    text = re.sub(r"\b(ag|np)\.([a-zA-Z_]\w*(?:\.\w+)*)", put, ours)
    return None if missing else text
