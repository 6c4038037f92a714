"""The layers of a network: what they give, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from math import prod
from typing import Any, NamedTuple

from .. import nn
from .._tensor import Tensor
from .._tensor.creation import zeros
from ..autograd import no_grad
from ..nn._convolution import Convolution
from ..nn._modes import evaluating
from ._table import table

__all__ = ["LayerSummary", "Summary", "summary"]


class LayerSummary(NamedTuple):
    """One call of a layer.

    Attributes
    ----------
    name : str
        As in `named_modules`.
    kind : str
        The name of its class.
    shape : tuple of int
        Of its result.
    parameters : int
        0 where the layer has been called before.
    multiply_adds : int
    bytes : int
        Of its result; 0 if that is no other memory than its input.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    bytes: int


class Summary(NamedTuple):
    """What `summary` finds; ``print`` shows it as a table.

    Attributes
    ----------
    layers : list of LayerSummary
        In the order in which they are called.
    parameters, trained : int
        All, and those that are trained.
    parameter_bytes : int
        Memory of all of them.
    """

    layers: list[LayerSummary]
    parameters: int
    trained: int
    parameter_bytes: int

    @property
    def multiply_adds(self) -> int:
        """Of all layers; one is two floating-point operations."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def activation_bytes(self) -> int:
        """Of the results of all layers, which training keeps."""
        return sum(layer.bytes for layer in self.layers)

    def __str__(self) -> str:
        rows = [("layer", "kind", "result", "parameters", "multiply-adds")]
        for name, kind, shape, parameters, products, _ in self.layers:
            result = " x ".join(map(str, shape))
            rows.append((name, kind, result, f"{parameters:,}", f"{products:,}"))
        trained = "" if self.trained == self.parameters else f", {self.trained:,} of them trained"
        lines = [
            *table(rows),
            "",
            f"{self.parameters:,} parameters ({self.parameter_bytes / 1e6:.2f} MB){trained}",
            f"{self.multiply_adds:,} multiply-adds, results of {self.activation_bytes / 1e6:.2f} MB",
        ]
        return "\n".join(lines)


def summary(model: nn.Module, input_size: Sequence[int] | Tensor) -> Summary:
    """The layers that a network calls, the shapes of their results, and what they cost in evaluation.

    Parameters
    ----------
    model : Module
        It is called once, in evaluation mode and without gradients, and left as it was.
    input_size : sequence of int, or Tensor
        The shape of its input, the number of images first; or an input.

    Returns
    -------
    Summary
        Of modules without others in them; what a network computes by functions is not seen. Multiply-adds
        are those of convolutions and linear layers with their weights, padding included, one for each value
        of a batch norm, three of norms that find mean and variance (two of RMSNorm), and the additions of
        average pooling. Maxima, activations and biases count for nothing.

    Examples
    --------
    >>> from lanegrad import models
    >>> found = models.summary(models.LeNet(), (1, 3, 32, 32))
    >>> print(found)
    layer       kind            result  parameters  multiply-adds
    conv1     Conv2d   1 x 6 x 28 x 28         456        352,800
    pool   MaxPool2d   1 x 6 x 14 x 14           0              0
    conv2     Conv2d  1 x 16 x 10 x 10       2,416        240,000
    pool   MaxPool2d    1 x 16 x 5 x 5           0              0
    fc1       Linear           1 x 120      48,120         48,000
    fc2       Linear            1 x 84      10,164         10,080
    fc3       Linear            1 x 10         850            840
    <BLANKLINE>
    62,006 parameters (0.25 MB)
    651,720 multiply-adds, results of 0.03 MB
    >>> found.layers[1].shape, found.layers[1].bytes
    ((1, 6, 14, 14), 4704)
    """
    names = {module: name for name, module in model.named_modules()}
    layers: list[LayerSummary] = []
    seen = set()

    def note(module: nn.Module, inputs: Any, output: Any) -> None:
        result = output[0] if isinstance(output, tuple) else output
        count = 0 if module in seen else sum(p.numel() for p in module.parameters())
        seen.add(module)
        same = isinstance(module, SAME_MEMORY) or getattr(module, "inplace", False)
        size = 0 if same else result.numel() * result.element_size()
        cost = next((count for kinds, count in COSTS if isinstance(module, kinds)), None)
        products = 0 if cost is None else cost(module, inputs[0], result)
        kind, shape = type(module).__name__, tuple(result.shape)
        layers.append(LayerSummary(names[module], kind, shape, count, products, size))

    with ExitStack() as stack, evaluating(model), no_grad():
        for module in names:
            if not [*module.children()]:
                stack.enter_context(module.register_forward_hook(note))
        model(input_size if isinstance(input_size, Tensor) else zeros(*input_size))
    parameters = [*model.parameters()]
    return Summary(
        layers,
        sum(p.numel() for p in parameters),
        sum(p.numel() for p in parameters if p.requires_grad),
        sum(p.numel() * p.element_size() for p in parameters),
    )


def _of_convolution(module: Any, x: Tensor, y: Tensor) -> int:
    """Each result, or each input of a transposed one, meets one slice of the weights."""
    return int((x if module.transposed else y).numel() * module.weight[0].numel())


def _of_batch_norm(module: Any, x: Tensor, y: Tensor) -> int:
    return y.numel() * (1 if module.running_mean is not None else 3)


def _of_average_pooling(module: Any, x: Tensor, y: Tensor) -> int:
    """Each window's pixels, without padding."""
    axes = 2 if isinstance(module, nn.AvgPool2d) else 1
    options = (module.kernel_size, module.stride, module.padding)
    kernels, strides, pads = (n if isinstance(n, tuple) else (n,) * axes for n in options)
    pairs: int = prod(y.shape[:-axes]) * prod(
        sum(min(i * s - p + k, size) - max(i * s - p, 0) for i in range(results))
        for size, results, k, s, p in zip(
            x.shape[-axes:], y.shape[-axes:], kernels, strides, pads, strict=True
        )
    )
    return pairs


def _of_adaptive_pooling(module: Any, x: Tensor, y: Tensor) -> int:
    axes = 1 if isinstance(module, nn.AdaptiveAvgPool1d) else 2
    pairs: int = prod(y.shape[:-axes]) * prod(
        sum(-(-(i + 1) * size // results) - i * size // results for i in range(results))
        for size, results in zip(x.shape[-axes:], y.shape[-axes:], strict=True)
    )
    return pairs


# Layers, and what gives their multiply-adds.
COSTS: list[tuple[Any, Callable[[Any, Tensor, Tensor], int]]] = [
    (Convolution, _of_convolution),
    ((nn.Linear, nn.Bilinear), lambda module, x, y: y.numel() * module.weight[0].numel()),
    (
        (nn.BatchNorm1d, nn.BatchNorm2d, nn.InstanceNorm1d, nn.InstanceNorm2d),
        _of_batch_norm,
    ),
    ((nn.GroupNorm, nn.LayerNorm), lambda module, x, y: 3 * y.numel()),
    (nn.RMSNorm, lambda module, x, y: 2 * y.numel()),
    ((nn.AvgPool1d, nn.AvgPool2d), _of_average_pooling),
    ((nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d), _of_adaptive_pooling),
]
SAME_MEMORY = (nn.Flatten, nn.Identity, nn.Unflatten)
