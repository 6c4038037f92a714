"""Made-up data sets in the files of the published ones, as PyTorch's torchvision and lanegrad read them."""

import pickle

import numpy as np

CIFAR_FILES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


def write_mnist(folder, name="MNIST", count=96):
    """Four IDX files with bright squares whose place tells the class."""
    raw = folder / name / "raw"
    raw.mkdir(parents=True)
    for part, seed in (("train", 0), ("t10k", 1)):
        images, labels = pictures(seed, count, (1, 28, 28))
        (raw / f"{part}-images-idx3-ubyte").write_bytes(
            b"\0\0\x08\x03" + np.array([count, 28, 28], ">u4").tobytes() + images.tobytes()
        )
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(
            b"\0\0\x08\x01" + np.array([count], ">u4").tobytes() + labels.astype(np.uint8).tobytes()
        )


def write_cifar10(folder, count=20):
    """The six files, in the binary version and in the one that torchvision reads."""
    binary, pickled = folder / "cifar-10-batches-bin", folder / "cifar-10-batches-py"
    binary.mkdir(parents=True)
    pickled.mkdir()
    for seed, name in enumerate(CIFAR_FILES):
        images, labels = pictures(seed, count, (3, 32, 32))
        rows = images.reshape(count, -1)
        records = np.concatenate([labels.astype(np.uint8)[:, None], rows], 1)
        (binary / f"{name}.bin").write_bytes(records.tobytes())
        (pickled / name).write_bytes(pickle.dumps({"data": rows, "labels": labels.tolist()}))
    names = [
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ]
    (pickled / "batches.meta").write_bytes(pickle.dumps({"label_names": names}))


def pictures(seed, count, shape):
    """Noise with a bright square in a place of each class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    images = rng.integers(0, 100, (count, *shape), dtype=np.uint8)
    side = shape[-1] // 5
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(int(label), 5)
        image[:, (row + 1) * side : (row + 2) * side, column * side : (column + 1) * side] = 230
    return images, labels
