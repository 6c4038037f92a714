"""SqueezeNet (Iandola et al., 2016) under torchvision's names."""

from __future__ import annotations

from typing import Any

from ... import nn
from ..._tensor import Tensor
from ..._tensor.joining import cat
from ._options import checked

__all__ = ["SqueezeNet", "squeezenet1_0", "squeezenet1_1"]


class Fire(nn.Module):
    """A convolution to few planes, and of these two side by side, of 1 x 1 and 3 x 3."""

    def __init__(
        self, inplanes: int, squeeze_planes: int, expand1x1_planes: int, expand3x3_planes: int
    ) -> None:
        super().__init__()
        self.inplanes = inplanes
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, kernel_size=1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand1x1_planes, kernel_size=1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand3x3_planes, kernel_size=3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.squeeze_activation(self.squeeze(x))
        parts = [
            self.expand1x1_activation(self.expand1x1(x)),
            self.expand3x3_activation(self.expand3x3(x)),
        ]
        return cat(parts, 1)


# The number of planes that a Fire squeezes to and expands to in each of its halves; None pools.
_LAYOUTS: dict[str, list[tuple[int, int] | None]] = {
    "1_0": [None, (16, 64), (16, 64), (32, 128), None, (32, 128), (48, 192), (48, 192), (64, 256), None,
            (64, 256)],
    "1_1": [None, (16, 64), (16, 64), None, (32, 128), (32, 128), None, (48, 192), (48, 192), (64, 256),
            (64, 256)],
}  # fmt: skip


class SqueezeNet(nn.Module):
    """Convolutions alone, for few parameters.

    Parameters
    ----------
    version : str
        '1_0' or '1_1', which computes less.
    num_classes : int
    dropout : float

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.models import squeezenet1_1
    >>> tuple(squeezenet1_1(num_classes=10)(lanegrad.zeros(1, 3, 32, 32)).shape)
    (1, 10)
    """

    def __init__(self, version: str = "1_0", num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        if version not in _LAYOUTS:
            raise ValueError(f"Unsupported SqueezeNet version {version}: 1_0 or 1_1 expected")
        self.num_classes = num_classes
        channels, size = (96, 7) if version == "1_0" else (64, 3)
        layers: list[nn.Module] = [
            nn.Conv2d(3, channels, kernel_size=size, stride=2),
            nn.ReLU(inplace=True),
        ]
        for planes in _LAYOUTS[version]:
            if planes is None:
                layers.append(nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True))
            else:
                squeeze, expand = planes
                layers.append(Fire(channels, squeeze, expand, expand))
                channels = 2 * expand
        self.features = nn.Sequential(*layers)
        last = nn.Conv2d(512, num_classes, kernel_size=1)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), last, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                if module is last:
                    nn.init.normal_(module.weight, mean=0.0, std=0.01)
                else:
                    nn.init.kaiming_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.constant_(module.bias, 0)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.classifier(self.features(x)).flatten(1)
        return result


def squeezenet1_0(weights: Any = None, progress: bool = True, **kwargs: Any) -> SqueezeNet:
    """See `SqueezeNet` for the options; there are no trained weights."""
    return SqueezeNet("1_0", **checked(weights, kwargs))


def squeezenet1_1(weights: Any = None, progress: bool = True, **kwargs: Any) -> SqueezeNet:
    """See `SqueezeNet` for the options; there are no trained weights."""
    return SqueezeNet("1_1", **checked(weights, kwargs))
