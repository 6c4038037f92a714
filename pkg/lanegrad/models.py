"""Small networks by name, sized for the images that they get."""

from collections.abc import Callable

from . import nn
from .nn import functional as F
from .tensor import Tensor


class LeNet(nn.Module):
    """The network of PyTorch's "Training a Classifier" tutorial: two 5 x 5 convolutions, each with
    ReLU and 2 x 2 max pooling, then three fully connected layers.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Height and width of the images, at least 16.
    num_classes : int

    Raises
    ------
    ValueError
        The images are too small.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.LeNet().parameters())
    62006
    """

    def __init__(self, in_channels: int = 3, image_size: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        side = ((image_size - 4) // 2 - 4) // 2
        if side < 1:
            raise ValueError(f"lenet needs images of 16 x 16 or more; found {image_size}")
        self.features = 16 * side * side
        self.conv1 = nn.Conv2d(in_channels, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(self.features, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, image_size, image_size) to logits (N, num_classes)."""
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(-1, self.features)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class DigitsNet(nn.Module):
    """A network for small images: two 3 x 3 convolutions that keep the size, one 2 x 2 max pooling,
    two fully connected layers.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Height and width of the images, at least 2.
    num_classes : int

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.DigitsNet().parameters())
    38282
    """

    def __init__(self, in_channels: int = 1, image_size: int = 8, num_classes: int = 10) -> None:
        super().__init__()
        side = image_size // 2
        if side < 1:
            raise ValueError(f"digits needs images of 2 x 2 or more; found {image_size}")
        self.features = 32 * side * side
        self.conv1 = nn.Conv2d(in_channels, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(self.features, 64)
        self.fc2 = nn.Linear(64, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, image_size, image_size) to logits (N, num_classes)."""
        x = F.relu(self.conv1(x))
        x = self.pool(F.relu(self.conv2(x)))
        x = F.relu(self.fc1(x.view(-1, self.features)))
        return self.fc2(x)


MODELS: dict[str, Callable[[int, int, int], nn.Module]] = {"lenet": LeNet, "digits": DigitsNet}


def build(name: str, in_channels: int, image_size: int, num_classes: int) -> nn.Module:
    """The network of that name for images of that size.

    Parameters
    ----------
    name : str
        ``"lenet"`` or ``"digits"``.
    in_channels, image_size, num_classes : int

    Raises
    ------
    ValueError
        There is no network of that name, or the images are too small for it.

    Examples
    --------
    >>> from lanegrad import models
    >>> models.build("lenet", in_channels=1, image_size=28, num_classes=10).fc1.in_features
    256
    """
    if name not in MODELS:
        raise ValueError(f"no model named {name!r}; there are {', '.join(MODELS)}")
    return MODELS[name](in_channels, image_size, num_classes)
