"""A table of vectors, looked up by number."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor, embedding, no_grad, where

from .. import init
from ..arrays import plain
from ..module import FeatureError, Module
from ..seed import Rng
from .parameters import parameter, positive

__all__ = ["Embedding", "reads_indices"]


class RowNumberError(FeatureError, IndexError):
    """Numbers of rows that the table does not have."""


class RowNumberTypeError(FeatureError, TypeError):
    """Something that does not number rows."""


class Embedding(Module):
    """Rows of ``weight`` by their numbers: words, users or categories as vectors.

    Starts as PyTorch's: standard normal.

    Parameters
    ----------
    num_embeddings : int
        Number of rows: the numbers run from 0 to ``num_embeddings - 1``.
    embedding_dim : int
        Length of each row.
    padding_idx : int, optional
        A row that stands for nothing: it starts as zeros and gets no gradient. A negative one
        counts from the end.
    dtype : dtype
        Of the rows.
    rng : Generator or int, optional
        For the starting values.

    Examples
    --------
    >>> import numpy as np, nn
    >>> words = nn.Embedding(10, 3, padding_idx=0, rng=0)
    >>> words(np.array([[1, 2, 0], [4, 0, 0]])).shape
    (2, 3, 3)
    >>> words(np.array([10]))
    Traceback (most recent call last):
        ...
    nn.layers.embedding.RowNumberError: Embedding(10, 3, padding_idx=0) got numbers ...
    """

    weight: Tensor

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
    ) -> None:
        sizes = positive("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        self.num_embeddings, self.embedding_dim = sizes
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ValueError(
                    f"Embedding has {num_embeddings} rows, and padding_idx={padding_idx} is none "
                    "of them"
                )
            padding_idx %= num_embeddings
        self.padding_idx = padding_idx
        self.weight = init.normal(parameter(np.zeros(sizes), dtype, "weight"), rng=rng)
        if padding_idx is not None:
            with no_grad():
                self.weight[padding_idx] = 0.0

    @classmethod
    def from_pretrained(
        cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None
    ) -> Self:
        """A layer with given rows, which are not trained if ``freeze``.

        Examples
        --------
        >>> import numpy as np, nn
        >>> layer = nn.Embedding.from_pretrained(np.eye(3))
        >>> layer(np.array([2])).tolist()
        [[0.0, 0.0, 1.0]]
        """
        rows = embeddings.numpy() if isinstance(embeddings, Tensor) else np.array(embeddings)
        if rows.ndim != 2:
            raise ValueError(f"embeddings of shape {rows.shape} are not rows: they have two axes")
        count, width = rows.shape
        layer = cls(count, width, padding_idx, dtype=rows.dtype, rng=0)
        layer.weight = Tensor(rows, requires_grad=not freeze, label="weight")
        return layer

    def forward(self, indices: Any) -> Any:
        numbers = indices if isinstance(indices, Tensor) else np.asarray(indices)
        try:
            rows = embedding(self.weight, numbers)
        except IndexError as error:
            numbers = plain(numbers)
            raise RowNumberError(
                f"{self!r} got numbers from {numbers.min()} to {numbers.max()}; its rows are 0 to "
                f"{self.num_embeddings - 1}"
            ) from error
        except TypeError as error:
            raise RowNumberTypeError(
                f"{self!r} got an input of dtype {numbers.dtype}; it takes numbers of rows: "
                "convert whole numbers with .astype(int)"
            ) from error
        if self.padding_idx is None:
            return rows
        padding = (numbers == self.padding_idx)[..., None]
        return where(padding, self.weight[self.padding_idx].detach(), rows)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


def reads_indices(model: Module) -> bool:
    """Whether whole numbers that go into the model are to stay so: there is an embedding in it."""
    return any(isinstance(module, Embedding) for module in model.modules())
