"""``Module``: something with parameters that is called like a function.

There is no registration. A module's parameters and children are what its attributes hold, in the
order in which they were assigned, lists and dicts of them included; so
``self.layers = [Linear(2, 3), Linear(3, 1)]`` needs no special container, and a subclass that
forgets ``super().__init__()`` works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from autograd import Tensor, no_grad, scope

if TYPE_CHECKING:
    from autograd.viz import Drawing

    from .look import Summary

__all__ = ["FeatureError", "HookHandle", "Module"]

M = TypeVar("M", bound="Module")
Hook: TypeAlias = "Callable[[Module, tuple[Any, ...], Any], Any]"

enter, leave, changed = scope.enter, scope.leave, scope.changed


class FeatureError(ValueError):
    """An input that does not fit a layer; ``layer`` grows into the layer's path in the model."""

    def __init__(self, message: str, layer: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.layer = layer

    def inside(self, name: str) -> None:
        """Note that the layer sits in another module under ``name``."""
        self.layer = f"{name}.{self.layer}" if self.layer else name

    def __str__(self) -> str:
        return f"layer {self.layer!r}: {self.message}" if self.layer else self.message


class Module:
    """Base class of layers and models: subclass it and write ``forward``.

    Tensors with ``requires_grad`` among the attributes are parameters, other tensors are buffers
    (saved with the state, not trained), modules are children.

    Examples
    --------
    >>> import nn
    >>> class Residual(nn.Module):
    ...     def __init__(self, width):
    ...         self.inner = nn.Linear(width, width)
    ...
    ...     def forward(self, x):
    ...         return x + self.inner(x).relu()
    >>> [name for name, _ in Residual(3).named_parameters()]
    ['inner.weight', 'inner.bias']
    """

    training = True
    _forward_hooks: tuple[Hook, ...] = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # What is computed in here is a group in drawings of the graph.
        outer = enter(self)
        try:
            out = self.forward(*args, **kwargs)
        finally:
            leave(outer)
        for hook in self._forward_hooks:
            result = hook(self, args, out)
            if result is not None:
                out = result
        return out

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        changed()

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; subclasses write this."""
        raise NotImplementedError(f"{type(self).__name__} needs a forward(self, x) method")

    # What it is made of --------------------------------------------------------------------------

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """This module (as ``""``) and all inside it, outer ones first."""
        yield "", self
        for name, item in _walk(self):
            if isinstance(item, Module):
                yield name, item

    def modules(self) -> Iterator[Module]:
        """This module and all inside it."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside this one."""
        inner: set[int] = set()
        for name, module in self.named_modules():
            if name and id(module) not in inner:
                inner.update(id(m) for m in module.modules())
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly inside this one."""
        return (module for _, module in self.named_children())

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """The trained tensors with their dotted names; a shared one comes once."""
        for name, item in _walk(self):
            if isinstance(item, Tensor) and item.requires_grad and item.is_leaf:
                yield name, item

    def parameters(self) -> list[Tensor]:
        """The trained tensors, as optimizers take them."""
        return [tensor for _, tensor in self.named_parameters()]

    def named_state(self) -> Iterator[tuple[str, Tensor]]:
        """Parameters and buffers with their dotted names: what :meth:`state_dict` copies."""
        for name, item in _walk(self):
            if isinstance(item, Tensor) and item.is_leaf:
                yield name, item

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """The tensors that are kept but not trained, such as running means, by dotted name."""
        for name, item in self.named_state():
            if not item.requires_grad:
                yield name, item

    def buffers(self) -> list[Tensor]:
        """The tensors that are kept but not trained."""
        return [tensor for _, tensor in self.named_buffers()]

    def register_forward_hook(self, hook: Hook) -> HookHandle:
        """Call ``hook(module, args, output)`` after each forward.

        What it returns takes the output's place, unless that is None.

        Returns
        -------
        HookHandle
            ``handle.remove()`` takes the hook away; so does leaving ``with handle:``.

        Examples
        --------
        >>> import numpy as np, nn
        >>> layer = nn.ReLU()
        >>> with layer.register_forward_hook(lambda module, args, out: print(out)):
        ...     _ = layer(np.array([-1.0, 2.0]))
        [0. 2.]
        """
        if not callable(hook):
            raise TypeError(f"a hook is called as hook(module, args, output); got {hook!r}")
        self._forward_hooks = (*self._forward_hooks, hook)
        return HookHandle(self, hook)

    def apply(self: M, function: Callable[[Module], Any]) -> M:
        """Call ``function`` with each module inside and with this one, last; returns the module.

        Examples
        --------
        >>> import nn
        >>> def begin(module):
        ...     if isinstance(module, nn.Linear):
        ...         nn.init.zeros(module.bias)
        >>> nn.MLP(2, [3], 1).apply(begin)[2].bias.numpy()
        array([0.], dtype=float32)
        """
        for module in reversed(list(self.modules())):
            function(module)
        return self

    # Training ------------------------------------------------------------------------------------

    def train(self: M, mode: bool = True) -> M:
        """Switch to training behaviour (dropout on); returns the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: M) -> M:
        """Switch to evaluation behaviour (dropout off); returns the module."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget all parameters' gradients."""
        for _, parameter in self.named_parameters():
            parameter.zero_grad()

    # State ---------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all parameters and buffers as plain arrays, by dotted name."""
        return {name: tensor.numpy() for name, tensor in self._own_state().items()}

    def _own_state(self) -> dict[str, Tensor]:
        own: dict[str, Tensor] = {}
        for name, tensor in self.named_state():
            if name in own:
                raise ValueError(
                    f"two tensors of this {type(self).__name__} would be saved as {name!r}, and "
                    "one of them lost: change the keys of the dict that holds them"
                )
            own[name] = tensor
        return own

    def load_state_dict(self, state: Mapping[str, Any], *, strict: bool = True) -> None:
        """Take over the numbers of ``state``; nothing changes unless all of it fits.

        Parameters
        ----------
        state : mapping
            Arrays (or tensors) by dotted name, as :meth:`state_dict` gives them.
        strict : bool
            Whether missing and unexpected names are errors. Shapes always have to agree.
        """
        own = self._own_state()
        problems = []
        if strict:
            if missing := [name for name in own if name not in state]:
                problems.append(f"missing: {', '.join(missing)}")
            if unexpected := [name for name in state if name not in own]:
                problems.append(f"unexpected: {', '.join(map(str, unexpected))}")
        arrays = {}
        for name, tensor in own.items():
            if name not in state:
                continue
            value = state[name]
            array = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
            if array.shape != tensor.shape:
                problems.append(f"{name} has shape {array.shape} where {tensor.shape} is due")
            elif array.dtype.kind not in "fiub":
                problems.append(f"{name} holds {array.dtype}, not numbers")
            arrays[name] = array
        if problems:
            raise ValueError(
                f"this state does not fit {type(self).__name__}: {'; '.join(problems)}. Build the "
                "model with the sizes it was saved with"
                + (", or pass strict=False to load what names both share" if strict else "")
            )
        with no_grad():
            for name, array in arrays.items():
                own[name][...] = array.astype(own[name].dtype)

    # Looking at it -------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the parentheses of the layer's ``repr``; subclasses may write it."""
        return ""

    def __repr__(self) -> str:
        children = list(self.named_children())
        if not children:
            return f"{type(self).__name__}({self.extra_repr()})"
        lines = []
        for name, child in children:
            text = repr(child).replace("\n", "\n  ")
            lines.append(f"  ({name}): {text}\n")
        return f"{type(self).__name__}(\n{''.join(lines)})"

    def summary(self, input_shape: Any = None) -> Summary:
        """A table of the layers: shapes, parameter counts, work.

        Parameters
        ----------
        input_shape : tuple of int, optional
            Of one example; a first dense layer tells it otherwise.
        """
        from .look import summary

        return summary(self, input_shape)

    def draw(self, x: Any = None, **options: Any) -> Drawing:
        """The model as a ``graphviz.Digraph``: neurons and weights if small, else blocks.

        Parameters
        ----------
        x : array, optional
            One example, whose activations shade the neurons.
        **options
            As for :func:`nn.look.draw`: ``show="gradient"`` draws what ``backward()`` has left in
            the weights in place of the weights.

        Returns
        -------
        Drawing
            It shows itself in notebooks, and :func:`autograd.viz.render` writes a file, with or
            without Graphviz.
        """
        from .look import draw

        return draw(self, x, **options)


class HookHandle:
    """Takes a hook away again."""

    def __init__(self, module: Module, hook: Hook) -> None:
        self._module, self._hook = module, hook

    def remove(self) -> None:
        """Take the hook away; doing so twice does no harm."""
        hooks = list(self._module._forward_hooks)
        if self._hook in hooks:
            hooks.remove(self._hook)
            self._module._forward_hooks = tuple(hooks)

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *args: object) -> None:
        self.remove()


def _walk(owner: Any) -> Iterator[tuple[str, Any]]:
    """Tensors and modules held by ``owner``, directly or in containers; each once."""
    seen = {id(owner)}
    stack = [iter(_items(owner, ""))]
    while stack:
        for name, item in stack[-1]:
            if not isinstance(item, (Module, Tensor, list, tuple, dict)) or id(item) in seen:
                continue
            seen.add(id(item))
            if isinstance(item, (Module, Tensor)):
                yield name, item
            if not isinstance(item, Tensor):
                stack.append(iter(_items(item, f"{name}.")))
                break
        else:
            stack.pop()


def _items(owner: Any, prefix: str) -> list[tuple[str, Any]]:
    if isinstance(owner, (list, tuple)):
        return [(f"{prefix}{i}", item) for i, item in enumerate(owner)]
    pairs = owner if isinstance(owner, dict) else vars(owner)
    return [(f"{prefix}{key}", item) for key, item in pairs.items()]
