"""DataParallel, for programs that name it: here it calls its module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .module import Module

__all__ = ["DataParallel"]


class DataParallel(Module):
    """A module under the name `module`, which is called with all data: kernels use all cores anyway.

    Parameters
    ----------
    module : Module
    device_ids, output_device, dim
        Accepted for PyTorch's sake.

    Examples
    --------
    >>> from lanegrad import nn
    >>> net = nn.DataParallel(nn.Linear(4, 2))
    >>> list(net.state_dict())
    ['module.weight', 'module.bias']
    """

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[Any] | None = None,
        output_device: Any = None,
        dim: int = 0,
    ) -> None:
        super().__init__()
        self.module, self.dim = module, dim
        self.device_ids: list[Any] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)
