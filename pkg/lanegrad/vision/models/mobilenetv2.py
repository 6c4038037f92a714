"""MobileNetV2 (Sandler et al., 2018) under torchvision's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import nn
from ..._tensor import Tensor
from ._options import checked

__all__ = ["MobileNetV2", "mobilenet_v2"]

Norm = Callable[[int], nn.Module]


def _make_divisible(v: float, divisor: int, min_value: int | None = None) -> int:
    """The multiple of the divisor next to a number, not below nine tenths of it."""
    nearest = max(min_value or divisor, int(v + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * v else nearest


def _conv(
    inputs: int, outputs: int, norm: Norm, kernel_size: int = 3, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """A convolution that keeps the size, a normalization and ReLU6."""
    return nn.Sequential(
        nn.Conv2d(
            inputs,
            outputs,
            kernel_size,
            stride=stride,
            padding=(kernel_size - 1) // 2,
            groups=groups,
            bias=False,
        ),
        norm(outputs),
        nn.ReLU6(inplace=True),
    )


class InvertedResidual(nn.Module):
    """Expanded to more planes, convolved plane by plane, and brought back to few."""

    def __init__(
        self, inp: int, oup: int, stride: int, expand_ratio: int, norm_layer: Norm | None = None
    ) -> None:
        super().__init__()
        if stride not in (1, 2):
            raise ValueError(f"stride should be 1 or 2 instead of {stride}")
        norm = norm_layer or nn.BatchNorm2d
        hidden = round(inp * expand_ratio)
        self.stride = stride
        self.use_res_connect = stride == 1 and inp == oup
        layers = [] if expand_ratio == 1 else [_conv(inp, hidden, norm, kernel_size=1)]
        self.conv = nn.Sequential(
            *layers,
            _conv(hidden, hidden, norm, stride=stride, groups=hidden),
            nn.Conv2d(hidden, oup, 1, 1, 0, bias=False),
            norm(oup),
        )
        self.out_channels = oup

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.conv(x)
        return x + result if self.use_res_connect else result


# Of each stage: expansion, planes, blocks, stride of the first.
_STAGES = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip


class MobileNetV2(nn.Module):
    """Inverted residual blocks.

    Parameters
    ----------
    num_classes : int
    width_mult : float
        How many times as many planes.
    inverted_residual_setting : sequence of four ints each, optional
        Of each stage: expansion, planes, blocks, stride of the first.
    round_nearest : int
        What the numbers of planes are multiples of.
    block : callable, optional
        Makes a block; `InvertedResidual`.
    norm_layer : callable, optional
        Makes a normalization of a number of channels; `BatchNorm2d`.
    dropout : float
    """

    def __init__(
        self,
        num_classes: int = 1000,
        width_mult: float = 1.0,
        inverted_residual_setting: Sequence[Sequence[int]] | None = None,
        round_nearest: int = 8,
        block: Callable[..., nn.Module] | None = None,
        norm_layer: Norm | None = None,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        make = block or InvertedResidual
        norm = norm_layer or nn.BatchNorm2d
        stages = _STAGES if inverted_residual_setting is None else inverted_residual_setting
        if not stages or any(len(stage) != 4 for stage in stages):
            raise ValueError(
                "inverted_residual_setting should be non-empty or a 4-element list, got "
                f"{inverted_residual_setting}"
            )
        channels = _make_divisible(32 * width_mult, round_nearest)
        self.last_channel = _make_divisible(1280 * max(1.0, width_mult), round_nearest)
        layers: list[nn.Module] = [_conv(3, channels, norm, stride=2)]
        for expansion, planes, blocks, stride in stages:
            outputs = _make_divisible(planes * width_mult, round_nearest)
            for number in range(blocks):
                first = stride if number == 0 else 1
                layers.append(
                    make(channels, outputs, first, expand_ratio=expansion, norm_layer=norm)
                )
                channels = outputs
        layers.append(_conv(channels, self.last_channel, norm, kernel_size=1))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), nn.Linear(self.last_channel, num_classes)
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
            if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.classifier(self.features(x).mean((2, 3)))
        return result


def mobilenet_v2(weights: Any = None, progress: bool = True, **kwargs: Any) -> MobileNetV2:
    """See `MobileNetV2` for the options; there are no trained weights."""
    return MobileNetV2(**checked(weights, kwargs))
