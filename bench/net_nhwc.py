"""The networks of net.py as functions of their parameters and of images (N, H, W, C), for frameworks
that want it so.
"""

from typing import Any, Protocol

from .problems import RESNET_STAGES


class Ops(Protocol):
    """What a framework must provide. A layer is called by its name, which says its parameters."""

    def conv(self, name: str, x: Any, stride: int = 1, padding: int = 0) -> Any:
        """A convolution, with a bias where there is one."""

    def linear(self, name: str, x: Any) -> Any:
        """A fully connected layer."""

    def norm(self, name: str, x: Any) -> Any:
        """Batch normalization in training, which updates the running statistics."""

    def relu(self, x: Any) -> Any: ...

    def max_pool(self, x: Any) -> Any:
        """2 x 2."""

    def mean(self, x: Any) -> Any:
        """Over height and width: (N, C)."""

    def flatten(self, x: Any) -> Any:
        """(N, H * W * C)."""


def forward(network: str, o: Ops, x: Any) -> Any:
    """The logits of one of `problems.NETWORKS`."""
    return {"Net": _net, "VGG": _vgg, "ResNet-20": _resnet20}[network](o, x)


def _net(o: Ops, x: Any) -> Any:
    x = o.max_pool(o.relu(o.conv("conv1", x)))
    x = o.max_pool(o.relu(o.conv("conv2", x)))
    x = o.relu(o.linear("fc1", o.flatten(x)))
    x = o.relu(o.linear("fc2", x))
    return o.linear("fc3", x)


def _vgg(o: Ops, x: Any) -> Any:
    x = o.relu(o.conv("conv1", x, padding=1))
    x = o.max_pool(o.relu(o.conv("conv2", x, padding=1)))
    x = o.relu(o.conv("conv3", x, padding=1))
    x = o.max_pool(o.relu(o.conv("conv4", x, padding=1)))
    return o.linear("fc", o.flatten(x))


def _resnet20(o: Ops, x: Any) -> Any:
    x = o.relu(o.norm("bn1", o.conv("conv1", x, padding=1)))
    for block, inputs, outputs in RESNET_STAGES:
        stride = 1 if inputs == outputs else 2
        y = o.conv(f"{block}.conv1", x, stride, padding=1)
        y = o.conv(f"{block}.conv2", o.relu(o.norm(f"{block}.bn1", y)), padding=1)
        y = o.norm(f"{block}.bn2", y)
        if stride != 1:
            x = o.norm(f"{block}.downsample.1", o.conv(f"{block}.downsample.0", x, stride))
        x = o.relu(y + x)
    return o.linear("fc", o.mean(x))
