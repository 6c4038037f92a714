"""Networks by name, sized for the images that they get."""

from __future__ import annotations

from collections.abc import Callable

from .. import nn
from .._missing import missing_names
from ._sizes import at_least
from ._summary import LayerSummary, Summary, summary
from .airbench import Airbench
from .convmixer import ConvMixer
from .densenet import DenseNetBC
from .digits import DigitsNet
from .lenet import LeNet
from .mlp import MLP
from .mobilenet import MobileNet
from .resnet import BasicBlock, ResNet18, ResNet20, ResNet32, ResNet44, ResNet56
from .vgg import VGG
from .wideresnet import WideResNet

__all__ = [
    "MLP",
    "MODELS",
    "VGG",
    "Airbench",
    "BasicBlock",
    "ConvMixer",
    "DenseNetBC",
    "DigitsNet",
    "LayerSummary",
    "LeNet",
    "MobileNet",
    "ResNet18",
    "ResNet20",
    "ResNet32",
    "ResNet44",
    "ResNet56",
    "Summary",
    "WideResNet",
    "build",
    "summary",
]

MODELS: dict[str, Callable[[int, int, int], nn.Module]] = {
    "lenet": LeNet,
    "digits": DigitsNet,
    "mlp": MLP,
    "vgg": VGG,
    "resnet20": ResNet20,
    "resnet32": ResNet32,
    "resnet44": ResNet44,
    "resnet56": ResNet56,
    "resnet18": ResNet18,
    "wideresnet": WideResNet,
    "mobilenet": MobileNet,
    "densenet-bc": DenseNetBC,
    "airbench": Airbench,
    "convmixer": ConvMixer,
}
"""What makes the network of each name, of the images' channels, their height and width, and the classes."""


def build(name: str, in_channels: int, image_size: int, num_classes: int) -> nn.Module:
    """The network of that name for images of that size.

    Parameters
    ----------
    name : str
        One of `MODELS`.
    in_channels, image_size, num_classes : int

    Raises
    ------
    ValueError
        There is no network of that name, the images are too small for it, or a number is below 1.

    Examples
    --------
    >>> from lanegrad import models
    >>> models.build("lenet", in_channels=1, image_size=28, num_classes=10).fc1.in_features
    256
    """
    if name not in MODELS:
        raise ValueError(f"no model named {name!r}; there are {', '.join(MODELS)}")
    for what, number in (("channels", in_channels), ("classes", num_classes)):
        if number < 1:
            raise ValueError(f"{name} needs one of its {what} at least; found {number}")
    at_least(1, image_size, name)
    return MODELS[name](in_channels, image_size, num_classes)


__getattr__ = missing_names(__name__)
