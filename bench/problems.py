"""The numbers that are computed with, the same for every framework."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

PLAIN, IN_PLACE = "plain", "in place"
VARIANTS = [
    PLAIN,
    "N-d input",
    "Fortran order",
    "probabilities",
    "label smoothing",
    "class weights",
    IN_PLACE,
]
SIDE = 32  # of the images of "N-d input"

Weights = dict[str, NDArray[np.float32]]

# The blocks of ResNet-20 by name, with their channels.
RESNET_STAGES = [
    (f"layer{stage}.{block}", channels if block or stage == 1 else channels // 2, channels)
    for stage, channels in ((1, 16), (2, 32), (3, 64))
    for block in range(3)
]


def logits_and_target(rows: int, classes: int) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Logits (rows, classes) and labels (rows,)."""
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((rows, classes), dtype=np.float32)
    return logits, rng.integers(classes, size=rows)


def loss_variant(
    name: str, rows: int, classes: int
) -> tuple[NDArray[np.float32], NDArray[Any], dict[str, Any]]:
    """Logits, target and keyword arguments of one of `VARIANTS`, with as many logits in each."""
    logits, target = logits_and_target(rows, classes)
    rng = np.random.default_rng(1)
    match name:
        case "N-d input":
            images = logits.reshape(-1, SIDE, SIDE, classes).transpose(0, 3, 1, 2)
            return np.ascontiguousarray(images), target.reshape(-1, SIDE, SIDE), {}
        case "Fortran order":
            return np.asfortranarray(logits), target, {}
        case "probabilities":
            shares = rng.random((rows, classes), dtype=np.float32)
            return logits, shares / shares.sum(axis=1, keepdims=True), {}
        case "label smoothing":
            return logits, target, {"label_smoothing": 0.1}
        case "class weights":
            return logits, target, {"weight": rng.random(classes, dtype=np.float32) + 0.5}
    return logits, target, {}


def images_and_labels(batch: int) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Images (batch, 3, 32, 32) in [-1, 1] and labels (batch,)."""
    rng = np.random.default_rng(0)
    images = rng.random((batch, 3, 32, 32), dtype=np.float32) * 2 - 1
    return images, rng.integers(10, size=batch)


def images_and_shares(batch: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Images (batch, 3, 32, 32) in [-1, 1] and a share for each of ten classes."""
    images, _ = images_and_labels(batch)
    shares = np.random.default_rng(1).random((batch, 10), dtype=np.float32) + np.float32(0.01)
    return images, shares / shares.sum(1, keepdims=True)


def photographs(count: int) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Images (count, 3, 32, 32) of random bytes, as large as CIFAR-10's, and labels (count,)."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(256, size=(count, 3, 32, 32), dtype=np.uint8)
    return pixels, rng.integers(10, size=count)


def _layer(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def _resnet() -> dict[str, tuple[int, ...]]:
    shapes = {"conv1.weight": (16, 3, 3, 3)} | _layer("bn1", 16)
    for block, inputs, outputs in RESNET_STAGES:
        shapes |= {f"{block}.conv1.weight": (outputs, inputs, 3, 3)} | _layer(
            f"{block}.bn1", outputs
        )
        shapes |= {f"{block}.conv2.weight": (outputs, outputs, 3, 3)} | _layer(
            f"{block}.bn2", outputs
        )
        if inputs != outputs:
            shapes[f"{block}.downsample.0.weight"] = (outputs, inputs, 1, 1)
            shapes |= _layer(f"{block}.downsample.1", outputs)
    return shapes | _layer("fc", 10, 64)


# The shapes of each network's parameters, by PyTorch's names.
NETWORKS: dict[str, dict[str, tuple[int, ...]]] = {
    "Net": _layer("conv1", 6, 3, 5, 5)
    | _layer("conv2", 16, 6, 5, 5)
    | _layer("fc1", 120, 400)
    | _layer("fc2", 84, 120)
    | _layer("fc3", 10, 84),
    "VGG": _layer("conv1", 32, 3, 3, 3)
    | _layer("conv2", 32, 32, 3, 3)
    | _layer("conv3", 64, 32, 3, 3)
    | _layer("conv4", 64, 64, 3, 3)
    | _layer("fc", 10, 4096),
    "ResNet-20": _resnet(),
}
# What a flattened activation was: channels, height, width.
FLATTENED = {400: (16, 5, 5), 4096: (64, 8, 8)}


def initial_weights(network: str) -> Weights:
    """A network's parameters in PyTorch's layout: uniform within 1 / sqrt(fan-in), as PyTorch's own;
    batch norms start as the identity.
    """
    rng = np.random.default_rng(0)
    weights: Weights = {}
    for name, shape in NETWORKS[network].items():
        layer, _, kind = name.rpartition(".")
        weight = NETWORKS[network][f"{layer}.weight"]
        if len(weight) == 1:
            weights[name] = np.full(shape, kind == "weight", np.float32)
        else:
            bound = 1 / np.sqrt(np.prod(weight[1:]))
            weights[name] = rng.uniform(-bound, bound, shape).astype(np.float32)
    return weights


def channels_last(weights: Weights) -> Weights:
    """The same for images (N, H, W, C): kernels (KH, KW, C, O), matrices (inputs, outputs)."""
    turned = {}
    for name, array in weights.items():
        if array.ndim == 4:
            array = array.transpose(2, 3, 1, 0)
        elif array.ndim == 2:
            array = array.T
            if len(array) in FLATTENED:
                by_pixel = array.reshape(*FLATTENED[len(array)], -1).transpose(1, 2, 0, 3)
                array = by_pixel.reshape(array.shape)
        turned[name] = np.ascontiguousarray(array)
    return turned
