"""VGG networks (Simonyan and Zisserman, 2014) under torchvision's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import nn
from ..._tensor import Tensor
from ._options import checked

__all__ = [
    "VGG",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]


class VGG(nn.Module):
    """Convolutions, then three linear layers.

    Parameters
    ----------
    features : Module
        Gives 512 planes, which are pooled to 7 x 7.
    num_classes : int
    init_weights : bool
    dropout : float
    """

    def __init__(
        self,
        features: nn.Module,
        num_classes: int = 1000,
        init_weights: bool = True,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, num_classes),
        )
        for module in self.modules() if init_weights else ():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
            if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
                nn.init.constant_(module.bias, 0)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return result


def make_layers(cfg: Sequence[str | int], batch_norm: bool = False) -> nn.Sequential:
    """Convolutions of 3 x 3 of so many planes, each with ReLU, and pooling where there is an "M".

    Examples
    --------
    >>> from lanegrad.vision.models.vgg import make_layers
    >>> len(make_layers([8, "M"], batch_norm=True))
    4
    """
    layers: list[nn.Module] = []
    channels = 3
    for planes in cfg:
        if isinstance(planes, str):
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
            continue
        layers.append(nn.Conv2d(channels, planes, kernel_size=3, padding=1))
        if batch_norm:
            layers.append(nn.BatchNorm2d(planes))
        layers.append(nn.ReLU(inplace=True))
        channels = planes
    return nn.Sequential(*layers)


def _planes(*counts: int) -> list[str | int]:
    """So many convolutions of each of the five stages."""
    stages: list[str | int] = []
    for count, planes in zip(counts, (64, 128, 256, 512, 512), strict=True):
        stages += [planes] * count
        stages.append("M")
    return stages


cfgs = {
    "A": _planes(1, 1, 2, 2, 2),
    "B": _planes(2, 2, 2, 2, 2),
    "D": _planes(2, 2, 3, 3, 3),
    "E": _planes(2, 2, 4, 4, 4),
}


def _vgg(name: str, cfg: str, batch_norm: bool) -> Callable[..., VGG]:
    def make(weights: Any = None, progress: bool = True, **kwargs: Any) -> VGG:
        return VGG(make_layers(cfgs[cfg], batch_norm), **checked(weights, kwargs))

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"{name}: see `VGG` for the options; there are no trained weights."
    return make


vgg11, vgg11_bn = _vgg("vgg11", "A", False), _vgg("vgg11_bn", "A", True)
vgg13, vgg13_bn = _vgg("vgg13", "B", False), _vgg("vgg13_bn", "B", True)
vgg16, vgg16_bn = _vgg("vgg16", "D", False), _vgg("vgg16_bn", "D", True)
vgg19, vgg19_bn = _vgg("vgg19", "E", False), _vgg("vgg19_bn", "E", True)
