"""What the activations have in common as modules."""

from __future__ import annotations

from autograd import Tensor

from ..module import Module

__all__: list[str] = []


class _Activation(Module):
    """A module whose attributes are its settings, which its ``repr`` shows."""

    def extra_repr(self) -> str:
        return ", ".join(
            f"{name}={value!r}"
            for name, value in vars(self).items()
            if name != "training" and name[0] != "_" and not isinstance(value, Tensor)
        )
