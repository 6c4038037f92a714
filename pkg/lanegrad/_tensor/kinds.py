"""Kinds of tensors that there are in PyTorch and not here, which programs ask about before they compute."""

from __future__ import annotations

from typing import Any, TypeVar

_T = TypeVar("_T", bound="Kinds")


class Kinds:
    """The part of `Tensor` that answers: it is real, dense, of the CPU, and belongs to this process.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.ones(2)
    >>> x.is_sparse, x.is_complex(), x.conj() is x
    (False, False, True)
    """

    __slots__ = ()

    is_cpu = True
    is_cuda = is_ipu = is_maia = is_meta = is_mkldnn = is_mps = is_mtia = is_vulkan = is_xla = False
    is_xpu = is_nested = is_quantized = is_sparse = is_sparse_csr = False

    def is_complex(self) -> bool:
        """Whether it holds complex numbers: never."""
        return False

    def is_conj(self) -> bool:
        """Whether it is to be conjugated: never."""
        return False

    def is_neg(self) -> bool:
        """Whether its sign is to be changed: never."""
        return False

    def is_distributed(self) -> bool:
        """Whether it is spread over processes: never."""
        return False

    def is_shared(self) -> bool:
        """Whether other processes have its memory: never."""
        return False

    def is_pinned(self, device: Any = None) -> bool:
        """Whether a GPU reads its memory: never."""
        return False

    def conj(self: _T) -> _T:
        """The tensor itself, which is real."""
        return self

    conj_physical = resolve_conj = resolve_neg = conj

    @property
    def real(self: _T) -> _T:
        """The tensor itself, which is real."""
        return self

    def to_dense(self: _T, dtype: Any = None, *, masked_grad: bool | None = None) -> _T:
        """The tensor itself, which is dense."""
        if dtype is not None and dtype != self.dtype:  # type: ignore[attr-defined]
            raise TypeError(f"to_dense changes no dtype: use .to({dtype})")
        return self
