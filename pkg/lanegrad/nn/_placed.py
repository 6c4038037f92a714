"""Where a module is and what it computes in: on the CPU, and float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, Self

import numpy as np

from .._tensor.placement import check_placement


def check_floats(device: Any, dtype: Any) -> None:
    """Refuses another device than the CPU, and another dtype than float32; None stands for either."""
    wanted = check_placement(device, dtype=dtype)
    if wanted is not None and wanted != np.float32:
        raise TypeError(f"a module's parameters are float32, found {wanted}")


def _refused(advice: str) -> Callable[..., NoReturn]:
    """A method that says why it is not there."""

    def refuse(self: Placed, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(advice)

    return refuse


class Placed:
    """The methods of modules that in PyTorch move them to another device or dtype."""

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """The module itself, which is on the CPU and of float32: RuntimeError for anything else."""
        check_floats(None, check_placement(*args, **kwargs))
        return self

    def type(self, dst_type: Any) -> Self:
        """The module itself, for float32: RuntimeError or TypeError for anything else."""
        check_floats(None, dst_type)
        return self

    def cpu(self) -> Self:
        """The module itself."""
        return self

    def float(self) -> Self:
        """The module itself, whose parameters are float32."""
        return self

    cuda = _refused("lanegrad runs on the CPU alone: leave .cuda() out")
    double = _refused("lanegrad computes in float32: leave .double() out")
    half = _refused("lanegrad computes in float32: leave .half() out")
    bfloat16 = _refused("lanegrad computes in float32: leave .bfloat16() out")
    share_memory = _refused("lanegrad's tensors are not shared by processes: use threads instead")

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """The module itself, on the CPU: what its tensors hold then is of no matter."""
        return self.to(device)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing, as `lanegrad.compile` says."""
