"""The kernels that are held against the machine's peaks: their shapes, and what each has to compute and
to move at least. All shapes are those of the networks of net.py.
"""

import math
from dataclasses import dataclass
from typing import Any

from .problems import NETWORKS

BATCH = 128
FMA_ROUNDS = 64  # of a call of the loop of multiply-adds
FMA_FLOPS = (
    FMA_ROUNDS * 32 * 24_000
)  # of a call: two for each of sixteen lanes, LG_PEAK_FMAS a block
EXPONENTIAL = 16  # floating-point operations that one counts as


@dataclass(frozen=True)
class Kernel:
    """One row: a function of kernel_calls.py, its arguments, and the work.

    `flops` are those of the textbook's formula, a multiply-add counting as two. `moved` are the floats
    of all arguments and results, each read or written once.
    """

    function: str
    arguments: tuple[Any, ...]
    flops: int
    moved: int


def convolution(
    inputs: int, outputs: int, kernel: int, size: int, stride: int = 1, padding: int = 0
) -> dict[str, Kernel]:
    """A convolution of square images and its gradients, by name."""
    out = (size + 2 * padding - kernel) // stride + 1
    taps = outputs * inputs * kernel**2
    flops = 2 * BATCH * out**2 * taps
    moved = BATCH * (inputs * size**2 + outputs * out**2) + taps
    name = f"{inputs} to {outputs}, {kernel} x {kernel}, on {size} x {size}"
    name += f", stride {stride}" if stride > 1 else ""
    arguments = ((BATCH, inputs, size, size), (outputs, inputs, kernel, kernel), stride, padding)
    rows = {
        f"{name}{suffix}": Kernel(f"conv2d{function}", arguments, flops, moved)
        for suffix, function in (
            ("", ""),
            (": input", "_backward_input"),
            (": weight", "_backward_weight"),
        )
    }
    if inputs == 3:  # the images want no gradient
        del rows[f"{name}: input"]
    return rows


def linear(inputs: int, outputs: int) -> dict[str, Kernel]:
    """A fully connected layer and its gradients."""
    flops = 2 * BATCH * inputs * outputs
    moved = BATCH * (inputs + outputs) + inputs * outputs
    arguments = ((BATCH, inputs), (outputs, inputs))
    return {
        f"{inputs} to {outputs}{suffix}": Kernel(f"linear{function}", arguments, flops, moved)
        for suffix, function in (
            ("", ""),
            (": input", "_backward_input"),
            (": weight", "_backward_weight"),
        )
    }


def elementwise(
    name: str, function: str, channels: int, size: int, forward: int, backward: int, *given: str
) -> dict[str, Kernel]:
    """A function of activations as large as its result: one array in, its gradient from two."""
    shape = (BATCH, channels, size, size)
    count = BATCH * channels * size**2
    on = f"{name}, {channels} x {size} x {size}"
    arguments = (*given, shape)
    return {
        on: Kernel(function, arguments, forward * count, 2 * count),
        f"{on}: input": Kernel(f"{function}_backward", arguments, backward * count, 3 * count),
    }


def activations(channels: int, size: int, each: dict[str, tuple[int, int]]) -> dict[str, Kernel]:
    """Those of these names, with so many operations for an element, and for its gradient."""
    rows: dict[str, Kernel] = {}
    for name, (forward, backward) in each.items():
        rows |= elementwise(name, "activation", channels, size, forward, backward, name)
    return rows


def losses(classes: int, each: dict[str, tuple[int, int]]) -> dict[str, Kernel]:
    """The same of losses, element by element, and of outputs and targets; without a gradient where that is
    several functions' (0).
    """
    shape, count = (BATCH, classes), BATCH * classes
    rows: dict[str, Kernel] = {}
    for name, (forward, backward) in each.items():
        on = f"{name}, {BATCH} x {classes}"
        rows[on] = Kernel("loss", (name, shape), forward * count, 3 * count)
        if backward:
            rows[f"{on}: input"] = Kernel(
                "loss_backward", (name, shape), backward * count, 4 * count
            )
    return rows


def pooling(channels: int, size: int) -> dict[str, Kernel]:
    """Maxima of 2 x 2, and their gradient, which reads input, result and gradient."""
    shape = (BATCH, channels, size, size)
    count = BATCH * channels * size**2
    on = f"max_pool2d 2 x 2, {channels} x {size} x {size}"
    return {
        on: Kernel("max_pool2d", (shape,), 3 * count // 4, 5 * count // 4),
        f"{on}: input": Kernel("max_pool2d_backward", (shape,), count, 5 * count // 2),
    }


def adaptive_pooling(channels: int, size: int, wanted: int) -> dict[str, Kernel]:
    """Maxima of windows that share out the images, and their gradient."""
    shape = (BATCH, channels, size, size)
    count, results = math.prod(shape), BATCH * channels * wanted**2
    on = f"adaptive_max_pool2d to {wanted} x {wanted}, {channels} x {size} x {size}"
    return {
        on: Kernel("adaptive_max_pool2d", (shape, wanted), count, count + results),
        f"{on}: input": Kernel(
            "adaptive_max_pool2d_backward", (shape, wanted), count, 2 * count + 2 * results
        ),
    }


def sampling(channels: int, size: int) -> dict[str, Kernel]:
    """Images read by grids of their own size, four pixels for each."""
    shape = (BATCH, channels, size, size)
    count, grid = math.prod(shape), 2 * BATCH * size**2
    on = f"grid_sample, {channels} x {size} x {size}"
    return {
        on: Kernel("grid_sample", (shape,), 8 * count, 2 * count + grid),
        f"{on}: input": Kernel("grid_sample_backward", (shape,), 16 * count, 3 * count + 2 * grid),
    }


def transposed(inputs: int, outputs: int, kernel: int, size: int) -> dict[str, Kernel]:
    """A transposed convolution with stride 2 and its gradients."""
    out = 2 * (size - 1) + kernel
    taps = inputs * outputs * kernel**2
    moved = BATCH * (inputs * size**2 + outputs * out**2) + taps
    arguments = ((BATCH, inputs, size, size), (inputs, outputs, kernel, kernel))
    name = f"{inputs} to {outputs}, {kernel} x {kernel}, transposed, on {size} x {size}, stride 2"
    return {
        f"{name}{suffix}": Kernel(
            f"conv_transpose2d{function}", arguments, 2 * BATCH * size**2 * taps, moved
        )
        for suffix, function in (
            ("", ""),
            (": input", "_backward_input"),
            (": weight", "_backward_weight"),
        )
    }


def upsampling(mode: str, channels: int, size: int) -> dict[str, Kernel]:
    """Images of twice the size: along one axis after the other."""
    shape = (BATCH, channels, size, size)
    count = math.prod(shape)
    taps = {"nearest": 0, "bilinear": 3, "bicubic": 7}[mode]
    on = f"upsample {mode}, {channels} x {size} x {size}"
    return {
        on: Kernel("upsample", (shape, mode), taps * 6 * count, 9 * count),
        f"{on}: input": Kernel("upsample_backward", (shape, mode), taps * 6 * count, 9 * count),
    }


def addition(channels: int, size: int) -> dict[str, Kernel]:
    """Of a residual: two arrays in."""
    shape = (BATCH, channels, size, size)
    count = math.prod(shape)
    return {f"add, {channels} x {size} x {size}": Kernel("add", (shape,), count, 3 * count)}


def layout(channels: int, size: int) -> dict[str, Kernel]:
    """Into lanes and back."""
    shape = (BATCH, channels, size, size)
    moved = 2 * BATCH * channels * size**2
    on = f"{channels} x {size} x {size}"
    return {
        f"pack, {on}": Kernel("pack_lanes", (shape,), 0, moved),
        f"unpack, {on}": Kernel("unpack_lanes", (shape,), 0, moved),
    }


def movement(rows: int, columns: int) -> dict[str, Kernel]:
    """Elements of a matrix in other places. An index of int64 is two floats."""
    shape, count = (rows, columns), rows * columns
    on = f"{rows} x {columns}"
    return {
        f"transpose, {on}": Kernel("transpose", (shape,), 0, 2 * count),
        f"rows taken, {on}": Kernel("take", (shape,), 0, 2 * count + 2 * rows),
        f"rows added, {on}": Kernel("index_add", (shape,), count, 3 * count + 2 * rows),
        f"gather, {on}": Kernel("gather", (shape,), 0, 4 * count),
        f"elements added, {on}": Kernel("scatter_add", (shape,), count, 5 * count),
        f"lower triangle, {on}": Kernel("tril", (shape,), 0, 2 * count),
        f"reversed rows, {on}": Kernel("flip", (shape,), 0, 2 * count),
        f"cumsum, {on}": Kernel("cumsum", (shape,), count, 2 * count),
        f"cummax, {on}": Kernel("cummax", (shape,), count, 4 * count),
        f"sort, {on}": Kernel("sort", (shape,), 0, 4 * count),
    }


def reductions(rows: int, columns: int) -> dict[str, Kernel]:
    """The elements of a matrix, or of its rows or columns, made one. An int64 is two floats."""
    shape, count = (rows, columns), rows * columns
    on = f"{rows} x {columns}"
    return {
        f"sum, {on}": Kernel("sum", (shape, None), count, count),
        f"sums of rows, {on}": Kernel("sum", (shape, 1), count, count + rows),
        f"sums of columns, {on}": Kernel("sum", (shape, 0), count, count + columns),
        f"sum of int64, {on}": Kernel("sum_of_integers", (shape,), count, 2 * count),
        f"products of rows, {on}": Kernel("prod", (shape,), count, count + rows),
        f"largest of rows, places, {on}": Kernel("largest", (shape,), count, count + 3 * rows),
        f"variances of rows, {on}": Kernel("var", (shape,), 4 * count, count + rows),
        f"variances of rows, {on}: input": Kernel(
            "var_backward", (shape,), 2 * count, 2 * count + 5 * rows
        ),
    }


def cross_entropy(classes: int) -> dict[str, Kernel]:
    """Loss and gradient: maximum, exponential, sum, product and difference."""
    logits = BATCH * classes
    flops = (EXPONENTIAL + 4) * logits
    return {
        f"cross_entropy, {BATCH} x {classes}": Kernel(
            "cross_entropy", ((BATCH, classes),), flops, 2 * logits
        )
    }


def sgd(network: str) -> dict[str, Kernel]:
    """Momentum and parameter are read and written, the gradient is read."""
    count = sum(map(math.prod, NETWORKS[network].values()))
    return {f"SGD with momentum, {network}": Kernel("sgd", (network,), 4 * count, 5 * count)}


# Operations for an element, and for its gradient.
ACTIVATIONS = {
    "relu6": (2, 3),
    "hardtanh": (2, 3),
    "hardswish": (5, 6),
    "prelu": (2, 2),
    "elu": (EXPONENTIAL + 3, EXPONENTIAL + 3),
    "selu": (EXPONENTIAL + 3, EXPONENTIAL + 3),
    "softplus": (2 * EXPONENTIAL + 4, EXPONENTIAL + 4),
    "mish": (3 * EXPONENTIAL + 5, 4 * EXPONENTIAL + 9),
    "softmax": (EXPONENTIAL + 4, 4),
}
LOSSES = {
    "mse_loss": (2, 3),
    "l1_loss": (2, 3),
    "smooth_l1_loss": (6, 5),
    "huber_loss": (6, 5),
    "binary_cross_entropy": (2 * EXPONENTIAL + 5, 6),
    "binary_cross_entropy_with_logits": (2 * EXPONENTIAL + 6, EXPONENTIAL + 5),
    "kl_div": (EXPONENTIAL + 4, 2),
    "sigmoid_focal_loss": (4 * EXPONENTIAL + 20, 0),
}

FAMILIES: dict[str, dict[str, Kernel]] = {
    "Convolution (channels, kernel, image)": convolution(3, 6, 5, 32)
    | convolution(6, 16, 5, 14)
    | convolution(3, 32, 3, 32, padding=1)
    | convolution(32, 32, 3, 32, padding=1)
    | convolution(32, 64, 3, 16, padding=1)
    | convolution(64, 64, 3, 16, padding=1)
    | convolution(16, 16, 3, 32, padding=1)
    | convolution(16, 32, 3, 32, stride=2, padding=1)
    | convolution(16, 32, 1, 32, stride=2)
    | convolution(32, 32, 3, 16, padding=1)
    | convolution(64, 64, 3, 8, padding=1)
    | transposed(32, 16, 2, 16)
    | transposed(16, 16, 4, 16),
    "Linear layers (features)": linear(400, 120) | linear(120, 84) | linear(4096, 10),
    "Pooling and elementwise functions (activation)": pooling(6, 28)
    | pooling(32, 32)
    | activations(6, 28, {"relu": (1, 1)})
    | activations(32, 32, {"relu": (1, 1)} | ACTIVATIONS)
    | elementwise("batch_norm", "batch_norm", 16, 32, 5, 8)
    | elementwise("batch_norm", "batch_norm", 64, 8, 5, 8)
    | elementwise("batch_norm of rows", "batch_norm_rows", 1024, 1, 5, 8)
    | elementwise("group_norm", "group_norm", 16, 32, 9, 12)
    | elementwise("group_norm", "group_norm", 64, 8, 9, 12)
    | elementwise("instance_norm", "instance_norm", 16, 32, 9, 12)
    | elementwise("layer_norm", "layer_norm", 16, 32, 9, 12)
    | elementwise("rms_norm", "rms_norm", 16, 32, 6, 9)
    | elementwise("local_response_norm", "local_response_norm", 16, 32, 45, 60)
    | elementwise("pad, reflected by 1", "pad", 16, 32, 0, 0, "reflect")
    | elementwise("pad, 0 around", "pad", 16, 32, 0, 0, "constant")
    | elementwise("pixel_shuffle by 2", "pixel_shuffle", 16, 32, 0, 0)
    | adaptive_pooling(16, 32, 5)
    | upsampling("nearest", 16, 16)
    | upsampling("bilinear", 16, 16)
    | upsampling("bicubic", 16, 16)
    | sampling(16, 16)
    | addition(16, 32),
    "Layout": layout(3, 32) | layout(16, 5),
    "Movement (matrix)": movement(512, 512),
    "Reductions (matrix)": reductions(512, 512) | reductions(26_000, 10),
    "Loss and optimizer": cross_entropy(10)
    | cross_entropy(1000)
    | losses(1000, LOSSES)
    | sgd("Net")
    | sgd("VGG")
    | sgd("ResNet-20"),
}
