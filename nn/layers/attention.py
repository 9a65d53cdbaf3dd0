"""Attention with several heads, and the transformer's encoder layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import autograd as ag
from autograd import Tensor, linear

from .. import activations, init
from ..module import FeatureError, Module
from ..seed import Rng, generator
from .dropout import Dropout
from .linear import Linear
from .norm import LayerNorm
from .parameters import parameter, positive

__all__ = ["MultiHeadAttention", "MultiheadAttention", "TransformerEncoderLayer"]


class MultiheadAttention(Module):
    """Each query looks at all keys, in several heads, and mixes their values.

    Vaswani et al. 2017, section 3.2.2. Also there as ``MultiHeadAttention``. Starts as PyTorch's:
    the input projections Xavier uniform, biases 0.

    Parameters
    ----------
    embed_dim : int
        Number of features of queries and outputs; a multiple of ``num_heads``.
    num_heads : int
        Number of heads, each with ``embed_dim // num_heads`` features.
    dropout : float
        Probability of dropping an attention weight while training.
    bias : bool
        Whether the projections have biases.
    kdim, vdim : int, optional
        Number of features of keys and of values, ``embed_dim`` unless given.
    batch_first : bool
        Whether inputs and outputs have shape (batch, length, features) in place of
        (length, batch, features).
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values and for dropout.

    Examples
    --------
    >>> import numpy as np, nn
    >>> attention = nn.MultiheadAttention(8, num_heads=2, batch_first=True)
    >>> x = np.ones((4, 5, 8))
    >>> output, weights = attention(x, x, x)
    >>> output.shape, weights.shape
    ((4, 5, 8), (4, 5, 5))
    """

    in_proj_weight: Tensor | None
    in_proj_bias: Tensor | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        self.embed_dim, self.num_heads, self.kdim, self.vdim = positive(
            "MultiheadAttention",
            embed_dim=embed_dim,
            num_heads=num_heads,
            kdim=embed_dim if kdim is None else kdim,
            vdim=embed_dim if vdim is None else vdim,
        )
        if embed_dim % num_heads:
            raise ValueError(
                f"MultiheadAttention: embed_dim={embed_dim} does not divide into {num_heads} heads"
            )
        if not 0.0 <= dropout <= 1.0:
            raise ValueError(f"dropout is a probability, from 0 to 1, got {dropout}")
        self.dropout = dropout
        self.batch_first = batch_first
        self.rng = None if rng is None else generator(rng)
        rng = generator(self.rng)

        def projection(rows: int, columns: int, label: str) -> Tensor:
            weight = parameter(np.zeros((rows, columns)), dtype, label)
            return init.xavier_uniform(weight, rng=rng)

        e = self.embed_dim
        self.in_proj_weight = None
        if self.kdim == self.vdim == e:
            self.in_proj_weight = projection(3 * e, e, "in_proj_weight")
        else:
            self.q_proj_weight = projection(e, e, "q_proj_weight")
            self.k_proj_weight = projection(e, self.kdim, "k_proj_weight")
            self.v_proj_weight = projection(e, self.vdim, "v_proj_weight")
        self.in_proj_bias = parameter(np.zeros(3 * e), dtype, "in_proj_bias") if bias else None
        self.out_proj = Linear(e, e, bias, dtype=dtype, rng=rng)
        if self.out_proj.bias is not None:
            init.zeros(self.out_proj.bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """Outputs, and attention weights or None.

        Parameters
        ----------
        query : array of shape (L, batch, embed_dim), or (L, embed_dim) without a batch
        key : array of shape (S, batch, kdim)
        value : array of shape (S, batch, vdim)
        key_padding_mask : array of shape (batch, S), optional
            True where a key is padding, which nobody looks at; or floating, added to the scores.
        need_weights : bool
            Whether the weights are returned.
        attn_mask : array of shape (L, S) or (batch * num_heads, L, S), optional
            True where a query may *not* look at a key; or floating, added to the scores. A query
            that may look at none gets zeros.
        average_attn_weights : bool
            Whether the weights returned are the mean over the heads, (batch, L, S), in place of
            (batch, num_heads, L, S).
        is_causal : bool
            Whether query ``i`` looks only at keys up to ``i``.
        """
        self._check_inputs(query, key, value)
        batched = len(np.shape(query)) == 3
        same = query is key and key is value
        inputs = [query] if same else [query, key, value]
        if not batched:
            inputs = [x[None] for x in inputs]
        elif not self.batch_first:
            inputs = [ag.swapaxes(x, 0, 1) for x in inputs]
        q, k, v = (self._heads(x) for x in self._projected(inputs))
        scores = (q / math.sqrt(q.shape[-1])) @ ag.swapaxes(k, -1, -2)
        weights = self._weights(scores, key_padding_mask, attn_mask, is_causal)
        if self.dropout and self.training:
            weights = ag.dropout(weights, self.dropout, generator(self.rng))
        mixed = ag.swapaxes(weights @ v, 1, 2)
        out = self.out_proj(mixed.reshape((*mixed.shape[:2], self.embed_dim)))
        if not batched:
            out = out[0]
        elif not self.batch_first:
            out = ag.swapaxes(out, 0, 1)
        if not need_weights:
            return out, None
        if average_attn_weights:
            weights = weights.mean(axis=1)
        return out, weights if batched else weights[0]

    def _projected(self, inputs: list) -> list:
        """Queries, keys and values in the heads' features."""
        e, bias = self.embed_dim, self.in_proj_bias
        if len(inputs) == 1 and self.in_proj_weight is not None:
            joint = linear(inputs[0], self.in_proj_weight, bias)
            return [joint[..., k * e : (k + 1) * e] for k in range(3)]
        if len(inputs) == 1:
            inputs = inputs * 3
        if self.in_proj_weight is not None:
            whole = self.in_proj_weight
            parts = [whole[k * e : (k + 1) * e] for k in range(3)]
        else:
            parts = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        return [
            linear(x, weight, None if bias is None else bias[k * e : (k + 1) * e])
            for k, (x, weight) in enumerate(zip(inputs, parts))
        ]

    def _heads(self, x: Any) -> Any:
        """(batch, length, embed_dim) as (batch, heads, length, features of a head)."""
        heads = x.reshape((*x.shape[:2], self.num_heads, self.embed_dim // self.num_heads))
        return ag.swapaxes(heads, 1, 2)

    def _weights(self, scores: Any, padding: Any, mask: Any, is_causal: bool) -> Any:
        """Softmax of the scores, with the masks applied; they have four axes here."""
        n, heads, length, keys = scores.shape
        wanted: dict[str, tuple[Any, list[tuple[int, ...]], tuple[int, ...]]] = {
            "key_padding_mask": (padding, [(n, keys)], (n, 1, 1, keys)),
            "attn_mask": (mask, [(n * heads, length, keys)], (n, heads, length, keys)),
        }
        if n == 1:
            wanted["key_padding_mask"][1].append((keys,))
        hidden: Any = np.zeros((1, 1, 1, 1), bool)
        for name, (given, shapes, axes) in wanted.items():
            if given is None:
                continue
            shape = np.shape(given)
            if name == "attn_mask" and shape == (length, keys):
                axes = (1, 1, length, keys)
            elif shape not in shapes:
                shapes = shapes if name == "key_padding_mask" else [(length, keys), *shapes]
                raise FeatureError(
                    f"{self!r} got {name} of shape {shape}; for this input it has shape "
                    f"{' or '.join(map(str, shapes))}"
                )
            kind = given.dtype.kind if hasattr(given, "dtype") else np.asarray(given).dtype.kind
            if kind == "b":
                hidden = hidden | np.asarray(given).reshape(axes)
            elif kind == "f":
                scores = scores + given.reshape(axes)
            else:
                raise FeatureError(
                    f"{self!r}: {name} is boolean, True where a key is hidden, or floating, which "
                    f"is added to the scores; got {given.dtype}"
                )
        if is_causal:
            hidden = hidden | ~np.tri(length, keys, dtype=bool)
        if not hidden.any():
            return ag.softmax(scores, axis=-1)
        blind = hidden.all(axis=-1, keepdims=True)
        weights = ag.softmax(ag.where(hidden & ~blind, -np.inf, scores), axis=-1)
        return ag.where(blind, 0.0, weights) if blind.any() else weights

    def _check_inputs(self, query: Any, key: Any, value: Any) -> None:
        shapes = [np.shape(x) for x in (query, key, value)]
        q, k, v = shapes
        batch = 0 if self.batch_first else 1
        right = (
            len(q) in (2, 3)
            and len(q) == len(k) == len(v)
            and (q[-1], k[-1], v[-1]) == (self.embed_dim, self.kdim, self.vdim)
            and k[:-1] == v[:-1]
            and (len(q) == 2 or q[batch] == k[batch])
        )
        if not right:
            axes = "(batch, length," if self.batch_first else "(length, batch,"
            raise FeatureError(
                f"{self!r} got query, key and value of shapes {q}, {k} and {v}; it takes "
                f"{axes} {self.embed_dim}), {axes} {self.kdim}) and {axes} {self.vdim}), or all "
                "without the batch; keys and values have one length"
            )

    def extra_repr(self) -> str:
        first = ", batch_first=True" if self.batch_first else ""
        dropout = f", dropout={self.dropout}" if self.dropout else ""
        return f"{self.embed_dim}, {self.num_heads}{dropout}{first}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"  # in one line, for the errors


MultiHeadAttention = MultiheadAttention


class TransformerEncoderLayer(Module):
    """Self-attention and two dense layers, each with dropout, a way around it and a norm.

    Vaswani et al. 2017, section 3.1, with the norms behind (as there) or before (Xiong et al.
    2020).

    Parameters
    ----------
    d_model : int
        Number of features.
    nhead : int
        Number of heads.
    dim_feedforward : int
        Width between the dense layers.
    dropout : float
        Probability of dropping an attention weight, a hidden unit or an output, while training.
    activation : str, callable or Module
        Between the dense layers, by name as in :mod:`nn.activations`, or anything to call.
    layer_norm_eps : float
        Added to the variance.
    batch_first : bool
        Whether inputs have shape (batch, length, features) in place of (length, batch, features).
    norm_first : bool
        Whether the norms come before attention and dense layers.
    bias : bool
        Whether there are biases.
    dtype : dtype
        Of the parameters.
    rng : Generator or int, optional
        For the starting values and for dropout.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True)
    >>> layer(np.ones((4, 5, 8))).shape
    (4, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] | Module = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        rng = None if rng is None else generator(rng)
        kind: dict[str, Any] = {"dtype": dtype, "rng": rng}
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, **kind
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, **kind)
        self.dropout = Dropout(dropout, rng=rng)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **kind)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout, rng=rng)
        self.dropout2 = Dropout(dropout, rng=rng)
        self.activation = activations.get(activation, dtype=dtype)

    def forward(
        self,
        src: Any,
        src_mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool = False,
    ) -> Any:
        def attend(x: Any) -> Any:
            out, _ = self.self_attn(
                x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal
            )
            return self.dropout1(out)

        def feed(x: Any) -> Any:
            return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))

        if self.norm_first:
            x = src + attend(self.norm1(src))
            return x + feed(self.norm2(x))
        x = self.norm1(src + attend(src))
        return self.norm2(x + feed(x))
