"""A table of trained rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _core
from .._tensor import Tensor, overwrite
from ..random import generator
from . import functional as F
from ._parameters import new_parameter
from ._placed import check_floats
from .module import Module
from .parameter import Parameter

__all__ = ["Embedding"]


class Embedding(Module):
    """A table whose rows are found by number.

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        How many rows there are, and how many numbers in each.
    padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse
        As in `lanegrad.nn.functional.embedding`; row `padding_idx` is zero at first.
    device, dtype : optional
        "cpu" and float32, which is all there is.

    Attributes
    ----------
    weight : Parameter, (num_embeddings, embedding_dim)
        Of the standard normal distribution at first.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Embedding(10, 3)([[1, 2, 4, 5], [4, 3, 2, 9]]).shape
    (2, 4, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_floats(device, dtype)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise AssertionError(f"padding_idx must be one of {num_embeddings} rows")
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        if _weight is None:
            self.weight = new_parameter(num_embeddings, embedding_dim)
            self.reset_parameters()
        else:
            self.weight = Parameter(_weight)
        self.weight.requires_grad = not _freeze

    @classmethod
    def from_pretrained(
        cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None, **options: Any
    ) -> Embedding:
        """A layer of a table that is there, which is not trained if `freeze`.

        Examples
        --------
        >>> import lanegrad
        >>> from lanegrad import nn
        >>> nn.Embedding.from_pretrained(lanegrad.tensor([[1.0, 2.0], [3.0, 4.0]]))([1])
        tensor([[3., 4.]])
        """
        rows, features = embeddings.shape
        return cls(rows, features, padding_idx, **options, _weight=embeddings, _freeze=freeze)

    def reset_parameters(self) -> None:
        """Draw the table anew."""
        values = generator().standard_normal(self.weight.shape, np.float32)
        if self.padding_idx is not None:
            values[self.padding_idx] = 0
        overwrite(self.weight, _core.adopt(values))

    def forward(self, input: Any) -> Tensor:
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        usual = (
            ("padding_idx", None),
            ("max_norm", None),
            ("norm_type", 2),
            ("scale_grad_by_freq", False),
            ("sparse", False),
        )
        for name, value in usual:
            if getattr(self, name) != value:
                text += f", {name}={getattr(self, name)}"
        return text
