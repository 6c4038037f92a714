"""The networks that the training benchmark times, written once for every framework with PyTorch's
names. `nn` and `F` are ``torch.nn`` and ``torch.nn.functional``, or lanegrad's.
"""

from collections.abc import Callable, Mapping
from typing import Any


def make_net(network: str, nn: Any, F: Any, weights: Mapping[str, Any]) -> Any:
    """A network with the given parameters.

    Parameters
    ----------
    network : str
        One of `problems.NETWORKS`.
    nn, F : modules
    weights : mapping
        The framework's tensors by parameter name; what is not named keeps its initial value.
    """
    net = {"Net": _net, "VGG": _vgg, "ResNet-20": _resnet20}[network](nn, F)
    net.load_state_dict(weights, strict=False)
    return net


def make_step(
    net: Any,
    nn: Any,
    optim: Any,
    forward: Callable[..., Any] | None = None,
    criterion: Callable[[Any, Any], Any] | None = None,
) -> Callable[[Any, Any], Any]:
    """A function of images and labels that does one training step as users write it, and returns the
    loss. `forward` is what computes the network's logits where that is not the network itself, and
    `criterion` the loss where that is not cross-entropy.
    """
    forward = net if forward is None else forward
    criterion = nn.CrossEntropyLoss() if criterion is None else criterion
    optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=0.9)

    def step(inputs: Any, labels: Any) -> Any:
        optimizer.zero_grad()
        loss = criterion(forward(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def _net(nn: Any, F: Any) -> Any:
    class Net(nn.Module):
        """The network of PyTorch's "Training a Classifier" tutorial."""

        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 6, 5)
            self.pool = nn.MaxPool2d(2, 2)
            self.conv2 = nn.Conv2d(6, 16, 5)
            self.fc1 = nn.Linear(16 * 5 * 5, 120)
            self.fc2 = nn.Linear(120, 84)
            self.fc3 = nn.Linear(84, 10)

        def forward(self, x: Any) -> Any:
            x = self.pool(F.relu(self.conv1(x)))
            x = self.pool(F.relu(self.conv2(x)))
            x = x.flatten(1)
            x = F.relu(self.fc1(x))
            x = F.relu(self.fc2(x))
            return self.fc3(x)

    return Net()


def _vgg(nn: Any, F: Any) -> Any:
    class VGG(nn.Module):
        """Pairs of 3 x 3 convolutions between poolings, after Simonyan and Zisserman (2015)."""

        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 32, 3, padding=1)
            self.conv2 = nn.Conv2d(32, 32, 3, padding=1)
            self.conv3 = nn.Conv2d(32, 64, 3, padding=1)
            self.conv4 = nn.Conv2d(64, 64, 3, padding=1)
            self.pool = nn.MaxPool2d(2, 2)
            self.fc = nn.Linear(64 * 8 * 8, 10)

        def forward(self, x: Any) -> Any:
            x = F.relu(self.conv1(x))
            x = self.pool(F.relu(self.conv2(x)))
            x = F.relu(self.conv3(x))
            x = self.pool(F.relu(self.conv4(x)))
            return self.fc(x.flatten(1))

    return VGG()


def _resnet20(nn: Any, F: Any) -> Any:
    class Block(nn.Module):
        def __init__(self, inputs: int, outputs: int, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.downsample = None
            if stride != 1:
                self.downsample = nn.Sequential(
                    nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
                )

        def forward(self, x: Any) -> Any:
            y = F.relu(self.bn1(self.conv1(x)))
            y = self.bn2(self.conv2(y))
            return F.relu(y + (self.downsample(x) if self.downsample else x))

    class ResNet20(nn.Module):
        """He et al. (2015) for CIFAR-10, with projections (option B) where the size changes."""

        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(16)
            self.layer1 = nn.Sequential(Block(16, 16, 1), Block(16, 16, 1), Block(16, 16, 1))
            self.layer2 = nn.Sequential(Block(16, 32, 2), Block(32, 32, 1), Block(32, 32, 1))
            self.layer3 = nn.Sequential(Block(32, 64, 2), Block(64, 64, 1), Block(64, 64, 1))
            self.fc = nn.Linear(64, 10)

        def forward(self, x: Any) -> Any:
            x = F.relu(self.bn1(self.conv1(x)))
            x = self.layer3(self.layer2(self.layer1(x)))
            return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))

    return ResNet20()
