"""Layers that give images another size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._tensor import Tensor
from . import functional as F
from .module import Module

__all__ = ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"]


class Upsample(Module):
    """Images (N, C, H, W), or signals (N, C, L), of another size.

    Parameters
    ----------
    size, scale_factor, mode, align_corners, recompute_scale_factor
        As in `lanegrad.nn.functional.interpolate`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Upsample(scale_factor=2, mode="bilinear")(lanegrad.zeros(4, 3, 8, 8)).shape
    (4, 3, 16, 16)
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size, self.mode, self.align_corners = size, mode, align_corners
        self.scale_factor: Any = scale_factor
        if scale_factor is not None:
            several = not isinstance(scale_factor, int | float)
            self.scale_factor = tuple(map(float, scale_factor)) if several else float(scale_factor)  # type: ignore[arg-type]
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Any) -> Tensor:
        return F.interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            self.recompute_scale_factor,
        )

    def extra_repr(self) -> str:
        if self.scale_factor is not None:
            return f"scale_factor={self.scale_factor!r}, mode={self.mode!r}"
        return f"size={self.size!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """As `Upsample` with mode="nearest".

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.UpsamplingNearest2d(scale_factor=2)(lanegrad.zeros(4, 3, 8, 8)).shape
    (4, 3, 16, 16)
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
    ) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """As `Upsample` with mode="bilinear" and align_corners=True.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.UpsamplingBilinear2d(size=(12, 16))(lanegrad.zeros(4, 3, 8, 8)).shape
    (4, 3, 12, 16)
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
    ) -> None:
        super().__init__(size, scale_factor, "bilinear", True)
