"""Training steps of a small network, a part of which is the framework's, or is written by hand in tensor
operations: a loss, or a layer in its middle. `m`, `nn` and `F` are ``torch``, ``torch.nn`` and
``torch.nn.functional``, or lanegrad's.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .net import make_step as net_step

BUILT_IN, BY_HAND = FORMS = ("built in", "by hand")
CHANNELS, CLASSES, GROUPS, SQUEEZED, EXPANDED = 16, 10, 4, 4, 64
EPS = 1e-5


def make_step(
    part: str, form: str, m: Any, nn: Any, F: Any, optim: Any
) -> Callable[[Any, Any], Any]:
    """A function of images and answers, one for each class, that does one training step and returns the loss.

    Parameters
    ----------
    part : str
        One of `PARTS`.
    form : str
        One of `FORMS`: both compute the same.
    m, nn, F, optim : modules
    """
    of_part = PARTS[part](m, nn, F)[FORMS.index(form)]
    is_layer = part in LAYERS
    criterion = F.mse_loss if is_layer else of_part
    net = _net(nn, F, of_part if is_layer else lambda: nn.Identity())
    _fill(net, m)
    return net_step(net, nn, optim, criterion=criterion)


def _net(nn: Any, F: Any, make_middle: Callable[[], Any]) -> Any:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, CHANNELS, 3, padding=1)
            self.middle = make_middle()
            self.conv2 = nn.Conv2d(CHANNELS, 2 * CHANNELS, 3, stride=2, padding=1)
            self.fc = nn.Linear(2 * CHANNELS, CLASSES)

        def forward(self, x: Any) -> Any:
            x = self.middle(F.relu(self.conv1(x)))
            x = F.relu(self.conv2(x))
            return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))

    return Net()


def _fill(net: Any, m: Any) -> None:
    """The same parameters in every framework and form, by their order."""
    draw = np.random.default_rng(0)
    with m.no_grad():
        for parameter in net.parameters():
            values = draw.standard_normal(tuple(parameter.shape), np.float32)
            size = math.prod(parameter.shape[1:])
            parameter.copy_(
                m.tensor(values / math.sqrt(size) if parameter.ndim > 1 else 1 + 0.1 * values)
            )


# --- losses: functions of outputs and answers ---------------------------------------------------------


def _mean_squared_error(m: Any, nn: Any, F: Any) -> tuple[Any, Any]:
    return F.mse_loss, lambda o, y: ((o - y) ** 2).mean()


def _kullback_leibler(m: Any, nn: Any, F: Any) -> tuple[Any, Any]:
    def built_in(o: Any, y: Any) -> Any:
        return F.kl_div(F.log_softmax(o, 1), y, reduction="batchmean")

    def by_hand(o: Any, y: Any) -> Any:
        return (y * (m.log(y) - F.log_softmax(o, 1))).sum() / len(o)

    return built_in, by_hand


def _focal_loss(m: Any, nn: Any, F: Any) -> tuple[Any, Any]:
    def built_in(o: Any, y: Any) -> Any:
        return F.sigmoid_focal_loss(o, y, reduction="mean")

    def by_hand(o: Any, y: Any) -> Any:
        p = m.sigmoid(o)
        surprise = F.binary_cross_entropy_with_logits(o, y, reduction="none")
        right = p * y + (1 - p) * (1 - y)
        return ((0.25 * y + 0.75 * (1 - y)) * surprise * (1 - right) ** 2).mean()

    return built_in, by_hand


# --- layers: functions that make one ------------------------------------------------------------------


def _squeeze_and_excitation(m: Any, nn: Any, F: Any) -> tuple[Any, Any]:
    class BuiltIn(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = nn.Sequential(
                nn.AdaptiveAvgPool2d(1),
                nn.Conv2d(CHANNELS, SQUEEZED, 1),
                nn.ReLU(),
                nn.Conv2d(SQUEEZED, CHANNELS, 1),
                nn.Sigmoid(),
            )

        def forward(self, x: Any) -> Any:
            return x * self.weights(x)

    class ByHand(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(CHANNELS, SQUEEZED)
            self.fc2 = nn.Linear(SQUEEZED, CHANNELS)

        def forward(self, x: Any) -> Any:
            weights = m.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3))))))
            return x * weights[:, :, None, None]

    return BuiltIn, ByHand


def _group_norm(m: Any, nn: Any, F: Any) -> tuple[Any, Any]:
    class ByHand(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(m.ones(CHANNELS))
            self.bias = nn.Parameter(m.zeros(CHANNELS))

        def forward(self, x: Any) -> Any:
            n, c, h, w = x.shape
            groups = x.reshape(n, GROUPS, c // GROUPS, h, w)
            centered = groups - groups.mean((2, 3, 4), keepdim=True)
            y = centered / ((centered**2).mean((2, 3, 4), keepdim=True) + EPS).sqrt()
            return y.reshape(n, c, h, w) * self.weight[:, None, None] + self.bias[:, None, None]

    return lambda: nn.GroupNorm(GROUPS, CHANNELS), ByHand


def _inverted_residual(m: Any, nn: Any, F: Any) -> tuple[Any, Any]:
    class BuiltIn(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                nn.Conv2d(CHANNELS, EXPANDED, 1, bias=False),
                nn.BatchNorm2d(EXPANDED),
                nn.ReLU6(),
                nn.Conv2d(EXPANDED, EXPANDED, 3, padding=1, groups=EXPANDED, bias=False),
                nn.BatchNorm2d(EXPANDED),
                nn.ReLU6(),
                nn.Conv2d(EXPANDED, CHANNELS, 1, bias=False),
                nn.BatchNorm2d(CHANNELS),
            )

        def forward(self, x: Any) -> Any:
            return x + self.layers(x)

    class Convolved(nn.Module):
        """A convolution, and a batch norm of its channels."""

        def __init__(self, inputs: int, outputs: int, size: int, groups: int = 1) -> None:
            super().__init__()
            self.options = {"padding": size // 2, "groups": groups}
            self.kernel = nn.Parameter(m.zeros(outputs, inputs // groups, size, size))
            self.scale = nn.Parameter(m.ones(outputs))
            self.shift = nn.Parameter(m.zeros(outputs))

        def forward(self, x: Any) -> Any:
            y = F.conv2d(x, self.kernel, **self.options)
            return F.batch_norm(y, None, None, self.scale, self.shift, training=True)

    class ByHand(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.widen = Convolved(CHANNELS, EXPANDED, 1)
            self.mix = Convolved(EXPANDED, EXPANDED, 3, groups=EXPANDED)
            self.narrow = Convolved(EXPANDED, CHANNELS, 1)

        def forward(self, x: Any) -> Any:
            y = self.widen(x).clamp(0, 6)
            y = self.mix(y).clamp(0, 6)
            return x + self.narrow(y)

    return BuiltIn, ByHand


LOSSES = {
    "mean squared error": _mean_squared_error,
    "Kullback-Leibler": _kullback_leibler,
    "focal loss": _focal_loss,
}
LAYERS = {
    "squeeze and excitation": _squeeze_and_excitation,
    "group norm": _group_norm,
    "inverted residual": _inverted_residual,
}
PARTS = LOSSES | LAYERS
