"""Residual networks (He et al., 2015) under torchvision's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ... import nn
from ..._tensor import Tensor
from ._options import checked

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "ResNet",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnext50_32x4d",
    "wide_resnet50_2",
]

Norm = Callable[[int], nn.Module]


def conv3x3(
    in_planes: int, out_planes: int, stride: int = 1, groups: int = 1, dilation: int = 1
) -> nn.Conv2d:
    """A convolution of 3 x 3 without a bias that keeps the size."""
    return nn.Conv2d(
        in_planes,
        out_planes,
        kernel_size=3,
        stride=stride,
        padding=dilation,
        groups=groups,
        bias=False,
        dilation=dilation,
    )


def conv1x1(in_planes: int, out_planes: int, stride: int = 1) -> nn.Conv2d:
    """A convolution of 1 x 1 without a bias."""
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)


class _Block(nn.Module):
    """What a block computes is added to its input, or to what `downsample` makes of that."""

    expansion: ClassVar[int]
    downsample: Callable[[Any], Any] | None
    relu: Callable[[Any], Any]

    def residual(self, x: Tensor) -> Tensor:
        """What is added."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        result: Tensor = self.relu(self.residual(x) + identity)
        return result


class BasicBlock(_Block):
    """Two convolutions of 3 x 3."""

    expansion = 1

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Norm | None = None,
    ) -> None:
        super().__init__()
        if groups != 1 or base_width != 64:
            raise ValueError("BasicBlock only supports groups=1 and base_width=64")
        if dilation > 1:
            raise NotImplementedError("Dilation > 1 not supported in BasicBlock")
        norm = norm_layer or nn.BatchNorm2d
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = norm(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = norm(planes)
        self.downsample = downsample
        self.stride = stride

    def residual(self, x: Tensor) -> Tensor:
        """What is added."""
        result: Tensor = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return result


class Bottleneck(_Block):
    """Convolutions of 1 x 1, 3 x 3 and 1 x 1, the last to four times as many planes."""

    expansion = 4

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Norm | None = None,
    ) -> None:
        super().__init__()
        norm = norm_layer or nn.BatchNorm2d
        width = int(planes * (base_width / 64)) * groups
        self.conv1 = conv1x1(inplanes, width)
        self.bn1 = norm(width)
        self.conv2 = conv3x3(width, width, stride, groups, dilation)
        self.bn2 = norm(width)
        self.conv3 = conv1x1(width, planes * self.expansion)
        self.bn3 = norm(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def residual(self, x: Tensor) -> Tensor:
        """What is added."""
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        result: Tensor = self.bn3(self.conv3(x))
        return result


class ResNet(nn.Module):
    """A residual network of four stages.

    Parameters
    ----------
    block : type
        `BasicBlock` or `Bottleneck`.
    layers : sequence of int
        Blocks of each stage.
    num_classes : int
    zero_init_residual : bool
        Whether each block starts as the identity.
    groups, width_per_group : int
        Of the middle convolution of a `Bottleneck`.
    replace_stride_with_dilation : sequence of three bools, optional
        For the last three stages.
    norm_layer : callable, optional
        Makes a normalization of a number of channels; `BatchNorm2d`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.models.resnet import BasicBlock, ResNet
    >>> net = ResNet(BasicBlock, [1, 1, 1, 1], num_classes=10)
    >>> tuple(net(lanegrad.zeros(2, 3, 32, 32)).shape)
    (2, 10)
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        layers: Sequence[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
        groups: int = 1,
        width_per_group: int = 64,
        replace_stride_with_dilation: Sequence[bool] | None = None,
        norm_layer: Norm | None = None,
    ) -> None:
        super().__init__()
        self._norm_layer: Norm = norm_layer or nn.BatchNorm2d
        dilate = [False, *(replace_stride_with_dilation or (False, False, False))]
        if len(dilate) != 4:
            raise ValueError(
                "replace_stride_with_dilation should be None or a 3-element tuple, got "
                f"{replace_stride_with_dilation}"
            )
        self.inplanes, self.dilation = 64, 1
        self.groups, self.base_width = groups, width_per_group
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = self._norm_layer(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], 2, dilate[1])
        self.layer3 = self._make_layer(block, 256, layers[2], 2, dilate[2])
        self.layer4 = self._make_layer(block, 512, layers[3], 2, dilate[3])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif zero_init_residual and isinstance(module, BasicBlock | Bottleneck):
                last: Any = module.bn2 if isinstance(module, BasicBlock) else module.bn3
                nn.init.constant_(last.weight, 0.0)

    def _make_layer(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        planes: int,
        blocks: int,
        stride: int = 1,
        dilate: bool = False,
    ) -> nn.Sequential:
        before = self.dilation
        if dilate:
            self.dilation, stride = self.dilation * stride, 1
        downsample = None
        if stride != 1 or self.inplanes != planes * block.expansion:
            downsample = nn.Sequential(
                conv1x1(self.inplanes, planes * block.expansion, stride),
                self._norm_layer(planes * block.expansion),
            )
        made: list[nn.Module] = []
        for number in range(blocks):
            first = number == 0
            made.append(
                block(
                    self.inplanes,
                    planes,
                    stride if first else 1,
                    downsample if first else None,
                    self.groups,
                    self.base_width,
                    before if first else self.dilation,
                    self._norm_layer,
                )
            )
            self.inplanes = planes * block.expansion
        return nn.Sequential(*made)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        result: Tensor = self.fc(self.avgpool(x).flatten(1))
        return result


def _resnet(
    name: str, block: type[BasicBlock] | type[Bottleneck], layers: Sequence[int], **fixed: Any
) -> Callable[..., ResNet]:
    def make(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
        return ResNet(block, layers, **fixed, **checked(weights, kwargs))

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"{name}: see `ResNet` for the options; there are no trained weights."
    return make


resnet18 = _resnet("resnet18", BasicBlock, (2, 2, 2, 2))
resnet34 = _resnet("resnet34", BasicBlock, (3, 4, 6, 3))
resnet50 = _resnet("resnet50", Bottleneck, (3, 4, 6, 3))
resnet101 = _resnet("resnet101", Bottleneck, (3, 4, 23, 3))
resnet152 = _resnet("resnet152", Bottleneck, (3, 8, 36, 3))
resnext50_32x4d = _resnet("resnext50_32x4d", Bottleneck, (3, 4, 6, 3), groups=32, width_per_group=4)
wide_resnet50_2 = _resnet("wide_resnet50_2", Bottleneck, (3, 4, 6, 3), width_per_group=128)
