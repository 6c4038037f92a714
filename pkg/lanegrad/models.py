"""Small networks by name, sized for the images that they get."""

from collections.abc import Callable

from . import nn
from ._missing import missing_names
from ._tensor import Tensor
from .nn import functional as F


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


class VGG(nn.Module):
    """A small network in the manner of Simonyan and Zisserman (2015): two 3 x 3 convolutions to 32
    channels, pooling, two to 64, pooling, one fully connected layer.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Height and width of the images, at least 4.
    num_classes : int

    Raises
    ------
    ValueError
        The images are too small.

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.VGG().parameters())
    106538
    """

    def __init__(self, in_channels: int = 3, image_size: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        side = image_size // 2 // 2
        if side < 1:
            raise ValueError(f"vgg needs images of 4 x 4 or more; found {image_size}")
        self.conv1 = nn.Conv2d(in_channels, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 32, 3, padding=1)
        self.conv3 = nn.Conv2d(32, 64, 3, padding=1)
        self.conv4 = nn.Conv2d(64, 64, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(64 * side * side, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, image_size, image_size) to logits (N, num_classes)."""
        x = F.relu(self.conv1(x))
        x = self.pool(F.relu(self.conv2(x)))
        x = F.relu(self.conv3(x))
        x = self.pool(F.relu(self.conv4(x)))
        return self.fc(x.flatten(1))


class BasicBlock(nn.Module):
    """The block of small residual networks: two 3 x 3 convolutions with batch norm, added to their
    input, or where the size changes to a 1 x 1 convolution of it.

    Parameters
    ----------
    in_channels, out_channels : int
    stride : int
        Of the first convolution.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import models
    >>> models.BasicBlock(16, 32, stride=2)(lanegrad.zeros(1, 16, 8, 8)).shape
    (1, 32, 4, 4)
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) to (N, out_channels, ceil(H / stride), ceil(W / stride))."""
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet20(nn.Module):
    """The residual network of 20 layers for CIFAR-10 of He et al. (2016, "Deep Residual Learning for
    Image Recognition"), with projections where the size changes (their option B) and torchvision's
    names.

    Parameters
    ----------
    in_channels : int
        Channels of the images.
    image_size : int
        Any: the last convolution's result is averaged over its pixels.
    num_classes : int

    Examples
    --------
    >>> from lanegrad import models
    >>> sum(p.numel() for p in models.ResNet20().parameters())
    272474
    """

    def __init__(self, in_channels: int = 3, image_size: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self._stage(16, 16, 1)
        self.layer2 = self._stage(16, 32, 2)
        self.layer3 = self._stage(32, 64, 2)
        self.fc = nn.Linear(64, num_classes)

    @staticmethod
    def _stage(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
        return nn.Sequential(
            BasicBlock(in_channels, out_channels, stride),
            BasicBlock(out_channels, out_channels),
            BasicBlock(out_channels, out_channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, H, W) to logits (N, num_classes)."""
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


MODELS: dict[str, Callable[[int, int, int], nn.Module]] = {
    "lenet": LeNet,
    "digits": DigitsNet,
    "vgg": VGG,
    "resnet20": ResNet20,
}


def build(name: str, in_channels: int, image_size: int, num_classes: int) -> nn.Module:
    """The network of that name for images of that size.

    Parameters
    ----------
    name : str
        ``"lenet"``, ``"digits"``, ``"vgg"`` or ``"resnet20"``.
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


__getattr__ = missing_names(__name__)
