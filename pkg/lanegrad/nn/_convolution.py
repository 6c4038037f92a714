"""What all convolution layers have in common."""

from __future__ import annotations

from typing import Any

from ._parameters import Weighted

MODES = ("zeros", "reflect", "replicate", "circular")


class Convolution(Weighted):
    """A convolution, or a transposed one; subclasses say what their sizes are."""

    _transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        sizes: dict[str, Any],
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"groups must divide in_channels={in_channels} and out_channels={out_channels}, "
                f"found {groups}"
            )
        modes = MODES[:1] if self._transposed else MODES
        if padding_mode not in modes:
            known = " or ".join(f'"{mode}"' for mode in modes)
            raise ValueError(f'padding_mode must be {known}, found "{padding_mode}"')
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride = sizes["kernel_size"], sizes["stride"]
        self.padding, self.dilation = sizes["padding"], sizes["dilation"]
        self.transposed = self._transposed
        self.output_padding = sizes.get("output_padding", (0,) * len(self.kernel_size))
        self.groups, self.padding_mode = groups, padding_mode
        self._set_weights(out_channels if bias else None, device, dtype)

    def _weight_shape(self) -> tuple[int, ...]:
        channels = self.out_channels, self.in_channels
        first, second = channels[::-1] if self.transposed else channels
        return (first, second // self.groups, *self.kernel_size)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        text += f", stride={self.stride}"
        for name, usual in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            value = getattr(self, name)
            if value != (usual,) * len(self.kernel_size):
                text += f", {name}={value}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        return text if self.padding_mode == "zeros" else f"{text}, padding_mode={self.padding_mode}"
